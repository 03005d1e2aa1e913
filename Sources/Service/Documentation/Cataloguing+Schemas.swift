import Domain

extension Cataloguing {
    /// What an operator says of a SKU beside title and price.
    private static let optional: [(String, Tree)] = [
        ("description", Schema.text(0, SKUDetails.descriptionBytesMax, "For buyers; at most 4096 bytes of UTF-8.")),
        ("image", Schema.text(0, SKUDetails.linkBytesMax, "Where a picture is; at most 2048 bytes of UTF-8.")),
        ("url", Schema.text(0, SKUDetails.linkBytesMax, "The product's page; at most 2048 bytes of UTF-8.")),
        ("limit_per_buyer", Schema.quantity("The most units that one buyer may have, held ones included.")),
        ("opens_at", Schema.timeGiven),
        ("closes_at", Schema.timeGiven),
    ]

    private static let title = Schema.text(1, SKUDetails.titleScalarsMax, "The name that buyers see.")
    private static let reason = Schema.text(1, StockNote.reasonScalarsMax, "Why; kept in the audit trail.")
    private static let reference = Schema.text(1, StockNote.referenceScalarsMax, "A name of the operator's own.")
    private static let delta = Schema.integer(
        -UnitCount.unitsMax,
        UnitCount.unitsMax,
        "Units to add, or to take away."
    )

    /// The members of a SKU that an operator has set, as answers show them.
    static let details: [Schema.Property] =
        [.always("title", title), .always("price", Schema.money)]
        + optional.map { name, schema in
            .perhaps(name, schema == Schema.timeGiven ? Schema.time : schema)
        }
        + [.always("paused", Schema.flag("The operator has stopped the sale for now."))]

    private static let levels: [Schema.Property] = [
        .always("available", Schema.count("Units that can be bought.")),
        .always("held", Schema.count("Units set aside.")),
        .always("sold", Schema.count("Units sold.")),
        .always("supplied", Schema.count("All of them: available + held + sold.")),
    ]

    static let schemas: [(String, Tree)] = [
        (
            "SKUDefinition",
            Schema.request(
                "A SKU as it should be.",
                [
                    .always("title", title), .always("price", Schema.money),
                    .always("stock", Schema.count("The first stock; it counts only where the SKU is new.")),
                ] + optional.map { .perhaps($0, Schema.orNull($1)) }
            )
        ),
        (
            "SKUPatch",
            Schema.request(
                "What should change: at least one member.",
                [.perhaps("title", title), .perhaps("price", Schema.money)]
                    + optional.map { .perhaps($0, Schema.orNull($1)) }
                    + [.perhaps("paused", Schema.flag("Stops the sale, or lets it go on."))]
            )
            .with("minProperties", 1)
        ),
        (
            "StockChange",
            Schema.oneOf([
                Schema.request(
                    "A difference.",
                    [.always("delta", delta), .always("reason", reason), .perhaps("reference", reference)]
                ),
                Schema.request(
                    "A count.",
                    [
                        .always("set", Schema.count("Units that should be available.")),
                        .perhaps("if_available", Schema.count("Only if so many are available; otherwise 412.")),
                        .always("reason", reason), .perhaps("reference", reference),
                    ]
                ),
            ])
        ),
        (
            "StockAdjustment",
            Schema.object(
                "A change of stock.",
                [
                    .always("sku", Schema.identifier), .always("delta", delta),
                    .always("available", Schema.count("Units available right after it.")),
                    .always("reason", reason), .perhaps("reference", reference),
                    .always("sequence", Schema.count("The number of the change among the SKU's, without a gap.")),
                    .always("at", Schema.time),
                ]
            )
        ),
        (
            "SKU",
            Schema.object(
                "A SKU and its stock.",
                [.always("sku", Schema.identifier)] + details + levels + [
                    .always(
                        "status",
                        Schema.one(of: ["scheduled", "on_sale", "sold_out", "paused", "closed"], "What a buyer meets.")
                    ),
                    .always("sequence", Schema.count("How many changes the SKU has had.")),
                ]
            )
        ),
        (
            "SKUPage",
            Schema.object(
                "A page of the catalogue.",
                [
                    .always("items", Schema.list(of: Schema.named("SKU"), most: 500, "SKUs.")),
                    .perhaps(
                        "next",
                        ["type": "string", "description": "The cursor of the next page.", "pattern": "^[0-9]{1,19}$"]
                    ),
                ]
            )
        ),
    ]
}

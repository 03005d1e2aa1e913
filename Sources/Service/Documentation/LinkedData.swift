/// A SKU in the words of schema.org.
enum LinkedData {
    static let schemas: [(String, Tree)] = [
        (
            "Product",
            Schema.object(
                "A schema.org Product with an Offer.",
                [
                    .always("@context", constant("https://schema.org")), .always("@type", constant("Product")),
                    .always("sku", Schema.identifier), .always("name", text("The title.")),
                    .perhaps("description", text("For buyers.")), .perhaps("image", text("Where a picture is.")),
                    .perhaps("url", text("The product's page.")), .always("offers", offer),
                ]
            )
        )
    ]

    private static let offer = Schema.object(
        "What it costs, and whether it can be bought.",
        [
            .always("@type", constant("Offer")),
            .always(
                "price",
                ["type": "string", "description": "In major units.", "pattern": #"^[0-9]+(\.[0-9]{2,4})?$"#]
            ),
            .always("priceCurrency", Schema.named("Currency")),
            .always(
                "availability",
                Schema.one(
                    of: ["InStock", "PreOrder", "SoldOut", "OutOfStock", "Discontinued"]
                        .map { "https://schema.org/" + $0 },
                    "On sale, scheduled, sold out, paused, closed."
                )
            ),
            .always("inventoryLevel", quantity("value", "Units that can be bought.")),
            .perhaps("availabilityStarts", Schema.time), .perhaps("availabilityEnds", Schema.time),
            .perhaps("eligibleQuantity", quantity("maxValue", "The most that one buyer may have.")),
        ]
    )

    private static func constant(_ value: String) -> Tree { ["type": "string", "const": .string(value)] }

    private static func text(_ text: String) -> Tree { ["type": "string", "description": .string(text)] }

    private static func quantity(_ member: String, _ text: String) -> Tree {
        Schema.object(
            text,
            [.always("@type", constant("QuantitativeValue")), .always(member, Schema.count("Units."))]
        )
    }

    static let example: Tree = [
        "@context": "https://schema.org", "@type": "Product", "sku": "demo-shoes", "name": "Demo shoes",
        "description": "Fast shoes.", "image": "https://shop.example/demo-shoes.jpg",
        "url": "https://shop.example/demo-shoes",
        "offers": [
            "@type": "Offer", "price": "129.00", "priceCurrency": "USD", "availability": "https://schema.org/InStock",
            "inventoryLevel": ["@type": "QuantitativeValue", "value": 500],
            "availabilityStarts": "2026-11-21T09:00:00.000Z",
            "eligibleQuantity": ["@type": "QuantitativeValue", "maxValue": 2],
        ],
    ]
}

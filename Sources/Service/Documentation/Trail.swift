import Domain
import HTTP

/// The audit trail of a SKU.
enum Trail {
    static let operation = Endpoint(
        route: .changes(sku: .absent),
        method: .get,
        id: "readChanges",
        section: .catalogue,
        summary: "Read a SKU's audit trail",
        text: """
            Every change of the SKU, oldest first, numbered without a gap. Where old ones are not kept any more, \
            `gap` says between which numbers; a page may have a gap and no items: go on after `last`.
            """,
        query: [
            .init(
                name: "after",
                text: "Changes with greater numbers only.",
                schema: ["type": "integer", "minimum": 0, "maximum": .integer(.max), "default": 0],
                example: 3
            ),
            .init(
                name: "limit",
                text: "Most changes of the page.",
                schema: [
                    "type": "integer", "minimum": 1, "maximum": .integer(Int64(Serving.changesMax)), "default": 100,
                ],
                example: 2
            ),
        ],
        answers: [
            .init(status: .ok, text: "A page.", content: [.init(type: .json, schema: Schema.named("Changes"))])
        ],
        problems: [.unknownSKU],
        example: .init(
            query: "?after=3&limit=2",
            answer: [
                "items": [
                    [
                        "sequence": 4, "type": "purchased", "at": "2026-11-21T14:46:12.300Z",
                        "order": .string(Example.order), "buyer": "ada", "quantity": 1,
                        "total": ["amount": 12900, "currency": "USD"], "available_before": 550, "available": 549,
                    ],
                    [
                        "sequence": 5, "type": "order_cancelled", "at": "2026-11-21T14:46:12.365Z",
                        "order": .string(Example.order), "buyer": "ada", "quantity": 1, "left": 0,
                        "reason": "changed my mind", "available_before": 549, "available": 550,
                    ],
                ],
                "last": 5,
            ]
        )
    )

    static let schemas: [(String, Tree)] = [
        (
            "Changes",
            Schema.object(
                "A page of a trail.",
                [
                    .always(
                        "items",
                        Schema.list(of: Schema.named("Change"), most: Int64(Serving.changesMax), "Changes.")
                    ),
                    .always("last", Schema.count("The number to go on after.")),
                    .perhaps("gap", gap),
                ]
            )
        ),
        ("Change", Schema.oneOf(changes())),
    ]

    private static let gap = Schema.object(
        "Changes between these numbers are not kept any more.",
        [.always("after", Schema.count("Shown up to here.")), .always("before", Schema.count("Shown from here."))]
    )

    private static let levels: [Schema.Property] = [
        .always("available_before", Schema.count("Units available before.")),
        .always("available", Schema.count("Units available after.")),
    ]

    private static let sale: [Schema.Property] = [
        .always("order", Schema.serverIdentifier), .always("buyer", Schema.identifier),
        .always("quantity", Schema.quantity("Units.")), .always("total", Schema.money),
    ]

    private static let hold: [Schema.Property] = [
        .always("hold", Schema.serverIdentifier), .always("buyer", Schema.identifier),
        .always("quantity", Schema.quantity("Units.")), .always("expires_at", Schema.time),
    ]

    /// Whose change it is.
    static let by = Schema.Property.perhaps(
        "by",
        ["type": "string", "description": "In whose name, where the server has credentials."]
    )

    /// Every kind of change, each with these members before its own.
    static func changes(_ members: [Schema.Property] = []) -> [Tree] {
        kinds.map { types, own in change(types, members, own) }
    }

    private static let kinds: [([String], [Schema.Property])] = [
        (["created"], [.always("stock", Schema.count("The first stock."))] + Cataloguing.details),
        (["replaced", "amended"], Cataloguing.details),
        (["removed"], []),
        (
            ["stock_adjusted"],
            [
                .always("delta", ["type": "integer", "description": "Units added or taken away."]),
                .always("reason", ["type": "string", "description": "Why."]),
                .perhaps("reference", ["type": "string", "description": "The operator's own."]),
            ] + levels
        ),
        (["purchased", "reserved"], sale + levels),
        (
            ["sold", "returned"],
            [.always("buyer", Schema.identifier), .always("quantity", Schema.quantity("Units."))] + levels
        ),
        (["held", "hold_extended", "hold_frozen"], hold + levels),
        (
            ["hold_confirmed"],
            [.always("hold", Schema.serverIdentifier)] + sale
                + [.always("late", Schema.flag("The hold had expired."))] + levels
        ),
        (
            ["hold_released", "hold_expired"],
            [.always("hold", Schema.serverIdentifier), .always("quantity", Schema.quantity("Units."))] + levels
        ),
        (
            ["order_cancelled"],
            [
                .perhaps("order", Schema.serverIdentifier), .always("buyer", Schema.identifier),
                .always("quantity", Schema.quantity("Units cancelled.")),
                .always("left", Schema.count("Units of the order that stay bought.")),
                .always("reason", ["type": "string", "description": "Why."]),
            ] + levels
        ),
    ]

    private static func change(_ types: [String], _ before: [Schema.Property], _ own: [Schema.Property]) -> Tree {
        Schema.object(
            types.joined(separator: ", ").replacing("_", with: " "),
            before + [
                .always("sequence", Schema.count("The change's number.")),
                .always("type", Schema.one(of: types, "What happened.")), .always("at", Schema.time),
                by,
            ] + own
        )
    }
}

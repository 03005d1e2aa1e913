import HTTP

/// A buyer's orders.
enum BuyerOrders {
    /// The most orders of one page.
    private static let itemsMax: Int64 = 500

    private static let place: Tree = [
        "type": "string", "description": "Opaque.", "pattern": "^[0-9]+[.][0-9]+(~[0-9]+[.][0-9]+)*$",
    ]

    static let schemas: [(String, Tree)] = [
        (
            "BuyerOrders",
            Schema.object(
                "A page of a buyer's orders.",
                [
                    .always("items", Schema.list(of: Schema.named("Order"), most: itemsMax, "The newest first.")),
                    .perhaps("next", place),
                    .always(
                        "as_of",
                        Schema.object(
                            "How far the index has followed the journals.",
                            [
                                .always("offset", ["type": "string", "description": "Where it is."]),
                                .always("behind_bytes", Schema.count("What it has not read yet.")),
                            ]
                        )
                    ),
                    .always("forgotten", Schema.count("Orders that the index had no room for any more.")),
                ]
            )
        )
    ]

    static let list = Endpoint(
        route: .buyerOrders(buyer: .absent),
        method: .get,
        id: "listOrders",
        section: .selling,
        summary: "List a buyer's orders",
        text: """
            The newest first, from an index that follows the journals in the background: `as_of` says how far it is. A \
            buyer who never bought has an empty page.
            """,
        query: [
            .init(
                name: "limit",
                text: "Most orders of the page.",
                schema: ["type": "integer", "minimum": 1, "maximum": .integer(itemsMax), "default": 100],
                example: 2
            ),
            .init(name: "after", text: "`next` of the page before.", schema: place, example: "0.520"),
        ],
        answers: [
            .init(status: .ok, text: "A page.", content: [.init(type: .json, schema: Schema.named("BuyerOrders"))])
        ],
        problems: [.notFound],
        example: .init(
            query: "?limit=2",
            answer: [
                "items": [
                    Carts.order(Example.itemOrder, quantity: 1, total: 12_900, sequence: 12, remaining: 546),
                    Carts.order(Example.cartOrder, quantity: 2, total: 25_800, sequence: 10, remaining: 547),
                ],
                "next": "0.1040", "as_of": ["offset": "0.1632~1.0", "behind_bytes": 0], "forgotten": 0,
            ]
        )
    )
}

import HTTP

/// Purchases of several SKUs, and of one as clients of old ask for it.
enum Carts {
    static let payment = Schema.one(of: ["wallet"], "From the buyer's wallet here; without it, elsewhere.")

    static let schemas: [(String, Tree)] = [
        (
            "Cart",
            Schema.request(
                "What to buy in one go.",
                [
                    .always("buyer", Schema.identifier),
                    .always(
                        "lines",
                        Schema.list(
                            of: Schema.named("CartLine"),
                            most: Int64(CartRequest.linesMax),
                            "SKUs; those that stand twice are summed."
                        )
                        .with("minItems", 1)
                    ),
                    .perhaps("payment", payment),
                ]
            )
        ),
        (
            "CartLine",
            Schema.request(
                "One SKU.",
                [.always("sku", Schema.identifier), .always("quantity", Schema.quantity("Units to buy."))]
            )
        ),
        (
            "CartOrders",
            Schema.object(
                "What was bought: an order for each SKU.",
                [
                    .always("cart", Schema.serverIdentifier),
                    .always(
                        "orders",
                        Schema.list(of: Schema.named("Order"), most: Int64(CartRequest.linesMax), "The orders.")
                    ),
                ]
            )
        ),
        (
            "ItemPurchase",
            Schema.request(
                "Who buys what.",
                [.always("user_id", Schema.identifier), .always("item_id", Schema.identifier)]
            )
        ),
    ]

    static let buy = Endpoint(
        route: .carts,
        method: .post,
        id: "buyCart",
        section: .selling,
        summary: "Buy several SKUs, all or none",
        text: """
            Either each line is sold, or nothing is and the problem names the `line` and its `sku`. Paid from the \
            wallet, the whole total is taken out once.
            """,
        takesKey: true,
        body: Schema.named("Cart"),
        answers: [
            .init(status: .created, text: "Sold.", content: [.init(type: .json, schema: Schema.named("CartOrders"))])
        ],
        problems: ProblemType.ofCartLines + [.insufficientFunds],
        example: .init(
            body: ["buyer": "ada", "lines": [["sku": "demo-shoes", "quantity": 2]], "payment": "wallet"],
            answer: [
                "cart": .string(Example.cart),
                "orders": [order(Example.cartOrder, quantity: 2, total: 25_800, sequence: 10, remaining: 547)],
            ]
        )
    )

    static let buyItem = Endpoint(
        route: .itemPurchase,
        method: .post,
        id: "buyItem",
        section: .selling,
        summary: "Buy one unit from the wallet",
        text: """
            For clients of an older interface, also without the last slash: 400 says that it could not be bought and \
            why, 409 that its key belongs to another request. Prefer a purchase with `payment`.
            """,
        takesKey: true,
        body: Schema.named("ItemPurchase"),
        answers: [.init(status: .ok, text: "Sold.", content: [.init(type: .json, schema: Schema.named("Order"))])],
        problems: ProblemType.ofCartLines + [.insufficientFunds],
        example: .init(
            body: ["user_id": "ada", "item_id": "demo-shoes"],
            answer: order(Example.itemOrder, quantity: 1, total: 12_900, sequence: 12, remaining: 546)
        )
    )

    /// An order of the examples that a wallet has paid.
    static func order(
        _ id: String,
        quantity: Int64,
        total: Int64,
        sequence: Int64,
        remaining: Int64
    ) -> Tree {
        [
            "order": .string(id), "sku": "demo-shoes", "buyer": "ada", "quantity": .integer(quantity),
            "unit_price": ["amount": 12900, "currency": "USD"],
            "total": ["amount": .integer(total), "currency": "USD"], "payment": "wallet", "state": "confirmed",
            "sequence": .integer(sequence), "remaining": .integer(remaining), "placed_at": "2026-11-21T14:46:12.600Z",
        ]
    }
}

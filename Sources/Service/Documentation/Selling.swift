import Domain
import HTTP

/// Purchases and orders.
enum Selling {
    static let endpoints = [purchase, Carts.buy, readOrder, cancelOrder, BuyerOrders.list, Carts.buyItem]

    static let schemas: [(String, Tree)] = [
        (
            "Purchase",
            Schema.request(
                "What to buy.",
                [
                    .always("buyer", Schema.identifier),
                    .always("quantity", Schema.quantity("Units to buy: all of them or none.")),
                    .perhaps("payment", Carts.payment),
                ]
            )
        ),
        (
            "Cancellation",
            Schema.request(
                "What to cancel.",
                [
                    .always("reason", Schema.text(0, CancelReason.scalarsMax, "Kept in the audit trail.")),
                    .perhaps("quantity", Schema.quantity("Units to cancel; without it all that are left.")),
                ]
            )
        ),
        (
            "Order",
            Schema.object(
                "A sale.",
                [
                    .always("order", Schema.serverIdentifier),
                    .always("sku", Schema.identifier),
                    .always("buyer", Schema.identifier),
                    .always("quantity", Schema.quantity("Units bought.")),
                    .always("unit_price", Schema.money),
                    .always("total", Schema.money),
                    .perhaps("cancelled_quantity", Schema.quantity("Units cancelled since; absent where none are.")),
                    .perhaps("payment", Carts.payment), .perhaps("refunded", Schema.money),
                    .always("state", Schema.one(of: ["confirmed", "cancelled"], "Cancelled: no unit is left.")),
                    .always("sequence", Schema.count("The number of the sale among the SKU's changes, without a gap.")),
                    .always("remaining", Schema.count("Units available right after the sale.")),
                    .always("placed_at", Schema.time),
                ]
            )
        ),
    ]

    private static let sale: Tree = [
        "order": .string(Example.order), "sku": "demo-shoes", "buyer": "ada", "quantity": 1,
        "unit_price": ["amount": 12900, "currency": "USD"], "total": ["amount": 12900, "currency": "USD"],
        "state": "confirmed", "sequence": 4, "remaining": 549, "placed_at": "2026-11-21T14:46:12.300Z",
    ]

    static let orderLinks = [
        Endpoint.Link(operation: "readOrder", parameter: "order", member: "order"),
        Endpoint.Link(operation: "cancelOrder", parameter: "order", member: "order"),
    ]

    private static let purchase = Endpoint(
        route: .purchases(sku: .absent),
        method: .post,
        id: "purchase",
        section: .selling,
        summary: "Buy units of a SKU",
        text: """
            Sells all the units asked for, or none. The answer leaves when the sale is on disk. Send an \
            `Idempotency-Key`, and the same request can be sent again after a timeout without buying twice.
            """,
        takesKey: true,
        body: Schema.named("Purchase"),
        answers: [
            .init(
                status: .created,
                text: "Sold.",
                content: [.init(type: .json, schema: Schema.named("Order"))],
                fields: [.location],
                links: orderLinks
            )
        ],
        problems: ProblemType.ofCartLines + [.insufficientFunds],
        example: .init(
            fields: [("Idempotency-Key", Example.key)],
            body: ["buyer": "ada", "quantity": 1],
            answerFields: [("Location", "/v1/orders/\(Example.order)")],
            answer: sale
        )
    )

    private static let readOrder = Endpoint(
        route: .order(.absent),
        method: .get,
        id: "readOrder",
        section: .selling,
        summary: "Read an order",
        text: "Shows the order as it was placed, and what of it was cancelled since.",
        answers: [
            .init(status: .ok, text: "The order.", content: [.init(type: .json, schema: Schema.named("Order"))])
        ],
        problems: [.unknownOrder],
        example: .init(answer: sale)
    )

    private static let cancelOrder = Endpoint(
        route: .cancel(order: .absent),
        method: .post,
        id: "cancelOrder",
        section: .selling,
        summary: "Cancel an order or a part of it",
        text: "The units are available again, unless the SKU has left the catalogue since.",
        takesKey: true,
        body: Schema.named("Cancellation"),
        answers: [
            .init(
                status: .ok,
                text: "Cancelled; the order as it is now.",
                content: [.init(type: .json, schema: Schema.named("Order"))]
            )
        ],
        problems: [.unknownOrder, .quantityExceeded],
        example: .init(
            body: ["reason": "changed my mind"],
            answer: .object(
                sale.members.flatMap { member in
                    switch member.name {
                    case "state": [("cancelled_quantity", 1 as Tree), ("state", "cancelled")]
                    default: [(member.name, member.value)]
                    }
                }
            )
        )
    )
}

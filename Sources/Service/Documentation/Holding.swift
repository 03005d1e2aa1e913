import Domain
import HTTP

/// Holds.
struct Holding {
    /// What the server is set to allow.
    let limits: ServerConfiguration.Holds

    var endpoints: [Endpoint] { [Self.place, Self.read, Self.confirm, Self.extend, Self.announce, Self.release] }

    var schemas: [(String, Tree)] {
        [
            (
                "HoldPlacement",
                Schema.request(
                    "What to set aside.",
                    [
                        .always("buyer", Schema.identifier),
                        .always("quantity", Schema.quantity("Units to set aside: all of them or none.")),
                        .perhaps("ttl_seconds", seconds(limits.ttlSecondsMax, ttl)),
                    ]
                )
            ),
            (
                "HoldConfirmation",
                Schema.request(
                    "How much of the hold to buy.",
                    [.perhaps("quantity", Schema.quantity("Units to buy; the rest goes back. Without it, all."))]
                )
            ),
            (
                "HoldExtension",
                Schema.request(
                    "For how long from now.",
                    [.always("ttl_seconds", seconds(limits.ttlSecondsMax, "A hold never gets shorter by it."))]
                )
            ),
            (
                "ConfirmIntent",
                Schema.request(
                    "How long a payment may take.",
                    [
                        .always(
                            "freeze_seconds",
                            seconds(limits.freezeSecondsMax, "How long the hold's clock is stopped.")
                        )
                    ]
                )
            ),
            ("Hold", Self.hold),
        ]
    }

    private var ttl: String {
        "How long. Without it \(min(Int(HoldRequest.secondsDefault), limits.ttlSecondsMax)) seconds."
    }

    private func seconds(_ most: Int, _ text: String) -> Tree { Schema.integer(1, Int64(most), text) }

    private static let hold = Schema.object(
        "Units set aside until a moment.",
        [
            .always("hold", Schema.serverIdentifier),
            .always("sku", Schema.identifier),
            .always("buyer", Schema.identifier),
            .always("quantity", Schema.quantity("Units.")),
            .always("expires_at", Schema.time),
            .always(
                "state",
                Schema.one(of: ["held", "confirmed", "released", "expired"], "A hold is resolved once.")
            ),
            .always("remaining", Schema.count("Units of the SKU that are available.")),
            .perhaps("order", Schema.serverIdentifier),
        ]
    )

    private static let content = Endpoint.Content(type: .json, schema: Schema.named("Hold"))

    private static let links = ["readHold", "confirmHold", "extendHold", "announcePayment", "releaseHold"]
        .map { Endpoint.Link(operation: $0, parameter: "hold", member: "hold") }

    private static func example(until expiry: String) -> Tree {
        [
            "hold": .string(Example.hold), "sku": "demo-shoes", "buyer": "ada", "quantity": 2,
            "expires_at": .string(expiry), "state": "held", "remaining": 548,
        ]
    }

    private static let place = Endpoint(
        route: .holds(sku: .absent),
        method: .post,
        id: "placeHold",
        section: .holds,
        summary: "Set units aside for a buyer",
        text: """
            Until the hold expires its units are the buyer's, at the price of this moment. Units of expired holds are \
            available again within one second.
            """,
        takesKey: true,
        body: Schema.named("HoldPlacement"),
        answers: [
            .init(status: .created, text: "Held.", content: [content], fields: [.location], links: links)
        ],
        problems: [
            .unknownSKU, .saleNotStarted, .saleEnded, .salePaused, .buyerLimitReached, .soldOut, .insufficientStock,
        ],
        example: .init(
            body: ["buyer": "ada", "quantity": 2, "ttl_seconds": 300],
            answerFields: [("Location", "/v1/holds/\(Example.hold)")],
            answer: example(until: "2026-11-21T14:51:12.389Z")
        )
    )

    private static let read = Endpoint(
        route: .hold(.absent),
        method: .get,
        id: "readHold",
        section: .holds,
        summary: "Read a hold",
        text: "A hold that was resolved is shown for as long as the server is set to remember it.",
        answers: [.init(status: .ok, text: "The hold.", content: [content])],
        problems: [.unknownHold],
        example: .init(answer: example(until: "2026-11-21T14:51:12.389Z"))
    )

    private static let confirm = Endpoint(
        route: .confirm(hold: .absent),
        method: .post,
        id: "confirmHold",
        section: .holds,
        summary: "Buy what is held",
        text: """
            All of it, or a part: the rest goes back. Confirming again answers the same order (200). A hold that has \
            expired is bought all the same where its units are still there (201).
            """,
        takesKey: true,
        body: Schema.named("HoldConfirmation"),
        answers: [
            .init(
                status: .created,
                text: "Sold.",
                content: [.init(type: .json, schema: Schema.named("Order"))],
                fields: [.location],
                links: Selling.orderLinks
            ),
            .init(
                status: .ok,
                text: "The hold had been confirmed: its order.",
                content: [.init(type: .json, schema: Schema.named("Order"))]
            ),
        ],
        problems: [
            .unknownHold, .holdExpired, .holdReleased, .quantityExceeded, .buyerLimitReached,
        ],
        example: .init(
            body: ["quantity": 1],
            answerFields: [("Location", "/v1/orders/\(Example.heldOrder)")],
            answer: [
                "order": .string(Example.heldOrder), "sku": "demo-shoes", "buyer": "ada", "quantity": 1,
                "unit_price": ["amount": 12900, "currency": "USD"], "total": ["amount": 12900, "currency": "USD"],
                "state": "confirmed", "sequence": 9, "remaining": 549, "placed_at": "2026-11-21T14:46:12.456Z",
            ]
        )
    )

    private static let extend = Endpoint(
        route: .extend(hold: .absent),
        method: .post,
        id: "extendHold",
        section: .holds,
        summary: "Keep a hold for longer",
        text: "A bounded number of times; a hold never gets shorter by it.",
        takesKey: true,
        body: Schema.named("HoldExtension"),
        answers: [.init(status: .ok, text: "The hold with its new end.", content: [content])],
        problems: [.unknownHold, .holdExpired, .holdReleased, .holdConfirmed, .holdExtensionsExhausted],
        example: .init(
            body: ["ttl_seconds": 120],
            answer: example(until: "2026-11-21T14:51:12.389Z")
        )
    )

    private static let announce = Endpoint(
        route: .confirmIntent(hold: .absent),
        method: .post,
        id: "announcePayment",
        section: .holds,
        summary: "Stop a hold's clock while a payment runs",
        text: "Once per hold. A payment that comes too late all the same gets the units if nobody else has them.",
        takesKey: true,
        body: Schema.named("ConfirmIntent"),
        answers: [.init(status: .ok, text: "The hold with its new end.", content: [content])],
        problems: [.unknownHold, .holdExpired, .holdReleased, .holdConfirmed, .holdFrozenBefore],
        example: .init(
            body: ["freeze_seconds": 60],
            answer: example(until: "2026-11-21T14:52:12.389Z")
        )
    )

    private static let release = Endpoint(
        route: .hold(.absent),
        method: .delete,
        id: "releaseHold",
        section: .holds,
        summary: "Give back what is held",
        text: "The units are available again at once. Releasing it again changes nothing.",
        answers: [.init(status: .noContent, text: "Given back.")],
        problems: [.unknownHold, .holdConfirmed],
        example: .init()
    )
}

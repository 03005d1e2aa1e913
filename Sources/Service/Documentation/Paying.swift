import Domain
import HTTP

/// Wallets.
enum Paying {
    static let endpoints = [
        read,
        move(
            .deposits(buyer: .absent),
            "deposit",
            "Put money into a wallet",
            "The first deposit makes the wallet and fixes its currency.",
            [],
            example("deposit", 50_000, 50_000, "top-up-1", 1)
        ),
        move(
            .withdrawals(buyer: .absent),
            "withdraw",
            "Take money out of a wallet",
            "A balance is never negative.",
            [.insufficientFunds, .unknownBuyer],
            example("withdrawal", 5_000, 45_000, "payout-1", 2)
        ),
    ]

    private static let reference = Schema.text(1, WalletReference.scalarsMax, "A name of the client's own.")

    /// What every change of a wallet has.
    static let change: [Schema.Property] = [
        .always("type", Schema.one(of: ["deposit", "withdrawal", "payment", "refund"], "What happened.")),
        .always("amount", Schema.money), .always("balance", Schema.money),
        .perhaps("reference", reference),
        .always("sequence", Schema.count("The number of the change among the wallet's, without a gap.")),
        .always("at", Schema.time),
    ]

    static let schemas: [(String, Tree)] = [
        (
            "WalletMove",
            Schema.request(
                "How much.",
                [
                    .always("amount", Schema.integer(1, Money.amountMax, "Minor units of the currency.")),
                    .always("currency", Schema.named("Currency")), .perhaps("reference", reference),
                ]
            )
        ),
        (
            "Wallet",
            Schema.object(
                "What a buyer has.",
                [
                    .always("buyer", Schema.identifier), .always("balance", Schema.money),
                    .always("sequence", Schema.count("How many changes the wallet has had.")),
                ]
            )
        ),
        (
            "WalletChange",
            Schema.object(
                "A change of a wallet.",
                [.always("buyer", Schema.identifier)] + change
            )
        ),
    ]

    private static let read = Endpoint(
        route: .wallet(.absent),
        method: .get,
        id: "readWallet",
        section: .wallets,
        summary: "Read a wallet",
        text: "The balance after the wallet's last change.",
        answers: [
            .init(status: .ok, text: "The wallet.", content: [.init(type: .json, schema: Schema.named("Wallet"))])
        ],
        problems: [.unknownBuyer],
        example: .init(answer: ["buyer": "ada", "balance": ["amount": 45000, "currency": "USD"], "sequence": 2])
    )

    private static func move(
        _ route: Route,
        _ id: String,
        _ summary: String,
        _ text: String,
        _ problems: [ProblemType],
        _ example: Endpoint.Example
    ) -> Endpoint {
        Endpoint(
            route: route,
            method: .post,
            id: id,
            section: .wallets,
            summary: summary,
            text: text,
            takesKey: true,
            body: Schema.named("WalletMove"),
            answers: [
                .init(
                    status: .created,
                    text: "Done.",
                    content: [.init(type: .json, schema: Schema.named("WalletChange"))],
                    links: [.init(operation: "readWallet", parameter: "buyer", member: "buyer")]
                )
            ],
            problems: problems,
            example: example
        )
    }

    private static func example(
        _ type: String,
        _ amount: Int64,
        _ balance: Int64,
        _ reference: String,
        _ sequence: Int64
    ) -> Endpoint.Example {
        .init(
            body: ["amount": .integer(amount), "currency": "USD", "reference": .string(reference)],
            answer: [
                "buyer": "ada", "type": .string(type), "amount": ["amount": .integer(amount), "currency": "USD"],
                "balance": ["amount": .integer(balance), "currency": "USD"], "reference": .string(reference),
                "sequence": .integer(sequence), "at": "2026-11-21T14:46:12.552Z",
            ]
        )
    }
}

/// What the documentation says of problems beside the table: their members, and an example of each.
extension ProblemType {
    /// What generated clients call it: `SoldOutProblem`.
    var schemaName: String {
        slug.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined() + "Problem"
    }

    /// The members that it has beside those of RFC 9457.
    var ownMembers: [ProblemMember] {
        var words = members.description.split(separator: ", ").map { String($0) }
        if Self.ofCartLines.contains(self) { words += ["line?", "sku?"] }
        return
            words
            .map { word in
                let name = word.hasSuffix("?") ? String(word.dropLast()) : word
                let known = ProblemMember.all.first { $0.name == name }
                var member = known ?? ProblemMember(name: name, text: "", schema: [:], example: nil)
                member.isRequired = !word.hasSuffix("?")
                return member
            }
    }

    /// The schema of such a problem.
    var schema: Tree {
        let own = ownMembers.map { member in
            Schema.Property(
                name: member.name,
                schema: member.schema.with("description", .string(member.text)),
                isRequired: member.isRequired
            )
        }
        return Schema.object(
            cause.description,
            [
                .always("type", ["type": "string", "const": .string(type.description)]),
                .always("title", ["type": "string", "const": .string(title.description)]),
                .always("status", statusSchema),
                .always("detail", ["type": "string", "description": "What was wrong with this request."]),
                .always("request_id", Schema.named("RequestID")),
            ] + own
        )
    }

    /// Problems that a line of a cart may have: they name it.
    static let ofCartLines: [ProblemType] = [
        .unknownSKU, .saleNotStarted, .saleEnded, .salePaused, .buyerLimitReached, .soldOut, .insufficientStock,
    ]

    private var statusSchema: Tree {
        let item = itemPurchaseStatus
        guard item != status else { return ["type": "integer", "const": .integer(Int64(status))] }
        return [
            "type": "integer", "description": .string("\(item) from `/api/purchase/`."),
            "enum": [.integer(Int64(status)), .integer(Int64(item))],
        ]
    }

    /// Such a problem as the server writes it.
    var example: Tree {
        .object(
            [
                ("type", .string(type.description)), ("title", .string(title.description)),
                ("status", .integer(Int64(status))), ("detail", .string(exampleDetail)),
                ("request_id", .string(Example.requestID)),
            ] + ownMembers.filter(\.isRequired).map { ($0.name, $0.example) }
        )
    }

    /// A `detail` that the server writes in such a problem.
    private var exampleDetail: String { Self.details[self] ?? "" }

    private static let details: [ProblemType: String] = [
        .invalidRequest: "quantity: must be an integer from 1 to 1000000",
        .idempotencyKeyMissing: "This server asks for an Idempotency-Key.",
        .notFound: "No resource has this path.",
        .methodNotAllowed: "The resource does not have this method.",
        .notAcceptable: "Answers are application/json and application/problem+json.",
        .requestTimeout: "The request took too long to arrive.",
        .lengthRequired: "A body with Content-Length or Transfer-Encoding is needed.",
        .preconditionFailed: "The SKU has changed meanwhile.",
        .contentTooLarge: "The request body is too large.",
        .uriTooLong: "The request target is too long.",
        .unsupportedMediaType: "The body must be application/json.",
        .expectationFailed: "Only the expectation 100-continue can be met.",
        .idempotencyKeyReused: "This Idempotency-Key was used for another request.",
        .requestHeaderFieldsTooLarge: "The header section is too large.",
        .rateLimited: "Too many requests have come from this credential.",
        .notImplemented: "The method is not supported.",
        .httpVersionNotSupported: "Only HTTP/1.1 and HTTP/1.0 are spoken here.",
        .saleNotStarted: "The sale has not begun.",
        .saleEnded: "The sale is over.",
        .salePaused: "The operator has paused the sale.",
        .buyerLimitReached: "The buyer may not have that many units of this SKU.",
        .unknownSKU: "There is no such SKU.",
        .unknownOrder: "There is no such order.",
        .unknownBuyer: "This buyer has no wallet.",
        .insufficientFunds: "The wallet holds less than that.",
        .unknownHold: "There is no such hold.",
        .soldOut: "No unit is left.",
        .insufficientStock: "Fewer units are available than were asked for.",
        .holdExpired: "The hold has expired, and its units are not there.",
        .holdReleased: "The hold was released.",
        .holdConfirmed: "The hold is an order already.",
        .holdExtensionsExhausted: "The hold was extended as often as may be.",
        .holdFrozenBefore: "The hold's clock was stopped before.",
        .holdsOpen: "Holds of the SKU are open.",
        .quantityExceeded: "The hold has fewer units.",
        .internal: "The order cannot be read.",
        .overloaded: "Too much is waiting for the disk.",
        .recovering: "The journals are being replayed.",
        .draining: "The server is about to stop.",
        .unauthenticated: "The request shows no bearer token.",
        .forbidden: "The credential has none of the scopes that this request needs.",
        .readOnly: "The disk refuses writes; nothing was changed.",
    ]
}

/// A member that problems of some types have.
struct ProblemMember: Sendable {
    let name: String
    let text: String
    let schema: Tree
    let example: Tree
    /// Whether each problem of the type has it.
    var isRequired = true

    /// Every member that the table of problems names.
    static let all = [
        number("available", "Units that can be bought.", 3), number("held", "Units set aside.", 1),
        number("sold", "Units sold.", 497), number("sequence", "How many changes the SKU has had.", 12),
        number("limit", "The most that is allowed.", 2), number("already", "What the buyer has.", 2),
        number("holds", "How many are open.", 1), number("line", "The cart's line, from 0.", 1),
        ProblemMember(
            name: "scopes",
            text: "Scopes of which one is needed.",
            schema: ["type": "array", "items": ["type": "string"]],
            example: ["operate"]
        ),
        ProblemMember(name: "sku", text: "The cart's SKU.", schema: Schema.identifier, example: "demo-shoes"),
        ProblemMember(
            name: "field",
            text: "The member, query item or header field that is wrong.",
            schema: ["type": "string"],
            example: "quantity"
        ),
        ProblemMember(
            name: "opens_at",
            text: "When the sale begins.",
            schema: Schema.time,
            example: "2026-11-27T09:00:00.000Z"
        ),
        ProblemMember(
            name: "order",
            text: "The order that the hold has become.",
            schema: Schema.serverIdentifier,
            example: .string(Example.heldOrder)
        ),
        ProblemMember(
            name: "balance",
            text: "What the wallet holds.",
            schema: Schema.money,
            example: ["amount": 45000, "currency": "USD"]
        ),
        ProblemMember(
            name: "total",
            text: "What was to be taken out.",
            schema: Schema.money,
            example: ["amount": 99000, "currency": "USD"]
        ),
    ]

    private static func number(_ name: String, _ text: String, _ example: Int64) -> Self {
        Self(name: name, text: text, schema: ["type": "integer", "minimum": 0], example: .integer(example))
    }
}

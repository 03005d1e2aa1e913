import HTTP

extension Endpoint {
    /// Every problem that the operation may be answered with.
    var allProblems: [ProblemType] {
        var types = problems + Self.problemsOfAll
        if !isAnsweredHere { types += [.notAcceptable, .internal, .recovering, .overloaded, .readOnly] }
        if !route.scopes(for: method).isEmpty { types += [.unauthenticated, .forbidden] }
        // Where the operator has an address of their own, it is at no other.
        if route.isOperators(for: method) { types.append(.notFound) }
        if body != nil { types += [.lengthRequired, .unsupportedMediaType] }
        if takesKey { types += [.idempotencyKeyMissing, .idempotencyKeyReused] }
        return types
    }

    /// The status that a problem has here.
    func status(of problem: ProblemType) -> UInt16 {
        if case .itemPurchase = route { problem.itemPurchaseStatus } else { problem.status }
    }

    /// The problems that any request may meet, before it is known what it is for.
    static let problemsOfAll: [ProblemType] = [
        .invalidRequest, .requestTimeout, .contentTooLarge, .uriTooLong, .expectationFailed,
        .requestHeaderFieldsTooLarge, .rateLimited, .notImplemented, .httpVersionNotSupported,
    ]

    /// Whether any loop answers it from what it has.
    private var isAnsweredHere: Bool { section == .operating || section == .documentation }
}

extension Method {
    /// What OpenAPI calls it.
    var name: String {
        switch self {
        case .get: "get"
        case .head: "head"
        case .post: "post"
        case .put: "put"
        case .patch: "patch"
        case .delete: "delete"
        case .options: "options"
        case .other: "other"
        }
    }
}

extension Route {
    /// The parameters that templates of paths name, with an example of each.
    static let parameters = [
        ("sku", "The SKU's name: 1 to 128 characters of `A-Z a-z 0-9 . _ ~ -`.", Example.sku),
        ("buyer", "The buyer's name: 1 to 128 characters of `A-Z a-z 0-9 . _ ~ -`.", Example.buyer),
        ("hold", "The hold's id, as it was answered.", Example.hold),
        ("order", "The order's id, as it was answered.", Example.order),
        ("type", "The last part of a problem's `type`.", Example.problem),
    ]

    /// The parameters of the route's template.
    var parameterNames: [String] {
        template.description.split(separator: "/").filter { $0.hasPrefix("{") }
            .map { String($0.dropFirst().dropLast()) }
    }

    /// A path of the route, with the values of the examples.
    var examplePath: String {
        Self.parameters.reduce(template.description) { $0.replacing("{\($1.0)}", with: $1.2) }
    }
}

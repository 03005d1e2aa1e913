import HTTP

/// The API's own description, OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1).
///
/// - Cost: made anew by each call of `document`; `Documents` keeps what was made.
struct APIDescription {
    let endpoints: [Endpoint]
    private let schemas: [(String, Tree)]
    private let keyRequired: Bool

    /// The description of a server that is set like this.
    init(_ configuration: ServerConfiguration) {
        let holding = Holding(limits: configuration.holds)
        endpoints =
            Selling.endpoints + holding.endpoints + Cataloguing.endpoints + Paying.endpoints + [
                Events.read, Watching.operation,
            ]
            + Operating.endpoints
        schemas =
            Schema.shared + Cataloguing.schemas + LinkedData.schemas + Trail.schemas + Selling.schemas + Carts.schemas
            + holding.schemas + Paying.schemas + BuyerOrders.schemas + Events.schemas
            + Operating.schemas + ProblemType.allCases.map { ($0.schemaName, $0.schema) }
        keyRequired = configuration.idempotency.keyRequired
    }

    /// The operation of a method and a path's template.
    func operation(_ id: String) -> Endpoint? { endpoints.first { $0.id == id } }

    /// The whole document.
    var document: Tree {
        [
            "openapi": "3.1.1",
            "info": [
                "title": "Stockkeeper", "version": .string(Product.version),
                "summary": "A flash-sale inventory server that never oversells.",
                "description": .string(Self.introduction),
                "license": ["name": "Apache 2.0", "identifier": "Apache-2.0"],
            ],
            "servers": [["url": "/"]],
            "tags": .array(Endpoint.Section.allCases.map { ["name": .string($0.rawValue)] }),
            "paths": paths,
            "components": [
                "schemas": .object(schemas), "responses": .object(responses), "parameters": .object(parameters),
                "headers": .object(AnswerField.allCases.map { ($0.rawValue, Self.header($0)) }),
                "securitySchemes": [
                    "bearer": [
                        "type": "http", "scheme": "bearer",
                        "description": "Where the server has credentials; each has scopes, of which one must fit.",
                    ]
                ],
                "examples": .object(ProblemType.allCases.map { ($0.slug, ["value": $0.example]) }),
            ],
        ]
    }

    static let introduction = """
        No answer of success leaves before its change is on disk, and no answer shows a change that a crash could still \
        undo. Errors are problems (RFC 9457); their `type` explains itself. Times are RFC 3339 in UTC, money is in minor \
        units. Members of requests that are not described here are refused; answers may get more members in time. \
        `GET` stands for `HEAD` too, and `OPTIONS` names the methods of each resource. Where the operator has an address of \
        their own, what asks for the scope `operate` and not for `sell` is at that address only, and 404 at the other.
        """

    // MARK: Paths

    private var paths: Tree {
        var paths: [(String, [(String, Tree)])] = []
        for operation in endpoints {
            let path = operation.route.template.description
            let item = (operation.method.name, self.item(operation))
            if let place = paths.firstIndex(where: { $0.0 == path }) {
                paths[place].1.append(item)
            } else {
                paths.append((path, [("parameters", pathParameters(operation.route))] + [item]))
            }
            guard operation.method == .get, let place = paths.firstIndex(where: { $0.0 == path }) else { continue }
            paths[place].1.append(("head", headItem(operation)))
        }
        return .object(
            paths.map { path, items in
                let section = endpoints.first { $0.route.template.description == path }?.section
                return (path, .object(items + [("options", optionsItem(path, section ?? .operating))]))
            }
        )
    }

    private func pathParameters(_ route: Route) -> Tree {
        .array(route.parameterNames.map { Self.reference("parameters", $0) })
    }

    private func item(_ operation: Endpoint) -> Tree {
        var item: Tree = [
            "operationId": .string(operation.id), "tags": [.string(operation.section.rawValue)],
            "summary": .string(operation.summary), "description": .string(operation.text),
            "parameters": .array(ownParameters(operation)),
        ]
        item = item.with("security", security(operation.route.scopes(for: operation.method)))
        if let body = operation.body {
            let content = operation.bodyTypes.map { type in
                (type, Self.content(body, operation.example.body))
            }
            item = item.with("requestBody", ["required": true, "content": .object(content)])
        }
        return item.with("responses", .object(self.answers(operation) + problems(operation.allProblems, of: operation)))
    }

    /// A token with one of the scopes; none is needed where the server has no credentials.
    private func security(_ scopes: ScopeSet) -> Tree {
        let names = ScopeSet.all.filter { scopes.contains($0.scope) }.map { Tree.string($0.name.description) }
        return .array([[:]] + names.map { ["bearer": [$0]] })
    }

    private func headItem(_ operation: Endpoint) -> Tree {
        let answers = operation.answers.map { answer in
            (
                String(answer.status.rawValue),
                ["description": .string(answer.text), "headers": headers(operation, answer)] as Tree
            )
        }
        let problems = Self.byStatus(operation.allProblems, of: operation)
            .map { status, types in
                (status, ["description": .string(Self.title(types)), "headers": Self.headers(of: types)] as Tree)
            }
        return [
            "operationId": .string(operation.id + "Head"), "tags": [.string(operation.section.rawValue)],
            "summary": .string(operation.summary + " (head only)"), "parameters": .array(ownParameters(operation)),
            "responses": .object(answers + problems),
        ]
    }

    private func optionsItem(_ path: String, _ section: Endpoint.Section) -> Tree {
        let name = path.split { !$0.isLetter }.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
        return [
            "operationId": .string("methodsOf" + name), "tags": [.string(section.rawValue)],
            "summary": "Which methods there are",
            "responses": .object(
                [
                    (
                        "204",
                        [
                            "description": "They stand in `Allow`.",
                            "headers": Self.headers([.allow, .requestID, .traceParent]),
                        ] as Tree
                    )
                ] + problems(Endpoint.problemsOfAll, of: nil)
            ),
        ]
    }

    private func ownParameters(_ operation: Endpoint) -> [Tree] {
        let query = operation.query.map { Self.parameter($0, in: "query") }
        let conditions = operation.conditions.map { Self.parameter($0, in: "header") }
        let key = operation.takesKey ? [Self.reference("parameters", "idempotencyKey")] : []
        return query + conditions + key + [
            Self.reference("parameters", "requestID"), Self.reference("parameters", "traceParent"),
        ]
    }

    // MARK: Answers

    private func answers(_ operation: Endpoint) -> [(String, Tree)] {
        operation.answers.enumerated()
            .map { index, answer in
                var tree: Tree = ["description": .string(answer.text), "headers": headers(operation, answer)]
                if !answer.content.isEmpty {
                    let content = answer.content.enumerated()
                        .map { place, content in
                            let isUsual = index == 0 && place == 0
                            return (
                                content.type.mediaType,
                                Self.content(
                                    content.schema,
                                    content.example ?? (isUsual ? operation.example.answer : nil)
                                )
                            )
                        }
                    tree = tree.with("content", .object(content))
                }
                if !answer.links.isEmpty { tree = tree.with("links", .object(answer.links.map(Self.link))) }
                return (String(answer.status.rawValue), tree)
            }
    }

    private func headers(_ operation: Endpoint, _ answer: Endpoint.Answer) -> Tree {
        Self.headers(answer.fields + (operation.takesKey ? [.replayed] : []) + [.requestID, .traceParent])
    }

    private static func link(_ link: Endpoint.Link) -> (String, Tree) {
        (
            link.operation,
            [
                "operationId": .string(link.operation),
                "parameters": .object([(link.parameter, .string("$response.body#/\(link.member)"))]),
            ]
        )
    }

    private func problems(_ types: [ProblemType], of endpoint: Endpoint?) -> [(String, Tree)] {
        Self.byStatus(types, of: endpoint).map { ($0, Self.reference("responses", Self.responseName($0, $1))) }
    }

    /// Every answer that is a problem, once: by the types that may come with it.
    private var responses: [(String, Tree)] {
        var responses: [(String, Tree)] = []
        let all =
            endpoints.map { Self.byStatus($0.allProblems, of: $0) } + [Self.byStatus(Endpoint.problemsOfAll, of: nil)]
        for (status, types) in all.joined() {
            let name = Self.responseName(status, types)
            if !responses.contains(where: { $0.0 == name }) { responses.append((name, Self.response(status, types))) }
        }
        return responses
    }

    private static func byStatus(_ types: [ProblemType], of endpoint: Endpoint?) -> [(String, [ProblemType])] {
        let all = ProblemType.allCases.filter(types.contains)
            .map { (status: endpoint?.status(of: $0) ?? $0.status, type: $0) }
        return Set(all.map(\.status)).sorted()
            .map { status in (String(status), all.filter { $0.status == status }.map(\.type)) }
    }

    private static func responseName(_ status: String, _ types: [ProblemType]) -> String {
        ([status] + types.map(\.slug)).joined(separator: ".")
    }

    private static func title(_ types: [ProblemType]) -> String {
        types.map(\.title.description).joined(separator: ", or: ") + "."
    }

    private static func response(_ status: String, _ types: [ProblemType]) -> Tree {
        let schemas = types.map { Schema.named($0.schemaName) }
        let examples = types.filter { String($0.status) == status }
            .map { ($0.slug, reference("examples", $0.slug)) }
        return [
            "description": .string(title(types)), "headers": headers(of: types),
            "content": [
                "application/problem+json": [
                    "schema": schemas.count == 1 ? schemas[0] : Schema.oneOf(schemas), "examples": .object(examples),
                ]
            ],
        ]
    }

    // MARK: Components

    private var parameters: [(String, Tree)] {
        Route.parameters.map { name, text, example in
            (
                name,
                [
                    "name": .string(name), "in": "path", "required": true, "description": .string(text),
                    "schema": Schema.identifier, "example": .string(example),
                ] as Tree
            )
        } + [
            ("idempotencyKey", Self.parameter(Self.idempotencyKey, in: "header").with("required", .bool(keyRequired))),
            ("requestID", Self.parameter(Self.requestID, in: "header")),
            ("traceParent", Self.parameter(Self.traceParent, in: "header")),
        ]
    }

    static let idempotencyKey = Endpoint.Parameter(
        name: "Idempotency-Key",
        text: """
            1 to 255 visible ASCII characters of the client's choice, bare or as a structured-field string. The same key \
            and the same request again: the first answer again. The same key with another request: 422.
            """,
        schema: [
            "type": "string", "pattern": #"^([!#-~][!-~]{0,254}|"([!#-\[\]-~]|\\["\\]){1,255}")$"#,
        ],
        example: .string(Example.key)
    )

    private static let requestID = Endpoint.Parameter(
        name: "Request-Id",
        text: """
            The client's own name for the request, which comes back and is logged: 1 to 128 visible ASCII characters. Where \
            it is not sent, `X-Request-Id` is taken.
            """,
        schema: ["type": "string"],
        example: .string(Example.requestID)
    )

    private static let traceParent = Endpoint.Parameter(
        name: "traceparent",
        text: "The trace that the request belongs to (W3C Trace Context); it comes back and is logged.",
        schema: ["type": "string"],
        example: .string(Example.traceParent)
    )

    private static func parameter(_ parameter: Endpoint.Parameter, in place: String) -> Tree {
        [
            "name": .string(parameter.name), "in": .string(place), "required": false,
            "description": .string(parameter.text), "schema": parameter.schema, "example": parameter.example,
        ]
    }

    private static func content(_ schema: Tree, _ example: Tree?) -> Tree {
        let tree: Tree = ["schema": schema]
        return example.map { tree.with("example", $0) } ?? tree
    }

    private static func header(_ field: AnswerField) -> Tree {
        [
            "description": .string(field.text), "required": .bool(field.isRequired), "schema": field.schema,
            "example": field.example,
        ]
    }

    private static func headers(_ fields: [AnswerField]) -> Tree {
        .object(fields.map { ($0.rawValue, reference("headers", $0.rawValue)) })
    }

    /// The fields of a problem; those that only some of its types have are not required.
    private static func headers(of types: [ProblemType]) -> Tree {
        var fields: [(String, Tree)] = []
        let waits = types.filter { $0.retryAfter != .absent }
        if !waits.isEmpty {
            let isOnAll = waits.count == types.count
            let field = isOnAll ? reference("headers", "Retry-After") : header(.retryAfter).with("required", false)
            fields.append((AnswerField.retryAfter.rawValue, field))
        }
        if types.contains(.unauthenticated) || types.contains(.forbidden) {
            let isOnAll = types.allSatisfy { $0 == .unauthenticated || $0 == .forbidden }
            let field =
                isOnAll ? reference("headers", "WWW-Authenticate") : header(.authenticate).with("required", false)
            fields.append((AnswerField.authenticate.rawValue, field))
        }
        if types == [.rateLimited] {
            fields += [AnswerField.rateLimit, .rateLimitPolicy]
                .map { ($0.rawValue, reference("headers", $0.rawValue)) }
        }
        if types.contains(.methodNotAllowed) { fields.append(("Allow", reference("headers", "Allow"))) }
        return .object(
            fields + [
                ("Request-Id", reference("headers", "Request-Id")),
                ("traceparent", reference("headers", "traceparent")),
            ]
        )
    }

    private static func reference(_ kind: String, _ name: String) -> Tree {
        ["$ref": .string("#/components/\(kind)/\(name)")]
    }
}

import HTTP

/// What an operator's tools ask, and the documentation itself.
enum Operating {
    static let endpoints = [
        plain(.health, "checkHealth", "Is the process alive?", "It answers as long as its loops turn.", "alive\n"),
        readiness, metrics, description(.document(.openAPI), "readDescription", .json),
        description(.document(.openAPIText), "readDescriptionText", .yaml), docs, problem,
    ]

    static let schemas: [(String, Tree)] = [
        (
            "ProblemExplanation",
            Schema.object(
                "What a type of problem means.",
                [
                    .always("type", ["type": "string", "description": "As in the problem.", "pattern": "^/problems/"]),
                    .always("title", ["type": "string", "description": "As in the problem."]),
                    .always("status", Schema.integer(400, 599, "As in the problem.")),
                    .always("cause", ["type": "string", "description": "Why a request is answered so."]),
                    .always("remedy", ["type": "string", "description": "What the client should do."]),
                    .always(
                        "members",
                        ["type": "array", "description": "Members of its own.", "items": ["type": "string"]]
                    ),
                    .always(
                        "retry_after",
                        [
                            "description": "Seconds, `computed` for each answer, or null where it is not sent.",
                            "oneOf": [
                                ["type": "integer", "minimum": 1], ["type": "string", "const": "computed"],
                                ["type": "null"],
                            ],
                        ]
                    ),
                    .always(
                        "example",
                        ["type": "object", "description": "A problem of this type.", "additionalProperties": true]
                    ),
                ]
            )
        )
    ]

    private static let text: Tree = ["type": "string"]

    private static func plain(
        _ route: Route,
        _ id: String,
        _ summary: String,
        _ text: String,
        _ answer: String
    ) -> Endpoint {
        Endpoint(
            route: route,
            method: .get,
            id: id,
            section: .operating,
            summary: summary,
            text: text,
            answers: [
                .init(
                    status: .ok,
                    text: "Yes.",
                    content: [.init(type: .text, schema: ["type": "string", "const": .string(answer)])]
                )
            ],
            example: .init(answer: .string(answer))
        )
    }

    private static let readiness: Endpoint = {
        var operation = plain(
            .readiness,
            "checkReadiness",
            "Does it take requests?",
            "503 until recovery is done, while draining, and when the disk refuses writes.",
            "ready\n"
        )
        operation.problems = [.recovering, .draining, .readOnly]
        return operation
    }()

    private static let metrics = Endpoint(
        route: .metrics,
        method: .get,
        id: "readMetrics",
        section: .operating,
        summary: "Metrics for Prometheus",
        text: "The text format, version 0.0.4. Labels come from closed sets: no SKU, buyer or path is one.",
        answers: [.init(status: .ok, text: "The metrics.", content: [.init(type: .metrics, schema: text)])],
        example: .init()
    )

    private static func description(_ route: Route, _ id: String, _ type: ContentType) -> Endpoint {
        document(
            route,
            id,
            "This description, as \(type == .json ? "JSON" : "YAML")",
            "OpenAPI 3.1, made from the tables that the server routes and answers by.",
            [
                .init(
                    type: type,
                    schema: type == .json
                        ? ["type": "object", "additionalProperties": true] : ["description": "The same."]
                )
            ]
        )
    }

    private static let docs = document(
        .document(.page),
        "readDocs",
        "This description, to be read",
        "One page that needs nothing else.",
        [.init(type: .html, schema: text)]
    )

    private static func document(
        _ route: Route,
        _ id: String,
        _ summary: String,
        _ text: String,
        _ content: [Endpoint.Content]
    ) -> Endpoint {
        Endpoint(
            route: route,
            method: .get,
            id: id,
            section: .documentation,
            summary: summary,
            text: text,
            conditions: [Cataloguing.ifChanged],
            answers: [
                .init(status: .ok, text: "The document.", content: content, fields: [.etag, .cacheControl]),
                .init(status: .notModified, text: "The client has it.", fields: [.etag, .cacheControl]),
            ],
            example: .init()
        )
    }

    private static let problem = Endpoint(
        route: .problem(type: .absent),
        method: .get,
        id: "explainProblem",
        section: .documentation,
        summary: "What a problem means",
        text: "The `type` of every problem leads here. Browsers get a page, programs JSON.",
        answers: [
            .init(
                status: .ok,
                text: "The explanation.",
                content: [
                    .init(type: .json, schema: Schema.named("ProblemExplanation")), .init(type: .html, schema: text),
                ],
                fields: [.vary]
            )
        ],
        problems: [.notFound],
        example: .init()
    )
}

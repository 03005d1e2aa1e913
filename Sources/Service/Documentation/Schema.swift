import Domain

/// What JSON Schema (2020-12) says of the values of the API.
enum Schema {
    /// A member of an object.
    struct Property {
        let name: String
        let schema: Tree
        var isRequired = true

        /// A member that is always there.
        static func always(_ name: String, _ schema: Tree) -> Self { Self(name: name, schema: schema) }

        /// A member that may be left out.
        static func perhaps(_ name: String, _ schema: Tree) -> Self {
            Self(name: name, schema: schema, isRequired: false)
        }
    }

    /// The body of a request: a member that is not told is refused.
    static func request(_ text: String, _ properties: [Property]) -> Tree {
        object(text, properties).with("additionalProperties", false)
    }

    /// A part of an answer: members may be added in time.
    static func object(_ text: String, _ properties: [Property]) -> Tree {
        let required = properties.filter(\.isRequired).map { Tree.string($0.name) }
        var tree: Tree = ["type": "object", "description": .string(text)]
        if !required.isEmpty { tree = tree.with("required", .array(required)) }
        return tree.with("properties", .object(properties.map { ($0.name, $0.schema) }))
    }

    /// A reference to a schema of `Schema.all`.
    static func named(_ name: String) -> Tree { ["$ref": .string("#/components/schemas/\(name)")] }

    /// Any one of several schemas.
    static func oneOf(_ schemas: [Tree]) -> Tree { ["oneOf": .array(schemas)] }

    static func integer(_ least: Int64, _ most: Int64?, _ text: String) -> Tree {
        var tree: Tree = ["type": "integer", "description": .string(text), "minimum": .integer(least)]
        if let most { tree = tree.with("maximum", .integer(most)) }
        return tree
    }

    static func text(_ least: Int, _ most: Int, _ text: String) -> Tree {
        [
            "type": "string", "description": .string(text), "minLength": .integer(Int64(least)),
            "maxLength": .integer(Int64(most)),
        ]
    }

    static func one(of values: [String], _ text: String) -> Tree {
        ["type": "string", "description": .string(text), "enum": .array(values.map { .string($0) })]
    }

    static func flag(_ text: String) -> Tree { ["type": "boolean", "description": .string(text)] }

    /// An array of at most so many elements.
    static func list(of element: Tree, most: Int64, _ text: String) -> Tree {
        ["type": "array", "description": .string(text), "items": element, "maxItems": .integer(most)]
    }

    /// The same schema with null allowed beside it: a merge patch that takes the member away.
    static func orNull(_ schema: Tree) -> Tree {
        guard let type = schema["type"] else { return ["oneOf": [schema, ["type": "null"]]] }
        return schema.with("type", [type, "null"])
    }

    /// A count of units, or a number of a change.
    static func count(_ text: String) -> Tree { integer(0, UnitCount.unitsMax, text) }

    /// How many units one request is about.
    static func quantity(_ text: String) -> Tree { integer(1, Quantity.unitsMax, text) }
}

extension Schema {
    /// The schemas that several others name.
    static let shared: [(String, Tree)] = [
        (
            "Identifier",
            [
                "type": "string", "description": "The name of a SKU or buyer.", "pattern": "^[A-Za-z0-9._~-]{1,128}$",
            ]
        ),
        (
            "ServerIdentifier",
            [
                "type": "string", "description": "Made by the server, and opaque.",
                "pattern": "^[A-Za-z0-9._~-]{1,128}$",
            ]
        ),
        (
            "Time",
            [
                "type": "string", "format": "date-time", "description": "RFC 3339 in UTC, with milliseconds.",
                "pattern": #"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$"#,
            ]
        ),
        (
            "TimeGiven",
            [
                "type": "string", "format": "date-time",
                "description": "RFC 3339 at any offset, up to the year 3800; kept to the millisecond.",
                "pattern": "^(19[7-9][0-9]|2[0-9]{3}|3[0-7][0-9]{2})-",
            ]
        ),
        (
            "Money",
            object(
                "An amount in minor units: 12900 USD is 129 dollars.",
                [
                    .always("amount", integer(0, Money.amountMax, "Minor units of the currency.")),
                    .always("currency", named("Currency")),
                ]
            )
            .with("additionalProperties", false)
        ),
        ("Currency", ["type": "string", "description": "An ISO 4217 code.", "pattern": "^[A-Z]{3}$"]),
        ("RequestID", ["type": "string", "description": "The request's id.", "pattern": "^[!-~]{1,128}$"]),
    ]

    static let identifier = named("Identifier")
    static let serverIdentifier = named("ServerIdentifier")
    static let time = named("Time")
    static let timeGiven = named("TimeGiven")
    static let money = named("Money")
}

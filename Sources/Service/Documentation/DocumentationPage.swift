import HTTP

/// `GET /docs`: the description as a page to be read.
struct DocumentationPage {
    private let description: APIDescription
    private let schemas: Tree

    init(_ description: APIDescription) {
        self.description = description
        schemas = description.document["components"]?["schemas"] ?? [:]
    }

    /// The page.
    var html: String {
        Page.html(
            title: "Stockkeeper: the API",
            body: """
                <div class="wide">
                \(navigation)
                <main>
                <h1>Stockkeeper</h1>
                <p class="soft">The API of version \(Product.version), as OpenAPI 3.1: <a href="/openapi.json">JSON</a>,
                <a href="/openapi.yaml">YAML</a>.</p>
                <p>\(Page.marked(APIDescription.introduction))</p>
                \(sections)
                \(problems)
                \(schemaSection)
                </main>
                </div>
                """
        )
    }

    // MARK: Parts

    private var navigation: String {
        let sections = Endpoint.Section.allCases.map { section in
            let entries = endpoints(of: section)
                .map { "<li><a href=\"#\($0.id)\">\(Page.escaped($0.summary))</a></li>" }
            return "<div><b>\(section.rawValue)</b>\n<ul>\n\(entries.joined(separator: "\n"))\n</ul></div>"
        }
        return """
            <nav aria-label="Contents">
            \(sections.joined(separator: "\n"))
            <div><b>Reference</b>
            <ul>
            <li><a href="#problems">Problems</a></li>
            <li><a href="#schemas">Schemas</a></li>
            </ul></div>
            </nav>
            """
    }

    private func endpoints(of section: Endpoint.Section) -> [Endpoint] {
        description.endpoints.filter { $0.section == section }
    }

    private var sections: String {
        Endpoint.Section.allCases
            .map { section in
                let articles = endpoints(of: section).map { article($0) }
                return "<h2>\(section.rawValue)</h2>\n" + articles.joined(separator: "\n")
            }
            .joined(separator: "\n")
    }

    private func article(_ operation: Endpoint) -> String {
        let name = operation.method.name
        return """
            <article id="\(operation.id)">
            <header><h3>\(Page.escaped(operation.summary))</h3>
            <code class="call \(name)"><b>\(name)</b> \(Page.escaped(operation.route.template.description))</code></header>
            <p>\(Page.marked(operation.text))\(scopes(operation))</p>
            \(parameters(operation))\(body(operation))\(answers(operation))\(ownProblems(operation))\(example(operation))
            </article>
            """
    }

    private func scopes(_ operation: Endpoint) -> String {
        let scopes = operation.route.scopes(for: operation.method)
        let names = ScopeSet.all.filter { scopes.contains($0.scope) }.map { "<code>\($0.name)</code>" }
        guard !names.isEmpty else { return "" }
        return " <span class=\"soft\">Scopes: \(names.joined(separator: " "))</span>"
    }

    private func parameters(_ operation: Endpoint) -> String {
        let key = operation.takesKey ? [APIDescription.idempotencyKey] : []
        let rows = (operation.query + operation.conditions + key)
            .map { row("<code>\(Page.escaped($0.name))</code>", SchemaText.summary($0.schema), Page.marked($0.text)) }
        return rows.isEmpty ? "" : "<h4>Query and header fields</h4>\n\(table(rows))"
    }

    private func body(_ operation: Endpoint) -> String {
        guard let body = operation.body else { return "" }
        return "<h4>Body</h4>\n\(members(body))"
    }

    private func answers(_ operation: Endpoint) -> String {
        let rows = operation.answers.map { answer in
            let forms = answer.content.map { content in
                let name = SchemaText.name(content.schema)
                return name.map { "<a href=\"#schema-\($0)\">\($0)</a>" } ?? "<code>\(content.type.mediaType)</code>"
            }
            let fields = answer.fields.map { "<code>\($0.rawValue)</code>" }
            return row(
                String(answer.status.rawValue),
                (forms + fields).joined(separator: ", "),
                Page.marked(answer.text)
            )
        }
        return "<h4>Answers</h4>\n\(table(rows))"
    }

    private func ownProblems(_ operation: Endpoint) -> String {
        let links = operation.problems.map { "<a href=\"\($0.type)\">\($0.slug)</a> \($0.status)" }
        guard !links.isEmpty else { return "" }
        return "<p><span class=\"soft\">Problems:</span> \(links.joined(separator: ", "))</p>\n"
    }

    private func example(_ operation: Endpoint) -> String {
        let example = operation.example
        guard let answer = operation.answers.first, example.answer != nil || answer.content.isEmpty else { return "" }
        return """
            <h4>Example</h4>
            <pre>\(Page.escaped(ExampleText.curl(operation)))</pre>
            <pre>\(Page.escaped(ExampleText.answer(operation, answer)))</pre>
            """
    }

    // MARK: Reference

    private var problems: String {
        let rows = ProblemType.allCases.map { problem in
            row(
                "<a href=\"\(problem.type)\">\(problem.slug)</a>",
                String(problem.status),
                Page.marked(problem.cause.description)
            )
        }
        return "<h2 id=\"problems\">Problems</h2>\n\(table(rows))"
    }

    private var schemaSection: String {
        let sections = schemas.members.filter { !$0.name.hasSuffix("Problem") }
            .map { schema in
                "<section id=\"schema-\(schema.name)\">\n<h3>\(schema.name)</h3>\n\(members(schema.value))\n</section>"
            }
        return "<h2 id=\"schemas\">Schemas</h2>\n" + sections.joined(separator: "\n")
    }

    /// The members of an object as a table; what is no object in a line.
    private func members(_ schema: Tree) -> String {
        let known = SchemaText.name(schema).flatMap { schemas[$0] } ?? schema
        let text = known["description"]?.text.map { "<p>\(Page.marked($0))</p>\n" } ?? ""
        if let forms = known["oneOf"]?.elements, !forms.isEmpty {
            return forms.map { members($0) }.joined(separator: "\n")
        }
        guard let properties = known["properties"]?.members else { return text + "<p>\(SchemaText.summary(known))</p>" }
        let required = known["required"]?.elements ?? []
        let rows = properties.map { property in
            let isRequired = required.contains(.string(property.name))
            return row(
                "<code>\(property.name)</code>\(isRequired ? "" : " <span class=\"soft\">optional</span>")",
                SchemaText.summary(property.value),
                property.value["description"]?.text.map(Page.marked) ?? ""
            )
        }
        return text + table(rows)
    }

    private func row(_ cells: String...) -> String {
        "<tr>" + cells.map { "<td>\($0)</td>" }.joined() + "</tr>"
    }

    private func table(_ rows: [String]) -> String {
        "<table class=\"members\">\n\(rows.joined(separator: "\n"))\n</table>\n"
    }
}

/// A schema in a few words of HTML: `integer, 1 to 1000000`.
enum SchemaText {
    /// The name of the schema that is referred to.
    static func name(_ schema: Tree) -> String? {
        schema["$ref"]?.text?.split(separator: "/").last.map(String.init)
    }

    static func summary(_ schema: Tree) -> String {
        if let name = name(schema) { return "<a href=\"#schema-\(name)\">\(name)</a>" }
        if let forms = schema["oneOf"]?.elements { return forms.map(summary).joined(separator: " or ") }
        let type = ([schema["type"] ?? "any"] + (schema["type"]?.elements ?? [])).compactMap(\.text)
        return ([type.joined(separator: " or ")] + limits(schema)).joined(separator: ", ")
    }

    private static func limits(_ schema: Tree) -> [String] {
        var words: [String] = []
        if let values = schema["enum"]?.elements {
            words.append(values.compactMap(\.text).map { "<code>\(Page.escaped($0))</code>" }.joined(separator: " "))
        }
        if let value = schema["const"]?.text { words.append("<code>\(Page.escaped(value))</code>") }
        if let range = range(schema["minimum"], schema["maximum"]) { words.append(range) }
        if let range = range(schema["minLength"], schema["maxLength"]) { words.append(range + " characters") }
        if let items = schema["items"] { words.append("of " + summary(items)) }
        if let pattern = schema["pattern"]?.text, pattern.count <= 40 {
            words.append("<code>\(Page.escaped(pattern))</code>")
        }
        return words
    }

    private static func range(_ least: Tree?, _ most: Tree?) -> String? {
        switch (least, most) {
        case (.integer(let least)?, .integer(let most)?): "\(least) to \(most)"
        case (.integer(let least)?, nil): "from \(least)"
        case (nil, .integer(let most)?): "up to \(most)"
        default: nil
        }
    }
}

import HTTP

/// The examples as somebody would try them: a command, and what it prints.
enum ExampleText {
    /// The command for an operation's example.
    static func curl(_ operation: Endpoint) -> String {
        let example = operation.example
        var lines = ["curl -i 'http://127.0.0.1:8080\(operation.route.examplePath)\(example.query)'"]
        let isImplied = operation.method == .get || operation.method == .post && example.body != nil
        if !isImplied { lines[0] += " -X \(operation.method.name.uppercased())" }
        let type = example.body == nil ? [] : [("Content-Type", operation.bodyTypes[0])]
        for (name, value) in type + example.fields { lines.append("-H '\(name): \(value)'") }
        if let body = example.body { lines.append("-d '\(body.json)'") }
        return lines.joined(separator: " \\\n  ")
    }

    /// The answer, without the fields that every answer has.
    static func answer(_ operation: Endpoint, _ answer: Endpoint.Answer) -> String {
        let line = answer.status.line.description.split { $0.isNewline }.first ?? ""
        var lines = [String(line)]
        for (name, value) in operation.example.answerFields { lines.append("\(name): \(value)") }
        guard let content = answer.content.first, let body = operation.example.answer else {
            return lines.joined(separator: "\n")
        }
        lines.append("Content-Type: \(content.type.mediaType)")
        return lines.joined(separator: "\n") + "\n\n" + (body.text ?? body.indentedJSON)
    }
}

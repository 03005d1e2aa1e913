extension HelpTopic {
    /// The help of `journal`.
    static var journalText: String {
        let tools = JournalTool.allCases.map { "  " + padded($0.rawValue, 11) + $0.form.summary }
        return """
            Usage: \(Product.name) journal TOOL DIR [OPTIONS]

            Tools:
            \(tools.joined(separator: "\n"))

            \(Product.name) journal TOOL --help explains a tool and its options.

            Exit codes:
            \(exitCodes)

            """
    }

    /// The help of one tool.
    static func text(of tool: JournalTool) -> String {
        let options =
            tool.form.options.map { option in
                let name = option.placeholder.isEmpty ? option.name : "\(option.name) \(option.placeholder)"
                return (name, option.summary + (option.isRepeatable ? "; may stand several times" : ""))
            } + [("--help", "this text")]
        return """
            Usage: \(tool.usage)

            \(wrapped("The tool \(tool.rawValue) \(tool.form.summary).", ""))

            \(tool.form.details.map { wrapped($0, "") }.joined(separator: "\n\n"))

            Options (--option VALUE or --option=VALUE):
            \(options.map { "  " + padded($0.0, 22) + $0.1 }.joined(separator: "\n"))

            Exit codes:
            \(exitCodes)

            """
    }
}

extension Tree {
    /// The value as JSON on one line.
    var json: String {
        var text = ""
        write(json: &text, indent: nil)
        return text
    }

    /// The value as JSON with one member or element a line.
    var indentedJSON: String {
        var text = ""
        write(json: &text, indent: 0)
        return text + "\n"
    }

    /// The value as YAML 1.2 in block style; each text is quoted as in JSON, so none can be read as something else.
    var yaml: String {
        var text = ""
        write(yaml: &text, indent: 0)
        return text
    }

    private func write(json text: inout String, indent: Int?) {
        switch self {
        case .null, .bool, .integer, .string: text += scalar
        case .array(let elements):
            Self.list(elements, "[", "]", &text, indent) { element, text, inner in
                element.write(json: &text, indent: inner)
            }
        case .object(let members):
            Self.list(members, "{", "}", &text, indent) { member, text, inner in
                text += Self.quoted(member.name) + (inner == nil ? ":" : ": ")
                member.value.write(json: &text, indent: inner)
            }
        }
    }

    private static func list<Part>(
        _ parts: [Part],
        _ start: String,
        _ end: String,
        _ text: inout String,
        _ indent: Int?,
        _ write: (Part, inout String, Int?) -> Void
    ) {
        text += start
        let inner = indent.map { $0 + 2 }
        for (index, part) in parts.enumerated() {
            if index > 0 { text += "," }
            if let inner { text += "\n" + String(repeating: " ", count: inner) }
            write(part, &text, inner)
        }
        if let indent, !parts.isEmpty { text += "\n" + String(repeating: " ", count: indent) }
        text += end
    }

    private func write(yaml text: inout String, indent: Int) {
        let margin = String(repeating: " ", count: indent)
        switch self {
        case .object(let members) where !members.isEmpty:
            for member in members {
                text += margin + Self.key(member.name) + ":"
                member.value.writeBehind(yaml: &text, indent: indent)
            }
        case .array(let elements) where !elements.isEmpty:
            for element in elements {
                text += margin + "-"
                element.writeBehind(yaml: &text, indent: indent)
            }
        case .null, .bool, .integer, .string, .object, .array: text += margin + scalar + "\n"
        }
    }

    /// Writes what stands behind a key or a dash: on its line where it is one word, else on lines of its own.
    private func writeBehind(yaml text: inout String, indent: Int) {
        if members.isEmpty && elements.isEmpty {
            text += " " + scalar + "\n"
        } else {
            text += "\n"
            write(yaml: &text, indent: indent + 2)
        }
    }

    private var scalar: String {
        switch self {
        case .null: "null"
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .string(let value): Self.quoted(value)
        case .array: "[]"
        case .object: "{}"
        }
    }

    /// A key of YAML: bare where it is a word that means nothing else there.
    private static func key(_ name: String) -> String {
        let isBare =
            name.utf8.first.map { $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A } == true
            && name.utf8.allSatisfy { $0 == 0x5F || $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A }
        return isBare && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"].contains(name.lowercased())
            ? name : quoted(name)
    }

    /// A string of JSON.
    static func quoted(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\u{0}"..."\u{1F}":
                let hex = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

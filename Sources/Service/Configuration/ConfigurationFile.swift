/// What a configuration file says, entry by entry in its order, with the lines for errors.
///
/// The file is JSON5 (https://spec.json5.org): comments, trailing commas, keys without quotes, single quotes and
/// hexadecimal numbers. It is read here and not by a library because the answer to a mistake is its line and its key,
/// and because a key that stands twice must be refused. Everything accepted is JSON5, but not the other way round:
/// lists are refused, since no setting takes one, and so are backslashes that change nothing, since `'C:\data'` is
/// a mistake.
struct ConfigurationFile {
    /// One key with its value, or the start of a section.
    struct Entry: Equatable {
        /// The keys from the outermost in, joined with dots.
        let path: String
        let value: SettingValue
        let line: Int
    }

    /// Sections inside sections: far more than the settings need, and a bound for the reader's own stack.
    private static let depthMax = 8

    private let name: String
    private let bytes: [UInt8]
    private var position = 0
    private var line = 1
    private var entries: [Entry] = []
    private var lineOfPath: [String: Int] = [:]

    /// The entries of a file.
    ///
    /// - Parameters:
    ///   - bytes: its content.
    ///   - name: its name, for errors.
    /// - Returns: every key and every start of a section, in the file's order.
    /// - Throws: the first mistake in the language, or the first key that stands twice.
    static func entries(of bytes: [UInt8], named name: String) throws(ConfigurationError) -> [Entry] {
        var file = ConfigurationFile(name: name, bytes: bytes)
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { file.position = 3 }
        try file.skipSpace()
        try file.expect("{", "the settings stand between braces")
        try file.readMembers(of: "", depth: 1)
        try file.skipSpace()
        guard file.position == bytes.count else { throw file.failure("nothing may follow the last brace") }
        return file.entries
    }

    private init(name: String, bytes: [UInt8]) {
        self.name = name
        self.bytes = bytes
    }

    /// Reads `key: value, ... }`; the opening brace has been read.
    private mutating func readMembers(of section: String, depth: Int) throws(ConfigurationError) {
        guard depth <= Self.depthMax else { throw failure("more than \(Self.depthMax) sections inside each other") }
        while true {
            try skipSpace()
            if take("}") { return }
            try readMember(of: section, depth: depth)
            try skipSpace()
            if take("}") { return }
            try expect(",", "a comma or a closing brace must follow a value")
        }
    }

    private mutating func readMember(of section: String, depth: Int) throws(ConfigurationError) {
        let start = line
        let key = try readKey()
        let path = section.isEmpty ? key : "\(section).\(key)"
        if let first = lineOfPath.updateValue(start, forKey: path) {
            throw ConfigurationError(
                origin: .file(name, line: start),
                key: path,
                reason: "stands here and on line \(first) already"
            )
        }
        try skipSpace()
        try expect(":", "a colon must follow the key \(path)")
        try skipSpace()
        if take("{") {
            entries.append(Entry(path: path, value: .section, line: start))
            try readMembers(of: path, depth: depth + 1)
        } else {
            entries.append(Entry(path: path, value: try readValue(), line: start))
        }
    }

    private mutating func readKey() throws(ConfigurationError) -> String {
        if let quote = takeQuote() { return try readString(until: quote) }
        let word = takeWord(with: "_$")
        guard let first = word.utf8.first, !Self.isDigit(first) else { throw failure("a key is expected here") }
        return word
    }

    private mutating func readValue() throws(ConfigurationError) -> SettingValue {
        if let quote = takeQuote() { return .string(try readString(until: quote)) }
        let word = takeWord(with: "_$+-.")
        guard !word.isEmpty else { throw failure("a value is expected here: text, a number, true or false") }
        if let flag = Bool(word) { return .flag(flag) }
        return Self.wholeNumber(word).map(SettingValue.number) ?? .other(word)
    }

    /// The value of a JSON5 number without fraction and exponent; nil for everything else.
    private static func wholeNumber(_ word: String) -> Int? {
        var digits = word[...]
        let isNegative = digits.hasPrefix("-")
        if isNegative || digits.hasPrefix("+") { digits.removeFirst() }
        var radix = 10
        if digits.lowercased().hasPrefix("0x") {
            digits.removeFirst(2)
            radix = 16
        } else if digits.count > 1 && digits.hasPrefix("0") {
            return nil
        }
        guard let first = digits.first, first.isHexDigit else { return nil }
        return Int((isNegative ? "-" : "") + digits, radix: radix)
    }
}

// The letters of the language.
extension ConfigurationFile {
    private mutating func skipSpace() throws(ConfigurationError) {
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\n"):
                line += 1
                position += 1
            case UInt8(ascii: " "), 0x09, 0x0B, 0x0C, 0x0D:
                position += 1
            case 0xC2 where bytes[position...].starts(with: [0xC2, 0xA0]):
                position += 2  // A no-break space, as editors and web pages leave it.
            case UInt8(ascii: "/"):
                try skipComment()
            default:
                return
            }
        }
    }

    private mutating func skipComment() throws(ConfigurationError) {
        let rest = bytes[position...]
        if rest.starts(with: "//".utf8) {
            position = rest.firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            return
        }
        guard rest.starts(with: "/*".utf8) else { throw failure("a comment starts with // or /*") }
        let start = line
        position += 2
        while !bytes[position...].starts(with: "*/".utf8) {
            guard position < bytes.count else { throw failure("the comment of line \(start) has no end") }
            if bytes[position] == UInt8(ascii: "\n") { line += 1 }
            position += 1
        }
        position += 2
    }

    private mutating func takeQuote() -> UInt8? {
        if take("\"") { return UInt8(ascii: "\"") }
        return take("'") ? UInt8(ascii: "'") : nil
    }

    /// A run of letters, digits and `others`; empty where there is none.
    private mutating func takeWord(with others: String) -> String {
        let rest = bytes[position...]
        let word = rest.prefix { byte in
            Self.isLetter(byte) || Self.isDigit(byte) || others.utf8.contains(byte)
        }
        position += word.count
        return String(decoding: word, as: UTF8.self)
    }

    private mutating func readString(until quote: UInt8) throws(ConfigurationError) -> String {
        var content: [UInt8] = []
        while position < bytes.count, bytes[position] != UInt8(ascii: "\n") {
            let byte = bytes[position]
            position += 1
            switch byte {
            case quote:
                guard let text = String(validating: content, as: UTF8.self) else {
                    throw failure("the text is not UTF-8")
                }
                return text
            case UInt8(ascii: "\\"):
                try readEscape(into: &content)
            default:
                content.append(byte)
            }
        }
        throw failure("the text has no closing quote")
    }

    private mutating func readEscape(into content: inout [UInt8]) throws(ConfigurationError) {
        guard position < bytes.count else { throw failure("the text has no closing quote") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "v"): content.append(0x0B)
        case UInt8(ascii: "\n"): line += 1  // A backslash at the end of a line goes on with the next.
        case UInt8(ascii: "u"): content.append(contentsOf: try readScalar(digits: 4))
        case UInt8(ascii: "x"): content.append(contentsOf: try readScalar(digits: 2))
        case UInt8(ascii: "\""), UInt8(ascii: "'"), UInt8(ascii: "\\"), UInt8(ascii: "/"): content.append(byte)
        default: throw failure("this backslash means nothing; one for itself is written twice")
        }
    }

    private mutating func readScalar(digits: Int) throws(ConfigurationError) -> [UInt8] {
        let text = String(decoding: bytes[position...].prefix(digits), as: UTF8.self)
        guard
            text.utf8.count == digits, text.allSatisfy(\.isHexDigit), let value = UInt32(text, radix: 16),
            value > 0, let scalar = Unicode.Scalar(value)
        else { throw failure("\\u needs four hexadecimal digits, \\x two, and a character that they stand for") }
        position += digits
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func take(_ letter: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: letter) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ letter: Unicode.Scalar, _ reason: String) throws(ConfigurationError) {
        guard take(letter) else { throw failure(reason) }
    }

    private func failure(_ reason: String) -> ConfigurationError {
        let found = position < bytes.count ? "before \"\(excerpt)\"" : "at the end of the file"
        return ConfigurationError(origin: .file(name, line: line), key: "", reason: "\(reason), \(found)")
    }

    /// The start of what is left of the line, for errors.
    private var excerpt: String {
        String(decoding: bytes[position...].prefix { $0 >= 0x20 }.prefix(24), as: UTF8.self)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
    }

    private static func isLetter(_ byte: UInt8) -> Bool {
        UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
    }
}

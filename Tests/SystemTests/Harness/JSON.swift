/// A JSON value as the server sent it, read strictly (RFC 8259; duplicate members, bad UTF-8 and trailing bytes are
/// errors): what clients in other languages would stumble over fails here.
enum JSON: Equatable, Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case fraction(Double)
    case string(String)
    case array([JSON])
    case object([String: JSON])

    init(_ bytes: [UInt8]) throws {
        guard String(validating: bytes, as: UTF8.self) != nil else { throw HarnessFailure("JSON that is not UTF-8") }
        var reader = JSONTextReader(bytes)
        self = try reader.document()
    }

    subscript(_ name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    var int: Int? {
        guard case .integer(let value) = self else { return nil }
        return value
    }

    var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    var array: [JSON]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    var object: [String: JSON]? {
        guard case .object(let members) = self else { return nil }
        return members
    }
}

private struct JSONTextReader {
    private let bytes: [UInt8]
    private var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws -> JSON {
        let value = try value()
        skipSpace()
        guard place == bytes.count else { throw failure("bytes behind the value") }
        return value
    }

    private mutating func value() throws -> JSON {
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: return try number()
        }
    }

    private mutating func object() throws -> JSON {
        var members: [String: JSON] = [:]
        try list(until: UInt8(ascii: "}")) { reader throws in
            let name = try reader.string()
            reader.skipSpace()
            try reader.take(UInt8(ascii: ":"))
            guard members.updateValue(try reader.value(), forKey: name) == nil else {
                throw reader.failure("the member \(name) twice")
            }
        }
        return .object(members)
    }

    private mutating func array() throws -> JSON {
        var elements: [JSON] = []
        try list(until: UInt8(ascii: "]")) { reader throws in elements.append(try reader.value()) }
        return .array(elements)
    }

    private mutating func list(until end: UInt8, _ element: (inout Self) throws -> Void) throws {
        place += 1
        skipSpace()
        if peek == end {
            place += 1
            return
        }
        while true {
            skipSpace()
            try element(&self)
            skipSpace()
            if peek == end { break }
            try take(UInt8(ascii: ","))
        }
        place += 1
    }

    private mutating func string() throws -> String {
        try take(UInt8(ascii: "\""))
        var text: [UInt8] = []
        while let byte = peek, byte != UInt8(ascii: "\"") {
            guard byte >= 0x20 else { throw failure("a control character in a string") }
            if byte == UInt8(ascii: "\\") {
                text += Array(try escape().utf8)
            } else {
                text.append(byte)
                place += 1
            }
        }
        try take(UInt8(ascii: "\""))
        return String(decoding: text, as: UTF8.self)
    }

    private mutating func escape() throws -> String {
        place += 1
        guard let kind = peek else { throw failure("a string cut off") }
        place += 1
        switch kind {
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return String(UnicodeScalar(kind))
        case UInt8(ascii: "u"): return try escapedScalar()
        default: throw failure("an unknown escape")
        }
    }

    private mutating func escapedScalar() throws -> String {
        var units = [try hexadecimal()]
        if UTF16.isLeadSurrogate(units[0]) {
            try take(UInt8(ascii: "\\"))
            try take(UInt8(ascii: "u"))
            units.append(try hexadecimal())
        }
        guard let text = String(validating: units, as: UTF16.self) else { throw failure("half a surrogate pair") }
        return text
    }

    private mutating func hexadecimal() throws -> UInt16 {
        let digits = bytes[place..<min(place + 4, bytes.count)]
        guard digits.count == 4, let unit = UInt16(String(decoding: digits, as: UTF8.self), radix: 16) else {
            throw failure("\\u without four digits")
        }
        place += 4
        return unit
    }

    private mutating func number() throws -> JSON {
        let start = place
        while let byte = peek, "+-.eE0123456789".utf8.contains(byte) { place += 1 }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if let integer = Int(text), text == String(integer) { return .integer(integer) }
        guard !text.isEmpty, text.utf8.contains(where: { ".eE".utf8.contains($0) }), let fraction = Double(text) else {
            throw failure("not a value")
        }
        return .fraction(fraction)
    }

    private mutating func word(_ word: String, _ value: JSON) throws -> JSON {
        for byte in word.utf8 { try take(byte) }
        return value
    }

    private mutating func take(_ byte: UInt8) throws {
        guard peek == byte else { throw failure("\(UnicodeScalar(byte)) expected") }
        place += 1
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { place += 1 }
    }

    private var peek: UInt8? { place < bytes.count ? bytes[place] : nil }

    private func failure(_ reason: String) -> HarnessFailure {
        HarnessFailure("\(reason) at byte \(place) of \(String(decoding: bytes, as: UTF8.self))")
    }
}

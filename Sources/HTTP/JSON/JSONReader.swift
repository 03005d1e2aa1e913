/// Reads the members of one JSON object (RFC 8259), one at a time, out of borrowed bytes.
///
/// Strict: what it takes, every other JSON parser reads the same way. What the caller must do is refuse names that it
/// does not know, and names that come twice (`JSONMembersSeen`). A document is valid only once `nextMember` has
/// returned nil.
///
/// - Cost: no allocation; each byte is read once.
public struct JSONReader: BitwiseCopyable, Sendable {
    /// Objects and arrays within each other, the root included.
    ///
    /// Without it a small body costs a deep stack.
    public static let depthMax = 16

    var at: Int
    let end: Int
    private var state = State.beforeObject

    private enum State {
        case beforeObject
        case afterMember
        case finished
    }

    /// - Parameter document: where the object stands: a body, or the range of a `JSONValue.object`.
    public init(_ document: ByteRange) {
        at = document.start
        end = document.end
    }

    /// Reads the next member.
    ///
    /// - Parameter bytes: the bytes that the document's range is of.
    /// - Returns: nil after the last one, when the whole document has been found valid.
    /// - Throws: what is wrong and where; the reader is of no use after that.
    public mutating func nextMember(in bytes: Span<UInt8>) throws(JSONError) -> JSONMember? {
        skipBlanks(bytes)
        switch state {
        case .beforeObject:
            guard at < end, bytes[at] == 0x7B else { throw error(.notAnObject) }
            at &+= 1
            skipBlanks(bytes)
            if at < end, bytes[at] == 0x7D { return try finish(bytes) }
        case .afterMember:
            let byte = try peek(bytes)
            if byte == 0x7D { return try finish(bytes) }
            guard byte == 0x2C else { throw error(.separatorExpected) }
            at &+= 1
            skipBlanks(bytes)
        case .finished:
            return nil
        }
        return try member(bytes)
    }

    private mutating func finish(_ bytes: Span<UInt8>) throws(JSONError) -> JSONMember? {
        at &+= 1
        skipBlanks(bytes)
        guard at == end else { throw error(.trailingBytes) }
        state = .finished
        return nil
    }

    @inline(__always)
    private mutating func member(_ bytes: Span<UInt8>) throws(JSONError) -> JSONMember {
        let name = try memberName(bytes)
        do throws(JSONError) {
            let value = try value(bytes, depth: 1)
            state = .afterMember
            return JSONMember(name: name, value: value)
        } catch {
            throw JSONError(error.kind, at: error.offset, member: name.content)
        }
    }

    /// Reads a name, its colon and the blanks around that.
    @inline(__always)
    mutating func memberName(_ bytes: Span<UInt8>) throws(JSONError) -> JSONString {
        guard try peek(bytes) == ASCII.quote else { throw error(.nameExpected) }
        let name = try string(bytes)
        skipBlanks(bytes)
        guard try peek(bytes) == 0x3A else { throw error(.colonExpected) }
        at &+= 1
        skipBlanks(bytes)
        return name
    }

    /// Reads any value; it stands in `depth` objects and arrays.
    mutating func value(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) -> JSONValue {
        let start = at
        switch try peek(bytes) {
        case ASCII.quote:
            return .string(try string(bytes))
        case 0x2D, 0x30...0x39:
            return try number(bytes)
        case 0x7B:
            try skipObject(bytes, depth: depth)
            return .object(ByteRange(start, at))
        case 0x5B:
            try skipArray(bytes, depth: depth)
            return .array(ByteRange(start, at))
        case 0x74:
            try word(bytes, "true")
            return .boolean(true)
        case 0x66:
            try word(bytes, "false")
            return .boolean(false)
        case 0x6E:
            try word(bytes, "null")
            return .null
        default:
            throw error(.valueExpected)
        }
    }

    private mutating func word(_ bytes: Span<UInt8>, _ literal: StaticString) throws(JSONError) {
        let stop = at &+ literal.utf8CodeUnitCount
        guard stop <= end, Text.equals(bytes, ByteRange(at, stop), literal) else { throw error(.valueExpected) }
        at = stop
    }

    @inline(__always)
    mutating func skipBlanks(_ bytes: Span<UInt8>) {
        while at < end {
            let byte = bytes[at]
            guard byte <= ASCII.space else { return }
            guard byte == ASCII.space || byte == ASCII.lineFeed || byte == ASCII.carriageReturn || byte == ASCII.tab
            else { return }
            at &+= 1
        }
    }

    @inline(__always)
    func peek(_ bytes: Span<UInt8>) throws(JSONError) -> UInt8 {
        guard at < end else { throw error(.ended) }
        return bytes[at]
    }

    func error(_ kind: JSONError.Kind) -> JSONError { JSONError(kind, at: at) }
}

extension JSONReader {
    /// Passes over an object; the nesting limit bounds the recursion.
    private mutating func skipObject(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard depth < Self.depthMax else { throw error(.tooDeep) }
        at &+= 1
        skipBlanks(bytes)
        if try skipEnd(bytes, 0x7D) { return }
        repeat {
            skipBlanks(bytes)
            _ = try memberName(bytes)
            _ = try value(bytes, depth: depth &+ 1)
        } while try skipComma(bytes, orEnd: 0x7D)
    }

    private mutating func skipArray(_ bytes: Span<UInt8>, depth: Int) throws(JSONError) {
        guard depth < Self.depthMax else { throw error(.tooDeep) }
        at &+= 1
        skipBlanks(bytes)
        if try skipEnd(bytes, 0x5D) { return }
        repeat {
            skipBlanks(bytes)
            _ = try value(bytes, depth: depth &+ 1)
        } while try skipComma(bytes, orEnd: 0x5D)
    }

    private mutating func skipEnd(_ bytes: Span<UInt8>, _ end: UInt8) throws(JSONError) -> Bool {
        guard try peek(bytes) == end else { return false }
        at &+= 1
        return true
    }

    /// Whether another element follows.
    private mutating func skipComma(_ bytes: Span<UInt8>, orEnd end: UInt8) throws(JSONError) -> Bool {
        skipBlanks(bytes)
        let byte = try peek(bytes)
        guard byte == 0x2C || byte == end else { throw error(.separatorExpected) }
        at &+= 1
        return byte == 0x2C
    }
}

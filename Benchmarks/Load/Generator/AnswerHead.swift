/// What the generator needs of an answer's head: its status and where the answer ends.
struct AnswerHead: Equatable, Sendable {
    enum Outcome: Equatable, Sendable {
        /// A whole head; the body may not be there yet.
        case head(AnswerHead)
        /// More bytes are needed.
        case incomplete
        /// Not an HTTP/1.1 answer with a Content-Length (chunked answers are not read).
        case malformed
    }

    let status: Int
    let headBytes: Int
    let bodyBytes: Int

    /// Reads the head that starts at `start`; only `start..<end` of what was received is looked at.
    static func read(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Outcome {
        guard end - start >= 16 else { return .incomplete }
        guard bytes[start] == UInt8(ascii: "H"), let status = status(bytes, at: start + 9) else { return .malformed }
        var bodyBytes = 0
        var at = start + 12
        while true {
            // SAFETY: `at` is below `end`, which the caller's span holds.
            while at < end, unsafe bytes[unchecked: at] != UInt8(ascii: "\n") { at += 1 }
            let line = at + 1
            guard line + 1 < end else { return .incomplete }
            switch bytes[line] {
            case UInt8(ascii: "\r"):
                let hasBody = status != 204 && status != 304
                return .head(Self(status: status, headBytes: line + 2 - start, bodyBytes: hasBody ? bodyBytes : 0))
            case UInt8(ascii: "c"), UInt8(ascii: "C"):
                if let length = contentLength(bytes, at: line, end: end) { bodyBytes = length }
            case UInt8(ascii: "t"), UInt8(ascii: "T"):
                if matches("transfer-encoding:", bytes, at: line, end: end) { return .malformed }
            default:
                break
            }
            at = line
        }
    }

    private static func status(_ bytes: Span<UInt8>, at start: Int) -> Int? {
        var value = 0
        for offset in 0..<3 {
            guard let digit = digit(bytes[start + offset]) else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    private static func contentLength(_ bytes: Span<UInt8>, at line: Int, end: Int) -> Int? {
        let name: StaticString = "content-length:"
        guard matches(name, bytes, at: line, end: end) else { return nil }
        var at = line + name.utf8CodeUnitCount
        while at < end, bytes[at] == UInt8(ascii: " ") { at += 1 }
        var value = 0
        while at < end, value < 1 << 40, let digit = digit(bytes[at]) {
            value = value * 10 + digit
            at += 1
        }
        return value
    }

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte) - 48 : nil
    }

    /// Whether the line begins with `name`, which is in lower case.
    private static func matches(_ name: StaticString, _ bytes: Span<UInt8>, at line: Int, end: Int) -> Bool {
        let count = name.utf8CodeUnitCount
        guard end - line >= count else { return false }
        // SAFETY: a static string's bytes live for ever and are `count` long.
        let wanted = unsafe UnsafeBufferPointer(start: name.utf8Start, count: count)
        for offset in 0..<count {
            let byte = bytes[line + offset]
            let isUpper = byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z")
            guard unsafe (isUpper ? byte | 0x20 : byte) == wanted[offset] else { return false }
        }
        return true
    }
}

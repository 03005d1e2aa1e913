/// The fields that mean something here; the others are checked and passed over.
enum FieldName: UInt8 {
    case host
    case contentLength
    case transferEncoding
    case contentType
    case idempotencyKey
    case ifMatch
    case ifNoneMatch
    case requestID
    case otherRequestID
    case traceParent
    case accept
    case authorization
    case expect
    case connection
    case unknown
}

extension FieldName {
    /// Whether a field may stand on several lines.
    var mayRepeat: Bool {
        switch self {
        case .connection, .accept, .otherRequestID, .traceParent: true
        default: false
        }
    }

    /// Which field a name is, by its length and then by its letters in any case.
    ///
    /// The name holds only visible ASCII: then what differs from a known name in the case bit alone is that name.
    @inline(__always)
    static func recognise(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Self {
        switch end &- start {
        case 4:
            return Words.load(bytes, start, count: 4) | 0x2020_2020 == Words.literal("host") ? .host : .unknown
        case 6:
            let word = Words.load(bytes, start, count: 6) | 0x2020_2020_2020
            if word == Words.literal("accept") { return .accept }
            return word == Words.literal("expect") ? .expect : .unknown
        case 8:
            return folded(bytes, start) == Words.literal("if-match") ? .ifMatch : .unknown
        case 10:
            if matches(bytes, start, end, "connecti", "nnection") { return .connection }
            return matches(bytes, start, end, "request-", "quest-id") ? .requestID : .unknown
        case 11:
            return matches(bytes, start, end, "tracepar", "ceparent") ? .traceParent : .unknown
        case 12:
            if matches(bytes, start, end, "content-", "ent-type") { return .contentType }
            return matches(bytes, start, end, "x-reques", "quest-id") ? .otherRequestID : .unknown
        case 13:
            if matches(bytes, start, end, "authoriz", "rization") { return .authorization }
            return matches(bytes, start, end, "if-none-", "ne-match") ? .ifNoneMatch : .unknown
        case 14:
            return matches(bytes, start, end, "content-", "t-length") ? .contentLength : .unknown
        case 15:
            return matches(bytes, start, end, "idempote", "ency-key") ? .idempotencyKey : .unknown
        case 17:
            guard matches(bytes, start, end, "transfer", "encoding") else { return .unknown }
            return bytes[start &+ 8] == 0x2D ? .transferEncoding : .unknown
        default:
            return .unknown
        }
    }

    @inline(__always)
    private static func folded(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
        Words.load(bytes, at) | Words.caseBits
    }

    /// Whether the first and the last eight bytes are these; they overlap or meet.
    @inline(__always)
    private static func matches(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int,
        _ head: StaticString,
        _ tail: StaticString
    ) -> Bool {
        folded(bytes, start) == Words.literal(head) && folded(bytes, end &- 8) == Words.literal(tail)
    }
}

/// What the fields of one head have said so far.
struct SeenFields {
    private var seen: UInt16 = 0
    var count = 0
    /// Nil until Content-Length has been read.
    var contentLength: Int?
    var isChunked = false
    var expectsContinue = false
    var closes = false
    var keepsAlive = false

    func has(_ name: FieldName) -> Bool { seen & (1 &<< UInt16(name.rawValue)) != 0 }

    /// Notes the field; false where it had been there.
    @inline(__always)
    mutating func note(_ name: FieldName) -> Bool {
        let bit: UInt16 = 1 &<< UInt16(name.rawValue)
        let isNew = seen & bit == 0
        seen |= bit
        return isNew
    }
}

import Testing

@testable import HTTP

/// A small generator that replays by its seed.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// The bytes of a text whose scalars stand for a byte each, so that `\u{FF}` is the byte FF.
func latin(_ text: String) -> [UInt8] {
    text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
}

/// The text of a range; nil where the range is absent.
func text(_ range: ByteRange, _ bytes: [UInt8]) -> String? {
    range.isPresent ? String(String.UnicodeScalarView(bytes[range.bounds].map { Unicode.Scalar($0) })) : nil
}

/// All that a request says, out of its buffer, so that two can be compared.
struct RequestView: Equatable {
    var method: HTTP.Method
    var minorVersion: UInt8
    var keepsAlive: Bool
    var hasBody: Bool
    var path: String?
    var query: String?
    var body: String?
    var fields: [String: String]
    var consumed: Int

    init(_ request: Request, _ bytes: [UInt8], consumed: Int) {
        method = request.method
        minorVersion = request.minorVersion
        keepsAlive = request.keepsAlive
        hasBody = request.hasBody
        path = text(request.path, bytes)
        query = text(request.query, bytes)
        body = text(request.body, bytes)
        fields = [:]
        fields["idempotency-key"] = text(request.idempotencyKey, bytes)
        fields["if-match"] = text(request.ifMatch, bytes)
        fields["if-none-match"] = text(request.ifNoneMatch, bytes)
        fields["request-id"] = text(request.requestID, bytes)
        fields["accept"] = text(request.accept, bytes)
        fields["content-type"] = text(request.contentType, bytes)
        fields["authorization"] = text(request.authorization, bytes)
        self.consumed = consumed
    }
}

/// What a connection learns from a stream of bytes.
enum Verdict: Equatable {
    case request(RequestView)
    case refused(HTTPRefusal)
    /// The stream stops within a request.
    case unfinished

    var request: RequestView? {
        guard case .request(let view) = self else { return nil }
        return view
    }

    var refusal: HTTPRefusal? {
        guard case .refused(let refusal) = self else { return nil }
        return refusal
    }
}

/// A connection without a socket: takes pieces, parses after each, and keeps what it learned.
struct Feed {
    private(set) var buffer: [UInt8] = []
    private(set) var parser: RequestParser
    private(set) var verdicts: [Verdict] = []
    private(set) var continuesAsked = 0
    private var isRefused = false

    init(limits: HTTPLimits = HTTPLimits()) {
        parser = RequestParser(limits: limits)
    }

    mutating func take(_ piece: some Sequence<UInt8>) {
        buffer += piece
        while !isRefused && step() {}
    }

    /// Parses once; true where something may follow.
    private mutating func step() -> Bool {
        switch Self.parse(&parser, &buffer) {
        case .needMore:
            return false
        case .needMoreBodyAfterContinue:
            continuesAsked += 1
            return false
        case .request(let consumed):
            let view = RequestView(parser.request, buffer, consumed: consumed)
            verdicts.append(.request(view))
            // A fresh array of the exact size: whatever were read beyond it would trap.
            buffer = Array(buffer[consumed...])
            return !buffer.isEmpty
        case .refused(let refusal):
            verdicts.append(.refused(refusal))
            isRefused = true
            return false
        }
    }

    private static func parse(_ parser: inout RequestParser, _ buffer: inout [UInt8]) -> ParseOutcome {
        var span = buffer.mutableSpan
        return parser.parse(&span)
    }

    /// All that is learned from `bytes` cut at `cuts`, which ascend.
    static func verdicts(
        _ bytes: [UInt8],
        cuts: [Int] = [],
        limits: HTTPLimits = HTTPLimits()
    ) -> [Verdict] {
        var feed = Self(limits: limits)
        var start = 0
        for cut in cuts + [bytes.count] {
            feed.take(bytes[start..<cut])
            start = cut
        }
        if !feed.isRefused && !feed.buffer.isEmpty { feed.verdicts.append(.unfinished) }
        return feed.verdicts
    }

    /// The same, from a text that is fed at once.
    static func verdicts(_ text: String, limits: HTTPLimits = HTTPLimits()) -> [Verdict] {
        verdicts(latin(text), limits: limits)
    }
}

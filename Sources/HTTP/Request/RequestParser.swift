/// What the bytes received so far amount to.
public enum ParseOutcome: Equatable, Sendable {
    /// Not a whole request yet.
    case needMore
    /// Not a whole request yet, and the client waits for `ResponseHead.continueAnswer` before it sends the body. Said
    /// once a request.
    case needMoreBodyAfterContinue
    /// A request is there: `RequestParser.request`. The next one starts `consumed` bytes after this one's start.
    case request(consumed: Int)
    /// The connection can only be answered and closed.
    case refused(HTTPRefusal)
}

/// Reads HTTP/1.1 and HTTP/1.0 requests (RFC 9112) out of a connection's buffer.
///
/// It is strict where leniency lets two parties see different requests in the same bytes: every doubt about lines,
/// names or lengths ends the connection. A line is judged once it is complete or can no longer be within its limit, so
/// the outcome does not depend on how the bytes were cut into packets; and no byte is looked at more than three times,
/// however slowly they arrive.
///
/// - Isolation: one connection's loop. Cost: no allocation.
public struct RequestParser: Sendable {
    /// The request, whole after `ParseOutcome.request` and until the next call of `parse`.
    public internal(set) var request = Request()

    let limits: HTTPLimits
    var stage = Stage.requestLine
    /// The start of what is not understood yet.
    var cursor = 0
    /// There is no LF between `cursor` and here.
    var searched = 0
    /// What the fields seen so far are.
    var fields = SeenFields()
    /// The body's decoded end while chunks arrive.
    var bodyEnd = 0
    var chunks = ChunkCount()

    /// What comes next.
    enum Stage {
        case requestLine
        case fieldLines
        case sizedBody
        case chunkSize
        case chunkData
        case chunkEnd
        case trailers
        case finished
        case refused(HTTPRefusal)
    }

    /// - Parameter limits: what is refused for its size; the caller's buffer can hold `requestBytesMax`.
    public init(limits: HTTPLimits = HTTPLimits()) {
        self.limits = limits
    }

    /// Looks at everything received so far of the request that starts at the first byte.
    ///
    /// - Parameter bytes: from the request's start to the last byte received. Between calls for one request the bytes
    ///   before the new ones must stay as this method left them: chunks are joined in place. They may move to another
    ///   address.
    /// - Returns: what they amount to. After `request` the next call starts a new one.
    public mutating func parse(_ bytes: inout MutableSpan<UInt8>) -> ParseOutcome {
        do throws(HTTPRefusal) {
            switch stage {
            case .refused(let refusal):
                return .refused(refusal)
            case .finished:
                self = Self(limits: limits)
                return try parseFromHead(&bytes)
            case .requestLine, .fieldLines:
                return try parseFromHead(&bytes)
            case .sizedBody, .chunkSize, .chunkData, .chunkEnd, .trailers:
                return try parseBody(&bytes)
            }
        } catch {
            stage = .refused(error)
            return .refused(error)
        }
    }

    private mutating func parseFromHead(_ bytes: inout MutableSpan<UInt8>) throws(HTTPRefusal) -> ParseOutcome {
        guard try parseHead(bytes.span) else { return .needMore }
        try settleHead(&bytes)
        return try parseBody(&bytes)
    }

    private mutating func parseHead(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Bool {
        let end = min(bytes.count, limits.headBytesMax)
        while true {
            let line = try parseLine(bytes, end)
            switch line {
            case .unfinished:
                if bytes.count < limits.headBytesMax { return false }
                if case .requestLine = stage { throw .targetTooLong }
                throw .headTooLarge
            case .line:
                continue
            case .empty:
                return true
            }
        }
    }

    /// Reads one line of the head and moves `cursor` behind it.
    @inline(__always)
    private mutating func parseLine(_ bytes: Span<UInt8>, _ end: Int) throws(HTTPRefusal) -> Line {
        guard isWorthParsing(bytes, end) else {
            searched = end
            return .unfinished
        }
        var outcome = Line.unfinished
        do throws(HTTPRefusal) {
            if case .requestLine = stage {
                outcome = try parseRequestLine(bytes, end)
            } else {
                outcome = try parseFieldLine(bytes, end, keep: true)
            }
        } catch {
            // A line is judged when it is complete: only so do all ways of cutting the bytes give one outcome.
            if Words.lineFeed(bytes, from: cursor, to: end) < end { throw error }
        }
        if outcome == .unfinished { searched = end }
        return outcome
    }

    /// Whether the line at `cursor` is new or has been completed; a line that is seen again is first searched for its
    /// end, from where the last search stopped.
    func isWorthParsing(_ bytes: Span<UInt8>, _ end: Int) -> Bool {
        searched <= cursor || Words.lineFeed(bytes, from: min(searched, end), to: end) < end
    }
}

/// What was found where a line should be.
enum Line {
    /// Its end has not arrived.
    case unfinished
    /// It was read.
    case line
    /// It is empty: the section ends.
    case empty
}

import Domain
import HTTP
import Platform

/// Writes a line for each answer of one thread.
///
/// A line is written when the answer is decided: that is before its change is on disk, after which alone it leaves. Where the
/// journal fails in between, the same request has a second line, with 500.
///
/// - Isolation: the thread whose composer has it.
/// - Cost: no allocation, but behind trusted proxies; no system call.
final class AccessLog {
    /// The time of the lines, on the wall clock.
    var nowMilliseconds: Int64 = 0
    private let lines: LogLines
    private let metrics: LoopMetrics
    private let callers: Callers?
    private let format: LogFormat

    /// The longest path that is written whole.
    ///
    /// Unit: bytes.
    private static let pathBytesMax = 512

    init(_ lines: LogLines, _ format: LogFormat, _ metrics: LoopMetrics, _ callers: Callers?) {
        self.lines = lines
        self.format = format
        self.metrics = metrics
        self.callers = callers
    }

    /// Writes what became of a request.
    ///
    /// - Parameters:
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - id: what identifies it.
    ///   - status: the answer's.
    func note(_ exchange: Exchange, _ bytes: Span<UInt8>, _ id: RequestID, _ status: Status) {
        let isAdded = lines.add { line in
            begin(&line)
            field("request_id", &line) { id.writeContent(&$0, bytes) }
            field("method", &line) { $0.append(exchange.request.method.token) }
            field("path", &line) { append(path: exchange.request.path, bytes, to: &$0) }
            field("route", &line) { $0.append(exchange.label.label.utf8.span) }
            number("status", UInt64(status.rawValue), &line)
            if exchange.caller != .nobody, let callers {
                field("caller", &line) { $0.append(callers.name(of: exchange.caller).span) }
            }
            if let client = exchange.client { field("client", &line) { $0.append(client) } }
            if let trace = trace(exchange, bytes) {
                field("trace_id", &line) { $0.append(bytes, trace.traceID) }
                field("parent_id", &line) { $0.append(bytes, trace.parentID) }
            }
            line.append(format == .json ? "}\n" : "\n")
        }
        metrics.logged(isDropped: !isAdded)
    }

    private func begin(_ line: inout ByteWriter) {
        if format == .json { line.append("{\"at\":\"") }
        line.append(rfc3339: nowMilliseconds)
        line.append(format == .json ? "\",\"level\":\"info\",\"event\":\"request\"" : " info request")
    }

    /// What a client has chosen is visible ASCII when it comes here, or is made so, and nothing in it ends a line or, in a
    /// text, a value; in an object quotes and backslashes are escaped.
    @inline(__always)
    private func field(_ name: StaticString, _ line: inout ByteWriter, _ value: (inout ByteWriter) -> Void) {
        line.append(format == .json ? ",\"" : " ")
        line.append(name)
        line.append(format == .json ? "\":\"" : "=")
        value(&line)
        if format == .json { line.append("\"") }
    }

    private func number(_ name: StaticString, _ value: UInt64, _ line: inout ByteWriter) {
        line.append(format == .json ? ",\"" : " ")
        line.append(name)
        line.append(format == .json ? "\":" : "=")
        line.append(decimal: value)
    }

    /// Appends a path whose segments may have been decoded in place (`Target.percentDecode`): what could be mistaken for
    /// anything else is escaped again, as it may have been sent.
    private func append(path: ByteRange, _ bytes: Span<UInt8>, to line: inout ByteWriter) {
        guard path.isPresent, path.end <= bytes.count else { return }
        let end = min(path.end, path.start + Self.pathBytesMax)
        for at in path.start..<end where bytes[at] != 0 {
            let byte = bytes[at]
            switch byte {
            case 0x22, 0x25, 0x5C, 0...0x20, 0x7F...0xFF:
                line.append(0x25)
                line.append(hex: UInt64(byte), digits: 2)
            default: line.append(byte)
            }
        }
        if end < path.end { line.append("...") }
    }

    private func trace(_ exchange: Exchange, _ bytes: Span<UInt8>) -> TraceParent? {
        let value = exchange.request.traceParent
        return value.isPresent ? TraceParent(bytes, value) : nil
    }
}

extension Method {
    /// As it stands in a request; a token that no route has is not repeated.
    fileprivate var token: StaticString {
        switch self {
        case .get: "GET"
        case .head: "HEAD"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        case .options: "OPTIONS"
        case .other: "other"
        }
    }
}

extension ByteWriter {
    /// Appends an address: `192.0.2.1`, or the eight parts of an IPv6 one, none left out.
    fileprivate mutating func append(_ address: IPAddress) {
        if address.isFour {
            for shift in stride(from: UInt64(24), through: 0, by: -8) {
                append(decimal: address.low >> shift & 0xFF)
                if shift > 0 { append(0x2E) }
            }
            return
        }
        for part in 0..<UInt64(8) {
            if part > 0 { append(0x3A) }
            let half = part < 4 ? address.high : address.low
            append(hex: half >> (48 - part % 4 * 16) & 0xFFFF, digits: 4)
        }
    }
}

import Domain
import HTTP
import Keepers
import Platform

/// A request on its way through the server, with what the connection has decided about its answer.
///
/// Without references: it is copied to other threads together with the request's bytes.
struct Exchange: BitwiseCopyable {
    /// What was parsed; its ranges are into the request's bytes.
    var request: Request
    /// What it was routed to, for the metrics.
    var label: RouteLabel
    /// The connection closes after the answer, whatever the client wants.
    var closes: Bool
    /// In whose name it is made.
    var caller = CallerID.nobody
    /// The origin that the request names, where pages from there may call; else absent.
    var origin = ByteRange.absent
    /// Where it comes from; nil where nobody asks.
    var client: IPAddress?
}

/// Writes answers: head and body, with the fields that every answer has, and counts them.
///
/// - Isolation: one thread; each loop and the archive have their own.
final class Composer {
    let metrics: LoopMetrics
    /// The present second, for the Date field.
    var date: HTTPDate
    /// Where each answer gets a line; nil where nobody wants them.
    var accessLog: AccessLog?
    /// Whether pages of other origins may call.
    var variesByOrigin = false
    private var body = ByteWriter(capacity: 16_384, bytesMax: Composer.bodyBytesMax)
    /// The line that a problem is about, while it is written.
    var refusedLine: RefusedLine?
    private let idPrefix: UInt64
    private var idCount: UInt64 = 0

    /// The longest body of an answer; lists and trails end their page before it.
    ///
    /// Unit: bytes.
    static let bodyBytesMax = 480 * 1_024

    /// `idPrefix`: random, so that no two threads of any start make the same request ids.
    init(metrics: LoopMetrics, idPrefix: UInt64, nowMilliseconds: Int64) {
        self.metrics = metrics
        self.idPrefix = idPrefix
        date = HTTPDate(milliseconds: nowMilliseconds)
    }

    /// Writes one answer.
    ///
    /// Parameters:
    /// - `bytes`: the request's.
    /// - `output`: what the answer is appended to.
    /// - `fields`: appends the fields that this answer has beside the common ones.
    /// - `compose`: appends the body; it is given the request's id for problems.
    @inline(__always)
    func answer(
        _ status: Status,
        _ type: ContentType,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter,
        fields: (inout ByteWriter) -> Void = { _ in },
        _ compose: (inout ByteWriter, RequestID) -> Void
    ) {
        let id = requestID(exchange)
        body.reset()
        compose(&body, id)
        let head = ResponseHead(status, to: exchange.request, closing: exchange.closes)
        head.begin(&output, date: date)
        id.writeField(&output, bytes)
        if exchange.request.traceParent.isPresent { passTrace(exchange, bytes, into: &output) }
        if variesByOrigin { output.appendFields(origin: exchange.origin, bytes) }
        fields(&output)
        body.withSpan { head.end(&output, type: type, body: $0) }
        metrics.answered(exchange.label, status: status.rawValue)
        accessLog?.note(exchange, bytes, id, status)
    }

    /// Writes an answer that has no body.
    func answer(
        _ status: Status,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter,
        fields: (inout ByteWriter) -> Void
    ) {
        let head = ResponseHead(status, to: exchange.request, closing: exchange.closes)
        head.begin(&output, date: date)
        let id = requestID(exchange)
        id.writeField(&output, bytes)
        if exchange.request.traceParent.isPresent { passTrace(exchange, bytes, into: &output) }
        if variesByOrigin { output.appendFields(origin: exchange.origin, bytes) }
        fields(&output)
        head.end(&output)
        metrics.answered(exchange.label, status: status.rawValue)
        accessLog?.note(exchange, bytes, id, status)
    }

    /// The answer belongs to the trace that its request belongs to.
    @inline(never)
    private func passTrace(_ exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        let value = exchange.request.traceParent
        if TraceParent(bytes, value) != nil { output.appendField("traceparent: ", bytes, value) }
    }

    /// Writes the head of an event stream; what HEAD asks for is all there is of its answer.
    func beginStream(
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter,
        fields: (inout ByteWriter) -> Void
    ) {
        let isHead = exchange.request.method == .head
        let head = ResponseHead(.ok, to: exchange.request, closing: exchange.closes || !isHead)
        head.begin(&output, date: date)
        requestID(exchange).writeField(&output, bytes)
        if variesByOrigin { output.appendFields(origin: exchange.origin, bytes) }
        fields(&output)
        head.endOpen(&output, type: .eventStream)
        metrics.answered(exchange.label, status: Status.ok.rawValue)
    }

    private func requestID(_ exchange: Exchange) -> RequestID {
        if exchange.request.requestID.isPresent { return .sent(exchange.request.requestID) }
        idCount &+= 1
        return .made(prefix: idPrefix, count: idCount)
    }
}

/// What identifies a request in its answer, in problems and in logs.
enum RequestID: BitwiseCopyable {
    /// The client's own, visible ASCII.
    case sent(ByteRange)
    /// Ours: a random prefix and a count.
    case made(prefix: UInt64, count: UInt64)

    func writeField(_ writer: inout ByteWriter, _ bytes: Span<UInt8>) {
        switch self {
        case .sent(let range): writer.appendField("Request-Id: ", bytes, range)
        case .made:
            writer.append("Request-Id: ")
            writeContent(&writer, bytes)
            writer.append("\r\n")
        }
    }

    /// Appends the id as the content of a JSON string.
    func writeContent(_ writer: inout ByteWriter, _ bytes: Span<UInt8>) {
        switch self {
        case .sent(let range): writer.append(escaped: bytes, range)
        case .made(let prefix, let count):
            writer.append(hex: prefix, digits: 8)
            writer.append(0x2D)
            writer.append(hex: count, digits: 8)
        }
    }
}

/// What a request says, as ranges into the bytes it was parsed from.
///
/// It holds no references: copied together with its bytes it means the same anywhere. A field that was not sent has an
/// absent range; one that was sent empty has an empty one.
public struct Request: BitwiseCopyable, Sendable {
    /// What to do.
    public internal(set) var method = Method.other
    /// 0 or 1: the version to speak, HTTP/1.0 or HTTP/1.1.
    public internal(set) var minorVersion: UInt8 = 1
    /// Whether the client wants the connection to stay (RFC 9112 9.3).
    public internal(set) var keepsAlive = true
    /// Whether the request was framed with a body, though perhaps an empty one.
    public internal(set) var hasBody = false
    /// The target's path, not decoded; `*` for OPTIONS of the server, empty where an absolute target has none.
    public internal(set) var path = ByteRange.absent
    /// What follows the path's `?`, not decoded.
    public internal(set) var query = ByteRange.absent
    /// The body, contiguous, out of its chunks.
    public internal(set) var body = ByteRange.absent
    /// The Idempotency-Key, without the quotes and escapes of its structured form: 1...255 visible ASCII bytes.
    public internal(set) var idempotencyKey = ByteRange.absent
    /// If-Match, for `EntityTag.satisfiesIfMatch`.
    public internal(set) var ifMatch = ByteRange.absent
    /// If-None-Match, for `EntityTag.satisfiesIfNoneMatch`.
    public internal(set) var ifNoneMatch = ByteRange.absent
    /// Request-Id, or else the first X-Request-Id; absent unless it is 1...128 visible ASCII bytes, so that it can be echoed
    /// as it is.
    public internal(set) var requestID = ByteRange.absent
    /// traceparent, for `TraceParent`; absent where it was sent on several lines (W3C Trace Context 3.2).
    public internal(set) var traceParent = ByteRange.absent
    /// Accept; absent where it was sent on several lines, which says "anything will do" (RFC 9110 12.1 permits that).
    public internal(set) var accept = ByteRange.absent
    /// Content-Type.
    public internal(set) var contentType = ByteRange.absent
    /// Authorization.
    public internal(set) var authorization = ByteRange.absent

    /// Nothing yet; the parser fills it.
    public init() {}

    /// What is still known of the request once its bytes are gone: how an answer to it is framed.
    public var withoutBytes: Request {
        var request = Request()
        request.method = method
        request.minorVersion = minorVersion
        request.keepsAlive = keepsAlive
        return request
    }

    /// The longest Request-Id that is echoed.
    ///
    /// Unit: bytes.
    public static let requestIDBytesMax = 128
}

/// The statuses that are answered here.
public enum Status: UInt16, BitwiseCopyable, Sendable, CaseIterable {
    // The names are those of RFC 9110 15 and RFC 6585.
    /// Done.
    case ok = 200
    /// Done, and something is new.
    case created = 201
    /// Done, and there is nothing to say.
    case noContent = 204
    /// The client has it already.
    case notModified = 304
    /// The request makes no sense.
    case badRequest = 400
    /// Who is asking?
    case unauthorized = 401
    /// The wallet is too small.
    case paymentRequired = 402
    /// Not now, or not you.
    case forbidden = 403
    /// Nothing is there.
    case notFound = 404
    /// The resource does not have the method.
    case methodNotAllowed = 405
    /// No form that the client takes.
    case notAcceptable = 406
    /// The request took too long to arrive.
    case requestTimeout = 408
    /// The state forbids it: sold out.
    case conflict = 409
    /// A length is required.
    case lengthRequired = 411
    /// A condition of the client does not hold.
    case preconditionFailed = 412
    /// The body is too large.
    case contentTooLarge = 413
    /// The target is too long.
    case uriTooLong = 414
    /// Not JSON.
    case unsupportedMediaType = 415
    /// An expectation that cannot be met.
    case expectationFailed = 417
    /// Understood, and wrong.
    case unprocessableContent = 422
    /// Too often.
    case tooManyRequests = 429
    /// The head is too large.
    case requestHeaderFieldsTooLarge = 431
    /// Our mistake.
    case internalServerError = 500
    /// A method or coding that nobody here knows.
    case notImplemented = 501
    /// Not now; `Retry-After` says when.
    case serviceUnavailable = 503
    /// Not HTTP/1.
    case httpVersionNotSupported = 505
}

extension Status {
    /// Whether an answer with it never has a body (RFC 9110 6.4.1).
    @inlinable
    public var forbidsBody: Bool { self == .noContent || self == .notModified }

    /// The whole status line.
    public var line: StaticString {
        switch self {
        case .ok: "HTTP/1.1 200 OK\r\n"
        case .created: "HTTP/1.1 201 Created\r\n"
        case .noContent: "HTTP/1.1 204 No Content\r\n"
        case .notModified: "HTTP/1.1 304 Not Modified\r\n"
        case .badRequest: "HTTP/1.1 400 Bad Request\r\n"
        case .unauthorized: "HTTP/1.1 401 Unauthorized\r\n"
        case .paymentRequired: "HTTP/1.1 402 Payment Required\r\n"
        case .forbidden: "HTTP/1.1 403 Forbidden\r\n"
        case .notFound: "HTTP/1.1 404 Not Found\r\n"
        case .methodNotAllowed: "HTTP/1.1 405 Method Not Allowed\r\n"
        case .notAcceptable: "HTTP/1.1 406 Not Acceptable\r\n"
        case .requestTimeout: "HTTP/1.1 408 Request Timeout\r\n"
        case .conflict: "HTTP/1.1 409 Conflict\r\n"
        case .lengthRequired: "HTTP/1.1 411 Length Required\r\n"
        case .preconditionFailed: "HTTP/1.1 412 Precondition Failed\r\n"
        case .contentTooLarge: "HTTP/1.1 413 Content Too Large\r\n"
        case .uriTooLong: "HTTP/1.1 414 URI Too Long\r\n"
        case .unsupportedMediaType: "HTTP/1.1 415 Unsupported Media Type\r\n"
        case .expectationFailed: "HTTP/1.1 417 Expectation Failed\r\n"
        case .unprocessableContent: "HTTP/1.1 422 Unprocessable Content\r\n"
        case .tooManyRequests: "HTTP/1.1 429 Too Many Requests\r\n"
        case .requestHeaderFieldsTooLarge: "HTTP/1.1 431 Request Header Fields Too Large\r\n"
        case .internalServerError: "HTTP/1.1 500 Internal Server Error\r\n"
        case .notImplemented: "HTTP/1.1 501 Not Implemented\r\n"
        case .serviceUnavailable: "HTTP/1.1 503 Service Unavailable\r\n"
        case .httpVersionNotSupported: "HTTP/1.1 505 HTTP Version Not Supported\r\n"
        }
    }
}

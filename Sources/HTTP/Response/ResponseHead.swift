/// What a body is.
public enum ContentType: UInt8, BitwiseCopyable, Sendable {
    /// `application/json`.
    case json
    /// `application/x-ndjson`: JSON values, each on a line of its own.
    case lines
    /// `text/event-stream` (HTML, 9.2.5): an answer without an end, whose events come one after the other.
    case eventStream
    /// `application/problem+json` (RFC 9457).
    case problem
    /// `application/ld+json`.
    case linkedData
    /// What Prometheus scrapes.
    case metrics
    /// Plain text.
    case text
    /// A page.
    case html
    /// `application/yaml` (RFC 9512).
    case yaml

    var field: StaticString {
        switch self {
        case .json: "Content-Type: application/json\r\n"
        case .lines: "Content-Type: application/x-ndjson\r\n"
        case .eventStream: "Content-Type: text/event-stream\r\n"
        case .problem: "Content-Type: application/problem+json\r\n"
        case .linkedData: "Content-Type: application/ld+json\r\n"
        case .metrics: "Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
        case .text: "Content-Type: text/plain; charset=utf-8\r\n"
        case .html: "Content-Type: text/html; charset=utf-8\r\n"
        case .yaml: "Content-Type: application/yaml\r\n"
        }
    }

    /// The media type with its parameters, for documentation.
    public var mediaType: String {
        String(field.description.drop { $0 != " " }.dropFirst().prefix { !$0.isNewline })
    }
}

/// Writes an answer: `begin`, then fields with `ByteWriter.appendField`, then `end` with the body.
public struct ResponseHead: BitwiseCopyable, Sendable {
    /// The interim answer to `Expect: 100-continue`.
    public static var continueAnswer: StaticString { "HTTP/1.1 100 Continue\r\n\r\n" }

    /// The answer's status.
    public let status: Status
    /// Whether the connection stays open after it; the connection closes it otherwise.
    public let keepsAlive: Bool
    private let isForHead: Bool
    private let minorVersion: UInt8

    /// The head of the answer to a request.
    ///
    /// - Parameters:
    ///   - status: the answer's status.
    ///   - request: says whether a body is wanted and whether the connection may stay.
    ///   - closing: true closes the connection whatever the request wants.
    public init(_ status: Status, to request: Request, closing: Bool = false) {
        self.status = status
        keepsAlive = request.keepsAlive && !closing
        isForHead = request.method == .head
        minorVersion = request.minorVersion
    }

    /// The head of an answer to what was no request; the connection closes.
    public init(closingWith status: Status) {
        self.status = status
        keepsAlive = false
        isForHead = false
        minorVersion = 1
    }

    /// Writes the status line, Date, and Connection where it must be said (RFC 9112 9.3).
    public func begin(_ writer: inout ByteWriter, date: HTTPDate) {
        writer.append(status.line)
        writer.append("Date: ")
        writer.append(date.bytes.span)
        if !keepsAlive {
            writer.append("\r\nConnection: close\r\n")
        } else if minorVersion == 0 {
            writer.append("\r\nConnection: keep-alive\r\n")
        } else {
            writer.append("\r\n")
        }
    }

    /// Ends the head and writes the body, unless the answer must not have one (RFC 9110 6.4.1, 8.6).
    ///
    /// - Parameters:
    ///   - writer: holds the head.
    ///   - type: what the body is; not said of an empty one, which only lines are.
    ///   - body: what GET would answer, also where HEAD asked.
    public func end(_ writer: inout ByteWriter, type: ContentType, body: Span<UInt8>) {
        guard !status.forbidsBody else { return writer.append("\r\n") }
        if !body.isEmpty || type == .lines { writer.append(type.field) }
        writer.append("Content-Length: ")
        writer.append(decimal: UInt64(body.count))
        writer.append("\r\n\r\n")
        if !isForHead { writer.append(body) }
    }

    /// Ends the head of an answer whose body ends with the connection (RFC 9112 6.3).
    ///
    /// - Parameters:
    ///   - writer: holds the head.
    ///   - type: what the body is.
    public func endOpen(_ writer: inout ByteWriter, type: ContentType) {
        writer.append(type.field)
        writer.append("\r\n")
    }

    /// Ends the head of an answer without a body.
    public func end(_ writer: inout ByteWriter) {
        writer.append(status.forbidsBody ? "\r\n" : "Content-Length: 0\r\n\r\n")
    }
}

extension ByteWriter {
    /// Appends a field of the head.
    ///
    /// The name is written as in `"Retry-After: "`, with what follows the colon.
    public mutating func appendField(_ name: StaticString, _ value: StaticString) {
        append(name)
        append(value)
        append("\r\n")
    }

    /// Appends a field with a number, as Retry-After.
    public mutating func appendField(_ name: StaticString, decimal value: UInt64) {
        append(name)
        append(decimal: value)
        append("\r\n")
    }

    /// Appends a field with what a client sent, as Request-Id or Location.
    ///
    /// - Parameters:
    ///   - name: with the colon and what stands before the value: `"Location: /v1/orders/"`.
    ///   - bytes: holds the value.
    ///   - value: only visible ASCII is written: one other byte, and the field is left out. So no client writes a field
    ///     or a body of its own into an answer.
    public mutating func appendField(_ name: StaticString, _ bytes: Span<UInt8>, _ value: ByteRange) {
        guard Words.endOfVisible(bytes, from: value.start, to: value.end) == value.end else { return }
        append(name)
        append(bytes, value)
        append("\r\n")
    }

    /// Appends ETag.
    public mutating func appendField(_ tag: EntityTag) {
        append("ETag: \"")
        append(decimal: tag.value)
        append("\"\r\n")
    }

    /// Appends Allow: the methods of a resource, and OPTIONS.
    public mutating func appendField(allow methods: MethodSet) {
        append("Allow: ")
        append(methods)
        append("\r\n")
    }

    /// Appends the methods of a resource, and OPTIONS.
    public mutating func append(_ methods: MethodSet) {
        if methods.allows(.get) { append("GET, HEAD, ") }
        if methods.allows(.post) { append("POST, ") }
        if methods.allows(.put) { append("PUT, ") }
        if methods.allows(.patch) { append("PATCH, ") }
        if methods.allows(.delete) { append("DELETE, ") }
        append("OPTIONS")
    }
}

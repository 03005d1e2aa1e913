/// Why a request is refused before it reaches a route.
public enum HTTPRefusal: UInt8, Error, BitwiseCopyable, Equatable, Sendable, CaseIterable {
    // The request line.
    /// More empty lines than a client may send first.
    case tooManyEmptyLines
    /// Not `method SP target SP version CRLF`, or a method that is no token.
    case requestLineMalformed
    /// A longer method than any that exists, or CONNECT: this is not a proxy.
    case methodUnsupported
    /// The target is none of the forms of RFC 9112 3.2, or holds a byte that it may not.
    case targetMalformed
    /// A longer target than the limit.
    case targetTooLong
    /// A version, but not of HTTP/1.
    case versionUnsupported

    // The fields.
    /// The head is longer than the limit.
    case headTooLarge
    /// More fields than the limit.
    case tooManyFields
    /// A line that is not ended by CR and LF together.
    case lineEndMalformed
    /// A field line that continues the one before (RFC 9112 5.2).
    case fieldFolded
    /// A name that is empty, no token, or not followed at once by a colon.
    case fieldNameMalformed
    /// A control byte in a value.
    case fieldValueMalformed
    /// A field that may stand once stands twice.
    case fieldRepeated
    /// HTTP/1.1 without Host.
    case hostMissing
    /// A Host that is no host.
    case hostMalformed
    /// An Idempotency-Key that is neither 1...255 visible ASCII bytes nor such a string in quotes.
    case idempotencyKeyMalformed
    /// An expectation other than `100-continue`.
    case expectationUnknown

    // The body.
    /// A Content-Length that is not one number.
    case contentLengthMalformed
    /// Content-Length and Transfer-Encoding together: two readings of where the request ends.
    case lengthAmbiguous
    /// A transfer coding other than exactly `chunked`.
    case transferCodingUnsupported
    /// Transfer-Encoding in HTTP/1.0, which does not have it.
    case transferCodingTooNew
    /// The body is longer than the limit.
    case bodyTooLarge
    /// A chunk's size line or end is not as RFC 9112 7.1 has it.
    case chunkMalformed
    /// More chunks or more framing than the limits.
    case chunkFramingTooLarge
    /// The trailer section is longer than the limit.
    case trailersTooLarge

    // The target, once a route is sought. The request is complete, so the connection may stay.
    /// `%` without two hexadecimal digits.
    case escapeMalformed
    /// `%00`: nothing here has a NUL in its name.
    case escapedNUL
    /// An identifier that is not 1...128 of `A-Z a-z 0-9 . _ ~ -`.
    case identifierMalformed
    /// A query item that may stand once stands twice.
    case queryItemRepeated
}

extension HTTPRefusal {
    /// The status to answer with.
    public var status: Status {
        switch self {
        case .targetTooLong: .uriTooLong
        case .headTooLarge, .tooManyFields, .trailersTooLarge: .requestHeaderFieldsTooLarge
        case .bodyTooLarge, .chunkFramingTooLarge: .contentTooLarge
        case .expectationUnknown: .expectationFailed
        case .methodUnsupported, .transferCodingUnsupported: .notImplemented
        case .versionUnsupported: .httpVersionNotSupported
        case .tooManyEmptyLines, .requestLineMalformed, .targetMalformed, .lineEndMalformed, .fieldFolded,
            .fieldNameMalformed, .fieldValueMalformed, .fieldRepeated, .hostMissing, .hostMalformed,
            .idempotencyKeyMalformed, .contentLengthMalformed, .lengthAmbiguous, .transferCodingTooNew,
            .chunkMalformed, .escapeMalformed, .escapedNUL, .identifierMalformed, .queryItemRepeated:
            .badRequest
        }
    }

    /// Whether the connection must close after the answer: it is not known where the next request would start, or
    /// the client has shown that it and we may read the same bytes differently.
    public var closesConnection: Bool {
        switch self {
        case .escapeMalformed, .escapedNUL, .identifierMalformed, .queryItemRepeated: false
        case .tooManyEmptyLines, .requestLineMalformed, .methodUnsupported, .targetMalformed, .targetTooLong,
            .versionUnsupported, .headTooLarge, .tooManyFields, .lineEndMalformed, .fieldFolded,
            .fieldNameMalformed, .fieldValueMalformed, .fieldRepeated, .hostMissing, .hostMalformed,
            .idempotencyKeyMalformed, .expectationUnknown, .contentLengthMalformed, .lengthAmbiguous,
            .transferCodingUnsupported, .transferCodingTooNew, .bodyTooLarge, .chunkMalformed,
            .chunkFramingTooLarge, .trailersTooLarge:
            true
        }
    }

    /// One sentence for the problem's `detail`; it needs no JSON escape.
    public var reason: StaticString {
        switch self {
        case .tooManyEmptyLines: "Too many empty lines before the request line."
        case .requestLineMalformed: "The request line is malformed."
        case .methodUnsupported: "The method is not supported."
        case .targetMalformed: "The request target is malformed."
        case .targetTooLong: "The request target is too long."
        case .versionUnsupported: "Only HTTP/1.1 and HTTP/1.0 are spoken here."
        case .headTooLarge: "The header section is too large."
        case .tooManyFields: "There are too many header fields."
        case .lineEndMalformed: "A line does not end with CR LF."
        case .fieldFolded: "A header field is folded over several lines."
        case .fieldNameMalformed: "A header field name is malformed."
        case .fieldValueMalformed: "A header field value holds a control character."
        case .fieldRepeated: "A header field that may be sent once was sent twice."
        case .hostMissing: "The Host header field is missing."
        case .hostMalformed: "The Host header field is malformed."
        case .idempotencyKeyMalformed: "Idempotency-Key must be 1 to 255 visible ASCII characters, bare or quoted."
        case .expectationUnknown: "Only the expectation 100-continue can be met."
        case .contentLengthMalformed: "Content-Length must be a single number."
        case .lengthAmbiguous: "Content-Length and Transfer-Encoding were sent together."
        case .transferCodingUnsupported: "The only transfer coding supported is chunked."
        case .transferCodingTooNew: "Transfer-Encoding needs HTTP/1.1."
        case .bodyTooLarge: "The request body is too large."
        case .chunkMalformed: "The chunked body is malformed."
        case .chunkFramingTooLarge: "The body has too many chunks or too long chunk extensions."
        case .trailersTooLarge: "The trailer section is too large."
        case .escapeMalformed: "The target has a malformed percent escape."
        case .escapedNUL: "The target has an escaped NUL."
        case .identifierMalformed: "An identifier is 1 to 128 characters of A-Z a-z 0-9 . _ ~ -."
        case .queryItemRepeated: "A query item that may be sent once was sent twice."
        }
    }
}

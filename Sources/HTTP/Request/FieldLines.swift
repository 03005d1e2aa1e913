extension RequestParser {
    /// Reads one field line or the empty line that ends the section (RFC 9112 5).
    ///
    /// `keep` is false for trailers, which are checked and dropped.
    @inline(__always)
    mutating func parseFieldLine(_ bytes: Span<UInt8>, _ end: Int, keep: Bool) throws(HTTPRefusal) -> Line {
        let start = cursor
        let nameEnd = Words.endOfFieldName(bytes, from: start, to: end)
        guard nameEnd < end else { return .unfinished }
        guard bytes[nameEnd] == 0x3A, nameEnd > start else { return try parseSectionEnd(bytes, start, end) }
        var valueStart = nameEnd &+ 1
        while valueStart < end && Self.isBlank(bytes[valueStart]) { valueStart &+= 1 }
        let lineEnd = Words.endOfFieldValue(bytes, from: valueStart, to: end)
        guard lineEnd < end else { return .unfinished }
        guard bytes[lineEnd] == ASCII.carriageReturn else { throw Self.controlByte(bytes[lineEnd]) }
        guard lineEnd &+ 1 < end else { return .unfinished }
        guard bytes[lineEnd &+ 1] == ASCII.lineFeed else { throw .lineEndMalformed }
        var valueEnd = lineEnd
        while valueEnd > valueStart && Self.isBlank(bytes[valueEnd &- 1]) { valueEnd &-= 1 }
        try takeField(bytes, start, nameEnd, ByteRange(valueStart, valueEnd), keep: keep)
        cursor = lineEnd &+ 2
        return .line
    }

    /// The line does not start with a name: it is the empty one, or refused.
    private mutating func parseSectionEnd(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int
    ) throws(HTTPRefusal) -> Line {
        guard bytes[start] == ASCII.carriageReturn else {
            if bytes[start] == ASCII.lineFeed { throw .lineEndMalformed }
            throw Self.isBlank(bytes[start]) ? .fieldFolded : .fieldNameMalformed
        }
        guard start &+ 1 < end else { return .unfinished }
        guard bytes[start &+ 1] == ASCII.lineFeed else { throw .lineEndMalformed }
        cursor = start &+ 2
        return .empty
    }

    @inline(__always)
    private static func isBlank(_ byte: UInt8) -> Bool { byte == ASCII.space || byte == ASCII.tab }

    private static func controlByte(_ byte: UInt8) -> HTTPRefusal {
        byte == ASCII.lineFeed ? .lineEndMalformed : .fieldValueMalformed
    }

    @inline(__always)
    private mutating func takeField(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int,
        _ value: ByteRange,
        keep: Bool
    ) throws(HTTPRefusal) {
        let name = FieldName.recognise(bytes, start, end)
        if name == .unknown, !ByteSet.token.containsAll(of: bytes, from: start, to: end) {
            throw .fieldNameMalformed
        }
        guard keep else { return }
        fields.count &+= 1
        guard fields.count <= limits.fieldCountMax else { throw .tooManyFields }
        guard name != .unknown else { return }
        let isNew = fields.note(name)
        guard isNew || name.mayRepeat else { throw .fieldRepeated }
        switch name {
        case .host: guard HostName.isValid(bytes, value.start, value.end) else { throw .hostMalformed }
        case .contentLength: try takeContentLength(bytes, value)
        case .transferEncoding: try takeTransferEncoding(bytes, value)
        case .contentType: request.contentType = value
        case .idempotencyKey: request.idempotencyKey = value
        case .ifMatch: request.ifMatch = value
        case .ifNoneMatch: request.ifNoneMatch = value
        case .requestID: request.requestID = requestID(bytes, value) ?? request.requestID
        case .otherRequestID where !request.requestID.isPresent:
            request.requestID = requestID(bytes, value) ?? .absent
        case .otherRequestID: break
        case .traceParent: request.traceParent = isNew ? value : .absent
        case .accept: request.accept = isNew ? value : .absent
        case .authorization: request.authorization = value
        case .expect: try takeExpect(bytes, value)
        case .connection: takeConnection(bytes, value)
        case .unknown: break
        }
    }

    /// Digits only: a sign, a list, or more than 63 bits is an attack or a mistake, and never a length.
    private mutating func takeContentLength(_ bytes: Span<UInt8>, _ value: ByteRange) throws(HTTPRefusal) {
        guard let length = Text.decimal(bytes, value), length <= UInt64(Int.max) else {
            throw .contentLengthMalformed
        }
        fields.contentLength = Int(length)
    }

    private mutating func takeTransferEncoding(_ bytes: Span<UInt8>, _ value: ByteRange) throws(HTTPRefusal) {
        guard request.minorVersion > 0 else { throw .transferCodingTooNew }
        guard Text.equalsIgnoringCase(bytes, from: value.start, to: value.end, "chunked") else {
            throw .transferCodingUnsupported
        }
        fields.isChunked = true
    }

    /// The value where it can be echoed as it is.
    private func requestID(_ bytes: Span<UInt8>, _ value: ByteRange) -> ByteRange? {
        guard !value.isEmpty, value.count <= Request.requestIDBytesMax else { return nil }
        return Words.endOfVisible(bytes, from: value.start, to: value.end) == value.end ? value : nil
    }

    private mutating func takeExpect(_ bytes: Span<UInt8>, _ value: ByteRange) throws(HTTPRefusal) {
        guard Text.equalsIgnoringCase(bytes, from: value.start, to: value.end, "100-continue") else {
            throw .expectationUnknown
        }
        // HTTP/1.0 does not know interim answers (RFC 9110 10.1.1).
        fields.expectsContinue = request.minorVersion > 0
    }

    /// Reads a list of connection options; those that we do not know are the client's business.
    private mutating func takeConnection(_ bytes: Span<UInt8>, _ value: ByteRange) {
        var at = value.start
        while at < value.end {
            while at < value.end && (Self.isBlank(bytes[at]) || bytes[at] == 0x2C) { at &+= 1 }
            let start = at
            while at < value.end && bytes[at] != 0x2C { at &+= 1 }
            var end = at
            while end > start && Self.isBlank(bytes[end &- 1]) { end &-= 1 }
            if Text.equalsIgnoringCase(bytes, from: start, to: end, "close") { fields.closes = true }
            if Text.equalsIgnoringCase(bytes, from: start, to: end, "keep-alive") { fields.keepsAlive = true }
        }
    }
}

extension RequestParser {
    /// Judges the head as a whole and says how the body is framed (RFC 9112 6.3).
    @inline(__always)
    mutating func settleHead(_ bytes: inout MutableSpan<UInt8>) throws(HTTPRefusal) {
        guard fields.has(.host) || request.minorVersion == 0 else { throw .hostMissing }
        request.keepsAlive = !fields.closes && (request.minorVersion > 0 || fields.keepsAlive)
        if request.idempotencyKey.isPresent {
            request.idempotencyKey = try IdempotencyKey.unquote(&bytes, request.idempotencyKey)
        }
        bodyEnd = cursor
        searched = cursor
        request.body = ByteRange(cursor, cursor)
        request.hasBody = fields.isChunked || fields.contentLength != nil
        if fields.isChunked {
            guard fields.contentLength == nil else { throw .lengthAmbiguous }
            stage = .chunkSize
        } else {
            guard fields.contentLength ?? 0 <= limits.bodyBytesMax else { throw .bodyTooLarge }
            stage = .sizedBody
        }
    }
}

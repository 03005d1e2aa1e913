extension RequestParser {
    /// Reads `method SP request-target SP HTTP-version CRLF` (RFC 9112 3), after a few empty lines.
    mutating func parseRequestLine(_ bytes: Span<UInt8>, _ end: Int) throws(HTTPRefusal) -> Line {
        guard try skipEmptyLines(bytes, end) else { return .unfinished }
        let start = cursor
        guard let methodEnd = try parseMethod(bytes, start, end) else { return .unfinished }
        let target = methodEnd &+ 1
        let pathEnd = Words.endOfPath(bytes, from: target, to: end)
        var targetEnd = pathEnd
        if pathEnd < end, bytes[pathEnd] == 0x3F {
            targetEnd = Words.endOfVisible(bytes, from: pathEnd, to: end)
        }
        guard targetEnd &- target <= limits.targetBytesMax else { throw .targetTooLong }
        // The version and its line end: `HTTP/1.1` CR LF.
        guard targetEnd &+ 11 <= end else {
            return try unfinishedUnlessMalformed(bytes, targetEnd, end)
        }
        try judgeVersion(bytes, from: targetEnd)
        try judgeTarget(bytes, target, pathEnd, targetEnd)
        cursor = targetEnd &+ 11
        stage = .fieldLines
        return .line
    }

    /// The line is too short to be whole; it is malformed if it has its end all the same.
    private func unfinishedUnlessMalformed(
        _ bytes: Span<UInt8>,
        _ from: Int,
        _ end: Int
    ) throws(HTTPRefusal) -> Line {
        guard Words.lineFeed(bytes, from: from, to: end) == end else { throw .requestLineMalformed }
        return .unfinished
    }

    /// Passes over empty lines before the request line (RFC 9112 2.2); false where more must arrive.
    private mutating func skipEmptyLines(_ bytes: Span<UInt8>, _ end: Int) throws(HTTPRefusal) -> Bool {
        while cursor < end {
            guard bytes[cursor] == ASCII.carriageReturn else { return true }
            guard cursor &+ 1 < end else { return false }
            guard bytes[cursor &+ 1] == ASCII.lineFeed else { throw .lineEndMalformed }
            guard cursor < 2 * limits.emptyLinesMax else { throw .tooManyEmptyLines }
            cursor &+= 2
        }
        return false
    }

    /// Reads the method and returns the index of the space after it; nil where that has not arrived.
    @inline(__always)
    private mutating func parseMethod(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HTTPRefusal) -> Int? {
        if start &+ 8 <= end {
            let word = Words.load(bytes, start)
            if word & 0xFF_FFFF_FFFF == Words.literal("POST ") {
                request.method = .post
                return start &+ 4
            }
            if word & 0xFFFF_FFFF == Words.literal("GET ") {
                request.method = .get
                return start &+ 3
            }
        }
        return try parseRareMethod(bytes, start, end)
    }

    private mutating func parseRareMethod(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HTTPRefusal) -> Int? {
        let set = ByteSet.token
        var at = start
        while at < end && set.contains(bytes[at]) { at &+= 1 }
        guard at < end else { return nil }
        guard bytes[at] == ASCII.space, at > start else { throw .requestLineMalformed }
        guard at &- start <= limits.methodBytesMax else { throw .methodUnsupported }
        request.method = try Self.method(bytes, ByteRange(start, at))
        return at
    }

    /// Methods are compared as they are written: `get` is not GET.
    private static func method(_ bytes: Span<UInt8>, _ name: ByteRange) throws(HTTPRefusal) -> Method {
        if Text.equals(bytes, name, "GET") { return .get }
        if Text.equals(bytes, name, "HEAD") { return .head }
        if Text.equals(bytes, name, "POST") { return .post }
        if Text.equals(bytes, name, "PUT") { return .put }
        if Text.equals(bytes, name, "PATCH") { return .patch }
        if Text.equals(bytes, name, "DELETE") { return .delete }
        if Text.equals(bytes, name, "OPTIONS") { return .options }
        if Text.equals(bytes, name, "CONNECT") { throw .methodUnsupported }
        return .other
    }

    /// Reads ` HTTP/1.1` and the line's end; there are 11 bytes from `start`.
    @inline(__always)
    private mutating func judgeVersion(_ bytes: Span<UInt8>, from start: Int) throws(HTTPRefusal) {
        let version = Words.load(bytes, start &+ 1)
        guard bytes[start] == ASCII.space, version & 0xFF_FFFF_FFFF == Words.literal("HTTP/"),
            bytes[start &+ 9] == ASCII.carriageReturn, bytes[start &+ 10] == ASCII.lineFeed
        else { throw .requestLineMalformed }
        if version != Words.literal("HTTP/1.1") { try judgeRareVersion(bytes, from: start &+ 6) }
    }

    /// A later minor version is spoken to as 1.1 (RFC 9110 2.5); another major one is refused.
    private mutating func judgeRareVersion(_ bytes: Span<UInt8>, from start: Int) throws(HTTPRefusal) {
        let major = bytes[start]
        let minor = bytes[start &+ 2]
        guard ASCII.isDigit(major), bytes[start &+ 1] == 0x2E, ASCII.isDigit(minor) else {
            throw .requestLineMalformed
        }
        guard major == 0x31 else { throw .versionUnsupported }
        request.minorVersion = minor == 0x30 ? 0 : 1
        request.keepsAlive = minor != 0x30
    }

    /// Takes path and query out of the target, which is in one of the forms of RFC 9112 3.2.
    @inline(__always)
    private mutating func judgeTarget(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ pathEnd: Int,
        _ end: Int
    ) throws(HTTPRefusal) {
        guard end > start else { throw .targetMalformed }
        if bytes[start] == 0x2F {
            request.path = ByteRange(start, pathEnd)
        } else {
            request.path = try rarePath(bytes, start, pathEnd, end)
        }
        guard pathEnd < end else { return }
        // A fragment is never sent, and so never guessed at.
        guard Self.index(of: 0x23, bytes, pathEnd, end) == end else { throw .targetMalformed }
        request.query = ByteRange(pathEnd &+ 1, end)
    }

    /// The path of a target that does not start with it: `*`, or `http://authority/path`.
    private func rarePath(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ pathEnd: Int,
        _ end: Int
    ) throws(HTTPRefusal) -> ByteRange {
        if end == start &+ 1, bytes[start] == 0x2A, request.method == .options { return ByteRange(start, end) }
        var authority = start
        if start &+ 7 <= pathEnd, Text.equalsIgnoringCase(bytes, from: start, to: start &+ 7, "http://") {
            authority = start &+ 7
        } else if start &+ 8 <= pathEnd, Text.equalsIgnoringCase(bytes, from: start, to: start &+ 8, "https://") {
            authority = start &+ 8
        }
        let path = Self.index(of: 0x2F, bytes, authority, pathEnd)
        guard authority > start, HostName.isValid(bytes, authority, path) else { throw .targetMalformed }
        return ByteRange(path, pathEnd)
    }

    private static func index(of byte: UInt8, _ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int {
        Words.find(bytes, from: start, to: end) { Words.equal($0, byte) }
    }
}

/// The host and port of Host and of absolute targets.
enum HostName {
    /// Whether the bytes are `uri-host [ ":" port ]` (RFC 9110 7.2) with a host that is not empty.
    static func isValid(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var at = start
        if at < end, bytes[at] == 0x5B {
            let set = ByteSet.bracketedAddress
            at &+= 1
            while at < end && set.contains(bytes[at]) { at &+= 1 }
            guard at > start &+ 1, at < end, bytes[at] == 0x5D else { return false }
            at &+= 1
        } else {
            let set = ByteSet.hostName
            // Most names are made of what identifiers are made of.
            at = Words.endOfIdentifier(bytes, from: at, to: end)
            while at < end && set.contains(bytes[at]) { at &+= 1 }
            guard at > start else { return false }
        }
        if at == end { return true }
        guard bytes[at] == 0x3A, end &- at <= 6 else { return false }
        at &+= 1
        while at < end && ASCII.isDigit(bytes[at]) { at &+= 1 }
        return at == end
    }
}

/// How much framing a chunked body has used.
struct ChunkCount {
    /// Size lines read.
    var count = 0
    /// Bytes of size lines and line ends.
    var framingBytes = 0
    /// Bytes of the present chunk that have not been joined to the body.
    var bytesLeft = 0
    /// Where the trailer section starts.
    var trailersStart = 0
}

extension RequestParser {
    @inline(__always)
    mutating func parseBody(_ bytes: inout MutableSpan<UInt8>) throws(HTTPRefusal) -> ParseOutcome {
        if case .sizedBody = stage {
            let end = cursor &+ (fields.contentLength ?? 0)
            guard bytes.count >= end else { return waitForBody(bytes.count) }
            request.body = ByteRange(cursor, end)
            stage = .finished
            return .request(consumed: end)
        }
        guard try joinChunks(&bytes) else { return waitForBody(bytes.count) }
        request.body = ByteRange(request.body.start, bodyEnd)
        stage = .finished
        return .request(consumed: cursor)
    }

    /// A client that has begun to send its body waits for nothing (RFC 9110 10.1.1).
    private mutating func waitForBody(_ received: Int) -> ParseOutcome {
        guard fields.expectsContinue else { return .needMore }
        fields.expectsContinue = false
        return received == request.body.start ? .needMoreBodyAfterContinue : .needMore
    }

    /// Moves the data of the chunks that have arrived together (RFC 9112 7.1); true once the body is whole.
    private mutating func joinChunks(_ bytes: inout MutableSpan<UInt8>) throws(HTTPRefusal) -> Bool {
        while true {
            switch stage {
            case .chunkSize:
                guard try parseChunkSize(bytes.span) else { return false }
            case .chunkData:
                guard moveChunkData(&bytes) else { return false }
            case .chunkEnd:
                guard try parseChunkEnd(bytes.span) else { return false }
            case .trailers:
                return try parseTrailers(bytes.span)
            case .requestLine, .fieldLines, .sizedBody, .finished, .refused:
                return true
            }
        }
    }

    /// Reads `chunk-size [ chunk-ext ] CRLF`.
    ///
    /// Extensions are passed over, blanks around the size are not.
    private mutating func parseChunkSize(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Bool {
        let end = min(bytes.count, cursor &+ limits.chunkLineBytesMax)
        let lineFeed = Words.lineFeed(bytes, from: max(searched, cursor), to: end)
        guard lineFeed < end else {
            guard bytes.count &- cursor < limits.chunkLineBytesMax else { throw .chunkFramingTooLarge }
            searched = end
            return false
        }
        var at = cursor
        var size = 0
        while let digit = ASCII.hexValue(bytes[at]) {
            // Sixteen digits would overflow; far fewer are more than any body may have.
            guard at &- cursor < 8 else { throw .chunkMalformed }
            size = size &<< 4 | Int(digit)
            at &+= 1
        }
        guard at > cursor, bytes[at] == ASCII.carriageReturn || bytes[at] == 0x3B else { throw .chunkMalformed }
        guard Words.endOfFieldValue(bytes, from: at, to: lineFeed) == lineFeed &- 1,
            bytes[lineFeed &- 1] == ASCII.carriageReturn
        else { throw .chunkMalformed }
        try beginChunk(size, lineBytes: lineFeed &+ 1 &- cursor)
        return true
    }

    private mutating func beginChunk(_ size: Int, lineBytes: Int) throws(HTTPRefusal) {
        chunks.count &+= 1
        chunks.framingBytes &+= lineBytes &+ (size > 0 ? 2 : 0)
        guard chunks.count <= limits.chunkCountMax, chunks.framingBytes <= limits.chunkFramingBytesMax else {
            throw .chunkFramingTooLarge
        }
        guard size <= limits.bodyBytesMax &- (bodyEnd &- request.body.start) else { throw .bodyTooLarge }
        cursor &+= lineBytes
        chunks.bytesLeft = size
        chunks.trailersStart = cursor
        searched = cursor
        stage = size > 0 ? .chunkData : .trailers
    }

    private mutating func moveChunkData(_ bytes: inout MutableSpan<UInt8>) -> Bool {
        let count = min(chunks.bytesLeft, bytes.count &- cursor)
        let source = cursor
        let target = bodyEnd
        // SAFETY: `target < source`, and `source + count` is at most the count; the copy handles overlap.
        unsafe bytes.withUnsafeMutableBytes { buffer in
            unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[target...])
                .copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: buffer[source..<source &+ count])
                )
        }
        bodyEnd &+= count
        cursor &+= count
        chunks.bytesLeft &-= count
        guard chunks.bytesLeft == 0 else { return false }
        stage = .chunkEnd
        return true
    }

    private mutating func parseChunkEnd(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Bool {
        if bytes.count > cursor, bytes[cursor] != ASCII.carriageReturn { throw .chunkMalformed }
        guard bytes.count >= cursor &+ 2 else { return false }
        guard bytes[cursor &+ 1] == ASCII.lineFeed else { throw .chunkMalformed }
        cursor &+= 2
        searched = cursor
        stage = .chunkSize
        return true
    }

    /// Reads the trailer fields, which are as strict as the head's, and forgets them (RFC 9110 6.5.1).
    private mutating func parseTrailers(_ bytes: Span<UInt8>) throws(HTTPRefusal) -> Bool {
        let end = min(bytes.count, chunks.trailersStart &+ limits.trailerBytesMax)
        while true {
            var outcome = Line.unfinished
            if isWorthParsing(bytes, end) {
                do throws(HTTPRefusal) {
                    outcome = try parseFieldLine(bytes, end, keep: false)
                } catch {
                    if Words.lineFeed(bytes, from: cursor, to: end) < end { throw error }
                }
            }
            switch outcome {
            case .line: continue
            case .empty: return true
            case .unfinished:
                searched = end
                if bytes.count &- chunks.trailersStart >= limits.trailerBytesMax { throw .trailersTooLarge }
                return false
            }
        }
    }
}

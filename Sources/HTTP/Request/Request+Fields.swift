extension Request {
    /// Visits the lines of a field that the parser passes over, in their order.
    ///
    /// For what few servers are configured to need: the parser's own fields cost less.
    ///
    /// - Parameters:
    ///   - name: in lower case.
    ///   - bytes: what the request was parsed from.
    ///   - visit: gets a line's value, without the blanks around it.
    public func visitField(_ name: StaticString, in bytes: Span<UInt8>, _ visit: (ByteRange) -> Void) {
        let end = body.start
        var start = Words.lineFeed(bytes, from: path.end, to: end) &+ 1
        while start < end {
            let lineFeed = Words.lineFeed(bytes, from: start, to: end)
            let colon = Words.find(bytes, from: start, to: lineFeed) { Words.equal($0, 0x3A) }
            if Text.equalsIgnoringCase(bytes, from: start, to: colon, name) {
                visit(Self.trimmed(bytes, colon &+ 1, lineFeed))
            }
            start = lineFeed &+ 1
        }
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        var (start, end) = (start, end)
        while start < end, bytes[start] <= ASCII.space { start &+= 1 }
        while end > start, bytes[end &- 1] <= ASCII.space { end &-= 1 }
        return ByteRange(start, end)
    }
}

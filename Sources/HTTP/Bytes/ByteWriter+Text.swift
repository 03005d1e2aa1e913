extension ByteWriter {
    /// Appends text as the content of a JSON string: quotes, backslashes and control characters are escaped.
    ///
    /// - Parameters:
    ///   - bytes: holds the text.
    ///   - range: the text, valid UTF-8, which is kept as it is.
    public mutating func append(escaped bytes: Span<UInt8>, _ range: ByteRange) {
        var at = range.start
        while at < range.end {
            let stop = Words.find(bytes, from: at, to: range.end) {
                Words.below($0, 0x20) | Words.equal($0, ASCII.quote) | Words.equal($0, ASCII.backslash)
            }
            append(bytes, ByteRange(at, stop))
            guard stop < range.end else { return }
            appendEscape(bytes[stop])
            at = stop &+ 1
        }
    }

    /// Appends text as the content of a JSON string.
    public mutating func append(escaped text: Span<UInt8>) {
        append(escaped: text, ByteRange(0, text.count))
    }

    private mutating func appendEscape(_ byte: UInt8) {
        switch byte {
        case ASCII.quote: append("\\\"")
        case ASCII.backslash: append("\\\\")
        case ASCII.lineFeed: append("\\n")
        case ASCII.carriageReturn: append("\\r")
        case ASCII.tab: append("\\t")
        default:
            append("\\u00")
            append(hex: UInt64(byte), digits: 2)
        }
    }

    /// Appends a scalar value, not a surrogate, in UTF-8.
    mutating func appendScalar(_ scalar: UInt32) {
        let continuation = { (shift: UInt32) in 0x80 | UInt8(truncatingIfNeeded: scalar &>> shift) & 0x3F }
        if scalar < 0x80 { return append(UInt8(truncatingIfNeeded: scalar)) }
        if scalar < 0x800 {
            append(0xC0 | UInt8(truncatingIfNeeded: scalar &>> 6))
        } else if scalar < 0x1_0000 {
            append(0xE0 | UInt8(truncatingIfNeeded: scalar &>> 12))
            append(continuation(6))
        } else {
            append(0xF0 | UInt8(truncatingIfNeeded: scalar &>> 18))
            append(continuation(12))
            append(continuation(6))
        }
        append(continuation(0))
    }
}

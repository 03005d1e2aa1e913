/// Comparisons of bytes with literals, and numbers written in them.
public enum Text {
    /// Whether the bytes are exactly the literal.
    public static func equals(_ bytes: Span<UInt8>, _ range: ByteRange, _ literal: StaticString) -> Bool {
        matches(bytes, range.start, range.end, literal) { $0 }
    }

    /// Whether two ranges hold the same bytes.
    public static func equals(_ bytes: Span<UInt8>, _ range: ByteRange, _ other: ByteRange) -> Bool {
        guard range.count == other.count else { return false }
        var offset = 0
        while offset < Int(range.count) {
            guard bytes[range.start &+ offset] == bytes[other.start &+ offset] else { return false }
            offset &+= 1
        }
        return true
    }

    /// Whether the bytes are the literal, which is written in lower case, in any case.
    public static func equalsIgnoringCase(
        _ bytes: Span<UInt8>,
        _ range: ByteRange,
        _ literal: StaticString
    ) -> Bool {
        equalsIgnoringCase(bytes, from: range.start, to: range.end, literal)
    }

    /// Whether the bytes are the literal, which is written in lower case, in any case.
    static func equalsIgnoringCase(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int,
        _ literal: StaticString
    ) -> Bool {
        matches(bytes, start, end, literal, Words.lowercased)
    }

    @inline(__always)
    private static func matches(
        _ bytes: Span<UInt8>,
        _ start: Int,
        _ end: Int,
        _ literal: StaticString,
        _ fold: (UInt64) -> UInt64
    ) -> Bool {
        guard end &- start == literal.utf8CodeUnitCount else { return false }
        // SAFETY: the literal's bytes, which live for ever.
        let wanted = unsafe Span(_unsafeStart: literal.utf8Start, count: literal.utf8CodeUnitCount)
        var at = 0
        while at < wanted.count {
            let count = min(8, wanted.count &- at)
            let word = Words.load(bytes, start &+ at, count: count)
            guard fold(word) == Words.load(wanted, at, count: count) else { return false }
            at &+= 8
        }
        return true
    }

    /// A number of digits only; nil where there are none, other bytes, or more than 64 bits hold.
    public static func decimal(_ bytes: Span<UInt8>, _ range: ByteRange) -> UInt64? {
        guard !range.isEmpty else { return nil }
        var value: UInt64 = 0
        for index in range.bounds {
            guard ASCII.isDigit(bytes[index]) else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(UInt64(bytes[index] &- 0x30))
            guard !tooLarge, !overflow else { return nil }
            value = sum
        }
        return value
    }
}

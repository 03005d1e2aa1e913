/// Comparisons of bytes with literals, and numbers written in them.
public enum Text {
    /// Whether the bytes are exactly the literal.
    @inlinable
    public static func equals(_ bytes: Span<UInt8>, _ range: ByteRange, _ literal: StaticString) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard range.count == count else { return false }
        for index in 0..<count {
            // SAFETY: the index is below the literal's count.
            guard unsafe bytes[range.start &+ index] == literal.utf8Start[index] else { return false }
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
    @inlinable
    static func equalsIgnoringCase(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int,
        _ literal: StaticString
    ) -> Bool {
        let count = literal.utf8CodeUnitCount
        guard end &- start == count else { return false }
        for index in 0..<count {
            let byte = bytes[start &+ index]
            let folded = byte &- 0x41 < 26 ? byte | 0x20 : byte
            // SAFETY: the index is below the literal's count.
            guard unsafe folded == literal.utf8Start[index] else { return false }
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

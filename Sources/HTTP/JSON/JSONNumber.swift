extension JSONReader {
    /// Reads a number (RFC 8259 6): an integer where it is written as one.
    mutating func number(_ bytes: Span<UInt8>) throws(JSONError) -> JSONValue {
        let start = at
        let isNegative = bytes[at] == 0x2D
        if isNegative { at &+= 1 }
        let digits = at
        let magnitude = try integer(bytes)
        if at < end, bytes[at] == 0x2E || bytes[at] | 0x20 == 0x65 {
            try fraction(bytes)
            return .fraction(ByteRange(start, at))
        }
        guard let magnitude else { throw JSONError(.integerTooLarge, at: start) }
        if isNegative, magnitude == 0 { return .fraction(ByteRange(start, at)) }
        guard bytes[digits] != 0x30 || at == digits &+ 1 else { throw JSONError(.numberMalformed, at: start) }
        if isNegative {
            guard magnitude <= UInt64(Int64.max) + 1 else { throw JSONError(.integerTooLarge, at: start) }
            return .integer(Int64(truncatingIfNeeded: 0 &- magnitude))
        }
        guard magnitude <= UInt64(Int64.max) else { throw JSONError(.integerTooLarge, at: start) }
        return .integer(Int64(magnitude))
    }

    /// Reads `0` or digits that do not start with it; nil where 64 bits do not hold them.
    @inline(__always)
    private mutating func integer(_ bytes: Span<UInt8>) throws(JSONError) -> UInt64? {
        let start = at
        var magnitude: UInt64? = 0
        while at < end, ASCII.isDigit(bytes[at]) {
            magnitude = Self.append(bytes[at] &- 0x30, to: magnitude)
            at &+= 1
        }
        guard at > start, bytes[start] != 0x30 || at == start &+ 1 else {
            throw at == end && at == start ? error(.ended) : JSONError(.numberMalformed, at: start)
        }
        return magnitude
    }

    @inline(__always)
    private static func append(_ digit: UInt8, to magnitude: UInt64?) -> UInt64? {
        guard let magnitude else { return nil }
        let (product, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
        let (sum, overflow) = product.addingReportingOverflow(UInt64(digit))
        return tooLarge || overflow ? nil : sum
    }

    /// Reads `[ . digits ] [ e [ sign ] digits ]`.
    private mutating func fraction(_ bytes: Span<UInt8>) throws(JSONError) {
        if bytes[at] == 0x2E {
            at &+= 1
            try skipDigits(bytes)
        }
        guard at < end, bytes[at] | 0x20 == 0x65 else { return }
        at &+= 1
        if at < end, bytes[at] == 0x2B || bytes[at] == 0x2D { at &+= 1 }
        try skipDigits(bytes)
    }

    private mutating func skipDigits(_ bytes: Span<UInt8>) throws(JSONError) {
        let start = at
        while at < end, ASCII.isDigit(bytes[at]) { at &+= 1 }
        guard at > start else { throw error(at == end ? .ended : .numberMalformed) }
    }
}

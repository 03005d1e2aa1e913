/// A set of ASCII bytes as two words, so that membership costs a shift and no memory.
struct ByteSet {
    /// Bytes 0...63.
    let low: UInt64
    /// Bytes 64...127.
    let high: UInt64

    @inline(__always)
    func contains(_ byte: UInt8) -> Bool {
        let half = byte < 64 ? low : high
        return byte < 128 && (half &>> UInt64(byte & 63)) & 1 == 1
    }

    /// Whether every byte of the range is in the set.
    @inline(__always)
    func containsAll(of bytes: Span<UInt8>, from start: Int, to end: Int) -> Bool {
        var at = start
        while at < end {
            guard contains(bytes[at]) else { return false }
            at &+= 1
        }
        return true
    }
}

extension ByteSet {
    /// What a method or a field name is made of (RFC 9110 5.6.2).
    static var token: Self { Self(low: 0x03FF_6CFA_0000_0000, high: 0x57FF_FFFF_C7FF_FFFE) }

    /// What a registered name is made of (RFC 3986 3.2.2), without the comma: it would look like a list.
    static var hostName: Self { Self(low: 0x2BFF_6FF2_0000_0000, high: 0x47FF_FFFE_87FF_FFFE) }

    /// What stands between the brackets of an IPv6 address.
    static var bracketedAddress: Self { Self(low: 0x07FF_4000_0000_0000, high: 0x0000_007E_0000_007E) }
}

/// The bytes with a meaning of their own.
enum ASCII {
    static var tab: UInt8 { 0x09 }
    static var lineFeed: UInt8 { 0x0A }
    static var carriageReturn: UInt8 { 0x0D }
    static var space: UInt8 { 0x20 }
    static var quote: UInt8 { 0x22 }
    static var backslash: UInt8 { 0x5C }
    static var delete: UInt8 { 0x7F }

    /// The value of a hexadecimal digit of either case.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        let digit = byte &- 0x30
        if digit < 10 { return digit }
        let letter = (byte | 0x20) &- 0x61
        return letter < 6 ? letter &+ 10 : nil
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }
}

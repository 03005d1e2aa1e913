extension ByteWriter {
    /// Appends a decimal.
    public mutating func append(decimal value: UInt64) {
        if value < 10 { return append(0x30 &+ UInt8(truncatingIfNeeded: value)) }
        let count = Self.digitCount(value)
        guard let place = unsafe claim(count) else { return }
        var rest = value
        var index = count
        while index > 0 {
            index &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            // SAFETY: the index is below `count`.
            unsafe place.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: digit), toByteOffset: index, as: UInt8.self)
            rest = quotient
        }
    }

    /// Appends a decimal, with a minus where it is negative.
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(0x2D) }
        append(decimal: value.magnitude)
    }

    private static func digitCount(_ value: UInt64) -> Int {
        var count = 1
        var bound: UInt64 = 10
        while value >= bound {
            count &+= 1
            let (next, overflow) = bound.multipliedReportingOverflow(by: 10)
            if overflow { return count }
            bound = next
        }
        return count
    }

    /// Appends a decimal of exactly `digits` digits, zeros in front; higher ones are cut off.
    mutating func append(padded value: Int, digits: Int) {
        guard let place = unsafe claim(digits) else { return }
        var rest = value
        var index = digits
        while index > 0 {
            index &-= 1
            let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
            // SAFETY: the index is below `digits`.
            unsafe place.storeBytes(of: 0x30 &+ UInt8(truncatingIfNeeded: digit), toByteOffset: index, as: UInt8.self)
            rest = quotient
        }
    }

    /// Appends the low `digits` hexadecimal digits of a number, in lower case.
    ///
    /// - Parameters:
    ///   - value: the number.
    ///   - digits: 1...16.
    public mutating func append(hex value: UInt64, digits: Int = 16) {
        guard let place = unsafe claim(digits) else { return }
        for index in 0..<digits {
            let shift = UInt64(truncatingIfNeeded: 4 &* (digits &- 1 &- index))
            let digit = UInt8(truncatingIfNeeded: (value &>> shift) & 0xF)
            let letter = digit < 10 ? 0x30 &+ digit : 0x57 &+ digit
            // SAFETY: the index is below `digits`.
            unsafe place.storeBytes(of: letter, toByteOffset: index, as: UInt8.self)
        }
    }

    /// Appends the low `digits` base-32 digits of a number; `Base32.value(_:_:)` reads them.
    ///
    /// - Parameters:
    ///   - value: the number.
    ///   - digits: 1...13.
    public mutating func append(base32 value: UInt64, digits: Int = 13) {
        var shift = 5 &* digits
        while shift > 0 {
            shift &-= 5
            append(Base32.digit(UInt8(truncatingIfNeeded: (value &>> UInt64(truncatingIfNeeded: shift)) & 0x1F)))
        }
    }
}

/// Crockford's base 32 in lower case: no letter that looks like a digit, and it sorts as the numbers do.
public enum Base32 {
    /// The digits, in order.
    static var digits: StaticString { "0123456789abcdefghjkmnpqrstvwxyz" }

    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 {
        // SAFETY: there are 32 digits.
        unsafe digits.utf8Start[Int(value & 0x1F)]
    }

    /// The number that 1...13 digits stand for; nil where they are none, or more than 64 bits.
    ///
    /// Only the form that is written is read, so that a number has one name.
    public static func value(_ bytes: Span<UInt8>, _ range: ByteRange) -> UInt64? {
        guard !range.isEmpty, range.count <= 13 else { return nil }
        var value: UInt64 = 0
        for index in range.bounds {
            guard let digit = digitValue(bytes[index]), value &>> 59 == 0 else { return nil }
            value = value &<< 5 | digit
        }
        return value
    }

    private static func digitValue(_ byte: UInt8) -> UInt64? {
        for value in 0..<32 as Range<UInt8> where digit(value) == byte { return UInt64(value) }
        return nil
    }
}

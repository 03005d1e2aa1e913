extension ByteWriter {
    /// Appends a decimal; one of more than eight digits asks for room for the longest.
    public mutating func append(decimal value: UInt64) {
        if value < 10 { return append(0x30 &+ UInt8(truncatingIfNeeded: value)) }
        let (high, low) = value.quotientAndRemainder(dividingBy: Self.wordBound)
        let last = Digits.decimal(UInt32(truncatingIfNeeded: low))
        if high == 0 {
            let zeros = Digits.leadingZeros(last)
            append(last &>> UInt64(truncatingIfNeeded: 8 &* zeros), count: 8 &- zeros)
        } else if hasRoom(20) {
            append(decimal: high)
            append(last, count: 8)
        }
    }

    /// The first number that has more than eight digits.
    private static var wordBound: UInt64 { 100_000_000 }

    /// Appends the first `count` characters of a word, at most eight.
    @inline(__always)
    mutating func append(_ characters: UInt64, count: Int) {
        guard let place = unsafe claim(count) else { return }
        // SAFETY: the place has `count` bytes, and behind the capacity there is a word of margin.
        unsafe place.storeBytes(of: characters.littleEndian, as: UInt64.self)
    }

    /// Appends a decimal, with a minus where it is negative.
    public mutating func append(decimal value: Int64) {
        if value < 0 { append(0x2D) }
        append(decimal: value.magnitude)
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
        guard digits > 8 else { return append(lowHex: UInt32(truncatingIfNeeded: value), digits: digits) }
        guard hasRoom(digits) else { return }
        append(lowHex: UInt32(truncatingIfNeeded: value &>> 32), digits: digits &- 8)
        append(lowHex: UInt32(truncatingIfNeeded: value), digits: 8)
    }

    @inline(__always)
    private mutating func append(lowHex value: UInt32, digits: Int) {
        let word = Digits.hexadecimal(value)
        append(word &>> UInt64(truncatingIfNeeded: 8 &* (8 &- digits)), count: digits)
    }
}

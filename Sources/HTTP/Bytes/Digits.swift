/// Numbers as the characters of a word, the first character lowest: all digits are made at once, side by side.
enum Digits {
    private static var zeros: UInt64 { 0x3030_3030_3030_3030 }

    /// A number below 100,000,000 as eight decimal digits.
    ///
    /// Halves, then quarters, then single digits; a division is a multiplication whose product stays in its lane.
    @inline(__always)
    static func decimal(_ value: UInt32) -> UInt64 {
        let (high, low) = value.quotientAndRemainder(dividingBy: 10_000)
        let halves = UInt64(high) | UInt64(low) &<< 32
        let hundreds = (halves &* 5_243) &>> 19 & 0x0000_007F_0000_007F
        let quarters = hundreds | (halves &- hundreds &* 100) &<< 16
        let tens = (quarters &* 103) &>> 10 & 0x000F_000F_000F_000F
        return (tens | (quarters &- tens &* 10) &<< 8) | zeros
    }

    /// A number below 100 as two decimal digits, zeros above.
    @inline(__always)
    static func pair(_ value: Int) -> UInt64 {
        let number = UInt64(truncatingIfNeeded: value)
        let tens = (number &* 103) &>> 10
        return (tens | (number &- tens &* 10) &<< 8) | 0x3030
    }

    /// How many zeros stand before the first other digit, the last digit not counted.
    @inline(__always)
    static func leadingZeros(_ digits: UInt64) -> Int {
        min(7, (digits ^ zeros).trailingZeroBitCount &>> 3)
    }

    /// A number as eight hexadecimal digits in lower case.
    @inline(__always)
    static func hexadecimal(_ value: UInt32) -> UInt64 {
        var word = UInt64(value.byteSwapped)
        word = (word | word &<< 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word &<< 8) & 0x00FF_00FF_00FF_00FF
        word = (word &>> 4 | word &<< 8) & 0x0F0F_0F0F_0F0F_0F0F
        let letters = (word &+ 0x0606_0606_0606_0606) &>> 4 & 0x0101_0101_0101_0101
        return word &+ zeros &+ letters &* 0x27
    }
}

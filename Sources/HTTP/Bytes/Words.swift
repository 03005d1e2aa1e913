/// Looking at eight bytes at a time.
///
/// A mark is a word with the top bit set in bytes that answer a question. Bits above the first mark may be false (a
/// subtraction borrows), so only the lowest one is used. Every load is bounds checked: a mistake here traps, it never
/// reads what belongs to somebody else.
enum Words {
    private static var ones: UInt64 { 0x0101_0101_0101_0101 }
    private static var tops: UInt64 { 0x8080_8080_8080_8080 }
    /// What makes letters lower case; it also turns CR into `-`, so control bytes are ruled out first.
    static var caseBits: UInt64 { 0x2020_2020_2020_2020 }

    /// The eight bytes from `at`, the first one lowest.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
        // SAFETY: any eight bytes are a UInt64, and the load is bounds checked.
        unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromByteOffset: at, as: UInt64.self))
    }

    /// The `count` bytes from `at`, the first one lowest, zeros above; at most eight.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ at: Int, count: Int) -> UInt64 {
        if at &+ 8 <= bytes.count {
            return load(bytes, at) & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count))
        }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(bytes[at &+ index]) &<< UInt64(truncatingIfNeeded: 8 &* index) }
        return word
    }

    /// A literal of at most eight bytes as `load` would see it; the compiler folds it into a constant.
    @inline(__always)
    static func literal(_ text: StaticString) -> UInt64 {
        var word: UInt64 = 0
        for index in 0..<text.utf8CodeUnitCount {
            // SAFETY: the index is below the literal's count.
            word |= unsafe UInt64(text.utf8Start[index]) &<< UInt64(truncatingIfNeeded: 8 &* index)
        }
        return word
    }

    /// Marks bytes below `limit`, 1...128.
    @inline(__always)
    static func below(_ word: UInt64, _ limit: UInt8) -> UInt64 {
        (word &- ones &* UInt64(limit)) & ~word & tops
    }

    /// Marks bytes equal to `byte`.
    @inline(__always)
    static func equal(_ word: UInt64, _ byte: UInt8) -> UInt64 {
        below(word ^ (ones &* UInt64(byte)), 1)
    }

    /// Marks bytes of 128 and above.
    @inline(__always)
    static func notASCII(_ word: UInt64) -> UInt64 { word & tops }

    /// How many bytes stand before the first marked one.
    @inline(__always)
    static func first(_ marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }
}

extension Words {
    /// The index of the first byte that `stops`, or `end`; `marks` says the same of a word.
    @inline(__always)
    static func find(
        _ bytes: Span<UInt8>,
        from start: Int,
        to end: Int,
        marks: (UInt64) -> UInt64,
        stops: (UInt8) -> Bool
    ) -> Int {
        var at = start
        while at &+ 8 <= end {
            let found = marks(load(bytes, at))
            if found != 0 { return at &+ first(found) }
            at &+= 8
        }
        while at < end && !stops(bytes[at]) { at &+= 1 }
        return at
    }

    /// The first LF.
    static func lineFeed(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(bytes, from: start, to: end, marks: { equal($0, ASCII.lineFeed) }, stops: { $0 == ASCII.lineFeed })
    }

    /// The first byte that a field value may not hold: a control byte other than a tab (RFC 9110 5.5).
    @inline(__always)
    static func endOfFieldValue(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var at = start
        while true {
            at = find(
                bytes,
                from: at,
                to: end,
                marks: { below($0, 0x20) | equal($0, ASCII.delete) },
                stops: { $0 < 0x20 || $0 == ASCII.delete }
            )
            guard at < end, bytes[at] == ASCII.tab else { return at }
            at &+= 1
        }
    }

    /// The first byte that cannot be in a field name: the colon, a space, a control byte, or one that is not ASCII.
    @inline(__always)
    static func endOfFieldName(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(
            bytes,
            from: start,
            to: end,
            marks: { below($0, 0x21) | equal($0, 0x3A) | equal($0, ASCII.delete) | notASCII($0) },
            stops: { $0 <= 0x20 || $0 == 0x3A || $0 >= ASCII.delete }
        )
    }

    /// The first byte that is not visible ASCII.
    @inline(__always)
    static func endOfVisible(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(
            bytes,
            from: start,
            to: end,
            marks: { below($0, 0x21) | equal($0, ASCII.delete) | notASCII($0) },
            stops: { $0 <= 0x20 || $0 >= ASCII.delete }
        )
    }

    /// The first byte that is not visible ASCII, or is `?` or `#`.
    @inline(__always)
    static func endOfPath(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(
            bytes,
            from: start,
            to: end,
            marks: {
                below($0, 0x21) | equal($0, 0x3F) | equal($0, 0x23) | equal($0, ASCII.delete) | notASCII($0)
            },
            stops: { $0 <= 0x20 || $0 == 0x3F || $0 == 0x23 || $0 >= ASCII.delete }
        )
    }
}

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

    /// The `count` bytes from `at`, the first one lowest, zeros above; one to eight.
    @inline(__always)
    static func load(_ bytes: Span<UInt8>, _ at: Int, count: Int) -> UInt64 {
        let word = at &+ 8 <= bytes.count ? load(bytes, at) : lastBytes(bytes, at)
        return word & (UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count))
    }

    /// The bytes from `at` to the buffer's end, fewer than eight, zeros above.
    @inline(never)
    private static func lastBytes(_ bytes: Span<UInt8>, _ at: Int) -> UInt64 {
        if bytes.count >= 8 {
            return load(bytes, bytes.count &- 8) &>> UInt64(truncatingIfNeeded: 64 &- 8 &* (bytes.count &- at))
        }
        var word: UInt64 = 0
        for index in at..<bytes.count {
            word |= UInt64(bytes[index]) &<< UInt64(truncatingIfNeeded: 8 &* (index &- at))
        }
        return word
    }

    /// A literal's first eight bytes from `start` on, as `load` would see them; the compiler folds it into a constant.
    @inline(__always)
    static func literal(_ text: StaticString, from start: Int = 0) -> UInt64 {
        var word: UInt64 = 0
        for index in start..<min(text.utf8CodeUnitCount, start &+ 8) {
            // SAFETY: the index is below the literal's count.
            word |= unsafe UInt64(text.utf8Start[index]) &<< UInt64(truncatingIfNeeded: 8 &* (index &- start))
        }
        return word
    }

    /// Whether the bytes are a literal of one to sixteen bytes.
    @inline(__always)
    static func equal(_ bytes: Span<UInt8>, _ range: ByteRange, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard range.count == count else { return false }
        if count <= 8 { return load(bytes, range.start, count: count) == literal(text) }
        return load(bytes, range.start) == literal(text)
            && load(bytes, range.end &- 8) == literal(text, from: count &- 8)
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

    /// Marks bytes of `low...high`, both below 128; unlike the others it marks no byte falsely.
    @inline(__always)
    static func within(_ word: UInt64, _ low: UInt8, _ high: UInt8) -> UInt64 {
        let rest = word & ~tops
        return (rest &+ ones &* UInt64(0x80 &- low)) & ~(rest &+ ones &* UInt64(0x7F &- high)) & ~word & tops
    }

    /// The word with `A-Z` as `a-z` and all else as it is.
    @inline(__always)
    static func lowercased(_ word: UInt64) -> UInt64 { word | within(word, 0x41, 0x5A) &>> 2 }

    /// Marks bytes of 128 and above.
    @inline(__always)
    static func notASCII(_ word: UInt64) -> UInt64 { word & tops }

    /// How many bytes stand before the first marked one.
    @inline(__always)
    static func first(_ marks: UInt64) -> Int { marks.trailingZeroBitCount &>> 3 }
}

extension Words {
    /// The index of the first byte that `marks` marks, or `end`.
    @inline(__always)
    static func find(_ bytes: Span<UInt8>, from start: Int, to end: Int, marks: (UInt64) -> UInt64) -> Int {
        var at = start
        while at < end {
            let found = marks(at &+ 8 <= bytes.count ? load(bytes, at) : lastBytes(bytes, at))
            // What stands behind the end may be marked, too.
            if found != 0 { return min(end, at &+ first(found)) }
            at &+= 8
        }
        return end
    }

    /// The first LF.
    static func lineFeed(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(bytes, from: start, to: end) { equal($0, ASCII.lineFeed) }
    }

    /// The first byte that a field value may not hold: a control byte other than a tab (RFC 9110 5.5).
    @inline(__always)
    static func endOfFieldValue(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        var at = start
        while true {
            at = find(bytes, from: at, to: end) { below($0, 0x20) | equal($0, ASCII.delete) }
            guard at < end, bytes[at] == ASCII.tab else { return at }
            at &+= 1
        }
    }

    /// The first byte that cannot be in a field name: the colon, a space, a control byte, or one that is not ASCII.
    @inline(__always)
    static func endOfFieldName(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(bytes, from: start, to: end) {
            below($0, 0x21) | equal($0, 0x3A) | equal($0, ASCII.delete) | notASCII($0)
        }
    }

    /// The first byte that is not visible ASCII.
    @inline(__always)
    static func endOfVisible(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(bytes, from: start, to: end) { below($0, 0x21) | equal($0, ASCII.delete) | notASCII($0) }
    }

    /// The first byte that is not visible ASCII, or is `?` or `#`.
    @inline(__always)
    static func endOfPath(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(bytes, from: start, to: end) {
            below($0, 0x21) | equal($0, 0x3F) | equal($0, 0x23) | equal($0, ASCII.delete) | notASCII($0)
        }
    }

    /// The first byte that no identifier has: they are made of `A-Z a-z 0-9 . _ ~ -`.
    @inline(__always)
    static func endOfIdentifier(_ bytes: Span<UInt8>, from start: Int, to end: Int) -> Int {
        find(bytes, from: start, to: end) { word in
            let letters = within(word | caseBits, 0x61, 0x7A)
            let digitsAndMarks = within(word, 0x2D, 0x39) & ~within(word, 0x2F, 0x2F)
            return (letters | digitsAndMarks | within(word, 0x5F, 0x5F) | within(word, 0x7E, 0x7E)) ^ tops
        }
    }
}

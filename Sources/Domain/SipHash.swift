/// SipHash-2-4 with 128 bits of output, fed in as many parts as the caller has.
///
/// The parts are simply joined; a caller for whom "ab"+"c" and "a"+"bc" must differ puts a byte between them that
/// neither contains. Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", and its reference code.
public struct SipHasher128: Sendable {
    private var words: SipWords
    /// The bytes that do not fill a word yet, lowest first.
    private var tail: UInt64 = 0
    private var bytesTaken = 0

    /// A hasher that has taken nothing.
    public init(key: FingerprintKey) {
        words = SipWords(key: key)
    }

    /// Takes one byte.
    public mutating func update(_ byte: UInt8) {
        let offset = bytesTaken & 7
        tail |= UInt64(byte) &<< UInt64(offset &* 8)
        bytesTaken &+= 1
        guard offset == 7 else { return }
        words.compress(tail)
        tail = 0
    }

    /// Takes the eight bytes of an integer, the lowest first.
    public mutating func update(integer value: Int64) {
        let word = UInt64(bitPattern: value)
        let shift = UInt64(bytesTaken & 7) &* 8
        words.compress(tail | word &<< shift)
        tail = Self.rest(of: word, after: shift)
        bytesTaken &+= 8
    }

    /// Takes these bytes after those before.
    ///
    /// Cost: about 1 ns a byte; no allocation.
    public mutating func update(_ bytes: Span<UInt8>) {
        // Copies, so that the loop works on registers.
        var words = self.words
        var tail = self.tail
        let shift = UInt64(bytesTaken & 7) &* 8
        let wordsEnd = bytes.count & ~7
        var offset = 0
        while offset < wordsEnd {
            let word = bytes.littleEndianWord(at: offset)
            words.compress(tail | word &<< shift)
            tail = Self.rest(of: word, after: shift)
            offset &+= 8
        }
        let count = bytes.count &- wordsEnd
        if count > 0 {
            let word = bytes.shortLittleEndianWord(at: wordsEnd)
            tail |= word &<< shift
            if bytesTaken & 7 &+ count >= 8 {
                words.compress(tail)
                tail = Self.rest(of: word, after: shift)
            }
        }
        self.words = words
        self.tail = tail
        bytesTaken &+= bytes.count
    }

    /// The fingerprint of all that was taken; the hasher itself may go on.
    public func finalize() -> Fingerprint {
        var words = self.words
        words.compress(tail | UInt64(truncatingIfNeeded: bytesTaken) &<< 56)
        words.v2 ^= 0xee
        let high = words.squeeze()
        words.v1 ^= 0xdd
        return Fingerprint(high: high, low: words.squeeze())
    }

    /// The bytes of a word that found no room in a block that began `shift` bits before it.
    @inline(__always)
    private static func rest(of word: UInt64, after shift: UInt64) -> UInt64 {
        // In two steps, because a shift by all 64 bits is masked to one by none.
        (word &>> (63 &- shift)) &>> 1
    }
}

/// The four words that SipHash turns round.
private struct SipWords: Sendable {
    var v0: UInt64
    var v1: UInt64
    var v2: UInt64
    var v3: UInt64

    init(key: FingerprintKey) {
        v0 = key.first ^ 0x736f_6d65_7073_6575
        // 0xee asks for 128 bits of output.
        v1 = key.second ^ 0x646f_7261_6e64_6f6d ^ 0xee
        v2 = key.first ^ 0x6c79_6765_6e65_7261
        v3 = key.second ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    mutating func compress(_ block: UInt64) {
        v3 ^= block
        round()
        round()
        v0 ^= block
    }

    @inline(__always)
    mutating func squeeze() -> UInt64 {
        round()
        round()
        round()
        round()
        return v0 ^ v1 ^ v2 ^ v3
    }

    @inline(__always)
    private mutating func round() {
        v0 &+= v1
        v2 &+= v3
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 = v0 &<< 32 | v0 &>> 32
        v2 &+= v1
        v0 &+= v3
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 = v2 &<< 32 | v2 &>> 32
    }
}

extension Span<UInt8> {
    /// The eight bytes from `offset`, the first of them lowest.
    @inline(__always)
    func littleEndianWord(at offset: Int) -> UInt64 {
        // SAFETY: the load checks its bounds, and every bit pattern is a valid UInt64.
        UInt64(littleEndian: unsafe bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// The fewer than eight bytes from `offset` to the end, the first of them lowest; zero above.
    @inline(__always)
    func shortLittleEndianWord(at offset: Int) -> UInt64 {
        let count = self.count &- offset
        // One load of the last eight bytes, moved down, where there are as many; else byte by byte.
        if self.count >= 8 {
            return littleEndianWord(at: self.count &- 8) &>> (UInt64(8 &- count) &* 8)
        }
        var word: UInt64 = 0
        for index in 0..<count { word |= UInt64(self[offset &+ index]) &<< (UInt64(index) &* 8) }
        return word
    }
}

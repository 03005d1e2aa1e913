/// The SHA-256 of some bytes.
struct SHA256Digest: BitwiseCopyable, Sendable {
    /// The digest's length.
    ///
    /// Unit: bytes.
    static let bytesCount = 32

    /// Its 32 bytes as eight big-endian numbers.
    private let words: InlineArray<8, UInt32>

    fileprivate init(words: InlineArray<8, UInt32>) {
        self.words = words
    }

    /// Reads 64 hexadecimal digits; nil where the text is anything else.
    init?(hex text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 2 * Self.bytesCount else { return nil }
        var words = InlineArray<8, UInt32>(repeating: 0)
        for (index, digit) in digits.enumerated() {
            guard let value = Self.value(ofDigit: digit) else { return nil }
            words[index / 8] = words[index / 8] << 4 | UInt32(value)
        }
        self.words = words
    }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x41...0x46: digit - 0x41 + 10
        case 0x61...0x66: digit - 0x61 + 10
        default: nil
        }
    }

    /// 64 hexadecimal digits, in lower case.
    var hex: String {
        words.indices
            .map { index in
                let digits = String(words[index], radix: 16)
                return String(repeating: "0", count: 8 - digits.count) + digits
            }
            .joined()
    }

    /// Whether both are the same, found out in a time that does not depend on where they differ.
    func isEqual(_ other: Self) -> Bool {
        var difference: UInt32 = 0
        for index in words.indices { difference |= words[index] ^ other.words[index] }
        return difference == 0
    }
}

/// SHA-256 (FIPS 180-4, 6.2).
///
/// It is here because the toolchain has no cryptography for a server without packages; a token is hashed when it is seen
/// for the first time, so that it need not be fast.
enum SHA256 {
    private static let blockBytes = 64

    /// The digest of the bytes.
    ///
    /// Cost: about 0.3 us for each 64 bytes; no allocation.
    static func digest(of bytes: Span<UInt8>) -> SHA256Digest {
        var state = start
        // The bytes, one bit, zeros, and the length in bits in the last eight bytes of a block (5.1.1).
        let blocks = (bytes.count + 1 + 8 + blockBytes - 1) / blockBytes
        for block in 0..<blocks {
            var schedule = InlineArray<64, UInt32>(repeating: 0)
            for index in 0..<16 {
                schedule[index] = word(at: block * blockBytes + index * 4, of: bytes, paddedBytes: blocks * blockBytes)
            }
            compress(&state, &schedule)
        }
        return SHA256Digest(words: state)
    }

    private static func word(at offset: Int, of bytes: Span<UInt8>, paddedBytes: Int) -> UInt32 {
        if offset >= paddedBytes - 8 {
            return UInt32(truncatingIfNeeded: (UInt64(bytes.count) &* 8) >> (offset == paddedBytes - 8 ? 32 : 0))
        }
        var word: UInt32 = 0
        for place in offset..<offset + 4 {
            let byte: UInt8 = place < bytes.count ? bytes[place] : place == bytes.count ? 0x80 : 0
            word = word << 8 | UInt32(byte)
        }
        return word
    }

    private static func compress(_ state: inout InlineArray<8, UInt32>, _ schedule: inout InlineArray<64, UInt32>) {
        for index in 16..<64 {
            let (early, late) = (schedule[index - 15], schedule[index - 2])
            let first = turn(early, 7) ^ turn(early, 18) ^ early >> 3
            let second = turn(late, 17) ^ turn(late, 19) ^ late >> 10
            schedule[index] = schedule[index - 16] &+ first &+ schedule[index - 7] &+ second
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let choice = e & f ^ ~e & g
            let first = h &+ (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) &+ choice &+ constants[index] &+ schedule[index]
            let majority = a & b ^ a & c ^ b & c
            let second = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        let turned: InlineArray<8, UInt32> = [a, b, c, d, e, f, g, h]
        for index in state.indices { state[index] &+= turned[index] }
    }

    @inline(__always)
    private static func turn(_ word: UInt32, _ bits: UInt32) -> UInt32 { word &>> bits | word &<< (32 - bits) }

    /// The first 32 bits behind the point of the square roots of the first 8 primes (5.3.3).
    private static let start: InlineArray<8, UInt32> = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]

    /// The first 32 bits behind the point of the cube roots of the first 64 primes (4.2.2).
    private static let constants: InlineArray<64, UInt32> = [
        0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
        0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
        0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
        0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
        0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
        0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
        0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
        0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
    ]
}

import Testing

@testable import HTTP

@Suite("Bytes, eight at a time")
struct ByteTests {
    @Test("the sets hold the bytes that the RFCs name, and no others")
    func sets() {
        let letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
        let token = Set((letters + "!#$%&'*+-.^_`|~").utf8)
        let host = Set((letters + "-._~!$&'()*+;=%").utf8)
        let bracketed = Set("0123456789abcdefABCDEF:.".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(ByteSet.token.contains(byte) == token.contains(byte), "\(byte)")
            #expect(ByteSet.hostName.contains(byte) == host.contains(byte), "\(byte)")
            #expect(ByteSet.bracketedAddress.contains(byte) == bracketed.contains(byte), "\(byte)")
        }
    }

    @Test("each search stops where a search byte by byte stops")
    func searches() {
        var random = SplitMix64(seed: 0x5EED_0002)
        let interesting: [UInt8] = [
            0, 9, 10, 13, 31, 32, 33, 34, 35, 37, 47, 58, 63, 92, 126, 127, 128, 129, 159, 160, 255,
        ]
        let identifier = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-".utf8)
        for round in 0..<20_000 {
            var bytes = (0..<Int.random(in: 0...30, using: &random))
                .map { _ in
                    UInt8.random(in: 0x40...0x5B, using: &random)
                }
            for _ in 0..<Int.random(in: 0...2, using: &random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = interesting.randomElement(using: &random) ?? 0
            }
            let start = Int.random(in: 0...bytes.count, using: &random)
            let end = Int.random(in: start...bytes.count, using: &random)
            func naive(_ stops: (UInt8) -> Bool) -> Int { bytes[start..<end].firstIndex(where: stops) ?? end }
            let control = { (byte: UInt8) in byte < 0x20 || byte == 0x7F }
            let span = bytes.span
            #expect(Words.lineFeed(span, from: start, to: end) == naive { $0 == 10 }, "round \(round)")
            #expect(
                Words.endOfFieldValue(span, from: start, to: end) == naive { control($0) && $0 != 9 },
                "round \(round)"
            )
            #expect(
                Words.endOfFieldName(span, from: start, to: end)
                    == naive { control($0) || $0 == 0x20 || $0 == 0x3A || $0 >= 0x80 },
                "round \(round)"
            )
            #expect(
                Words.endOfVisible(span, from: start, to: end)
                    == naive { control($0) || $0 == 0x20 || $0 >= 0x80 },
                "round \(round)"
            )
            #expect(
                Words.endOfIdentifier(span, from: start, to: end) == naive { !identifier.contains($0) },
                "round \(round)"
            )
            #expect(
                Words.endOfPath(span, from: start, to: end)
                    == naive { control($0) || $0 == 0x20 || $0 == 0x3F || $0 == 0x23 || $0 >= 0x80 },
                "round \(round)"
            )
        }
    }

    @Test("marks find every byte at every place of a word")
    func marks() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<8 {
                var bytes = [UInt8](repeating: 0x55, count: 8)
                bytes[place] = byte
                let word = Words.load(bytes.span, 0)
                #expect(Words.first(Words.equal(word, byte)) == (byte == 0x55 ? 0 : place))
                #expect(Words.first(Words.below(word, 0x20)) == (byte < 0x20 ? place : 8))
                #expect(Words.first(Words.notASCII(word)) == (byte >= 0x80 ? place : 8))
                #expect(Words.within(word, 0x30, 0x39) == (0x30...0x39 ~= byte ? UInt64(0x80) << (8 * place) : 0))
                let lower = 0x41...0x5A ~= byte ? byte | 0x20 : byte
                #expect(Words.lowercased(word) >> (8 * place) & 0xFF == UInt64(lower))
            }
        }
    }

    @Test("a short load is the same at the end of a buffer as within it")
    func shortLoads() {
        let bytes = latin("abcdefghijkl")
        for count in 1...8 {
            let word = Words.load(bytes.span, 0, count: count)
            let short = Array(bytes[..<count])
            #expect(Words.load(short.span, 0, count: count) == word)
        }
        #expect(Words.load(bytes.span, 0, count: 4) == Words.literal("abcd"))
        #expect(Words.load(bytes.span, 0) == Words.literal("abcdefgh"))
        for literal in ["cdef", "cdefghij", "cdefghijk"] as [StaticString] {
            let range = ByteRange(2, 2 + literal.utf8CodeUnitCount)
            #expect(Words.equal(bytes.span, range, literal) == true)
            #expect(Words.equal(bytes.span, ByteRange(1, range.end - 1), literal) == false)
            #expect(Words.equal(bytes.span, ByteRange(2, range.end + 1), literal) == false)
        }
    }
}

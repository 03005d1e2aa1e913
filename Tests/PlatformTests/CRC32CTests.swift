import Platform
import Testing

@Suite("CRC32C")
struct CRC32CTests {
    /// RFC 3720, B.4, and the check value of the polynomial.
    static let vectors: [([UInt8], UInt32)] = [
        ([], 0),
        (Array("123456789".utf8), 0xE306_9283),
        ([UInt8](repeating: 0, count: 32), 0x8A91_36AA),
        ([UInt8](repeating: 0xFF, count: 32), 0x62A8_AB43),
        (Array(0..<32), 0x46DD_794E),
        (Array((0..<32).reversed()), 0x113F_DB5C),
    ]

    @Test("the published vectors come out, with and without the instruction", arguments: vectors)
    func published(bytes: [UInt8], checksum: UInt32) {
        #expect(CRC32C.checksum(bytes.span) == checksum)
        #expect(CRC32C.softwareChecksum(bytes.span) == checksum)
    }

    @Test("the instruction and the tables agree at every length and alignment")
    func agree() {
        let bytes = (0..<200).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) }
        for start in 0..<9 {
            for end in start..<bytes.count {
                let part = bytes.span.extracting(start..<end)
                #expect(CRC32C.checksum(part, seed: 77) == CRC32C.softwareChecksum(part, seed: 77))
            }
        }
    }

    @Test("a checksum can be continued", arguments: 0...32)
    func continued(cut: Int) {
        let bytes = [UInt8](0..<32)
        let first = CRC32C.checksum(bytes.span.extracting(..<cut))
        #expect(CRC32C.checksum(bytes.span.extracting(cut...), seed: first) == 0x46DD_794E)
    }
}

import Platform
import Testing

@testable import Journal

@Suite("Record format")
struct RecordFormatTests {
    private static let seed = RecordFormat.seed(JournalHarness.id)
    private static let position: UInt64 = 4_800

    /// The bytes of a record with 13 bytes of payload, as FORMAT.md has them.
    private static func record(type: UInt8 = 7, payload: [UInt8] = Array(1...13)) -> [UInt8] {
        var bytes = [UInt8](repeating: 0xEE, count: RecordFormat.size(payloadBytes: payload.count))
        bytes.replaceSubrange(16..<(16 + payload.count), with: payload)
        unsafe bytes.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            _ = unsafe RecordFormat.complete(
                base,
                type: type,
                payloadBytes: payload.count,
                position: position,
                chain: 0x0403_0201,
                unsettledBytes: 96,
                seed: seed
            )
        }
        return bytes
    }

    private static func check(_ bytes: [UInt8], position: UInt64 = position, seed: UInt32 = seed) -> RecordCheck {
        unsafe bytes.withUnsafeBytes { unsafe RecordFormat.check($0, position: position, seed: seed) }
    }

    private static func isValid(_ check: RecordCheck) -> Bool {
        if case .valid = check { true } else { false }
    }

    @Test("the bytes are those of FORMAT.md")
    func layout() {
        let bytes = Self.record()
        #expect(bytes.count == 32)
        #expect(bytes[4..<16] == [1, 2, 3, 4, 96, 0, 0, 0, 13, 0, 0, 7])
        #expect(bytes[16...] == [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 0, 0, 0])
        var covered: [UInt8] = []
        covered.append(littleEndian: JournalHarness.id.low)
        covered.append(littleEndian: JournalHarness.id.high)
        covered.append(littleEndian: Self.position)
        covered += bytes[4...]
        #expect(bytes.span.littleEndian(UInt32.self, at: 0) == CRC32C.softwareChecksum(covered.span))
    }

    @Test("a record is read as it was written")
    func valid() throws {
        guard case .valid(let header) = Self.check(Self.record() + [9, 9, 9]) else {
            Issue.record("not valid")
            return
        }
        #expect(header.type == 7)
        #expect(header.payloadBytes == 13)
        #expect(header.chain == 0x0403_0201)
        #expect(header.unsettledBytes == 96)
        #expect(header.size == 32)
    }

    @Test("a flip of any bit shows")
    func flips() {
        let good = Self.record()
        for bit in 0..<(good.count * 8) {
            var bad = good
            bad[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(!Self.isValid(Self.check(bad + [UInt8](repeating: 0, count: 70_000))), "bit \(bit)")
        }
    }

    @Test("at another position, or in another journal, the same bytes are no record")
    func elsewhere() {
        let good = Self.record()
        #expect(!Self.isValid(Self.check(good, position: Self.position + 8)))
        #expect(!Self.isValid(Self.check(good, position: Self.position + 1 << 32)))
        #expect(!Self.isValid(Self.check(good, seed: RecordFormat.seed(JournalID(low: 1, high: 2)))))
    }

    @Test("each byte that is missing at the end is asked for")
    func cuts() {
        let good = Self.record()
        for count in 0..<good.count {
            guard case .cut(let neededBytes) = Self.check(Array(good[..<count])) else {
                Issue.record("\(count) bytes are enough")
                continue
            }
            #expect(neededBytes == (count < 16 ? 16 : 32))
        }
    }

    static let hostileBytes: [(name: String, bytes: [UInt8])] = [
        ("ones", [UInt8](repeating: 0xFF, count: 70_000)),
        ("text", [UInt8](repeating: 0x41, count: 70_000)),
        ("a type and nothing else", [UInt8](repeating: 0, count: 15) + [1] + [UInt8](repeating: 0, count: 70_000)),
        (
            "a payload one longer than any",
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1] + [UInt8](repeating: 0, count: 70_000)
        ),
        (
            "a seal with a payload",
            [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 255] + [UInt8](repeating: 0, count: 8)
        ),
        ("no type but a checksum", [1] + [UInt8](repeating: 0, count: 31)),
        ("no type but a length", [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0] + [UInt8](repeating: 0, count: 8)),
        ("settled before the start", [0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 1]),
    ]

    @Test("hostile bytes are no record, whatever they claim", arguments: hostileBytes)
    func hostile(name: String, bytes: [UInt8]) {
        guard case .invalid = Self.check(bytes) else {
            Issue.record("\(name) passes")
            return
        }
    }

    @Test("zeros are unwritten space")
    func zeros() {
        guard case .unwritten = Self.check([UInt8](repeating: 0, count: 16)) else {
            Issue.record("zeros pass for something")
            return
        }
    }

    @Test("the header of a segment comes back, and a flip of any byte of it is refused")
    func segmentHeader() throws {
        let header = SegmentHeader(
            journal: JournalHarness.id,
            first: 1 << 40,
            capacity: 8_192,
            epoch: WriterEpoch(rawValue: 3)
        )
        let bytes = header.encoded
        #expect(bytes.count == JournalFormat.headerBytes)
        #expect(try SegmentHeader(bytes.span, file: "f", journal: JournalHarness.id) == header)
        for index in bytes.indices {
            var bad = bytes
            bad[index] ^= 0x10
            #expect(throws: JournalError.self, "byte \(index)") {
                try SegmentHeader(bad.span, file: "f", journal: JournalHarness.id)
            }
        }
    }

    @Test("durations are counted in powers of two of microseconds")
    func durations() {
        let durations = JournalHistogram(first: 1_000)
        for nanoseconds: UInt64 in [0, 1_000, 1_001, 2_000, 2_001, 85_000, .max] {
            durations.add(nanoseconds)
        }
        let counts = (0..<JournalHistogram.bucketCount).map { durations.count($0) }
        #expect(counts[0] == 2)
        #expect(counts[1] == 2)
        #expect(counts[2] == 1)
        #expect(counts[7] == 1)
        #expect(counts[23] == 1)
        #expect(durations.upperBound(7) == 128_000)
    }
}

import Foundation
import Testing

extension SystemTests {
    /// What no crash leaves: files that are gone, and bytes that have changed.
    @Suite("A damaged folder")
    struct DamageTests {
        @Test("a segment that is gone is named, whichever it is, and with it back everything is there")
        func missingSegment() throws {
            let folder = try FolderUnderTest(seed: TestRun.seed("missing segment"))
            let written = try folder.segments().filter { !$0.records.isEmpty }
            try #require(written.count > 3)
            for segment in [written[0], written[written.count / 2], written[written.count - 1]] {
                let aside = folder.folder.path + "/aside"
                try FileManager.default.moveItem(atPath: segment.path, toPath: aside)
                let refusal = try folder.refusal()
                #expect(refusal.exit == .code(65), "\(refusal)")
                let text = "\(segment.name) is damaged at byte 0: the segment is missing"
                #expect(refusal.errors.contains(text), "\(refusal)")
                try FileManager.default.moveItem(atPath: aside, toPath: segment.path)
            }
            try folder.story.expectKept()
        }

        @Test("a journal that is gone, or all of its segments, is named")
        func missingJournal() throws {
            let folder = try FolderUnderTest(seed: TestRun.seed("missing journal"))
            for segment in try folder.segments() { try FileManager.default.removeItem(atPath: segment.path) }
            #expect(try folder.refusal().errors.contains("0000000000000000.segment is damaged at byte 0"))
            try FileManager.default.removeItem(atPath: folder.folder.data + "/journal-0000")
            let refusal = try folder.refusal()
            #expect(refusal.exit == .code(65))
            #expect(refusal.errors.contains("/journal-0000 is damaged at byte 0: the journal is missing"), "\(refusal)")
        }

        @Test("a folder that has lost its description is not taken for a new one")
        func missingDescription() throws {
            let folder = try FolderUnderTest(seed: TestRun.seed("missing description"))
            try FileManager.default.removeItem(atPath: folder.folder.data + "/FOLDER")
            let refusal = try folder.refusal()
            #expect(refusal.exit == .code(65))
            #expect(refusal.errors.contains("records in a folder that was never finished"), "\(refusal)")
        }

        @Test("a mark that is gone, and a lock that is, cost nothing")
        func missingMark() throws {
            let folder = try FolderUnderTest(seed: TestRun.seed("missing mark"))
            try FileManager.default.removeItem(atPath: folder.folder.data + "/journal-0000/settled")
            try FileManager.default.removeItem(atPath: folder.folder.data + "/LOCK")
            try folder.story.expectKept()
        }

        @Test(
            "a changed byte that matters is refused with its file and place, wherever it is",
            arguments: Place.refused
        )
        func refused(place: Place) throws {
            let seed = TestRun.seed("changed byte: \(place)")
            let folder = try FolderUnderTest(seed: seed)
            var random = SplitMix64(seed: seed)
            for _ in 0..<TestRun.scale {
                for (path, offset) in try place.offsets(in: folder, &random) {
                    try flip(path, at: offset, 1 << UInt8.random(in: 0...7, using: &random))
                    let refusal = try folder.refusal()
                    #expect(refusal.exit == .code(65), "\(path) at \(offset): \(refusal)")
                    let found = refusal.errors.firstMatch(of: /(\S+) is damaged at byte (\d+): \S+/)
                    #expect(found.map { String($0.1) } == path, "\(path) at \(offset): \(refusal)")
                    // The place is the start of the record that the byte is of, or of the header's field that shows it.
                    let named = try #require(found.flatMap { Int($0.2) })
                    let isNear = named <= offset && offset - named < 4_096
                    #expect(isNear || place == .description, "\(offset): \(refusal)")
                    try folder.restore()
                }
            }
            try folder.story.expectKept()
        }

        @Test("a changed byte that does not matter changes nothing that anybody was told", arguments: Place.harmless)
        func harmless(place: Place) throws {
            let seed = TestRun.seed("changed byte: \(place)")
            let folder = try FolderUnderTest(seed: seed)
            var random = SplitMix64(seed: seed)
            for _ in 0..<TestRun.scale {
                for (path, offset) in try place.offsets(in: folder, &random) {
                    try flip(path, at: offset, 1 << UInt8.random(in: 0...7, using: &random))
                    try folder.story.expectKept()
                    try folder.restore()
                }
            }
        }

        private func flip(_ path: String, at offset: Int, _ bits: UInt8) throws {
            var file = try FileBytes(path)
            file.bytes[offset] ^= bits
            try file.write()
        }
    }

    /// Where a byte may change.
    enum Place: String, CaseIterable, CustomTestStringConvertible {
        case segmentHeader, restOfHeader, checksum, chain, unsettled, length, type, payload, padding
        case lastRecord, seal, behindSeal, description
        case unusedEnd, nextSegment, mark, lock

        /// What a start must refuse, as something that was durable is not what it was.
        static let refused = Place.allCases.filter { !harmless.contains($0) }
        /// What holds nothing yet, or is only evidence.
        static let harmless: [Place] = [.unusedEnd, .nextSegment, .mark, .lock]

        var testDescription: String { rawValue }

        /// A sample of such places: the files, and offsets in them.
        func offsets(in folder: FolderUnderTest, _ random: inout SplitMix64) throws -> [(String, Int)] {
            let segments = try folder.segments()
            let written = segments.filter { !$0.records.isEmpty }
            guard written.count > 2, let last = written.last else { throw HarnessFailure("too few segments") }
            func pick(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }
            /// A byte of a record of each of a first, a middle and the last segment.
            func inRecords(_ bytes: (SegmentFile, Int, Int) -> Range<Int>) -> [(String, Int)] {
                [written[0], written[written.count / 2], last]
                    .map { segment in
                        let index = pick(0..<segment.records.count - 2)
                        return (segment.path, pick(bytes(segment, segment.records[index], segment.records[index + 1])))
                    }
            }
            switch self {
            case .segmentHeader: return written.prefix(2).map { ($0.path, pick(0..<88)) } + [(last.path, pick(0..<88))]
            case .restOfHeader: return [(written[1].path, pick(88..<4_096)), (last.path, pick(88..<4_096))]
            case .checksum: return inRecords { _, start, _ in start..<start + 4 }
            case .chain: return inRecords { _, start, _ in start + 4..<start + 8 }
            case .unsettled: return inRecords { _, start, _ in start + 8..<start + 12 }
            case .length: return inRecords { _, start, _ in start + 12..<start + 15 }
            case .type: return inRecords { _, start, _ in start + 15..<start + 16 }
            case .payload: return inRecords { _, start, next in start + 16..<next - 8 }
            case .padding:
                // Where payloads end at a multiple of 8 there is none; then this is the payload's end.
                return inRecords { _, _, next in next - 1..<next }
            case .lastRecord: return [(last.path, pick(last.records[last.records.count - 1]..<last.end))]
            case .seal: return written.dropLast().prefix(2).map { ($0.path, pick($0.end - 16..<$0.end)) }
            case .behindSeal: return try Self.behindSeal(written.dropLast(), &random)
            case .description: return try Self.anywhere(folder.folder.data + "/FOLDER", count: 4, &random)
            case .unusedEnd: return [(last.path, pick(last.end..<65_536)), (last.path, 65_535)]
            case .nextSegment: return segments.filter(\.records.isEmpty).map { ($0.path, pick(4_096..<65_536)) }
            case .mark: return try Self.anywhere(folder.folder.data + "/journal-0000/settled", count: 2, &random)
            case .lock: return try Self.anywhere(folder.folder.data + "/LOCK", count: 1, &random)
            }
        }

        /// A sealed segment may be full to its last byte: then there is nothing behind its seal.
        private static func behindSeal(
            _ sealed: ArraySlice<SegmentFile>,
            _ random: inout SplitMix64
        ) throws -> [(String, Int)] {
            sealed.filter { $0.end < 65_536 }.prefix(2)
                .map { ($0.path, Int.random(in: $0.end..<65_536, using: &random)) }
        }

        private static func anywhere(
            _ path: String,
            count: Int,
            _ random: inout SplitMix64
        ) throws -> [(String, Int)] {
            let size = try FileBytes(path).bytes.count
            return (0..<count).map { _ in (path, Int.random(in: 0..<size, using: &random)) }
        }
    }
}

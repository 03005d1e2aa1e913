import Domain
import Journal
import Platform
import Testing

@testable import Keepers

@Suite("The retention of segments")
struct SegmentRetentionTests {
    private static let segmentBytes = 1 << 16

    /// A journal of several segments, a record every 10 ms of journaled time, and its place.
    private func journal(_ folder: TestFolder) throws -> TestJournal {
        let harness = try PartitionHarness(folder, segmentBytes: Self.segmentBytes)
        try harness.create("a", stock: 1_000_000)
        harness.commit()
        var records: [(position: JournalPosition, at: Int64)] = []
        for number in 0..<2_500 {
            let at = 1_000 + Int64(number) * 10
            let outcome = try harness.purchase("a", buyer: "buyer-\(number)", at: at)
            records.append((try TestFailure.unwrap(outcome.change?.position), at))
            if number % 16 == 0 { harness.commit() }
        }
        harness.close()
        let place = JournalPlace(disk: RealDisk(), directory: folder.path, journal: PartitionHarness.id)
        return (records, place, harness.opening.appender.end)
    }

    private typealias TestJournal = (
        records: [(position: JournalPosition, at: Int64)],
        place: JournalPlace<RealDisk>,
        end: JournalPosition
    )

    @Test("segments go oldest first, by the time of their own last record, and only before the limit")
    func byTime() throws {
        let folder = try TestFolder(segmentBytes: Self.segmentBytes)
        let (records, place, end) = try journal(folder)
        let firsts = try place.segments.firsts()
        let sealed = try place.segments.sealedEnd(durable: end)
        #expect(firsts.count >= 4 && sealed > firsts[2])
        let lastOfFirst = try #require(records.last { $0.position < firsts[1] })
        var starts: [JournalPosition] = []
        func step(before: JournalPosition, olderThan: Int64) throws -> Bool {
            try SegmentRetention(place, before: before, olderThan: Instant(millisecondsSinceEpoch: olderThan))
                .step { starts.append($0) }
        }
        // Not as long as its last record is not older, and not when it ends behind the limit.
        #expect(try step(before: sealed, olderThan: lastOfFirst.at) == false)
        #expect(try step(before: JournalPosition(rawValue: firsts[1].rawValue - 8), olderThan: .max) == false)
        #expect(try place.segments.firsts() == firsts && starts == [])
        #expect(try step(before: sealed, olderThan: lastOfFirst.at + 1))
        #expect(try place.segments.firsts() == Array(firsts[1...]) && starts == [firsts[1]])
        while try step(before: sealed, olderThan: .max) {}
        #expect(try place.segments.firsts().first == sealed, "the open one stays")
    }

    @Test("what is kept is read on from a snapshot, and orders of deleted segments are none")
    func readers() throws {
        let folder = try TestFolder(segmentBytes: Self.segmentBytes)
        let (records, place, end) = try journal(folder)
        let reader = JournalReader(
            disk: RealDisk(),
            directory: folder.path,
            journal: PartitionHarness.id,
            following: nil
        )
        var payload: [UInt8] = []
        _ = try reader.read(at: try #require(records.last).position, into: &payload)
        let sealed = try place.segments.sealedEnd(durable: end)
        let build = SnapshotBuild(place, upTo: sealed, clock: SystemClock()) { PartitionHarness.emptyPartition() }
        while try build.step() {}
        let retention = SegmentRetention(place, before: sealed, olderThan: Instant(millisecondsSinceEpoch: .max))
        while try retention.step(willRemove: { _ in }) {}
        for record in records {
            if record.position < sealed {
                #expect(throws: JournalError.noRecord(at: record.position)) {
                    try reader.read(at: record.position, into: &payload)
                }
            } else {
                _ = try reader.read(at: record.position, into: &payload)
            }
        }
        let again = try PartitionHarness(folder, segmentBytes: Self.segmentBytes)
        #expect(again.replayed.first?.position ?? sealed >= sealed)
        #expect(again.keeper("a")?.assumeIsolated { $0.sequence } == 2_501)
    }

    @Test("a damaged segment stays, and says where")
    func damaged() throws {
        let folder = try TestFolder(segmentBytes: Self.segmentBytes)
        let (_, place, end) = try journal(folder)
        let path = "\(folder.path)/0000000000000000.segment"
        let file = try RealDisk().open(path, .readWrite)
        try file.writeFully([0xFF].span, at: 5_000)
        try file.close()
        let sealed = try place.segments.sealedEnd(durable: end)
        let retention = SegmentRetention(place, before: sealed, olderThan: Instant(millisecondsSinceEpoch: .max))
        #expect(throws: JournalError.self) { try retention.step(willRemove: { _ in }) }
        #expect(try place.segments.firsts().first == .start)
    }
}

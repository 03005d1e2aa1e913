import Domain
import Journal
import Loop
import Platform
import Testing

@testable import Keepers

@Suite("Partitions and their snapshots")
struct PartitionSnapshotTests {
    /// So short that keys of the random traffic are forgotten again and again.
    private static let windowMilliseconds: Int64 = 300

    private func emptyPartition() -> Partition {
        PartitionHarness.emptyPartition(keysMax: 1_000, windowMilliseconds: Self.windowMilliseconds)
    }

    private typealias Record = (position: JournalPosition, type: UInt8, payload: [UInt8])

    /// The records that random traffic leaves in `folder`.
    private func records(_ folder: TestFolder, seed: UInt64, count: Int) throws -> [Record] {
        var traffic = RandomTraffic(seed: seed)
        let live = try PartitionHarness(folder, segmentBytes: 1 << 16)
        for round in 0..<count {
            _ = try traffic.step(live)
            if round % 16 == 0 { live.commit() }
        }
        live.close()
        return try PartitionHarness(folder).replayed
    }

    private func replay(_ records: some Sequence<Record>, into partition: Partition) throws {
        for record in records {
            try partition.replay(type: record.type, record.payload.span, start: record.position)
        }
        try partition.finishReplay()
    }

    private func restored(_ body: [UInt8]) throws -> Partition {
        let partition = emptyPartition()
        let source = try MemorySnapshot.source(body: body)
        try partition.read(from: source)
        try source.finish()
        return partition
    }

    @Test(
        "a snapshot at any record and the records behind it give the state that all records give, bit by bit",
        arguments: 1...8 as ClosedRange<UInt64>
    )
    func replayEqualsSnapshot(seed: UInt64) throws {
        let folder = try TestFolder()
        let records = try records(folder, seed: seed, count: 500)
        let whole = emptyPartition()
        try replay(records, into: whole)
        let expected = try MemorySnapshot.body(whole)
        let grown = emptyPartition()
        for boundary in records.indices {
            try replay(records[boundary...boundary], into: grown)
            guard boundary % 19 == 0 || boundary + 3 > records.count else { continue }
            let body = try MemorySnapshot.body(grown)
            let partition = try restored(body)
            #expect(try MemorySnapshot.body(partition) == body, "seed \(seed), boundary \(boundary)")
            #expect(partition.skuCount == grown.skuCount && partition.keyCount == grown.keyCount)
            try replay(records[(boundary + 1)...], into: partition)
            #expect(try MemorySnapshot.body(partition) == expected, "seed \(seed), boundary \(boundary)")
            for keeper in partition.keepers {
                #expect(keeper.assumeIsolated { $0.violatedInvariant() } == nil, "seed \(seed)")
            }
        }
    }

    @Test("no bytes in a snapshot's body make reading it trap", arguments: 1...4 as ClosedRange<UInt64>)
    func hostile(seed: UInt64) throws {
        let folder = try TestFolder()
        let whole = emptyPartition()
        try replay(try records(folder, seed: seed, count: 200), into: whole)
        let body = try MemorySnapshot.body(whole)
        var random = SeededGenerator(seed: seed)
        var refused = 0
        for round in 0..<800 {
            var changed = body
            switch round % 4 {
            case 0: changed[random.below(changed.count)] ^= 1 << UInt8(random.below(8))
            case 1: changed.removeLast(1 + random.below(changed.count))
            case 2:
                let place = random.below(changed.count - 8)
                changed.replaceSubrange(place..<(place + 8), with: [UInt8](repeating: 0xFF, count: 8))
            default: changed = (0..<random.below(400)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            }
            do {
                _ = try restored(changed)
            } catch let error as JournalError {
                refused += 1
                switch error {
                case .damaged, .newerFormat: break
                default: Issue.record("seed \(seed), round \(round): \(error)")
                }
            }
        }
        #expect(refused > 400)
    }

    @Test("a build step by step makes what replay gives, from the beginning or from the snapshot before")
    func build() throws {
        let folder = try TestFolder(segmentBytes: 1 << 16)
        let records = try records(folder, seed: 5, count: 1_500)
        let place = JournalPlace(disk: RealDisk(), directory: folder.path, journal: PartitionHarness.id)
        // The beginning of a segment, and two places in the middle of one.
        let second = JournalPosition(rawValue: 0x10000 - 4_096)
        let limits = [records[10].position, second, records[records.count - 5].position]
        #expect(records.contains { $0.position > second })
        var built: [JournalPosition] = []
        for limit in limits.sorted() {
            let build = SnapshotBuild(place, upTo: limit, clock: SystemClock()) { [self] in emptyPartition() }
            var steps = 1
            while try build.step() { steps += 1 }
            let result = try #require(build.result)
            #expect(result.position == limit && result.bytes > 0 && result.flaws == [] && steps >= 3)
            let before = built.last ?? .start
            #expect(result.records == UInt64(records.count { $0.position >= before && $0.position < limit }))
            built.append(limit)
            let expected = emptyPartition()
            try replay(records.filter { $0.position < limit }, into: expected)
            let restored = try place.snapshots.restoreNewest { (source) throws(JournalError) in
                let partition = emptyPartition()
                try partition.read(from: source)
                return partition
            }
            let partition = try #require(restored.state)
            #expect(restored.start.position == limit)
            #expect(try MemorySnapshot.body(partition) == MemorySnapshot.body(expected))
            #expect(result.oldestRemembered == expected.oldestRemembered)
            #expect(result.latest == expected.latest)
        }
        let last = limits.max() ?? .start
        let again = SnapshotBuild(place, upTo: last, clock: SystemClock()) { [self] in emptyPartition() }
        #expect(try again.step() == false)
        #expect(again.result?.bytes == 0)
    }

    @Test("a build that is told to stop leaves no file behind")
    func stopped() throws {
        let folder = try TestFolder()
        let records = try records(folder, seed: 6, count: 300)
        let place = JournalPlace(disk: RealDisk(), directory: folder.path, journal: PartitionHarness.id)
        let names = try place.disk.list(folder.path).sorted()
        let limit = try #require(records.last).position
        let stop: JournalPace = { (_) throws(JournalError) in throw .stopped }
        let build = SnapshotBuild(place, upTo: limit, clock: SystemClock(), pace: stop) { [self] in emptyPartition() }
        #expect(throws: JournalError.stopped) { while try build.step() {} }
        #expect(try place.disk.list(folder.path).sorted() == names)
    }
}

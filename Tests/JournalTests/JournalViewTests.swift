import Platform
import Synchronization
import Testing

@testable import Journal

extension JournalView {
    /// All records, and how the reading ends.
    func all(from: JournalPosition = .start) throws(JournalError) -> (records: [TestRecord], ending: JournalEnding) {
        var records: [TestRecord] = []
        let ending = try read(from: from) { (position, type, payload) throws(JournalError) in
            records.append(TestRecord(position: position, type: type, payload: payload.array))
        }
        return (records, ending)
    }

    /// Checks every segment.
    func checkAll() throws(JournalError) -> JournalCheck {
        var checks: [SegmentCheck] = []
        for index in 0..<segmentCount { checks.append(try check(segment: index) { (_, _, _) in }) }
        return join(checks)
    }
}

@Suite("A journal that is only read")
struct JournalViewTests {
    private func view<D: Disk>(_ disk: D) throws(JournalError) -> JournalView<D> {
        try JournalView(disk: disk, directory: JournalHarness.directory, journal: JournalHarness.id)
    }

    /// A journal over several segments, written in batches.
    private func written(_ count: Int = 30) throws -> JournalHarness {
        let harness = try JournalHarness()
        for number in 0..<count {
            harness.append(bytes: number * 7 % 60)
            if number % 3 == 2 { harness.commit() }
        }
        harness.commit()
        return harness
    }

    @Test("every record is read, in order, and the journal is sound; nothing is changed")
    func sound() throws {
        let harness = try written()
        let before = harness.disk.snapshot
        let (records, ending) = try view(harness.disk).all()
        #expect(records == harness.records)
        #expect(ending == .end(harness.durable, tornBytes: 0))
        let check = try view(harness.disk).checkAll()
        #expect(check.damage.isEmpty)
        #expect(check.ending == ending)
        #expect(check.records == UInt64(harness.records.count))
        #expect(harness.disk.snapshot.operations == before.operations)
        #expect(harness.segmentPaths.count > 4)
    }

    @Test("reading begins at a position, and ends where the reader has had enough")
    func parts() throws {
        let harness = try written()
        for (index, record) in harness.records.enumerated() {
            #expect(try view(harness.disk).all(from: record.position).records == Array(harness.records[index...]))
            var taken: [TestRecord] = []
            let ending = try view(harness.disk)
                .read { (position, type, payload) throws(JournalError) in
                    guard position < record.position else { throw .stopped }
                    taken.append(TestRecord(position: position, type: type, payload: payload.array))
                }
            #expect(taken == Array(harness.records[..<index]))
            #expect(ending == .stopped)
        }
    }

    @Test("a verdict on any flipped byte is the one that a start comes to", arguments: [true, false])
    func flips(isSettled: Bool) throws {
        let harness = try written(14)
        if isSettled { harness.writer.settle() }
        let sound = harness.disk.afterKill()
        var damaged = 0
        for path in harness.segmentPaths {
            for offset in 0..<(sound.content(path)?.count ?? 0) where offset >= 4_096 || offset % 64 < 8 {
                let disk = sound.afterKill()
                disk.corrupt(path) { $0[offset] ^= 0x20 }
                let isSound = (try? view(disk).checkAll().damage.isEmpty) ?? false
                let isReadable = (try? view(disk).all()) != nil
                let isStarting = (try? JournalHarness(disk)) != nil
                #expect(isSound == isStarting && isReadable == isStarting, "\(path) \(offset)")
                if !isStarting { damaged += 1 }
            }
        }
        #expect(damaged > 1_000)
    }

    @Test("damage is named by file and offset, and what stands before it is read")
    func damage() throws {
        let harness = try written()
        let hit = harness.records[harness.records.count / 2]
        let place = try #require(try view(harness.disk).entries.last { $0.header.first <= hit.position.rawValue })
        let disk = harness.disk.afterKill()
        disk.corrupt(place.path) { $0[Int(place.offset(hit.position.rawValue)) + 5] ^= 1 }
        let check = try view(disk).checkAll()
        guard case .damaged(let file, let offset, _)? = check.damage.first else {
            Issue.record("\(check)")
            return
        }
        #expect(check.damage.count == 1)
        #expect(file == place.path)
        #expect(offset == place.offset(hit.position.rawValue))
        var records: [TestRecord] = []
        #expect(throws: check.damage[0]) {
            try view(disk)
                .read { (position, type, payload) throws(JournalError) in
                    records.append(TestRecord(position: position, type: type, payload: payload.array))
                }
        }
        #expect(records == Array(harness.records[..<(harness.records.count / 2)]))
    }

    @Test("every damaged segment is named, not only the first")
    func severalPlaces() throws {
        let harness = try written()
        let disk = harness.disk.afterKill()
        let paths = harness.segmentPaths
        for path in [paths[1], paths[3]] { disk.corrupt(path) { $0[4_100] ^= 1 } }
        #expect(try view(disk).checkAll().damage.count == 2)
    }

    @Test("segments of two histories of one journal do not pass for one")
    func link() throws {
        let harness = try written(12)
        let other = try JournalHarness()
        for number in 0..<12 {
            other.append(bytes: number * 7 % 60, type: 9)
            other.commit()
        }
        let disk = harness.disk.afterKill()
        let second = harness.segmentPaths[1]
        let bytes = try #require(other.disk.content(second))
        disk.corrupt(second) { $0 = bytes }
        #expect(try !view(disk).checkAll().damage.isEmpty)
    }

    @Test("what a crash has torn off is counted and is no damage")
    func torn() throws {
        let harness = try written()
        let disk = harness.disk.afterKill()
        let path = try #require(harness.segmentPaths.last { disk.content($0)?[4_096...].contains { $0 != 0 } == true })
        let entry = try #require(try view(disk).entries.first { $0.path == path })
        disk.corrupt(path) { $0[Int(entry.offset(harness.durable.rawValue)) + 2] = 7 }
        let check = try view(disk).checkAll()
        #expect(check.damage.isEmpty)
        #expect(check.ending == .end(harness.durable, tornBytes: 8))
    }

    @Test(
        "a journal that goes on while it is read is never damaged, and no durable record is missed",
        arguments: 1...40
    )
    func live(seed: UInt64) throws {
        // Large enough that the end is mostly in the middle of a segment.
        let limits = JournalLimits(segmentBytes: JournalFormat.headerBytes + 1_024, stagingBytes: 4_096)
        let harness = try JournalHarness(limits: limits)
        let live = LiveWriter(harness, seed: seed)
        live.write(30)
        let disk = InterruptedDisk(disk: harness.disk, interrupt: live.burst, readBytesMax: 4_096)
        for _ in 0..<4 {
            let before = live.durable
            let (records, ending) = try view(disk).all()
            let end = try #require(ending.position)
            let known = live.durable.filter { $0.position < end }
            #expect(Array(records.prefix(before.count)) == before)
            #expect(known.starts(with: records.prefix(known.count)))
            let check = try view(disk).checkAll()
            #expect(check.damage.isEmpty, "seed \(seed): \(check.damage)")
            #expect(check.records >= UInt64(before.count))
        }
    }
}

/// Writes to a journal in small random steps: records, batches, marks.
final class LiveWriter: Sendable {
    // SAFETY: the tests that share it run on one thread.
    nonisolated(unsafe) private let harness: JournalHarness
    private let random: Mutex<SplitMix64>
    private let left: Mutex<Int>

    init(_ harness: JournalHarness, seed: UInt64, steps: Int = 1_500) {
        unsafe self.harness = harness
        random = Mutex(SplitMix64(seed: seed))
        left = Mutex(steps)
    }

    /// All records that are durable.
    var durable: [TestRecord] {
        unsafe harness.records.filter { unsafe $0.position < harness.durable }
    }

    /// Often nothing, now and then a few steps at once: the reader gets to the end while the writer goes on.
    func burst() {
        if random.withLock({ $0.next() }) % 5 == 0 { write(9) }
    }

    func write(_ steps: Int) {
        for _ in 0..<steps {
            let isLeft = left.withLock { left in
                left -= 1
                return left >= 0
            }
            guard isLeft else { return }
            let choice = random.withLock { $0.next() }
            switch choice % 8 {
            case 0...4: unsafe harness.append(bytes: Int(choice >> 8 % 60))
            case 5, 6: unsafe harness.commit()
            default: unsafe harness.writer.settle()
            }
        }
    }
}

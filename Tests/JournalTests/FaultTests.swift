import Glibc
import Platform
import Synchronization
import Testing

@testable import Journal

@Suite("Faults")
struct FaultTests {
    /// Fails every operation of `kind` on segments from now on.
    private func fail(_ disk: SimulatedDisk, _ kind: SimulatedDisk.Operation.Kind, _ fault: SimulatedDisk.Fault) {
        disk.onOperation { _, operation in
            operation.kind == kind && operation.path.contains(SegmentName.suffix) ? fault : nil
        }
    }

    @Test("a failed write or sync poisons for good", arguments: [SimulatedDisk.Operation.Kind.sync, .write])
    func poison(kind: SimulatedDisk.Operation.Kind) throws {
        let journal = try JournalHarness()
        journal.append(bytes: 20)
        journal.commit()
        let acknowledged = journal.durable
        fail(journal.disk, kind, .fails(EIO))
        journal.append(bytes: 20)
        journal.commit()
        #expect(journal.appender.fault == .poisoned(EIO))
        #expect(journal.durable == acknowledged)
        #expect(journal.appender.append(type: 1, payload: [1].span) == nil)
        // The disk is fine again, but nobody tries.
        journal.disk.onOperation(nil)
        let operations = journal.disk.snapshot.operations
        journal.commit()
        journal.writer.settle()
        journal.writer.finish()
        #expect(journal.durable == acknowledged)
        #expect(journal.disk.snapshot.operations == operations)
    }

    @Test("what the kernel forgot after a failed sync is written again before it is acknowledged")
    func forgotten() throws {
        let journal = try JournalHarness()
        journal.append(bytes: 20)
        journal.commit()
        fail(journal.disk, .sync, .failsAndForgets)
        journal.append(bytes: 30)
        journal.commit()
        #expect(journal.appender.fault == .poisoned(EIO))
        let again = try JournalHarness(journal.disk.afterKill())
        #expect(again.records == journal.records, "the page cache still has the batch")
        again.append(bytes: 40)
        again.commit()
        let afterCut = try JournalHarness(SimulatedDisk(again.disk.durableState))
        #expect(afterCut.records == again.records)
    }

    @Test("a full disk stops the journal as full; with room it goes on after a restart")
    func full() throws {
        let journal = try JournalHarness()
        journal.append(bytes: 150)
        journal.commit()
        journal.disk.state.withLock { $0.bytesMax = $0.bytesUsed + 100 }
        #expect(throws: SystemError.self) { try journal.opening.preparer.prepare() }
        journal.append(bytes: 150)
        journal.commit()
        #expect(journal.appender.fault == .full)
        #expect(journal.appender.append(type: 1, payload: [1].span) == nil)
        #expect(try JournalHarness(journal.disk.afterKill()).records.count == 1, "it opens on a full disk")
        let roomy = journal.disk.afterKill()
        roomy.state.withLock { $0.bytesMax = .max }
        let again = try JournalHarness(roomy)
        again.append(bytes: 150)
        again.commit()
        #expect(again.appender.fault == nil)
        #expect(try JournalHarness(again.disk.afterKill()).records.count == 2)
    }

    @Test("short writes are gone on with", arguments: [1, 7, 100])
    func short(bytes: Int) throws {
        let journal = try JournalHarness()
        journal.disk.onOperation { _, operation in operation.kind == .write ? .short(bytes) : nil }
        for size in [100, 200, 50] { journal.append(bytes: size) }
        journal.commit()
        #expect(journal.durable == journal.appender.end)
        #expect(journal.appender.counters.writes.value > journal.appender.counters.syncs.value)
        #expect(try JournalHarness(SimulatedDisk(journal.disk.durableState)).records == journal.records)
    }

    @Test("a writer whose next segment another has made stops as fenced, and overwrites nothing")
    func fenced() throws {
        let journal = try JournalHarness()
        journal.append(bytes: 150)
        journal.commit()
        let path = JournalHarness.path(first: 256)
        let other = try journal.disk.open(path, .create)
        try other.writeFully([1, 2, 3].span, at: 0)
        journal.append(bytes: 150)
        journal.commit()
        #expect(journal.appender.fault == .fenced)
        #expect(journal.disk.content(path) == [1, 2, 3])
    }

    /// Rung 2: the process dies, or the disk does, at each operation of a run with everything in it.
    @Test("whatever operation is the last one that works, nothing acknowledged is lost", arguments: [false, true])
    func everyOperation(powerCut: Bool) throws {
        var last = 0
        while true {
            last += 1
            let journal = try JournalHarness()
            let lastNumber = journal.disk.snapshot.operations + last
            journal.disk.onOperation { number, _ in number > lastNumber ? .fails(EIO) : nil }
            for round in 0..<4 {
                journal.append(bytes: 30 + 40 * round)
                journal.append(bytes: 10)
                journal.commit()
                _ = try? journal.opening.preparer.prepare()
                journal.writer.settle()
            }
            let disk = powerCut ? SimulatedDisk(journal.disk.durableState) : journal.disk.afterKill()
            let again = try JournalHarness(disk)
            #expect(journal.records.starts(with: again.records), "operation \(last)")
            #expect(again.appender.end >= journal.durable, "operation \(last)")
            if journal.appender.fault == nil { break }
        }
        #expect(last > 20)
    }

    /// The same for the recovery itself: it may die at each of its operations, and the next one finds the same.
    @Test("a recovery that dies at any operation is repeated with the same outcome")
    func everyOperationOfRecovery() throws {
        let journal = try JournalHarness()
        for bytes in [60, 100, 100, 100] { journal.append(bytes: bytes) }
        journal.commit()
        let torn = journal.disk.afterKill()
        torn.corrupt(JournalHarness.path(first: 0)) { bytes in
            for index in (JournalFormat.headerBytes + 100)..<(JournalFormat.headerBytes + 140) { bytes[index] = 0 }
        }
        let expected = Array(journal.records.prefix(1))
        var last = 0
        var done = false
        while !done {
            last += 1
            let disk = torn.afterKill()
            let lastNumber = disk.snapshot.operations + last
            disk.onOperation { number, _ in number > lastNumber ? .fails(EIO) : nil }
            done = (try? JournalHarness(disk)) != nil
            for left in [disk.afterKill(), SimulatedDisk(disk.durableState)] {
                #expect(try JournalHarness(left).records == expected, "operation \(last)")
            }
        }
        #expect(last > 5)
    }
}

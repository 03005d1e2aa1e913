import Platform
import Testing

@testable import Journal

@Suite("Appending")
struct AppendTests {
    @Test("a record is durable once the writer has synced it, and not before")
    func durability() throws {
        let journal = try JournalHarness()
        let position = try #require(journal.append(bytes: 10))
        #expect(position == .start)
        #expect(journal.appender.end.rawValue == 32)
        #expect(journal.writer.step() == false, "nothing is published yet")
        journal.appender.publish()
        #expect(journal.durable == .start)
        #expect(journal.writer.step())
        #expect(journal.durable == journal.appender.end)
    }

    @Test("what was appended is replayed in order, with its type and bytes, over many segments")
    func replay() throws {
        let journal = try JournalHarness()
        for size in 0..<200 {
            #expect(journal.append(bytes: size) != nil)
            if size % 7 == 0 { journal.commit() }
        }
        journal.commit()
        #expect(journal.segmentPaths.count > 20)
        let again = try JournalHarness(journal.disk.afterKill())
        #expect(again.records == journal.records)
        #expect(again.appender.end == journal.appender.end)
        #expect(again.opening.report.records == 200)
        #expect(again.opening.report.tornBytes == 0)
    }

    @Test("a journal ends before a position that records cannot name")
    func positionsEnd() throws {
        let capacity = UInt64(tinyLimits.segmentCapacity)
        let start = JournalLimits.positionsMax - capacity
        let id = JournalID(low: 1, high: 2)
        let tail = JournalTail(end: start, chain: 0, segmentEnd: JournalLimits.positionsMax)
        let staging = try Staging(capacity: tinyLimits.stagingBytes, start: start, segments: JournalGauge(1))
        let appender = JournalAppender(staging: staging, journal: id, tail: tail, limits: tinyLimits)
        var positions: [UInt64] = []
        while let position = appender.append(type: 1, payload: Span()) { positions.append(position.rawValue) }
        #expect(positions.first == start && UInt64(positions.count) == capacity / 16 - 1)
        #expect(appender.end.rawValue == JournalLimits.positionsMax - 16)
    }

    @Test("one batch costs one write and one sync, however many records it has")
    func batch() throws {
        let journal = try JournalHarness(limits: JournalLimits(segmentBytes: 1 << 16, stagingBytes: 1 << 15))
        for _ in 0..<100 { journal.append(bytes: 50) }
        journal.commit()
        let counters = journal.appender.counters
        #expect(counters.records.value == 100)
        #expect(counters.batches.value == 1)
        #expect(counters.writes.value == 1)
        #expect(counters.syncs.value == 1)
        #expect(counters.bytes.value == journal.appender.end.rawValue)
        #expect(counters.batchRecords.sum == 100)
        #expect(counters.batchRecords.count(7) == 1, "65 to 128 records")
        #expect(counters.batchBytes.sum == counters.bytes.value)
    }

    @Test("a full staging refuses and counts, and takes records again once it is durable")
    func full() throws {
        let journal = try JournalHarness()
        while journal.append(bytes: 100) != nil {}
        #expect(journal.appender.counters.stagingFull.value == 1)
        #expect(journal.appender.fault == nil)
        #expect(journal.appender.end.rawValue <= 4_096)
        journal.commit()
        #expect(journal.append(bytes: 100) != nil)
        journal.commit()
        #expect(try JournalHarness(journal.disk.afterKill()).records == journal.records)
    }

    @Test("the largest payload that the limits allow fits an empty staging wherever the segment stands")
    func largest() throws {
        let journal = try JournalHarness()
        for size in [0, 1, 100, 200] {
            journal.append(bytes: size)
            journal.commit()
            #expect(journal.append(bytes: tinyLimits.payloadBytesLimit) != nil)
            journal.commit()
        }
        #expect(try JournalHarness(journal.disk.afterKill()).records == journal.records)
    }

    @Test("the staging wraps without losing a byte", arguments: [1, 2, 3] as [UInt64])
    func wrap(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let journal = try JournalHarness(limits: JournalLimits(segmentBytes: 1 << 15, stagingBytes: 4_096))
        for _ in 0..<2_000 {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: journal.appender.publish()
            case 1: journal.writer.step()
            default: journal.append(bytes: Int.random(in: 0...300, using: &random))
            }
        }
        journal.commit()
        #expect(journal.appender.counters.bytes.value > 40 * 4_096, "seed \(seed)")
        #expect(try JournalHarness(journal.disk.afterKill()).records == journal.records, "seed \(seed)")
    }

    @Test("a segment that was prepared is taken; one that was not is made by the writer")
    func prepared() throws {
        let journal = try JournalHarness()
        #expect(try journal.opening.preparer.prepare())
        #expect(try journal.opening.preparer.prepare() == false)
        for _ in 0..<8 { journal.append(bytes: 60) }
        journal.commit()
        #expect(journal.appender.counters.segmentsReady.value == 1)
        #expect(journal.appender.counters.segmentsLate.value == 1)
        #expect(journal.appender.counters.segments.value == journal.segmentPaths.count)
    }

    @Test("progress is reported after each batch, when it is visible already")
    func progress() throws {
        let disk = try JournalHarness.emptyDisk()
        let seen = Recorder<UInt64>()
        let appender = Recorder<JournalAppender>()
        let opening = try Journal.open(
            disk: disk,
            directory: JournalHarness.directory,
            journal: JournalHarness.id,
            limits: tinyLimits,
            onProgress: { seen.add(appender.values.first?.durable.rawValue ?? 0) },
            replay: { (_, _, _) throws(JournalError) in }
        )
        appender.add(opening.appender)
        for _ in 0..<3 {
            _ = opening.appender.append(type: 1, payload: [1, 2, 3].span)
            opening.appender.publish()
            opening.writer.step()
        }
        #expect(seen.values == [24, 48, 72])
    }

    @Test("each opening has an epoch of its own, higher than all before")
    func epochs() throws {
        var disk = try JournalHarness.emptyDisk()
        for epoch in 1...3 as ClosedRange<UInt64> {
            let journal = try JournalHarness(disk)
            #expect(journal.writer.epoch.rawValue == epoch)
            disk = journal.disk.afterKill()
        }
    }
}

import Platform
import Testing

@testable import Journal

@Suite("Recovery")
struct RecoveryTests {
    /// Three batches over several segments, all acknowledged; settled if told so.
    private func journal(settled: Bool) throws -> JournalHarness {
        let journal = try JournalHarness()
        for batch in [[20, 60], [90, 0, 40], [100, 30, 8]] {
            for bytes in batch { journal.append(bytes: bytes) }
            journal.commit()
        }
        if settled { journal.writer.settle() }
        return journal
    }

    private func outcome(_ disk: SimulatedDisk) -> Result<JournalHarness, JournalError> {
        do {
            return .success(try JournalHarness(disk))
        } catch {
            return .failure(error)
        }
    }

    private func isDamaged(_ disk: SimulatedDisk, file: String) -> Bool {
        if case .failure(.damaged(file, _, _)) = outcome(disk) { true } else { false }
    }

    @Test("a journal that ends at any byte keeps the whole records before it, and reports the rest")
    func everyCut() throws {
        let limits = JournalLimits(segmentBytes: JournalFormat.headerBytes + 1_024, stagingBytes: 4_096)
        let journal = try JournalHarness(limits: limits)
        for bytes in [20, 0, 64, 7, 100] { journal.append(bytes: bytes) }
        journal.commit()
        let ends = journal.records.dropFirst().map(\.position.rawValue) + [journal.appender.end.rawValue]
        let path = JournalHarness.path(first: 0)
        let whole = try #require(journal.disk.content(path))
        for cut in 0...Int(journal.appender.end.rawValue) {
            for truncates in [false, true] {
                let disk = journal.disk.afterKill()
                disk.corrupt(path) { bytes in
                    bytes.removeLast(bytes.count - JournalFormat.headerBytes - cut)
                    if !truncates { bytes += [UInt8](repeating: 0, count: whole.count - bytes.count) }
                }
                let again = try JournalHarness(disk, limits: limits)
                #expect(journal.records.starts(with: again.records))
                let kept = again.appender.end.rawValue
                #expect(again.records.count >= ends.count { $0 <= UInt64(cut) }, "cut at \(cut)")
                // A record may lack zeros at its end and be whole all the same.
                #expect(kept < UInt64(cut) + 8 && kept + again.opening.report.tornBytes < UInt64(cut) + 8)
                #expect(disk.content(path)?.count == whole.count, "the file has its size again")
                #expect(
                    disk.content(path)?.dropFirst(JournalFormat.headerBytes + Int(kept)).allSatisfy { $0 == 0 } == true
                )
                let third = try JournalHarness(disk.afterKill(), limits: limits)
                #expect(third.records == again.records && third.opening.report.tornBytes == 0)
            }
        }
    }

    @Test("a torn tail is cut on the disk for good before the journal is open")
    func cutIsDurable() throws {
        let journal = try JournalHarness()
        for bytes in [60, 100, 100, 100] { journal.append(bytes: bytes) }
        journal.commit()
        let disk = journal.disk.afterKill()
        let path = JournalHarness.path(first: 0)
        disk.corrupt(path) { $0[JournalFormat.headerBytes + 100] = 0 }
        let again = try JournalHarness(disk)
        #expect(again.records == Array(journal.records.prefix(1)))
        let afterCut = SimulatedDisk(disk.durableState)
        let behind = JournalFormat.headerBytes + Int(again.appender.end.rawValue)
        #expect(afterCut.content(path)?.dropFirst(behind).allSatisfy { $0 == 0 } == true)
        #expect(afterCut.content(journal.segmentPaths[1]) == nil, "the segment with the rest of the batch is gone")
    }

    @Test("once it is settled, a journal that ends at any earlier byte is refused")
    func everyCutOfSettled() throws {
        let journal = try journal(settled: true)
        let path = try #require(journal.segmentPaths.last)
        let end = Int(journal.appender.end.rawValue % 256)
        #expect(end > 0)
        let written = try #require(journal.disk.content(path))
        for cut in 0..<end where written[(JournalFormat.headerBytes + cut)...].contains(where: { $0 != 0 }) {
            let disk = journal.disk.afterKill()
            disk.corrupt(path) { bytes in
                for index in (JournalFormat.headerBytes + cut)..<bytes.count { bytes[index] = 0 }
            }
            let before = disk.snapshot.names.keys.sorted()
            #expect(isDamaged(disk, file: path), "cut at \(cut)")
            #expect(disk.snapshot.names.keys.sorted() == before, "nothing is changed")
        }
    }

    @Test(
        "a flipped byte anywhere in a settled journal is refused, or is behind its end and reported",
        arguments: [0x01, 0x80, 0xFF] as [UInt8]
    )
    func flipsInSettled(mask: UInt8) throws {
        let journal = try journal(settled: true)
        for path in journal.segmentPaths {
            let size = try #require(journal.disk.content(path)).count
            for index in Array(stride(from: 0, to: 4_096, by: 37)) + Array(4_096..<size) {
                let disk = journal.disk.afterKill()
                disk.corrupt(path) { $0[index] ^= mask }
                switch outcome(disk) {
                case .failure(.damaged(let file, _, _)): #expect(file == path)
                case .failure: #expect(index < JournalFormat.headerBytes)
                case .success(let again):
                    #expect(again.records == journal.records)
                    #expect(again.opening.report.tornBytes > 0, "byte \(index) of \(path) is not noticed")
                }
            }
        }
    }

    @Test("a flipped byte in a batch that a later batch proves is refused without a settled mark")
    func flipsProvenByRecords() throws {
        let journal = try journal(settled: false)
        let lastBatch = try #require(journal.records.dropLast(2).last?.position.rawValue)
        for path in journal.segmentPaths {
            let first = try #require(SegmentName.first(String(path.dropFirst(JournalHarness.directory.count + 1))))
            for place in first..<(first + 256) where place < lastBatch {
                let disk = journal.disk.afterKill()
                disk.corrupt(path) { $0[JournalFormat.headerBytes + Int(place - first)] ^= 0x20 }
                #expect(isDamaged(disk, file: path), "position \(place)")
            }
        }
    }

    @Test("a flipped byte in the last batch is never silent: it is refused, or cut and reported")
    func flipsInUnprovenTail() throws {
        let journal = try journal(settled: false)
        for path in journal.segmentPaths {
            for index in JournalFormat.headerBytes..<(JournalFormat.headerBytes + 256) {
                let disk = journal.disk.afterKill()
                disk.corrupt(path) { $0[index] ^= 0x04 }
                guard case .success(let again) = outcome(disk) else { continue }
                #expect(journal.records.starts(with: again.records))
                #expect(again.opening.report.tornBytes > 0)
            }
        }
    }

    @Test("a segment that is missing is damage, wherever it was")
    func missing() throws {
        let journal = try journal(settled: false)
        let paths = journal.segmentPaths
        #expect(paths.count >= 3)
        for path in paths {
            let disk = journal.disk.afterKill()
            try disk.unlink(path)
            let missing: JournalError = .damaged(file: path, offset: 0, reason: "the segment is missing")
            guard case .failure(missing) = outcome(disk) else {
                Issue.record("\(path) is not missed")
                continue
            }
        }
    }

    @Test("segments that changed places, or come from another journal, are refused")
    func misplaced() throws {
        let journal = try journal(settled: false)
        let paths = journal.segmentPaths
        let swapped = journal.disk.afterKill()
        let other = try #require(swapped.content(paths[1]))
        swapped.corrupt(paths[0]) { $0 = other }
        #expect(isDamaged(swapped, file: paths[0]))
        let foreign = journal.disk.afterKill()
        foreign.corrupt(paths[0]) { bytes in
            let header = SegmentHeader(
                journal: JournalID(low: 1, high: 1),
                first: 0,
                capacity: 256,
                epoch: WriterEpoch(rawValue: 0)
            )
            bytes.replaceSubrange(..<JournalFormat.headerBytes, with: header.encoded)
        }
        guard case .failure(.foreign(paths[0])) = outcome(foreign) else {
            Issue.record("a foreign segment passes")
            return
        }
    }

    @Test("an older content of a segment under its name is refused: its records lack what later ones prove")
    func stale() throws {
        let journal = try JournalHarness()
        journal.append(bytes: 50)
        journal.commit()
        let path = JournalHarness.path(first: 0)
        let old = try #require(journal.disk.content(path))
        journal.append(bytes: 50)
        journal.commit()
        journal.append(bytes: 200)
        journal.commit()
        let disk = journal.disk.afterKill()
        disk.corrupt(path) { $0 = old }
        #expect(isDamaged(disk, file: path))
    }

    @Test("a segment of another life of the same journal breaks the chain and is refused")
    func otherLife() throws {
        func live(_ type: UInt8) throws -> JournalHarness {
            let journal = try JournalHarness()
            for _ in 0..<6 {
                journal.append(bytes: 100, type: type)
                journal.commit()
            }
            return journal
        }
        let journal = try live(1)
        let path = journal.segmentPaths[1]
        let other = try #require(live(2).disk.content(path))
        let disk = journal.disk.afterKill()
        disk.corrupt(path) { $0 = other }
        guard case .failure(.damaged(path, 4_096, let reason)) = outcome(disk) else {
            Issue.record("it passes")
            return
        }
        #expect(reason.hasPrefix("the record does not follow the one before it"))
    }

    @Test(
        "a later or an earlier format is refused with a message that names its writer",
        arguments: [99, 0] as [UInt32]
    )
    func otherFormat(format: UInt32) throws {
        let journal = try journal(settled: false)
        let path = JournalHarness.path(first: 0)
        journal.disk.corrupt(path) { bytes in
            bytes.replace(at: 12, littleEndian: format)
            bytes.replaceSubrange(56..<71, with: Array("stockkeeper 9.9".utf8))
            let covered = Array(bytes[12..<JournalFormat.headerBytes])
            bytes.replace(at: 8, littleEndian: CRC32C.checksum(covered.span))
        }
        let error = #expect(throws: JournalError.self) { try JournalHarness(journal.disk.afterKill()) }
        let age = format == 0 ? "an earlier" : "a later"
        let text = "\(path) has format \(format), written by stockkeeper 9.9: \(age) one than this build reads"
        #expect(error?.description == text)
    }

    @Test("a mark that is torn or gone is no obstacle; both slots are used in turn")
    func marks() throws {
        let journal = try journal(settled: true)
        for slot in [0, SettledSlot.strideBytes] {
            let disk = journal.disk.afterKill()
            disk.corrupt(JournalHarness.markPath) { $0[slot + 40] ^= 1 }
            #expect(try JournalHarness(disk).records == journal.records)
        }
        let gone = journal.disk.afterKill()
        try gone.unlink(JournalHarness.markPath)
        #expect(try JournalHarness(gone).records == journal.records)
        #expect(gone.content(JournalHarness.markPath) != nil, "it is made again")
    }

    @Test("a replay from a snapshot hands over what follows it, and needs no segment before")
    func fromSnapshot() throws {
        let journal = try journal(settled: true)
        for record in journal.records {
            let again = try JournalHarness(journal.disk.afterKill(), from: journal.start(at: record.position))
            #expect(again.records == journal.records.filter { $0.position >= record.position })
            #expect(again.appender.end == journal.appender.end)
        }
        let trimmed = journal.disk.afterKill()
        try trimmed.unlink(journal.segmentPaths[0])
        let last = try #require(journal.records.last)
        let start = try journal.start(at: last.position)
        let again = try JournalHarness(trimmed, from: start)
        #expect(again.records == [last])
        again.append(bytes: 40)
        again.commit()
        #expect(try JournalHarness(again.disk.afterKill(), from: start).records == again.records)
    }

    @Test("a snapshot that is ahead of the journal is refused")
    func aheadSnapshot() throws {
        let journal = try journal(settled: false)
        let ahead = JournalPosition(rawValue: journal.appender.end.rawValue + 8)
        #expect(throws: JournalError.self) {
            try JournalHarness(journal.disk.afterKill(), from: JournalStart(position: ahead, chain: 0))
        }
        let end = try journal.start(at: journal.appender.end)
        #expect(try JournalHarness(journal.disk.afterKill(), from: end).records == [])
    }

    @Test("a record that does not follow the snapshot is not replayed")
    func foreignChain() throws {
        let journal = try journal(settled: true)
        let last = try #require(journal.records.last)
        let start = JournalStart(position: last.position, chain: 12_345)
        #expect(throws: JournalError.self) { try JournalHarness(journal.disk.afterKill(), from: start) }
    }

    @Test("what the replay does not accept ends the opening, and changes nothing")
    func refusal() throws {
        let journal = try journal(settled: false)
        let disk = journal.disk.afterKill()
        let refused = JournalError.refused(at: journal.records[2].position, reason: "no such SKU")
        #expect(throws: refused) {
            _ = try Journal.open(disk: disk, directory: JournalHarness.directory, journal: JournalHarness.id) {
                (position, _, _) throws(JournalError) in
                if position == journal.records[2].position { throw refused }
            }
        }
        #expect(disk.snapshot.operations == journal.disk.snapshot.operations)
    }

    @Test("other sizes may be configured at any start")
    func otherSizes() throws {
        var journal = try journal(settled: false)
        for bytes in [304, 1_000, 256, 4_000] {
            let limits = JournalLimits(segmentBytes: JournalFormat.headerBytes + bytes, stagingBytes: 8_192)
            let before = journal.records
            journal = try JournalHarness(journal.disk.afterKill(), limits: limits)
            #expect(journal.records == before)
            try journal.opening.preparer.prepare()
            for size in 0..<30 { journal.append(bytes: size * 7) }
            journal.commit()
        }
        #expect(try JournalHarness(journal.disk.afterKill()).records == journal.records)
    }
}

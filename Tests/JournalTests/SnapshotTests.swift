import Platform
import Testing

@testable import Journal

/// A journal with two snapshots worth of records, and a body for each snapshot.
struct SnapshotHarness {
    static let header = SnapshotHeader(
        journal: JournalHarness.id,
        start: JournalStart(position: JournalPosition(rawValue: 64), chain: 7),
        createdMilliseconds: 1_234
    )

    static func snapshots(_ disk: SimulatedDisk) -> JournalSnapshots<SimulatedDisk> {
        JournalSnapshots(disk: disk, directory: JournalHarness.directory, journal: JournalHarness.id)
    }

    static func body(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 13 &+ $0 >> 8) } }

    @discardableResult
    static func write(_ disk: SimulatedDisk, at position: UInt64, body: [UInt8]) throws(JournalError) -> UInt64 {
        let start = JournalStart(position: JournalPosition(rawValue: position), chain: UInt32(position))
        return try snapshots(disk)
            .write(at: start, createdMilliseconds: 5) { (sink) throws(JournalError) in
                // In pieces that fit nothing.
                var rest = body.span
                while !rest.isEmpty {
                    let count = min(rest.count, 1_001)
                    try sink.put(rest.extracting(first: count))
                    rest = rest.extracting(droppingFirst: count)
                }
            }
    }

    /// All that a source hands out up to `count` bytes and its end.
    static func read(_ source: SnapshotSource, _ count: Int, into bytes: inout [UInt8]) throws(JournalError) {
        while bytes.count < count { bytes += try source.takeBytes(min(997, count - bytes.count)) }
        try source.finish()
    }

    /// The bodies that `restoreNewest` chooses from have their position for size.
    static func restore(_ disk: SimulatedDisk) throws(JournalError) -> SnapshotRestoration<[UInt8]> {
        try snapshots(disk)
            .restoreNewest { (source) throws(JournalError) in
                try source.takeBytes(Int(source.header.start.position.rawValue))
            }
    }
}

@Suite("Snapshots")
struct SnapshotTests {
    private static let position = JournalPosition(rawValue: 512)
    private static let full = SnapshotChunk.payloadBytesMax

    private func path(_ position: UInt64) -> String { "\(JournalHarness.directory)/\(SnapshotName.of(position))" }

    @Test(
        "a body of any size comes back as it was put in",
        arguments: [0, 1, full - 1, full, full + 1, 3 * full, 3 * full + 100_000]
    )
    func roundTrip(count: Int) throws {
        let disk = try JournalHarness.emptyDisk()
        let body = SnapshotHarness.body(count)
        let bytes = try SnapshotHarness.write(disk, at: 512, body: body)
        let source = try SnapshotHarness.snapshots(disk).open(Self.position)
        #expect(source.fileBytes == bytes)
        #expect(source.header.start == JournalStart(position: Self.position, chain: 512))
        #expect(source.header.createdMilliseconds == 5)
        #expect(source.header.writer == JournalFormat.writer)
        #expect(source.bytesLeftMax >= count)
        var read: [UInt8] = []
        try SnapshotHarness.read(source, count, into: &read)
        #expect(read == body)
        try SnapshotHarness.snapshots(disk).open(Self.position).verify()
    }

    @Test("whatever byte of a snapshot changes, goes or comes, it is found before the byte is handed out")
    func everyFlip() throws {
        let disk = try JournalHarness.emptyDisk()
        let body = SnapshotHarness.body(700)
        try SnapshotHarness.write(disk, at: 512, body: body)
        let good = try #require(disk.content(path(512)))
        for index in good.indices where index < 96 || index >= 4_090 {
            for bit in [0, 7] as [UInt8] { try expectDamage(disk, body) { $0[index] ^= 1 << bit } }
        }
        for count in [0, 1, 4_095, 4_096, 4_111, 4_500, good.count - 33, good.count - 32, good.count - 1] {
            try expectDamage(disk, body) { $0.removeLast($0.count - count) }
        }
        try expectDamage(disk, body) { $0.append(0) }
        try expectDamage(disk, body) { $0 += good[4_096...] }
    }

    @Test("a chunk of another snapshot, in the right place or not, is none of this one's")
    func foreignChunk() throws {
        let disk = try JournalHarness.emptyDisk()
        let body = SnapshotHarness.body(3 * Self.full)
        try SnapshotHarness.write(disk, at: 512, body: body)
        try SnapshotHarness.write(disk, at: 1_024, body: body)
        let other = try #require(disk.content(path(1_024)))
        let second = 4_096 + SnapshotChunk.bytes
        let chunk = second..<(second + SnapshotChunk.bytes)
        try expectDamage(disk, body) { $0.replaceSubrange(chunk, with: other[chunk]) }
        try expectDamage(disk, body) { $0.replaceSubrange(4_096..<second, with: $0[chunk]) }
        try expectDamage(disk, body) { $0.removeSubrange(chunk) }
    }

    private func expectDamage(
        _ disk: SimulatedDisk,
        _ body: [UInt8],
        _ change: (inout [UInt8]) -> Void,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let damaged = disk.afterKill()
        damaged.corrupt(path(512), change)
        var read: [UInt8] = []
        do throws(JournalError) {
            let source = try SnapshotHarness.snapshots(damaged).open(Self.position)
            try SnapshotHarness.read(source, body.count, into: &read)
            Issue.record("the damage is not seen", sourceLocation: sourceLocation)
        } catch {
            switch error {
            case .damaged(let file, _, _): #expect(file == path(512), sourceLocation: sourceLocation)
            default: Issue.record("\(error)", sourceLocation: sourceLocation)
            }
        }
        #expect(body.starts(with: read), "bytes that were not checked were handed out", sourceLocation: sourceLocation)
        #expect(throws: JournalError.self, sourceLocation: sourceLocation) {
            try SnapshotHarness.snapshots(damaged).open(Self.position).verify()
        }
    }

    @Test("a snapshot of a later format is refused with the name of its writer; one of another journal, too")
    func laterFormat() throws {
        let disk = try JournalHarness.emptyDisk()
        try SnapshotHarness.write(disk, at: 256, body: SnapshotHarness.body(256))
        try SnapshotHarness.write(disk, at: 512, body: [])
        func change(_ body: (inout [UInt8]) -> Void) {
            disk.corrupt(path(512)) { bytes in
                body(&bytes)
                bytes.replace(at: 8, littleEndian: CRC32C.checksum(bytes.span.extracting(12..<4_096)))
            }
        }
        change { bytes in
            bytes[12] = 9
            bytes.replaceSubrange(56..<65, with: Array("future 77".utf8))
        }
        do throws(JournalError) {
            _ = try SnapshotHarness.restore(disk)
            Issue.record("accepted")
        } catch {
            guard case .newerFormat(let file, 9, let writer) = error else {
                Issue.record("\(error)")
                return
            }
            #expect(file == path(512) && writer.hasPrefix("future 77"))
        }
        change { bytes in
            bytes[12] = 1
            bytes[16] ^= 1
        }
        #expect(throws: JournalError.foreign(file: path(512))) { try SnapshotHarness.restore(disk) }
    }

    @Test("a damaged snapshot is reported, and the one before is used; without any, the journal's beginning")
    func fallBack() throws {
        let disk = try JournalHarness.emptyDisk()
        for position in [256, 512, 768] as [UInt64] {
            try SnapshotHarness.write(disk, at: position, body: SnapshotHarness.body(Int(position)))
        }
        #expect(try SnapshotHarness.restore(disk).start.position.rawValue == 768)
        var flawed: [UInt64] = []
        for position in [768, 512, 256] as [UInt64] {
            disk.corrupt(path(position)) { $0[4_200] ^= 4 }
            flawed.append(position)
            let restored = try SnapshotHarness.restore(disk)
            #expect(restored.flaws.map(\.position.rawValue) == flawed)
            for flaw in restored.flaws {
                #expect(
                    flaw.error
                        == .damaged(
                            file: path(flaw.position.rawValue),
                            offset: 4_096,
                            reason: "the chunk's checksum does not fit"
                        )
                )
            }
            #expect(restored.start.position.rawValue == (position > 256 ? position - 256 : 0))
            #expect(restored.state?.count == (position > 256 ? Int(position) - 256 : nil))
        }
    }

    @Test("a disk that cannot read a snapshot is as a damaged one")
    func readError() throws {
        let disk = try JournalHarness.emptyDisk()
        try SnapshotHarness.write(disk, at: 256, body: SnapshotHarness.body(256))
        try SnapshotHarness.write(disk, at: 512, body: SnapshotHarness.body(512))
        let newest = path(512)
        disk.onRead { path in path == newest ? 5 : nil }
        let restored = try SnapshotHarness.restore(disk)
        #expect(restored.start.position.rawValue == 256)
        #expect(restored.flaws.count == 1)
    }

    @Test("without the journal's beginning and without a whole snapshot the start is refused, and says why")
    func nothingLeft() throws {
        let journal = try JournalHarness()
        for _ in 0..<6 { journal.append(bytes: 100) }
        journal.commit()
        let disk = journal.disk.afterKill()
        try disk.unlink(journal.segmentPaths[0])
        #expect(throws: JournalError.self) { try SnapshotHarness.restore(disk) }
        try SnapshotHarness.write(disk, at: 256, body: SnapshotHarness.body(256))
        #expect(try SnapshotHarness.restore(disk).state != nil)
        disk.corrupt(path(256)) { $0[4_200] ^= 4 }
        do throws(JournalError) {
            _ = try SnapshotHarness.restore(disk)
            Issue.record("nothing to begin from is accepted")
        } catch {
            #expect(error.description.contains(path(256)) && error.description.contains("no snapshot is left"))
        }
    }

    @Test("the newest good ones are kept, flawed and older ones go")
    func prune() throws {
        let disk = try JournalHarness.emptyDisk()
        for position in [256, 512, 768, 1_024] as [UInt64] { try SnapshotHarness.write(disk, at: position, body: []) }
        let snapshots = SnapshotHarness.snapshots(disk)
        let kept = try snapshots.prune(keeping: 2, flawed: [JournalPosition(rawValue: 768)])
        #expect(kept.map(\.rawValue) == [1_024, 512])
        #expect(try snapshots.positions() == kept)
        #expect(SimulatedDisk(disk.durableState).content(path(768)) == nil)
        // Nothing is removed where nothing good would be left.
        #expect(try snapshots.prune(keeping: 1, flawed: Set(kept)) == [])
        #expect(try snapshots.positions() == kept)
    }

    @Test("a body that is given up, and a disk that refuses, leave no snapshot and no file")
    func givenUp() throws {
        let disk = try JournalHarness.emptyDisk()
        try SnapshotHarness.write(disk, at: 256, body: SnapshotHarness.body(256))
        let names = try disk.list(JournalHarness.directory).sorted()
        let start = JournalStart(position: Self.position, chain: 1)
        #expect(throws: JournalError.stopped) {
            try SnapshotHarness.snapshots(disk)
                .write(at: start, createdMilliseconds: 1) { (_) throws(JournalError) in
                    throw .stopped
                }
        }
        #expect(try disk.list(JournalHarness.directory).sorted() == names)
        for kind in [.write, .sync, .rename] as [SimulatedDisk.Operation.Kind] {
            disk.onOperation { _, operation in operation.kind == kind ? .fails(28) : nil }
            #expect(throws: JournalError.self) { try SnapshotHarness.write(disk, at: 512, body: [1, 2, 3]) }
            disk.onOperation(nil)
            #expect(try disk.list(JournalHarness.directory).sorted() == names)
        }
    }
}

/// Rung 1 for snapshots: every disk that a power cut may leave while one is written.
@Suite("Power cuts while a snapshot is written")
struct SnapshotPowerCutTests {
    @Test("the snapshot is there as a whole or not at all, the one before is there, and recovery never refuses")
    func everyCut() throws {
        let count = try cuts { _ in nil }
        #expect(count.disks > 500, "the enumeration is not empty")
        #expect(count.broken == [])
        #expect(count.before > 0 && count.after > 0)
    }

    @Test("without the sync before the rename, the enumeration finds a broken one: it can fail")
    func withoutSync() throws {
        let count = try cuts { operation in
            operation.kind == .sync && operation.path.hasSuffix(".snapshot.making") ? .lies : nil
        }
        #expect(!count.broken.isEmpty)
    }

    private func cuts(
        _ fault: @escaping @Sendable (SimulatedDisk.Operation) -> SimulatedDisk.Fault?
    ) throws -> (disks: Int, before: Int, after: Int, broken: [String]) {
        let journal = try JournalHarness()
        for _ in 0..<6 { journal.append(bytes: 100) }
        journal.commit()
        let positions = journal.segmentPaths.indices.dropFirst().map { UInt64($0 * 256) }
        let disk = journal.disk.afterKill()
        try SnapshotHarness.write(disk, at: positions[0], body: SnapshotHarness.body(Int(positions[0])))
        let states = Recorder<SimulatedDisk.State>()
        disk.observe { _, state in states.add(state) }
        disk.onOperation { _, operation in fault(operation) }
        try SnapshotHarness.write(disk, at: positions[1], body: SnapshotHarness.body(Int(positions[1])))
        states.add(disk.snapshot)
        var found: (disks: Int, before: Int, after: Int, broken: [String]) = (0, 0, 0, [])
        for state in states.values {
            PowerCut.each(state) { disk in
                found.disks += 1
                do throws(JournalError) {
                    let restored = try SnapshotHarness.restore(disk)
                    let position = restored.start.position.rawValue
                    if !restored.flaws.isEmpty || restored.state != SnapshotHarness.body(Int(position)) {
                        found.broken.append("\(restored.flaws)")
                    }
                    if position == positions[0] { found.before += 1 } else { found.after += 1 }
                    let start = try journal.start(at: restored.start.position)
                    let again = try JournalHarness(disk, from: start)
                    if !journal.records.elementsEqual(
                        journal.records.filter { $0.position < start.position } + again.records
                    ) {
                        found.broken.append("records are lost")
                    }
                    let left = ((try? disk.list(JournalHarness.directory)) ?? []).filter { $0.hasSuffix(".making") }
                    if !left.isEmpty { found.broken.append("\(left) is left") }
                } catch {
                    found.broken.append("\(error)")
                }
            }
        }
        return found
    }
}

/// Rung 1 for segments that are deleted.
@Suite("Power cuts while segments are deleted")
struct SegmentRemovalPowerCutTests {
    @Test("what stays has no gap, and recovery from the snapshot finds everything behind it")
    func everyCut() throws {
        let (disks, broken) = try cuts { _ in nil }
        #expect(disks > 10, "the enumeration is not empty")
        #expect(broken == [])
    }

    @Test("without a sync of the directory between them, the enumeration finds a gap: it can fail")
    func withoutSync() throws {
        let (_, broken) = try cuts { $0.kind == .syncDirectory ? .lies : nil }
        #expect(!broken.isEmpty)
    }

    private func cuts(
        _ fault: @escaping @Sendable (SimulatedDisk.Operation) -> SimulatedDisk.Fault?
    ) throws -> (disks: Int, broken: [String]) {
        let journal = try JournalHarness()
        for _ in 0..<9 { journal.append(bytes: 100) }
        journal.commit()
        let disk = journal.disk.afterKill()
        let segments = JournalSegments(disk: disk, directory: JournalHarness.directory, journal: JournalHarness.id)
        let firsts = try segments.firsts()
        let start = try journal.start(at: firsts[3])
        try SnapshotHarness.snapshots(disk)
            .write(at: start, createdMilliseconds: 1) { (sink) throws(JournalError) in
                try sink.put(SnapshotHarness.body(Int(start.position.rawValue)).span)
            }
        let states = Recorder<SimulatedDisk.State>()
        disk.observe { _, state in states.add(state) }
        disk.onOperation { _, operation in fault(operation) }
        for first in firsts[..<3] { try segments.removeOldest(first) }
        states.add(disk.snapshot)
        var (disks, broken) = (0, [String]())
        for state in states.values {
            PowerCut.each(state) { disk in
                disks += 1
                do throws(JournalError) {
                    let restored = try SnapshotHarness.restore(disk)
                    let again = try JournalHarness(disk, from: restored.start)
                    if again.records != journal.records.filter({ $0.position >= start.position }) {
                        broken.append("records are lost")
                    }
                } catch {
                    broken.append("\(error)")
                }
            }
        }
        return (disks, broken)
    }
}

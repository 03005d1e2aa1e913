import Platform
import Testing

@testable import Journal

@Suite("A folder that gets other journals")
struct RepartitionedFolderTests {
    private static let description = FolderDescription(
        partitions: 2,
        id: JournalID(low: 1, high: 2),
        secret: Array(0x20..<0x30),
        createdMilliseconds: 3
    )

    private func open(_ disk: SimulatedDisk) throws(JournalError) -> DataFolder<SimulatedDisk> {
        try DataFolder.openFinished(disk: disk, path: "/data", holder: "process 1")
    }

    /// A folder with a record in each of its two journals.
    private func folder() throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let folder = try DataFolder.open(disk: disk, path: "/data", holder: "process 1", limits: tinyLimits) {
            Self.description
        }
        for partition in 0..<2 { _ = try records(disk, folder, partition, add: true) }
        folder.close()
        return disk
    }

    /// The records behind the snapshot of a partition's journal, or behind its beginning.
    private func records(
        _ disk: SimulatedDisk,
        _ folder: DataFolder<SimulatedDisk>,
        _ partition: Int,
        add: Bool = false
    ) throws(JournalError) -> (content: UInt64?, records: Int) {
        let restored = try snapshots(disk, folder, folder.description.firstJournal + partition)
            .restoreNewest { (source) throws(JournalError) in try source.take(UInt64.self) }
        var records = 0
        let opening = try Journal.open(
            disk: disk,
            directory: folder.journalDirectory(partition: partition),
            journal: folder.journalID(partition: partition),
            limits: tinyLimits,
            from: restored.start
        ) { (_, _, _) throws(JournalError) in records += 1 }
        if add {
            _ = opening.appender.append(type: 1, payload: [1].span)
            opening.appender.publish()
            while opening.writer.step() {}
        }
        opening.writer.finish()
        return (restored.state, records)
    }

    private func snapshots(
        _ disk: SimulatedDisk,
        _ folder: DataFolder<SimulatedDisk>,
        _ number: Int
    ) -> JournalSnapshots<SimulatedDisk> {
        JournalSnapshots(
            disk: disk,
            directory: folder.journalDirectory(number: number),
            journal: folder.description.journalID(number),
            beginsWithSnapshot: folder.description.beginsWithSnapshot(number)
        )
    }

    /// What a repartition asks of the folder: new journals that begin with a snapshot each, then the switch.
    private func repartition(_ disk: SimulatedDisk, _ partitions: Int, adopts: Bool = true) throws(JournalError) {
        let folder = try open(disk)
        defer { folder.close() }
        guard let next = folder.description.repartitioned(partitions) else { return }
        try folder.makeJournals(of: next, on: disk, limits: tinyLimits)
        for number in next.journals {
            try snapshots(disk, folder, number)
                .write(at: .beginning, createdMilliseconds: 5) { (sink) throws(JournalError) in
                    try sink.put(UInt64(number) + 100)
                }
        }
        if adopts { try folder.adopt(next, on: disk) }
    }

    @Test("the new partitions begin with their snapshots, the old journals are there to be read")
    func switched() throws {
        let disk = try folder()
        try repartition(disk, 3)
        let folder = try open(disk)
        #expect(folder.description.journals == 2..<5 && folder.retired == [0, 1])
        for partition in 0..<3 {
            #expect(try records(disk, folder, partition, add: true) == (UInt64(102 + partition), 0))
        }
        var payload: [UInt8] = []
        #expect(try folder.reader(journal: 1, on: disk, following: nil).read(at: .start, into: &payload) == 1)
        folder.close()
        try repartition(disk, 1)
        let last = try open(disk)
        #expect(last.description.journals == 5..<6 && last.retired == [0, 1, 2, 3, 4])
        #expect(try records(disk, last, 0) == (105, 0))
    }

    @Test("a power cut at any operation leaves the old partitions or the new ones, whole")
    func powerCuts() throws {
        let disk = try folder()
        let states = Recorder<SimulatedDisk.State>()
        disk.observe { _, state in states.add(state) }
        try repartition(disk, 1)
        states.add(disk.snapshot)
        #expect(states.values.count > 15)
        var outcomes: Set<Int> = []
        for (index, state) in states.values.enumerated() {
            PowerCut.each(state, PowerCut.Options(cutsBytes: false)) { left in
                do {
                    let folder = try open(left)
                    outcomes.insert(folder.description.partitions)
                    if folder.description.partitions == 2 {
                        for partition in 0..<2 { #expect(try records(left, folder, partition) == (nil, 1)) }
                        // Nothing is left over that could be taken for a partition's.
                        #expect(!left.snapshot.names.keys.contains { $0.hasPrefix("/data/journal-0002/") })
                    } else {
                        #expect(try records(left, folder, 0) == (102, 0))
                    }
                    folder.close()
                    // And it can be done again, or on; a sample of them shows it.
                    guard index % 8 == 0 || folder.description.partitions == 1 else { return }
                    try repartition(left, 3)
                    let again = try open(left)
                    #expect(try records(left, again, 2).content == UInt64(100 + again.description.firstJournal + 2))
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
        #expect(outcomes == [1, 2])
    }

    @Test("new journals that were never adopted go at the next start; with records in them, the folder is refused")
    func leftovers() throws {
        let disk = try folder()
        try repartition(disk, 3, adopts: false)
        let abandoned = disk.afterKill()
        #expect(try open(abandoned).description == Self.description)
        #expect(!abandoned.snapshot.names.keys.contains { $0.hasPrefix("/data/journal-0002/") })
        // Somebody brings the old description back after sales.
        try repartition(disk, 3)
        let sold = disk.afterKill()
        let folder = try open(sold)
        _ = try records(sold, folder, 1, add: true)
        folder.close()
        try sold.unlink("/data/FOLDER")
        let file = try sold.open("/data/FOLDER", .create)
        try file.writeFully(Array(Self.description.text.utf8).span, at: 0)
        try file.close()
        #expect(throws: JournalError.self) { try open(sold) }
    }

    @Test("without the snapshot that its journal begins with, a partition is refused, not taken for empty")
    func lostBeginning() throws {
        let disk = try folder()
        try repartition(disk, 1)
        let folder = try open(disk)
        let path = snapshots(disk, folder, 2).path(.start)
        let lost = disk.afterKill()
        try lost.unlink(path)
        #expect(throws: JournalError.self) { try records(lost, folder, 0) }
        let flipped = disk.afterKill()
        let file = try flipped.open(path, .readWrite)
        try file.writeFully([0xFF].span, at: 4_120)
        try file.close()
        #expect(throws: JournalError.self) { try records(flipped, folder, 0) }
    }

    @Test("the snapshot at the beginning stays as long as the records behind it")
    func keptBeginning() throws {
        let disk = try folder()
        try repartition(disk, 1)
        let folder = try open(disk)
        let snapshots = snapshots(disk, folder, 2)
        let later = JournalPosition(rawValue: 64)
        let start = JournalStart(position: later, chain: 7)
        try snapshots.write(at: start, createdMilliseconds: 6) { (sink) throws(JournalError) in
            try sink.put(UInt64(0))
        }
        // What retention may delete depends on the later one alone.
        #expect(try snapshots.prune(keeping: 1) == [later])
        #expect(try snapshots.positions() == [later, .start])
        try disk.unlink(folder.journalDirectory(number: 2) + "/" + SegmentName.of(first: 0))
        #expect(try snapshots.prune(keeping: 1) == [later])
        #expect(try snapshots.positions() == [later])
    }
}

import Platform
import Synchronization
import Testing

@testable import Journal

@Suite("Data folder")
struct DataFolderTests {
    private static func description(partitions: Int = 2) -> FolderDescription {
        FolderDescription(
            partitions: partitions,
            id: JournalID(low: 0xA1A2_A3A4_A5A6_A7A8, high: 0xB1B2_B3B4_B5B6_B7B8),
            secret: Array(0x20..<0x30),
            createdMilliseconds: 1_790_000_000_123
        )
    }

    private func open(_ disk: SimulatedDisk, partitions: Int = 2) throws(JournalError) -> DataFolder<SimulatedDisk> {
        try DataFolder.open(disk: disk, path: "/data", holder: "process 1", limits: tinyLimits) {
            Self.description(partitions: partitions)
        }
    }

    private func openJournals(_ disk: SimulatedDisk, _ folder: DataFolder<SimulatedDisk>) throws(JournalError) -> Int {
        var records = 0
        for partition in 0..<folder.description.partitions {
            let opening = try Journal.open(
                disk: disk,
                directory: folder.journalDirectory(partition: partition),
                journal: folder.journalID(partition: partition),
                limits: tinyLimits
            ) { (_, _, _) throws(JournalError) in records += 1 }
            _ = opening.appender.append(type: 1, payload: [1].span)
            opening.appender.publish()
            opening.writer.step()
        }
        return records
    }

    @Test("a new folder has a journal for each partition, and is the same when it is opened again")
    func new() throws {
        let disk = SimulatedDisk()
        let folder = try open(disk)
        #expect(folder.description == Self.description())
        #expect(try openJournals(disk, folder) == 0)
        folder.close()
        let again = try open(disk)
        #expect(again.description == Self.description())
        #expect(again.journalDirectory(partition: 1) == "/data/journal-0001")
        #expect(try openJournals(disk, again) == 2)
    }

    @Test("a folder keeps the number of partitions that it was made with")
    func partitions() throws {
        let disk = SimulatedDisk()
        try open(disk, partitions: 3).close()
        #expect(try open(disk, partitions: 8).description.partitions == 3)
    }

    @Test("a second process is refused and told who holds the folder")
    func locked() throws {
        let disk = SimulatedDisk()
        let folder = try open(disk)
        #expect(throws: JournalError.inUse("/data/LOCK, held by another")) { try open(disk) }
        folder.close()
        try open(disk).close()
    }

    @Test("the description is text of this form")
    func text() throws {
        let text = Self.description().text
        let lines = text.split(separator: "\n")
        #expect(
            lines.dropLast() == [
                "stockkeeper data folder", "format 1", "writer stockkeeper 1.0",
                "id a8a7a6a5a4a3a2a1b8b7b6b5b4b3b2b1", "secret 202122232425262728292a2b2c2d2e2f", "partitions 2",
                "created 1790000000123",
            ]
        )
        #expect(try FolderDescription(text, file: "f") == Self.description())
    }

    @Test("a repartitioned folder counts its journals on, and no build that knows none of that reads it")
    func repartitioned() throws {
        let first = try #require(Self.description().repartitioned(3))
        #expect(first.journals == 2..<5)
        #expect(first.text.hasPrefix("stockkeeper data folder\nformat 2\n"))
        #expect(first.text.contains("\nfirst-journal 2\nfirst-successor 2\n"))
        #expect(try FolderDescription(first.text, file: "f") == first)
        let second = try #require(first.repartitioned(1))
        #expect(second.journals == 5..<6 && second.journalID(5) != first.journalID(4))
        #expect(second.id == first.id && second.secret == first.secret)
        #expect((0..<9).filter { Self.description().beginsWithSnapshot($0) } == Array(2..<9))
        #expect((0..<9).filter { second.beginsWithSnapshot($0) } == Array(2..<9))
    }

    @Test("a partition's journal has the folder's next numbers, and the journals before it are retired")
    func retired() throws {
        let disk = SimulatedDisk()
        try open(disk).close()
        let next = try #require(Self.description().repartitioned(3))
        for number in next.journals {
            let directory = "/data/journal-000\(number)"
            try disk.createDirectory(directory)
            try Journal.create(disk: disk, directory: directory, journal: next.journalID(number), limits: tinyLimits)
        }
        try disk.unlink("/data/FOLDER")
        let file = try disk.open("/data/FOLDER", .create)
        try file.writeFully(Array(next.text.utf8).span, at: 0)
        try file.close()
        let folder = try open(disk)
        #expect(folder.description == next && folder.retired == [0, 1])
        #expect(folder.journalDirectory(partition: 2) == "/data/journal-0004")
        #expect(folder.journalDirectory(number: 12_345) == "/data/journal-12345")
        #expect(try openJournals(disk, folder) == 0)
    }

    @Test("the numbers of journals end, and no number is used again")
    func lastNumber() throws {
        var description = Self.description()
        var rounds = 0
        while let next = description.repartitioned(FolderDescription.partitionsMax) {
            #expect(next.firstJournal == description.journals.upperBound)
            description = next
            rounds += 1
        }
        #expect(rounds == 63 && description.journals.upperBound <= FolderDescription.journalMax + 1)
        #expect(try FolderDescription(description.text, file: "f") == description)
        #expect(description.repartitioned(1) != nil)
    }

    @Test("a changed, missing or added byte of the description is refused")
    func damagedText() throws {
        let good = Array(Self.description().text.utf8)
        for index in good.indices {
            var changed = good
            changed[index] ^= 1
            var shorter = good
            shorter.remove(at: index)
            for bad in [changed, shorter, Array(good[..<index]), good + [good[index]]] {
                #expect(throws: JournalError.self, "byte \(index)") {
                    try FolderDescription(String(decoding: bad, as: UTF8.self), file: "f")
                }
            }
        }
    }

    @Test(
        "a later or an earlier format is refused with a message that names its writer",
        arguments: [
            ("99", JournalError.newerFormat(file: "f", format: 99, writer: "stockkeeper 9.9")),
            ("0", .olderFormat(file: "f", format: 0, writer: "stockkeeper 9.9")),
            ("new", .damaged(file: "f", offset: 0, reason: "the format is missing or malformed")),
        ]
    )
    func otherFormat(format: String, expected: JournalError) throws {
        let body = "stockkeeper data folder\nformat \(format)\nwriter stockkeeper 9.9\nwhatever else\n"
        let text = body + "crc32c \(CRC32C.checksum(Array(body.utf8).span))\n"
        #expect(throws: expected) { try FolderDescription(text, file: "f") }
    }

    @Test("a journal that is missing from a finished folder, or all of its segments, is damage")
    func missingJournal() throws {
        let disk = SimulatedDisk()
        try open(disk).close()
        let emptied = disk.afterKill()
        try emptied.unlink("/data/journal-0001/\(SegmentName.of(first: 0))")
        let folder = try open(emptied)
        #expect(throws: JournalError.self) { try openJournals(emptied, folder) }
        let gone = disk.afterKill()
        gone.state.withLock { state in
            state.directories.remove("/data/journal-0001")
            state.names = state.names.filter { !$0.key.hasPrefix("/data/journal-0001/") }
        }
        let missing = JournalError.damaged(
            file: "/data/journal-0001",
            offset: 0,
            reason: "the journal is missing"
        )
        #expect(throws: missing) { try open(gone) }
    }

    @Test("a folder with records that has lost its description is refused, not made anew")
    func lostDescription() throws {
        let disk = SimulatedDisk()
        let folder = try open(disk)
        _ = try openJournals(disk, folder)
        folder.close()
        try disk.unlink("/data/FOLDER")
        let before = disk.snapshot.names.keys.sorted()
        #expect(throws: JournalError.self) { try open(disk) }
        #expect(disk.snapshot.names.keys.sorted() == before)
    }

    @Test("after a power cut at any operation, the folder is there as a whole or can be made")
    func powerCuts() throws {
        let disk = SimulatedDisk()
        let states = Recorder<SimulatedDisk.State>()
        disk.observe { _, state in states.add(state) }
        try open(disk, partitions: 1).close()
        states.add(disk.snapshot)
        #expect(states.values.count > 15)
        for state in states.values {
            PowerCut.each(state, PowerCut.Options(cutsBytes: false)) { left in
                do {
                    let folder = try open(left, partitions: 2)
                    #expect(try openJournals(left, folder) == 0)
                    folder.close()
                    let again = try open(SimulatedDisk(left.durableState))
                    #expect(again.description == folder.description)
                } catch {
                    Issue.record("\(error)")
                }
            }
        }
    }

    @Test("the makings of a folder stop with the disk's error and can be repeated")
    func faults() throws {
        for last in 0..<60 {
            let disk = SimulatedDisk()
            disk.onOperation { number, _ in number > last ? .fails(5) : nil }
            guard (try? open(disk)) == nil else { break }
            #expect(last < 59)
            #expect(try open(disk.afterKill()).description == Self.description())
        }
    }
}

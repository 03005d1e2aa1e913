import Platform
import Testing

@testable import Journal

@Suite("Copies of a data folder")
struct NewFolderTests {
    private static let secret = [UInt8](0x20..<0x30)

    private static func description(_ number: UInt64 = 1) -> FolderDescription {
        FolderDescription(
            partitions: 1,
            id: JournalID(low: number, high: 7),
            secret: secret,
            createdMilliseconds: 1_790_000_000_123
        )
    }

    private static let backup = description().marked(.backup(takenMilliseconds: 5))
    private static let restored = FolderDescription(
        partitions: 1,
        id: JournalID(low: 2, high: 7),
        secret: secret,
        createdMilliseconds: 1_800_000_000_000,
        restoration: .init(from: JournalID(low: 1, high: 7), until: "0:81920")
    )

    /// A folder of one journal, opened.
    private final class Folder {
        let disk: SimulatedDisk
        let folder: DataFolder<SimulatedDisk>
        let opening: JournalOpening<SimulatedDisk>
        var records: [TestRecord] = []

        init(_ disk: SimulatedDisk, _ path: String = "/data") throws {
            self.disk = disk
            folder = try DataFolder.open(disk: disk, path: path, holder: "process 1", limits: tinyLimits) {
                NewFolderTests.description()
            }
            var replayed: [TestRecord] = []
            opening = try Journal.open(
                disk: disk,
                directory: folder.journalDirectory(partition: 0),
                journal: folder.journalID(partition: 0),
                limits: tinyLimits
            ) { (position, type, payload) throws(JournalError) in
                replayed.append(TestRecord(position: position, type: type, payload: payload.array))
            }
            records = replayed
        }

        func append(_ count: Int) {
            for _ in 0..<count {
                let payload = [UInt8](repeating: UInt8(truncatingIfNeeded: records.count), count: records.count % 50)
                guard let position = opening.appender.append(type: 3, payload: payload.span) else { return }
                records.append(TestRecord(position: position, type: 3, payload: payload))
                if records.count % 3 == 0 { commit() }
            }
            commit()
        }

        func commit() {
            opening.appender.publish()
            while opening.writer.step() {}
        }

        func close() {
            opening.writer.finish()
            folder.close()
        }
    }

    private func copy<D: Disk>(_ disk: D, to path: String = "/copy") throws -> JournalPosition {
        let reader = try FolderReader(disk: disk, path: "/data")
        let new = try make(disk, path, Self.backup)
        let view = try reader.journal(0)
        let end = try view.read(from: try view.lastWritten()) { (_, _, _) throws(JournalError) in }.position
        let wanted = try #require(end)
        try new.copy(try reader.journal(0), number: 0, upTo: wanted) { _ in }
        #expect(try new.journal(0).checkAll().damage.isEmpty)
        try new.finish()
        return wanted
    }

    private func make<D: Disk>(_ disk: D, _ path: String, _ description: FolderDescription) throws -> NewFolder<D> {
        try NewFolder(disk: disk, path: path, holder: "a test", tool: "backup", description: description)
    }

    @Test(
        "a description keeps its marks",
        arguments: [Self.backup, Self.restored, Self.restored.marked(.unfinished("x"))]
    )
    func marks(description: FolderDescription) throws {
        #expect(try FolderDescription(description.text, file: "f") == description)
    }

    @Test("lines that a description does not know are left alone")
    func unknownLines() throws {
        let body = Self.description().text.split(separator: "\n").dropLast().joined(separator: "\n") + "\ncolour blue\n"
        let text = body + "crc32c \(CRC32C.checksum(Array(body.utf8).span))\n"
        #expect(try FolderDescription(text, file: "f") == Self.description())
    }

    @Test("a copy holds every record, and no server works on it")
    func copies() throws {
        let original = try Folder(SimulatedDisk())
        original.append(40)
        let end = try copy(original.disk)
        #expect(end == original.opening.appender.durable)
        let copied = try FolderReader(disk: original.disk, path: "/copy")
        #expect(copied.description == Self.backup)
        let (records, ending) = try copied.journal(0).all()
        #expect(records == original.records)
        #expect(ending == .end(end, tornBytes: 0))
        #expect(throws: JournalError.marked("/copy", .backup(takenMilliseconds: 5))) {
            try Folder(original.disk, "/copy")
        }
    }

    @Test("a copy of a folder that is written to meanwhile holds what was durable when it began", arguments: 1...30)
    func live(seed: UInt64) throws {
        let original = try Folder(SimulatedDisk())
        original.append(20)
        // SAFETY: all on this thread.
        nonisolated(unsafe) let writer = original
        let before = original.records
        let disk = InterruptedDisk(
            disk: original.disk,
            interrupt: { if unsafe writer.records.count < 300 { unsafe writer.append(Int(seed % 3)) } },
            readBytesMax: 200
        )
        let end = try copy(disk)
        let (records, _) = try FolderReader(disk: original.disk, path: "/copy").journal(0).all()
        #expect(records.starts(with: before))
        #expect(original.records.starts(with: records))
        #expect(records.count == original.records.prefix { $0.position < end }.count)
    }

    @Test("a copy that is cut at any operation is marked as unfinished, or not there, or whole")
    func interrupted() throws {
        let original = try Folder(SimulatedDisk())
        original.append(15)
        original.close()
        var isWhole = false
        var operations = 0
        while !isWhole {
            let disk = original.disk.afterKill()
            let last = disk.snapshot.operations + operations
            disk.onOperation { number, _ in number > last ? .fails(5) : nil }
            isWhole = (try? copy(disk)) != nil
            operations += 1
            let left = disk.afterKill()
            let found = try? FolderReader(disk: left, path: "/copy").journal(0).all().records
            #expect(found == nil || found == original.records, "\(operations)")
            if isWhole { #expect(found != nil) }
        }
        #expect(operations > 20)
    }

    @Test("damage at the beginning of the last segment is no end: nothing is copied")
    func damagedSegment() throws {
        let original = try Folder(SimulatedDisk())
        original.append(40)
        let view = try FolderReader(disk: original.disk, path: "/data").journal(0)
        let last = try #require(view.entries.last { $0.header.first < original.opening.appender.durable.rawValue })
        #expect(original.records.contains { $0.position.rawValue == last.header.first })
        original.disk.corrupt(last.path) { $0[4_096 + 20] ^= 1 }
        #expect(throws: JournalError.self) { try copy(original.disk) }
        #expect(throws: JournalError.marked("/copy", .unfinished("backup"))) {
            try FolderReader(disk: original.disk, path: "/copy")
        }
    }

    @Test("a copy that lacks bytes at its end is damaged, not shorter")
    func truncated() throws {
        let original = try Folder(SimulatedDisk())
        original.append(15)
        _ = try copy(original.disk)
        let view = try FolderReader(disk: original.disk, path: "/copy").journal(0)
        let last = try #require(view.entries.last)
        original.disk.corrupt(last.path) { $0.removeLast(8) }
        #expect(throws: JournalError.self) { try view.all() }
    }

    @Test("a folder that is not empty is never written to")
    func occupied() throws {
        let original = try Folder(SimulatedDisk())
        original.append(3)
        let before = original.disk.snapshot.names
        #expect(throws: JournalError.notEmpty("/data")) { try make(original.disk, "/data", Self.backup) }
        #expect(original.disk.snapshot.names == before)
    }

    @Test(
        "restored up to any record, a folder starts with the same records at the same places and goes on behind a gap"
    )
    func restores() throws {
        let original = try Folder(SimulatedDisk())
        original.append(25)
        original.close()
        for count in 0...25 {
            let disk = original.disk.afterKill()
            let source = try FolderReader(disk: disk, path: "/data").journal(0)
            let new = try make(disk, "/restored", Self.restored)
            var left = count
            let (records, end) = try new.rewrite(
                source,
                number: 0,
                onBytes: { _ in },
                isKept: { (_, _, _) in
                    left -= 1
                    return left >= 0
                }
            )
            #expect(records == UInt64(count))
            #expect(try new.journal(0).checkAll().damage.isEmpty)
            try new.finish()
            let folder = try Folder(disk, "/restored")
            #expect(folder.folder.description == Self.restored)
            #expect(folder.records == Array(original.records[..<count]))
            folder.append(9)
            #expect(folder.records.dropFirst(count).allSatisfy { $0.position.rawValue >= end.rawValue + (1 << 36) })
            folder.close()
            let again = try Folder(disk, "/restored")
            #expect(again.records == folder.records)
        }
    }

    @Test("records of the original are none in the restored folder")
    func foreign() throws {
        let original = try Folder(SimulatedDisk())
        original.append(4)
        let disk = original.disk.afterKill()
        let source = try FolderReader(disk: disk, path: "/data").journal(0)
        let new = try make(disk, "/restored", Self.restored)
        _ = try new.rewrite(source, number: 0, onBytes: { _ in }, isKept: { (_, _, _) in true })
        try new.finish()
        let name = "journal-0000/\(SegmentName.of(first: 0))"
        let theirs = try #require(disk.content("/data/\(name)"))
        disk.corrupt("/restored/\(name)") { $0.replaceSubrange(4_096..., with: theirs[4_096...]) }
        #expect(throws: JournalError.self) { try FolderReader(disk: disk, path: "/restored").journal(0).all() }
        disk.corrupt("/restored/\(name)") { $0 = theirs }
        #expect(throws: JournalError.foreign(file: "/restored/\(name)")) { try Folder(disk, "/restored") }
    }
}

import Foundation
import Platform

/// A folder of one partition with several segments, left by a server that was stopped in order, with all that clients
/// know of it: to be damaged in one way after the other.
///
/// - Isolation: one thread.
struct FolderUnderTest {
    let story: CrashStory
    private let pristine: String

    init(seed: UInt64) throws {
        story = try CrashStory(
            seed: seed,
            skus: 3,
            stock: 100_000,
            arguments: ["--partitions", "1", "--loops", "1"],
            environment: ServerOptions.tinySegments
        )
        let server = try story.start()
        try story.load(server, turns: 60)
        server.terminate()
        guard try server.waitForExit() == .code(0) else { throw HarnessFailure("the server did not stop in order") }
        pristine = story.folder.path + "/pristine"
        try FileManager.default.copyItem(atPath: story.folder.data, toPath: pristine)
    }

    var folder: DataFolder { story.folder }

    /// Undoes all damage, and all that a server did.
    func restore() throws {
        try FileManager.default.removeItem(atPath: folder.data)
        try FileManager.default.copyItem(atPath: pristine, toPath: folder.data)
        try? FileManager.default.removeItem(atPath: folder.errors)
    }

    /// The segments in their order, those without records last.
    func segments() throws -> [SegmentFile] { try folder.files(".segment").map { try SegmentFile($0) } }

    /// What a start says that must fail, as it leaves every file as it was.
    func refusal() throws -> StartFailure {
        let before = try contents()
        let refusal = try ServerProcess.refusal(in: folder, story.options())
        guard try contents() == before else { throw HarnessFailure("a refused start has changed files: \(refusal)") }
        return refusal
    }

    /// Every file but LOCK, which names the last process that asked.
    private func contents() throws -> [String: Data] {
        let names = folder.files("").filter { !$0.hasSuffix("/LOCK") }
        var contents: [String: Data] = [:]
        for name in names { contents[name] = FileManager.default.contents(atPath: name) }
        return contents
    }
}

/// A file's bytes, to be changed as another version of the program, or a disk, might.
struct FileBytes {
    let path: String
    var bytes: [UInt8]

    init(_ path: String) throws {
        self.path = path
        bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    func write() throws { try Data(bytes).write(to: URL(fileURLWithPath: path)) }

    mutating func put(_ value: UInt32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index)) }
    }

    /// Gives the block at `offset` another format and writer, and the checksum that makes it whole: as all formats have
    /// them, the format at 12, the checksum at 8 over what follows byte 12, the writer at `writerOffset`.
    mutating func setFormat(_ format: UInt32, writer: String, at offset: Int = 0, size: Int, writerOffset: Int) {
        put(format, at: offset + 12)
        let name = Array(writer.utf8) + [UInt8](repeating: 0, count: 32 - writer.utf8.count)
        bytes.replaceSubrange(offset + writerOffset..<offset + writerOffset + 32, with: name)
        let covered = Array(bytes[offset + 12..<offset + size])
        put(CRC32C.checksum(covered.span), at: offset + 8)
    }
}

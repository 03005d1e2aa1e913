import Journal
import Platform

@testable import Journal
@testable import Keepers

/// A snapshot's body in memory.
enum MemorySnapshot {
    private static let start = JournalStart(position: JournalPosition(rawValue: 8), chain: 0)

    /// What a partition's state is as bytes.
    static func body(_ partition: Partition) throws -> [UInt8] {
        let file = try file { (sink) throws(JournalError) in try partition.write(to: sink) }
        let source = try source(file)
        // The body is what lies between the file's frame: for one chunk that is all but these.
        var body: [UInt8] = []
        var left = file.count - JournalFormat.headerBytes - SnapshotChunk.footerBytes
        while left > 0 {
            let count = min(SnapshotChunk.payloadBytesMax, left - SnapshotChunk.headerBytes)
            body += try source.takeBytes(count)
            left -= SnapshotChunk.headerBytes + count
        }
        try source.finish()
        return body
    }

    /// A source over these bytes in a right frame.
    static func source(body: [UInt8]) throws(JournalError) -> SnapshotSource {
        try source(file { (sink) throws(JournalError) in try sink.put(body.span) })
    }

    private static func file(_ put: (SnapshotSink) throws(JournalError) -> Void) throws(JournalError) -> [UInt8] {
        final class File { var bytes: [UInt8] = [] }
        let header = SnapshotHeader(journal: PartitionHarness.id, start: start, createdMilliseconds: 0)
        let file = File()
        file.bytes = header.encoded
        let checksum = SnapshotHeader.checksum(file.bytes.span)
        let sink = SnapshotSink(checksum: checksum) { (bytes) throws(JournalError) in
            unsafe bytes.withUnsafeBytes { unsafe file.bytes.append(contentsOf: $0) }
        }
        try put(sink)
        try sink.finish()
        return file.bytes
    }

    private static func source(_ file: [UInt8]) throws(JournalError) -> SnapshotSource {
        try unsafe SnapshotSource(file: "memory", fileBytes: UInt64(file.count), journal: PartitionHarness.id) {
            (offset, bytes) throws(JournalError) in
            guard offset < file.count else { return 0 }
            let count = min(bytes.count, file.count - Int(offset))
            unsafe bytes.copyBytes(from: file[Int(offset)..<(Int(offset) + count)])
            return count
        }
    }
}

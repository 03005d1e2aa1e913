import Platform

/// The first block of a snapshot's file: see FORMAT.md.
public struct SnapshotHeader: Equatable, Sendable {
    /// The journal that the snapshot belongs to.
    public let journal: JournalID
    /// Where the replay goes on: the snapshot holds what all records before it add up to.
    public let start: JournalStart
    /// When it was made, in milliseconds since 1970.
    public let createdMilliseconds: Int64
    /// Name and version of the program that wrote it.
    public let writer: String

    private static let magic: UInt64 = 0x5041_4E53_5052_4B53  // "SKRPSNAP", the lowest byte first

    init(journal: JournalID, start: JournalStart, createdMilliseconds: Int64) {
        self.journal = journal
        self.start = start
        self.createdMilliseconds = createdMilliseconds
        writer = JournalFormat.writer
    }

    /// The block's bytes.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: JournalFormat.version)
        bytes.append(littleEndian: journal.low)
        bytes.append(littleEndian: journal.high)
        bytes.append(littleEndian: start.position.rawValue)
        bytes.append(littleEndian: UInt64(bitPattern: createdMilliseconds))
        bytes.append(littleEndian: UInt64(start.chain ?? RecordFormat.seed(journal)))
        bytes += Array(writer.utf8)
        bytes += [UInt8](repeating: 0, count: JournalFormat.headerBytes - bytes.count)
        bytes.replace(at: 8, littleEndian: CRC32C.checksum(bytes.span.extracting(droppingFirst: 12)))
        return bytes
    }

    /// Reads the header of the snapshot `file`.
    ///
    /// - Parameters:
    ///   - bytes: the file's first `JournalFormat.headerBytes` bytes, or fewer if it has fewer.
    ///   - file: its path, for errors.
    ///   - expected: the journal that it should belong to.
    /// - Throws: why it is not such a snapshot.
    init(_ bytes: Span<UInt8>, file: String, journal expected: JournalID) throws(JournalError) {
        guard bytes.count == JournalFormat.headerBytes else {
            throw .damaged(file: file, offset: UInt64(bytes.count), reason: "the header is cut off")
        }
        guard bytes.littleEndian(UInt64.self, at: 0) == Self.magic else {
            throw .damaged(file: file, offset: 0, reason: "this is not a snapshot")
        }
        guard bytes.littleEndian(UInt32.self, at: 8) == CRC32C.checksum(bytes.extracting(droppingFirst: 12)) else {
            throw .damaged(file: file, offset: 8, reason: "the header's checksum does not fit")
        }
        writer = bytes.writerName(at: 56)
        try JournalFormat.check(bytes.littleEndian(UInt32.self, at: 12), file: file, writer: writer)
        journal = JournalID(
            low: bytes.littleEndian(UInt64.self, at: 16),
            high: bytes.littleEndian(UInt64.self, at: 24)
        )
        guard journal == expected else { throw .foreign(file: file) }
        start = JournalStart(
            position: JournalPosition(rawValue: bytes.littleEndian(UInt64.self, at: 32)),
            chain: UInt32(truncatingIfNeeded: bytes.littleEndian(UInt64.self, at: 48))
        )
        createdMilliseconds = Int64(bitPattern: bytes.littleEndian(UInt64.self, at: 40))
    }

    /// The checksum that stands in the block, which the first chunk's continues.
    static func checksum(_ encoded: Span<UInt8>) -> UInt32 { encoded.littleEndian(UInt32.self, at: 8) }
}

/// How the body of a snapshot is cut: see FORMAT.md.
enum SnapshotChunk {
    static let headerBytes = 16
    /// The size of all chunks but the last: little enough to stay in the processor's cache while it is checked and
    /// copied.
    static let bytes = 256 << 10
    static let payloadBytesMax = bytes - headerBytes
    /// The block behind the last chunk.
    static let footerBytes = 32
}

/// The names of a journal's snapshots.
enum SnapshotName {
    static let suffix = ".snapshot"

    /// For example `00000000000a0000.snapshot`.
    static func of(_ position: UInt64) -> String { position.hexadecimal + suffix }

    /// The position that `name` stands for; nil where it is no snapshot's name.
    static func position(_ name: String) -> UInt64? {
        guard let position = UInt64(name.dropLast(suffix.count), radix: 16), name == of(position) else { return nil }
        return position
    }

    /// Whether `name` is a snapshot's, finished or not.
    static func isOurs(_ name: String) -> Bool {
        position(name) != nil || name.hasSuffix(suffix + SegmentName.unfinishedSuffix)
    }
}

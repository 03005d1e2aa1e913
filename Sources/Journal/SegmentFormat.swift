import Platform

/// What all files of a journal share: see FORMAT.md.
public enum JournalFormat {
    /// The format that this build writes, and the latest that it reads.
    public static let version: UInt32 = 1

    /// The earliest format that this build reads.
    static let oldest: UInt32 = 1

    /// Who writes: shown by a later or earlier build that cannot read the file.
    ///
    /// At most 32 bytes.
    public static let writer = "stockkeeper 1.0"

    /// The size of a segment's header: a page, so that no write of records touches the page of the header.
    public static let headerBytes = 4_096

    /// Records start at multiples of this.
    public static let alignment = 8
}

extension JournalFormat {
    /// Refuses a file of a format that this build does not read, and says which build wrote it.
    static func check(
        _ format: UInt32,
        latest: UInt32 = version,
        file: String,
        writer: @autoclosure () -> String
    ) throws(JournalError) {
        if format > latest { throw .newerFormat(file: file, format: format, writer: writer()) }
        if format < oldest { throw .olderFormat(file: file, format: format, writer: writer()) }
    }
}

/// The first block of a segment's file.
struct SegmentHeader: Equatable {
    let journal: JournalID
    /// The position of the segment's first record.
    let first: UInt64
    /// How many positions (bytes) the segment stands for.
    let capacity: UInt64
    /// The writer that made the segment.
    let epoch: WriterEpoch

    /// The position of the next segment's first record.
    var end: UInt64 { first + capacity }

    private static let magic: UInt64 = 0x4C4E_524A_5052_4B53  // "SKRPJRNL", the lowest byte first

    /// The block's bytes.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(JournalFormat.headerBytes)
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: JournalFormat.version)
        bytes.append(littleEndian: journal.low)
        bytes.append(littleEndian: journal.high)
        bytes.append(littleEndian: first)
        bytes.append(littleEndian: capacity)
        bytes.append(littleEndian: epoch.rawValue)
        bytes += Array(JournalFormat.writer.utf8)
        bytes += repeatElement(0, count: JournalFormat.headerBytes - bytes.count)
        bytes.replace(at: 8, littleEndian: CRC32C.checksum(bytes.span.extracting(droppingFirst: 12)))
        return bytes
    }

    /// Reads the header of the segment `file`.
    ///
    /// - Parameters:
    ///   - bytes: the file's first `JournalFormat.headerBytes` bytes, or fewer if it has fewer.
    ///   - file: its path, for errors.
    ///   - expected: the journal that it should belong to.
    /// - Throws: why it is not such a segment.
    init(_ bytes: Span<UInt8>, file: String, journal expected: JournalID) throws(JournalError) {
        guard bytes.count == JournalFormat.headerBytes else {
            throw .damaged(file: file, offset: UInt64(bytes.count), reason: "the header is cut off")
        }
        guard bytes.littleEndian(UInt64.self, at: 0) == Self.magic else {
            throw .damaged(file: file, offset: 0, reason: "this is not a segment")
        }
        guard bytes.littleEndian(UInt32.self, at: 8) == CRC32C.checksum(bytes.extracting(droppingFirst: 12)) else {
            throw .damaged(file: file, offset: 8, reason: "the header's checksum does not fit")
        }
        let format = bytes.littleEndian(UInt32.self, at: 12)
        try JournalFormat.check(format, file: file, writer: bytes.writerName(at: 56))
        journal = JournalID(
            low: bytes.littleEndian(UInt64.self, at: 16),
            high: bytes.littleEndian(UInt64.self, at: 24)
        )
        guard journal == expected else { throw .foreign(file: file) }
        first = bytes.littleEndian(UInt64.self, at: 32)
        capacity = bytes.littleEndian(UInt64.self, at: 40)
        epoch = WriterEpoch(rawValue: bytes.littleEndian(UInt64.self, at: 48))
    }

    init(journal: JournalID, first: UInt64, capacity: UInt64, epoch: WriterEpoch) {
        self.journal = journal
        self.first = first
        self.capacity = capacity
        self.epoch = epoch
    }
}

/// The names of a journal's files.
enum SegmentName {
    static let suffix = ".segment"
    static let unfinishedSuffix = ".making"

    /// For example `00000000000a0000.segment`.
    static func of(first: UInt64) -> String { first.hexadecimal + suffix }

    /// The first position that `name` stands for; nil where it is no segment's name.
    static func first(_ name: String) -> UInt64? {
        guard let first = UInt64(name.dropLast(suffix.count), radix: 16), name == of(first: first) else { return nil }
        return first
    }

    /// Whether `name` is a segment's, finished or not.
    static func isOurs(_ name: String) -> Bool {
        first(name) != nil || name.hasSuffix(suffix + unfinishedSuffix)
    }
}

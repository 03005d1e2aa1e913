import Platform

/// The file `settled`: how far the journal is known to be durable, noted whenever the writer has been idle for a while.
///
/// It is evidence, not truth: recovery works without it, but refuses a journal that ends before the mark. Two slots are
/// written in turn, so that a crash tears at most the newer one.
///
/// - Isolation: one thread at a time.
final class SettledMark<D: Disk> {
    static var name: String { "settled" }

    private let file: D.File
    private var slot: SettledSlot

    private init(file: D.File, slot: SettledSlot) {
        self.file = file
        self.slot = slot
    }

    /// Everything before it was durable when the mark was written.
    var settled: UInt64 { slot.settled }

    /// The latest writer that is known to have opened the journal.
    var epoch: WriterEpoch { slot.epoch }

    /// Reads the mark in `directory`.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - journal: its id.
    ///   - access: `.read` for those who will never write the mark.
    /// - Returns: the mark; nil where there is none.
    /// - Throws: where it is of a later format or another journal.
    static func read(
        disk: D,
        directory: String,
        journal: JournalID,
        _ access: DiskAccess = .readWrite
    ) throws(JournalError) -> SettledMark? {
        let path = "\(directory)/\(name)"
        let file: D.File
        do {
            file = try disk.open(path, access)
        } catch  where error.isMissingFile {
            return nil
        } catch {
            throw .system(error)
        }
        var newest = SettledSlot(journal: journal, sequence: 0, settled: 0, epoch: WriterEpoch(rawValue: 0))
        for index in 0..<2 {
            let bytes = try onDisk { () throws(SystemError) in
                try file.bytes(at: UInt64(index * SettledSlot.strideBytes), count: SettledSlot.size)
            }
            if let slot = try SettledSlot(bytes.span, file: path, journal: journal), slot.sequence > newest.sequence {
                newest = slot
            }
        }
        return SettledMark(file: file, slot: newest)
    }

    /// Makes the mark of a new journal, or of one that has lost it; the directory is not synced.
    static func create(disk: D, directory: String, journal: JournalID) throws(SystemError) -> SettledMark {
        let file = try disk.open("\(directory)/\(name)", .create)
        try file.zeroFill(0..<UInt64(2 * SettledSlot.strideBytes))
        try file.sync()
        let slot = SettledSlot(journal: journal, sequence: 0, settled: 0, epoch: WriterEpoch(rawValue: 0))
        return SettledMark(file: file, slot: slot)
    }

    /// Replaces the older slot; durable on return.
    func write(settled: UInt64, epoch: WriterEpoch) throws(SystemError) {
        let next = SettledSlot(journal: slot.journal, sequence: slot.sequence + 1, settled: settled, epoch: epoch)
        let offset = (next.sequence % 2) * UInt64(SettledSlot.strideBytes)
        try file.writeFully(next.encoded.span, at: offset)
        try file.sync()
        slot = next
    }

    /// Closes the file.
    func close() {
        try? file.close()
    }
}

/// One of the two slots of the mark: see FORMAT.md.
struct SettledSlot: Equatable {
    let journal: JournalID
    /// Counts the writes; the slot with the higher number counts.
    let sequence: UInt64
    let settled: UInt64
    let epoch: WriterEpoch

    static let size = 88
    /// The slots are this far apart, so that no sector holds parts of both.
    static let strideBytes = 4_096

    private static let magic: UInt64 = 0x4B52_414D_5052_4B53  // "SKRPMARK", the lowest byte first

    init(journal: JournalID, sequence: UInt64, settled: UInt64, epoch: WriterEpoch) {
        self.journal = journal
        self.sequence = sequence
        self.settled = settled
        self.epoch = epoch
    }

    /// The slot's bytes.
    var encoded: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: Self.magic)
        bytes.append(littleEndian: UInt32(0))
        bytes.append(littleEndian: JournalFormat.version)
        bytes.append(littleEndian: journal.low)
        bytes.append(littleEndian: journal.high)
        bytes.append(littleEndian: sequence)
        bytes.append(littleEndian: settled)
        bytes.append(littleEndian: epoch.rawValue)
        bytes += Array(JournalFormat.writer.utf8)
        bytes += [UInt8](repeating: 0, count: Self.size - bytes.count)
        bytes.replace(at: 8, littleEndian: CRC32C.checksum(bytes.span.extracting(droppingFirst: 12)))
        return bytes
    }

    /// Reads a slot; nil where it is empty or torn.
    init?(_ bytes: Span<UInt8>, file: String, journal expected: JournalID) throws(JournalError) {
        guard bytes.count == Self.size, bytes.littleEndian(UInt64.self, at: 0) == Self.magic,
            bytes.littleEndian(UInt32.self, at: 8) == CRC32C.checksum(bytes.extracting(droppingFirst: 12))
        else { return nil }
        let format = bytes.littleEndian(UInt32.self, at: 12)
        try JournalFormat.check(format, file: file, writer: bytes.writerName(at: 56))
        journal = JournalID(
            low: bytes.littleEndian(UInt64.self, at: 16),
            high: bytes.littleEndian(UInt64.self, at: 24)
        )
        guard journal == expected else { throw .foreign(file: file) }
        sequence = bytes.littleEndian(UInt64.self, at: 32)
        settled = bytes.littleEndian(UInt64.self, at: 40)
        epoch = WriterEpoch(rawValue: bytes.littleEndian(UInt64.self, at: 48))
    }
}

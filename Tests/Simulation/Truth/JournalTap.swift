import Journal
import Platform

/// Reads what is durable of one journal off the platters, record after record, by the description of the format alone.
///
/// It shares no code with the journal but the checksum instruction.
final class JournalTap {
    private let directory: String
    private let journal: JournalID
    private let seed: UInt32
    private let disk: SimulatedDisk
    /// Where the next record starts.
    private(set) var position: UInt64 = 0
    private var chain: UInt32
    private var first: UInt64 = 0
    private var open: Inode?

    private static let headerBytes = 4_096
    private static let recordHeadBytes = 16
    private static let seal: UInt8 = 255

    init(disk: SimulatedDisk, directory: String, journal: JournalID) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
        var id: [UInt8] = []
        for half in [journal.low, journal.high] {
            for shift in stride(from: UInt64(0), to: 64, by: 8) { id.append(UInt8(truncatingIfNeeded: half >> shift)) }
        }
        seed = CRC32C.checksum(id.span)
        chain = seed
    }

    /// A tap of the same journal that begins at its beginning.
    func anew() -> JournalTap { JournalTap(disk: disk, directory: directory, journal: journal) }

    /// Goes on to the end of what is durable.
    ///
    /// `body`: gets where each record starts, its type and its payload.
    func run(_ body: (UInt64, UInt8, Span<UInt8>) throws(Violation) -> Void) throws(Violation) {
        while let inode = segment() {
            let content = inode.durable
            let bytes = content.span
            let place = Self.headerBytes + Int(position - first)
            guard place + Self.recordHeadBytes <= bytes.count else { return }
            let type = bytes[place + 15]
            let count = Int(bytes[place + 12]) | Int(bytes[place + 13]) << 8 | Int(bytes[place + 14]) << 16
            let size = (Self.recordHeadBytes + count + 7) & ~7
            guard type != 0, place + size <= bytes.count else { return }
            let checksum = Self.word(bytes, place)
            guard checksum == self.checksum(bytes, place, size, position), Self.word(bytes, place + 4) == chain else {
                return
            }
            chain = checksum
            if type == Self.seal {
                position = first + UInt64(bytes.count - Self.headerBytes)
                open = nil
                continue
            }
            let start = position
            position += UInt64(size)
            try body(start, type, bytes.extracting(place + Self.recordHeadBytes..<place + Self.recordHeadBytes + count))
        }
    }

    /// The segments before the open one, oldest first.
    var sealedSegments: [(inode: Inode, end: UInt64)] {
        disk.durableFiles(in: directory, suffix: ".segment")
            .map { (inode: $0.inode, end: Self.first($0.name) + UInt64($0.inode.durable.count - Self.headerBytes)) }
            .filter { $0.end <= first }
    }

    /// The journal's snapshots, oldest first.
    var snapshots: [Inode] { disk.durableFiles(in: directory, suffix: ".snapshot").map(\.inode) }

    private static func first(_ name: String) -> UInt64 { UInt64(name.prefix(16), radix: 16) ?? 0 }

    /// The file that the position is in.
    private func segment() -> Inode? {
        if let open { return open }
        let digits = String(position, radix: 16)
        let name = String(repeating: "0", count: 16 - digits.count) + digits
        open = disk.durableFile("\(directory)/\(name).segment")
        first = position
        return open
    }

    /// After a restart a segment may be another file of the same name.
    func reopen() {
        guard open != nil else { return }
        let digits = String(first, radix: 16)
        let name = String(repeating: "0", count: 16 - digits.count) + digits
        open = disk.durableFile("\(directory)/\(name).segment")
    }

    /// The checksum that a record at a place of a file should have.
    func checksum(of inode: Inode, _ place: Int, _ size: Int) -> UInt32 {
        let content = inode.durable
        return checksum(content.span, place, size, first + UInt64(place - Self.headerBytes))
    }

    /// The open segment, where its durable records end, and the last one's checksum.
    var end: (inode: Inode, place: Int, chain: UInt32)? {
        segment().map { ($0, Self.headerBytes + Int(position - first), chain) }
    }

    private func checksum(_ bytes: Span<UInt8>, _ place: Int, _ size: Int, _ position: UInt64) -> UInt32 {
        var sum = seed
        var start = position.littleEndian
        sum = unsafe withUnsafeBytes(of: &start) { unsafe CRC32C.checksum($0, seed: sum) }
        return CRC32C.checksum(bytes.extracting(place + 4..<place + size), seed: sum)
    }

    private static func word(_ bytes: Span<UInt8>, _ place: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in 0..<4 { value |= UInt32(bytes[place + index]) << (UInt32(index) * 8) }
        return value
    }
}

import Foundation

/// A journal's segment as a stranger to the server sees it, to damage it on purpose: a header of one page, then records
/// at multiples of 8 (16 bytes of header whose last word is `type << 24 | payload size`), then zeros.
struct SegmentFile {
    let path: String
    /// The offset of every record, in bytes from the file's start.
    let records: [Int]
    /// The offset behind the last record.
    let end: Int

    private static let headerBytes = 4_096
    private static let recordHeaderBytes = 16

    init(_ path: String) throws {
        self.path = path
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        var records: [Int] = []
        var place = Self.headerBytes
        while place + Self.recordHeaderBytes <= bytes.count, bytes[place + 15] != 0 {
            records.append(place)
            let payload = Int(bytes[place + 12]) | Int(bytes[place + 13]) << 8 | Int(bytes[place + 14]) << 16
            place += (Self.recordHeaderBytes + payload + 7) & ~7
        }
        self.records = records
        end = place
    }

    /// The segment with the latest records in a data folder of one partition.
    static func last(in folder: DataFolder) throws -> SegmentFile {
        let segments = try folder.files(".segment").map { try SegmentFile($0) }
        guard let last = segments.last(where: { !$0.records.isEmpty }) else {
            throw HarnessFailure("no segment with records among \(folder.files(""))")
        }
        return last
    }

    /// Writes over the file's bytes at `offset`.
    func overwrite(at offset: Int, _ bytes: [UInt8]) throws {
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seek(toOffset: UInt64(offset))
        try file.write(contentsOf: Data(bytes))
        try file.close()
    }

    /// Inverts one bit of the byte at `offset`.
    func flipBit(at offset: Int) throws {
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        try overwrite(at: offset, [bytes[offset] ^ 0x10])
    }

    var name: String { URL(fileURLWithPath: path).lastPathComponent }
}

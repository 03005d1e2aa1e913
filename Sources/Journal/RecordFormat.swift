import Platform

/// The header of a record as it is read: see FORMAT.md for the bytes.
struct RecordHeader {
    /// The checksum that the record carries, and its successor repeats.
    let checksum: UInt32
    /// The predecessor's checksum.
    let chain: UInt32
    /// How many bytes before this record were not yet known to be durable when it was appended.
    let unsettledBytes: UInt32
    /// 1...254: the caller's; 255: the segment's seal.
    let type: UInt8
    /// Unit: bytes, without padding.
    let payloadBytes: Int

    /// The record's whole size in bytes.
    var size: Int { RecordFormat.size(payloadBytes: payloadBytes) }
}

/// What a record's bytes turn out to be.
enum RecordCheck {
    /// A whole record whose checksum fits its place.
    case valid(RecordHeader)
    /// All bytes of the header are zero: nothing was written here.
    case unwritten
    /// More bytes are needed to tell: this many in all.
    case cut(neededBytes: Int)
    /// No record starts here.
    case invalid(RecordFlaw)
}

/// Why bytes are not the record that belongs there.
enum RecordFlaw: CustomStringConvertible {
    case unwritten
    case noType
    case payloadTooLong
    case settledBeforeStart
    case checksum
    case chain
    case beyondSegment

    var description: String {
        switch self {
        case .unwritten: "nothing is written here"
        case .noType: "the record has no type"
        case .payloadTooLong: "the record's payload is longer than any"
        case .settledBeforeStart: "the record claims more unsettled bytes than there are"
        case .checksum: "the record's checksum does not fit"
        case .chain: "the record does not follow the one before it"
        case .beyondSegment: "the record does not fit the segment"
        }
    }
}

/// How one record is laid out in memory and on disk, and how it is checked.
///
/// ```
///  0        4        8            12             15     16
///  | crc32c | chain  | unsettled  | payload size | type | payload, zeros up to a multiple of 8
/// ```
enum RecordFormat {
    static let headerBytes = 16
    static let sealType: UInt8 = 255
    static let userTypes: ClosedRange<UInt8> = 1...254

    private static let checkedFrom = 4

    /// The size of a record on disk, in bytes.
    @inline(__always)
    static func size(payloadBytes: Int) -> Int {
        (headerBytes + payloadBytes + JournalFormat.alignment - 1) & ~(JournalFormat.alignment - 1)
    }

    /// What the checksums of a journal's records start from, and the chain value of its first record.
    static func seed(_ journal: JournalID) -> UInt32 {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: journal.low)
        bytes.append(littleEndian: journal.high)
        return CRC32C.checksum(bytes.span)
    }

    /// Completes the record whose payload lies in its place behind `base`: header, padding and checksum.
    ///
    /// - Parameters:
    ///   - base: `size(payloadBytes:)` writable bytes.
    ///   - type: the record's.
    ///   - payloadBytes: the payload's size, without padding.
    ///   - position: the record's own, which the checksum covers.
    ///   - chain: the checksum of the record before it.
    ///   - unsettledBytes: how many bytes right before the record are not known to be durable.
    ///   - seed: the journal's.
    /// - Returns: the record's checksum, its successor's chain value.
    @inline(__always)
    @unsafe
    static func complete(
        _ base: UnsafeMutableRawPointer,
        type: UInt8,
        payloadBytes: Int,
        position: UInt64,
        chain: UInt32,
        unsettledBytes: UInt32,
        seed: UInt32
    ) -> UInt32 {
        let size = size(payloadBytes: payloadBytes)
        // SAFETY: all stores stay within the record's `size` bytes, which the caller owns.
        for offset in (headerBytes + payloadBytes)..<size {
            unsafe base.storeBytes(of: 0, toByteOffset: offset, as: UInt8.self)
        }
        let word = UInt32(payloadBytes) | UInt32(type) << 24
        unsafe base.storeBytes(of: chain.littleEndian, toByteOffset: 4, as: UInt32.self)
        unsafe base.storeBytes(of: unsettledBytes.littleEndian, toByteOffset: 8, as: UInt32.self)
        unsafe base.storeBytes(of: word.littleEndian, toByteOffset: 12, as: UInt32.self)
        let checksum = unsafe checksum(UnsafeRawPointer(base), size: size, position: position, seed: seed)
        unsafe base.storeBytes(of: checksum.littleEndian, toByteOffset: 0, as: UInt32.self)
        return checksum
    }

    /// Says what the bytes at `position` are, without looking at any other record.
    ///
    /// `bytes` is what is there, from the record's start on; more than the record is fine.
    @inline(__always)
    @unsafe
    static func check(_ bytes: UnsafeRawBufferPointer, position: UInt64, seed: UInt32) -> RecordCheck {
        guard bytes.count >= headerBytes, let base = bytes.baseAddress else {
            return .cut(neededBytes: headerBytes)
        }
        let header = unsafe header(base)
        if header.type == 0 { return unsafe isZero(base) ? .unwritten : .invalid(.noType) }
        let isSeal = header.type == sealType
        guard header.payloadBytes <= (isSeal ? 0 : JournalLimits.payloadBytesMax) else {
            return .invalid(.payloadTooLong)
        }
        guard UInt64(header.unsettledBytes) <= position else { return .invalid(.settledBeforeStart) }
        guard bytes.count >= header.size else { return .cut(neededBytes: header.size) }
        let checksum = unsafe checksum(base, size: header.size, position: position, seed: seed)
        return checksum == header.checksum ? .valid(header) : .invalid(.checksum)
    }

    @inline(__always)
    @unsafe
    private static func header(_ base: UnsafeRawPointer) -> RecordHeader {
        // SAFETY: the caller has `headerBytes` bytes there.
        let word = unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 12, as: UInt32.self))
        return RecordHeader(
            checksum: unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 0, as: UInt32.self)),
            chain: unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 4, as: UInt32.self)),
            unsettledBytes: unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 8, as: UInt32.self)),
            type: UInt8(truncatingIfNeeded: word >> 24),
            payloadBytes: Int(word & 0xFF_FFFF)
        )
    }

    @inline(__always)
    @unsafe
    private static func isZero(_ base: UnsafeRawPointer) -> Bool {
        // SAFETY: as above.
        unsafe base.loadUnaligned(as: UInt64.self) | base.loadUnaligned(fromByteOffset: 8, as: UInt64.self) == 0
    }

    /// Covers the journal (by the seed), the position and everything behind the checksum, padding included.
    @inline(__always)
    @unsafe
    private static func checksum(_ base: UnsafeRawPointer, size: Int, position: UInt64, seed: UInt32) -> UInt32 {
        var place = position.littleEndian
        // SAFETY: eight bytes of a local value, then the rest of the record's bytes.
        let placed = unsafe withUnsafeBytes(of: &place) { unsafe CRC32C.checksum($0, seed: seed) }
        let checked = unsafe UnsafeRawBufferPointer(start: base + checkedFrom, count: size - checkedFrom)
        return unsafe CRC32C.checksum(checked, seed: placed)
    }
}

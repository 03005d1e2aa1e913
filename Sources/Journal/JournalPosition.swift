/// A place in a partition's journal.
///
/// Unit: bytes from the journal's start. Segment headers are not counted; the unused end of a sealed segment is, so that each segment stands for a fixed
/// range of positions. Records start at multiples of 8.
public struct JournalPosition: RawRepresentable, Hashable, Comparable, BitwiseCopyable, Sendable,
    CustomStringConvertible
{
    /// Bytes from the journal's start.
    public let rawValue: UInt64

    /// The position `rawValue` bytes from the journal's start.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Where every journal begins.
    public static let start = Self(rawValue: 0)

    /// Where the record that starts here ends.
    ///
    /// - Parameter payloadBytes: the size of its payload.
    /// - Returns: where the next record of the segment starts, or the segment's seal stands.
    @inline(__always)
    public func behindRecord(payloadBytes: Int) -> Self {
        Self(rawValue: rawValue + UInt64(RecordFormat.size(payloadBytes: payloadBytes)))
    }

    /// Earlier positions come first.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }

    /// The number of bytes, in decimal.
    public var description: String { String(rawValue) }
}

/// Which journal a file or record belongs to: 16 random bytes, drawn when the journal is made.
public struct JournalID: Hashable, Sendable, CustomStringConvertible {
    /// The first eight bytes, read as little endian.
    public let low: UInt64
    /// The last eight bytes, read as little endian.
    public let high: UInt64

    /// The id made of these two halves.
    public init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// 32 hexadecimal digits, in the order of the bytes on disk.
    public var description: String {
        var bytes: [UInt8] = []
        bytes.append(littleEndian: low)
        bytes.append(littleEndian: high)
        return bytes.span.hexadecimal
    }
}

/// Which opening of the journal wrote something: each one is numbered higher than all before it, so that a writer that
/// lost its journal to a later one can be told, and fenced off.
public struct WriterEpoch: RawRepresentable, Hashable, Comparable, Sendable {
    /// 0 before the first opening.
    public let rawValue: UInt64

    /// The epoch with this number.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Earlier epochs come first.
    public static func < (left: Self, right: Self) -> Bool {
        left.rawValue < right.rawValue
    }
}

import Journal

/// Where a record stands, as a keeper, a key's memory or another record remembers it: in eight bytes.
///
/// The upper 16 bits are 0 for the journal of whoever remembers, else the number of a retired journal and 1; the lower
/// 48 bits are the position there. So a record's link to the one before it has the meaning that it was written with,
/// also after its journal has been retired.
public struct RecordPlace: RawRepresentable, Hashable, BitwiseCopyable, Sendable {
    /// The eight bytes, as they are journaled.
    public let rawValue: UInt64

    /// The place that these bytes stand for.
    public init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// A place in the journal of whoever remembers it.
    public init(_ position: JournalPosition) {
        rawValue = position.rawValue
    }

    /// A place in a journal that is not the one of whoever remembers it.
    ///
    /// - Parameter address: in a journal up to `FolderDescription.journalMax`, below `JournalLimits.positionsMax`.
    public init(retired address: RecordAddress) {
        rawValue = (UInt64(address.journal) + 1) << Self.positionBits | address.position.rawValue
    }

    /// Where the record starts in its journal.
    public var position: JournalPosition {
        JournalPosition(rawValue: rawValue & (1 << Self.positionBits - 1))
    }

    /// Whether the record stands in the journal of whoever remembers it.
    public var isOwn: Bool { rawValue >> Self.positionBits == 0 }

    /// How far the journal of whoever remembers must be durable for the record to be readable; a retired one is.
    public var readableFrom: JournalPosition {
        isOwn ? JournalPosition(rawValue: rawValue + 1) : .start
    }

    /// The same place for whoever writes a later journal than `own`, which remembers it so far.
    func retired(from own: UInt16) -> RecordPlace { RecordPlace(retired: address(seenFrom: own)) }

    /// Where the record stands for anybody, if whoever remembers it has the journal number `own`.
    public func address(seenFrom own: UInt16) -> RecordAddress {
        let journal = isOwn ? own : UInt16(rawValue >> Self.positionBits - 1)
        return RecordAddress(journal: journal, position: position)
    }

    private static let positionBits: UInt64 = 48
}

/// Where a record stands in a data folder: which journal, and where in it.
public struct RecordAddress: Hashable, BitwiseCopyable, Sendable {
    /// The journal's number.
    public let journal: UInt16
    /// Where the record starts.
    public let position: JournalPosition

    /// The record that starts there.
    public init(journal: UInt16, position: JournalPosition) {
        self.journal = journal
        self.position = position
    }
}

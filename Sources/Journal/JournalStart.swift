/// Where a replay begins, and what the record there must follow.
public struct JournalStart: Hashable, Sendable {
    /// Where the first record to be replayed starts, or will start.
    public let position: JournalPosition
    /// The checksum of the record before it; nil where there is none, at the journal's beginning.
    let chain: UInt32?

    /// The journal's beginning.
    public static let beginning = Self(position: .start, chain: nil)
}

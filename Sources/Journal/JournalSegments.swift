import Platform

/// The segments of a journal as files: which there are, and how the oldest ones go.
///
/// - Isolation: any thread; one at a time may remove.
public struct JournalSegments<D: Disk>: Sendable {
    private let disk: D
    private let directory: String
    private let journal: JournalID

    /// The segments of the journal in `directory`.
    public init(disk: D, directory: String, journal: JournalID) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
    }

    /// Where the segments begin, the oldest first, the one that is made ahead of its use included.
    public func firsts() throws(JournalError) -> [JournalPosition] {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        return names.compactMap(SegmentName.first).sorted().map { JournalPosition(rawValue: $0) }
    }

    /// Where the last sealed segment ends: the beginning of the open one.
    ///
    /// - Parameter durable: a place before which everything is durable.
    /// - Returns: the beginning of the segment that `durable` is in: all before it are sealed.
    /// - Throws: what the disk said.
    public func sealedEnd(durable: JournalPosition) throws(JournalError) -> JournalPosition {
        try firsts().last { $0 <= durable } ?? .start
    }

    /// Everything before it was durable when the journal's writer last noted so: what somebody may rely on who reads a
    /// journal that nobody writes.
    public func settled() throws(JournalError) -> JournalPosition {
        guard let mark = try SettledMark.read(disk: disk, directory: directory, journal: journal) else { return .start }
        mark.close()
        return JournalPosition(rawValue: mark.settled)
    }

    /// The records of a sealed segment, from where it begins to where it ends and the next one begins.
    public func stretch(
        from first: JournalPosition,
        to end: JournalPosition
    ) throws(JournalError) -> JournalStretch<D> {
        // Its first record vouches for itself: the segment before may be gone.
        let start = JournalStart(position: first, chain: nil)
        return try JournalStretch(disk: disk, directory: directory, journal: journal, from: start, upTo: end)
    }

    /// Removes the oldest segment; it is gone for good on return.
    ///
    /// Only one at a time, so that a power cut never leaves a gap between those that stay.
    ///
    /// - Parameter first: where it begins.
    /// - Throws: what the disk said.
    public func removeOldest(_ first: JournalPosition) throws(JournalError) {
        try onDisk { () throws(SystemError) in
            try disk.unlink("\(directory)/\(SegmentName.of(first: first.rawValue))")
            try disk.syncDirectory(directory)
        }
    }
}

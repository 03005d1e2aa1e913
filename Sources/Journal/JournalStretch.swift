import Platform

/// The records between two places of a journal, all of them durable: read one segment after the other, while the
/// journal is being written too.
///
/// It has descriptors of its own and changes nothing. Because all of it is durable, whatever is no record is damage.
///
/// - Isolation: one thread at a time.
public final class JournalStretch<D: Disk> {
    private var walk: JournalWalk<D>
    private let entries: [SegmentEntry]
    private let limit: UInt64

    /// A stretch of the journal in `directory`.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - journal: its id.
    ///   - start: where it begins.
    ///   - limit: where it ends: the start of a record or segment, with nothing behind `durable` before it.
    /// - Throws: `JournalError.damaged` where a segment is missing or its header is not right.
    public init(
        disk: D,
        directory: String,
        journal: JournalID,
        from start: JournalStart,
        upTo limit: JournalPosition
    ) throws(JournalError) {
        let all = try onDisk { () throws(SystemError) in try disk.list(directory) }
        let firsts = all.compactMap(SegmentName.first)
        let begin = firsts.filter { $0 <= start.position.rawValue }.max() ?? 0
        let names = firsts.filter { begin <= $0 && $0 <= limit.rawValue }.map(SegmentName.of)
        let entries = try SegmentEntry.list(disk: disk, directory: directory, names: names, journal: journal)
        let seed = RecordFormat.seed(journal)
        walk = try JournalWalk(
            disk: disk,
            directory: directory,
            entries: entries,
            start: start,
            limit: limit.rawValue,
            seed: seed,
            window: RecordWindow(for: entries, seed: seed)
        )
        self.entries = entries
        self.limit = limit.rawValue
    }

    /// Hands the records of the next segment to `replay`, in order.
    ///
    /// - Returns: whether there is more.
    /// - Throws: what `replay` threw, or `JournalError.damaged` with the place of what is no record.
    public func step(_ replay: JournalReplay) throws(JournalError) -> Bool {
        switch try walk.step(replay) {
        case .segment:
            return true
        case .limit:
            return false
        case .flaw(let flaw):
            let entry = entries[walk.index]
            throw .damaged(file: entry.path, offset: entry.offset(walk.position), reason: flaw.description)
        }
    }

    /// The place at its end, once `step` has returned false.
    public var end: JournalStart {
        JournalStart(position: JournalPosition(rawValue: limit), chain: walk.chain)
    }

    /// Records handed over so far.
    public var records: UInt64 { walk.records }
}

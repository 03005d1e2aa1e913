import Platform

/// Reads the durable records of a journal in order, a part at a time, while it is being written and its oldest segments go.
///
/// It stands between two records and goes on from there whenever it is asked to. It changes and locks nothing.
///
/// - Isolation: one thread at a time.
public final class JournalFollower<D: Disk> {
    /// Why a reading has ended.
    public enum Stop: Equatable, Sendable {
        /// Everything up to the limit was read.
        case limit
        /// The reader wanted no more: the record that it was given last counts as not read.
        case stopped
        /// What stood here is not kept any more: the records go on at this position, where the follower stands now.
        case gap(JournalPosition)
    }

    private let disk: D
    private let directory: String
    private let journal: JournalID
    private let window: RecordWindow
    private var reader: ChainReader
    private var segment: Segment<D>?
    /// Whether a record has been read since the follower was put where it stands.
    private var hasRead = false

    /// Bytes read at a time.
    private static var readBytes: Int { 128 << 10 }

    /// A follower of the journal in `directory`.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - journal: its id.
    ///   - position: where it begins: between two records, or where a segment begins.
    public init(disk: D, directory: String, journal: JournalID, from position: JournalPosition = .start) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
        window = RecordWindow(capacity: Self.readBytes, seed: RecordFormat.seed(journal))
        window.restart(at: position.rawValue)
        reader = ChainReader(window: window, chain: nil, segmentEnd: 0, limit: position.rawValue)
    }

    /// Everything before it was read or is not kept.
    public var position: JournalPosition { JournalPosition(rawValue: window.position) }

    /// Hands records to `replay` up to a limit.
    ///
    /// - Parameters:
    ///   - limit: where to stop: a place that the journal was durable up to, so that no record lies across it.
    ///   - replay: called for each record; ends the reading with `JournalError.stopped`, and gets the record again.
    /// - Returns: why the reading has ended.
    /// - Throws: `noRecord` where the follower was put at a place that is between no records; `damaged` where something
    ///   that was durable is no record; what `replay` threw.
    public func read(upTo limit: JournalPosition, _ replay: JournalReplay) throws(JournalError) -> Stop {
        reader.limit = limit.rawValue
        while window.position < limit.rawValue {
            if segment == nil, let gap = try open() { return .gap(gap) }
            guard let segment else { throw .noRecord(at: position) }
            let before = window.position
            defer { hasRead = hasRead || window.position > before }
            let stop: ChainReader.Stop
            do throws(JournalError) {
                stop = try reader.run(replay)
            } catch .stopped {
                return .stopped
            }
            switch stop {
            case .needs(let bytes): try fill(segment, bytes)
            case .limit: return .limit
            case .sealed: leave(segment)
            case .flaw(let flaw): throw flawed(segment, flaw, hasRead || window.position > before)
            }
        }
        return .limit
    }

    /// Nothing behind the limit is read: what was not durable then may be other bytes later.
    private func fill(_ segment: Segment<D>, _ neededBytes: Int) throws(JournalError) {
        let next = window.position + UInt64(window.count)
        let end = min(reader.limit, segment.entry.header.end)
        if next < end {
            try unsafe window.fill(limit: Int(end - next)) { (free) throws(JournalError) in
                try unsafe segment.read(at: next, into: free)
            }
        }
        guard window.count >= neededBytes else { throw flawed(segment, .beyondSegment, hasRead) }
    }

    private func leave(_ segment: Segment<D>) {
        window.restart(at: segment.entry.header.end)
        close()
    }

    /// Lets go of the open segment, which is opened again when it is needed.
    public func close() {
        segment?.close()
        segment = nil
        window.restart(at: window.position)
    }

    /// Opens the segment of the position.
    ///
    /// - Returns: where the records go on, if those at the position are not kept any more; the follower stands there then.
    private func open() throws(JournalError) -> JournalPosition? {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        let firsts = names.compactMap(SegmentName.first).sorted()
        guard let oldest = firsts.first else { throw .missingSegment(directory: directory, first: 0) }
        guard let first = firsts.last(where: { $0 <= window.position }) else { return skip(to: oldest) }
        do throws(JournalError) {
            let found = try Segment.open(disk: disk, directory: directory, first: first, journal: journal)
            guard window.position < found.entry.header.end else {
                found.close()
                throw .noRecord(at: position)
            }
            segment = found
            reader.segmentEnd = found.entry.header.end
            return nil
        } catch {
            // Between the listing and the opening it may have gone, and with it all before it.
            guard case .system(let reason) = error, reason.isMissingFile else { throw error }
            return skip(to: firsts.first { $0 > first } ?? first)
        }
    }

    private func skip(to first: UInt64) -> JournalPosition {
        window.restart(at: first)
        reader = ChainReader(window: window, chain: nil, segmentEnd: 0, limit: first)
        hasRead = true
        return position
    }

    private func flawed(_ segment: Segment<D>, _ flaw: RecordFlaw, _ hasRead: Bool) -> JournalError {
        guard hasRead else { return .noRecord(at: position) }
        let offset = segment.entry.offset(window.position)
        return .damaged(file: segment.entry.path, offset: offset, reason: flaw.description)
    }
}

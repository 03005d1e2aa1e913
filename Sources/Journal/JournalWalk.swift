import Platform

/// Reads a journal's records in order, over one segment after the other, up to its end or a limit.
///
/// - Isolation: one thread at a time.
struct JournalWalk<D: Disk> {
    private let disk: D
    private let directory: String
    private let entries: [SegmentEntry]
    private let window: RecordWindow
    private var reader: ChainReader
    private var segment: Segment<D>

    /// The segment in which the walk stands.
    private(set) var index: Int
    /// Where the walk has ended; the window may be used for something else since.
    private(set) var position: UInt64 = 0

    /// Why a walk has stopped.
    enum Stop: CustomStringConvertible {
        /// It has left a sealed segment and stands at the beginning of the next one.
        case segment
        /// It stands at its limit.
        case limit
        /// It stands at something that is not the next record: at the journal's end, nothing is written there.
        case flaw(RecordFlaw)

        var description: String {
            switch self {
            case .segment: "the segment is sealed"
            case .limit: "the limit is reached"
            case .flaw(let flaw): flaw.description
            }
        }
    }

    /// Stands at `start`, in one of `entries`.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - entries: segments without a gap between them.
    ///   - start: where the first record is; without a chain value, the first record vouches for itself alone.
    ///   - limit: where to stop: a record's start or the journal's end.
    ///   - seed: the journal's.
    ///   - window: memory for the records.
    /// - Throws: `JournalError.damaged` where the segment of `start` is missing.
    init(
        disk: D,
        directory: String,
        entries: [SegmentEntry],
        start: JournalStart,
        limit: UInt64 = .max,
        seed: UInt32,
        window: RecordWindow
    ) throws(JournalError) {
        self.disk = disk
        self.directory = directory
        self.entries = entries
        self.window = window
        let place = start.position.rawValue
        guard let index = entries.lastIndex(where: { $0.header.first <= place && place < $0.header.end }) else {
            throw .missingSegment(directory: directory, first: place)
        }
        self.index = index
        let header = entries[index].header
        window.restart(at: header.first)
        segment = try Segment(disk: disk, entries[index], .read)
        var chain = header.first == 0 ? seed : place == header.first ? start.chain : nil
        if place > header.first {
            // What the start claims to follow is in this segment: it must be there.
            reader = ChainReader(window: window, chain: chain, segmentEnd: header.end, limit: place)
            try approach(start)
            chain = start.chain
        }
        reader = ChainReader(window: window, chain: chain, segmentEnd: header.end, limit: limit)
    }

    /// The last record's checksum; nil where no record was read, and the one before it is not known.
    var chain: UInt32? { reader.chain }
    /// Everything before it was durable when one of the records that were read was appended.
    var settled: UInt64 { reader.settled }
    /// How many records were handed over.
    var records: UInt64 { reader.records }

    /// Hands records to `replay` up to the end of the segment, or of the walk.
    mutating func step(_ replay: JournalReplay) throws(JournalError) -> Stop {
        while true {
            switch try reader.run(replay) {
            case .needs:
                // Not beyond the segment, and so there is enough: what a file lacks reads as zeros.
                try segment.fill(window)
            case .sealed:
                try leaveSegment()
                return .segment
            case .limit:
                end()
                return .limit
            case .flaw(let flaw):
                end()
                return .flaw(flaw)
            }
        }
    }

    /// Goes on to `start` from the beginning of its segment, and hands nothing over.
    private mutating func approach(_ start: JournalStart) throws(JournalError) {
        while true {
            switch try reader.run({ (_, _, _) throws(JournalError) in }) {
            case .needs: try segment.fill(window)
            case .limit where reader.chain == start.chain: return
            case .limit: throw damage("the record before is not the one that was there")
            case .sealed: throw damage("the segment is sealed")
            case .flaw(let flaw):
                throw damage("\(flaw), yet everything before position \(start.position) was durable once")
            }
        }
    }

    private func damage(_ reason: String) -> JournalError {
        .damaged(file: segment.entry.path, offset: segment.entry.offset(window.position), reason: reason)
    }

    private mutating func end() {
        position = window.position
        segment.close()
    }

    /// Goes from behind a seal to the next segment, which must exist: it was made before the seal was written.
    private mutating func leaveSegment() throws(JournalError) {
        let entry = segment.entry
        try segment.expectZeros(window)
        segment.close()
        guard index + 1 < entries.count else {
            throw .missingSegment(directory: directory, first: entry.header.end)
        }
        index += 1
        segment = try Segment(disk: disk, entries[index], .read)
        reader.segmentEnd = entries[index].header.end
        window.restart(at: entries[index].header.first)
    }
}

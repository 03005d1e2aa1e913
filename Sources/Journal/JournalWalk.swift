import Platform

/// Reads a journal's records in order, over all its segments, up to its end.
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

    /// Starts at the beginning of the segment `index`.
    ///
    /// Records before the position `from` are checked but not handed over.
    init(
        disk: D,
        directory: String,
        entries: [SegmentEntry],
        index: Int,
        from: UInt64,
        seed: UInt32,
        window: RecordWindow
    ) throws(JournalError) {
        self.disk = disk
        self.directory = directory
        self.entries = entries
        self.window = window
        self.index = index
        let header = entries[index].header
        window.restart(at: header.first)
        // The journal's first record follows the seed. A later segment's first record vouches for itself alone.
        let chain: UInt32? = header.first == 0 ? seed : nil
        reader = ChainReader(window: window, from: from, chain: chain, segmentEnd: header.end)
        segment = try Segment(disk: disk, entries[index], .read)
    }

    /// The last record's checksum; nil where no record was read, and the one before is not known.
    var chain: UInt32? { reader.chain }
    /// Everything before it was durable when one of the records that were read was appended.
    var settled: UInt64 { reader.settled }
    /// How many records were handed over.
    var records: UInt64 { reader.records }

    /// Hands all records to `replay`.
    ///
    /// - Returns: why the walk stands where it does: at the journal's end, nothing is written there.
    mutating func run(_ replay: JournalReplay) throws(JournalError) -> RecordFlaw {
        while true {
            switch try reader.run(replay) {
            case .needs:
                // Not beyond the segment, and so there is enough: what a file lacks reads as zeros.
                try segment.fill(window)
            case .sealed:
                try leaveSegment()
            case .flaw(let flaw):
                position = window.position
                segment.close()
                return flaw
            }
        }
    }

    /// Goes from behind a seal to the next segment, which must exist: it was made before the seal was written.
    private mutating func leaveSegment() throws(JournalError) {
        let entry = segment.entry
        repeat {
            window.skipZeros()
            if window.count > 0 {
                let offset = entry.offset(window.position)
                throw .damaged(file: entry.path, offset: offset, reason: "the sealed segment goes on after its seal")
            }
            try segment.fill(window)
        } while window.count > 0
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

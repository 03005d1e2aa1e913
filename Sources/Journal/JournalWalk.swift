import Platform

/// Reads a journal's records in order, over all its segments, up to its end.
///
/// - Isolation: one thread at a time.
struct JournalWalk<D: Disk> {
    private let segments: [Segment<D>]
    private let window: RecordWindow
    private var reader: ChainReader

    /// The segment in which the walk stands.
    private(set) var index: Int

    /// Starts at the beginning of the segment `index`.
    ///
    /// Records before the position `from` are checked but not handed over.
    init(_ segments: [Segment<D>], index: Int, from: UInt64, seed: UInt32, window: RecordWindow) {
        self.segments = segments
        self.window = window
        self.index = index
        let header = segments[index].header
        window.restart(at: header.first)
        // The journal's first record follows the seed. A later segment's first record vouches for itself alone.
        let chain: UInt32? = header.first == 0 ? seed : nil
        reader = ChainReader(window: window, from: from, chain: chain, segmentEnd: header.end)
    }

    /// Where the walk has ended; the window may be used for something else since.
    private(set) var position: UInt64 = 0
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
            case .needs(let bytes):
                try fill()
                // A segment is read with zeros for what its file lacks, so that nothing can be left to want.
                precondition(window.count >= bytes, "a segment's end was not checked")
            case .sealed:
                try leaveSegment()
            case .flaw(let flaw):
                position = window.position
                return flaw
            }
        }
    }

    private func fill() throws(JournalError) {
        let segment = segments[index]
        let next = window.position + UInt64(window.count)
        try unsafe window.fill(limit: Int(segment.header.end - next)) { (free) throws(JournalError) in
            try unsafe segment.read(at: next, into: free)
        }
    }

    /// Goes from behind a seal to the next segment, which must exist: it was made before the seal was written.
    private mutating func leaveSegment() throws(JournalError) {
        let segment = segments[index]
        repeat {
            window.skipZeros()
            if window.count > 0 {
                let offset = segment.offset(window.position)
                throw .damaged(file: segment.path, offset: offset, reason: "the sealed segment goes on after its seal")
            }
            try fill()
        } while window.count > 0
        guard index + 1 < segments.count else {
            let directory = segment.path.dropLast(SegmentName.of(first: 0).count + 1)
            throw .missingSegment(directory: String(directory), first: segment.header.end)
        }
        index += 1
        reader.segmentEnd = segments[index].header.end
        window.restart(at: segments[index].header.first)
    }
}

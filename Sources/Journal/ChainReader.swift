/// Gets each record of a replay: where it starts, its type and its payload, which is borrowed for the call.
public typealias JournalReplay = (JournalPosition, UInt8, Span<UInt8>) throws(JournalError) -> Void

/// Follows the chain of records through a window, the fast part of recovery.
///
/// - Isolation: one thread at a time.
struct ChainReader {
    /// Why a run of records has stopped.
    enum Stop {
        /// The window must hold at least this many bytes.
        case needs(Int)
        /// The segment ends with its seal, behind which the window stands.
        case sealed
        /// The window stands at the limit.
        case limit
        /// The window stands at something that is not the next record.
        case flaw(RecordFlaw)
    }

    let window: RecordWindow
    /// The position at which to stop: a record's start or the journal's end.
    var limit: UInt64
    /// The last record's checksum; nil where the first record vouches for itself alone.
    private(set) var chain: UInt32?
    /// The end of the segment that is being read.
    var segmentEnd: UInt64
    /// Everything before it was durable when one of the records that were read was appended.
    private(set) var settled: UInt64 = 0
    /// Records handed over.
    private(set) var records: UInt64 = 0

    init(window: RecordWindow, chain: UInt32?, segmentEnd: UInt64, limit: UInt64) {
        self.window = window
        self.limit = limit
        self.chain = chain
        self.segmentEnd = segmentEnd
    }

    /// Hands over one record after the other until it has to stop.
    mutating func run(_ replay: JournalReplay) throws(JournalError) -> Stop {
        while window.position < limit {
            switch window.check() {
            case .valid(let header):
                if let flaw = flaw(header) { return .flaw(flaw) }
                try take(header, replay)
                if header.type == RecordFormat.sealType { return .sealed }
            case .cut(let neededBytes):
                let fits = window.position + UInt64(neededBytes) <= segmentEnd
                return fits ? .needs(neededBytes) : .flaw(.beyondSegment)
            case .unwritten:
                return .flaw(.unwritten)
            case .invalid(let flaw):
                return .flaw(flaw)
            }
        }
        return .limit
    }

    private func flaw(_ header: RecordHeader) -> RecordFlaw? {
        if let chain, chain != header.chain { return .chain }
        let room = header.type == RecordFormat.sealType ? 0 : RecordFormat.headerBytes
        return window.position + UInt64(header.size + room) > segmentEnd ? .beyondSegment : nil
    }

    private mutating func take(_ header: RecordHeader, _ replay: JournalReplay) throws(JournalError) {
        if header.type != RecordFormat.sealType {
            records += 1
            // SAFETY: the payload lies in the window, which does not change during the call.
            let payload = unsafe window.payload(header)
            try unsafe replay(JournalPosition(rawValue: window.position), header.type, payload.span)
        }
        settled = max(settled, window.position - UInt64(header.unsettledBytes))
        chain = header.checksum
        window.advance(header.size)
    }
}

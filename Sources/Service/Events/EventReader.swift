import Domain
import HTTP
import Journal
import Keepers
import Platform

/// Reads the events of all journals, in an order that everybody sees the same way: each journal's own, and among journals by
/// time, where more than one has an event that was not read.
///
/// Its offset is a place in each journal. So it goes on where it stopped, whatever was written meanwhile, and nothing is read
/// twice or left out.
///
/// - Isolation: one thread.
final class EventReader<D: Disk> {
    /// One journal.
    private struct Track {
        let source: JournalSource<D>
        let follower: JournalFollower<D>
        /// Everything before it was handed out.
        var done: JournalPosition
        /// The next event.
        var next: Next?
        /// The next event's payload.
        var payload: [UInt8] = []
    }

    private enum Next {
        case event(JournalRecord, at: JournalPosition, Instant)
        case gap(before: JournalPosition)

        /// When it happened; a gap is told before all that is kept.
        var at: Instant {
            switch self {
            case .event(_, _, let at): at
            case .gap: Instant(millisecondsSinceEpoch: .min)
            }
        }
    }

    /// Which events it hands out.
    let filter: EventFilter
    private let key: FingerprintKey
    private var tracks: [Track]
    /// Bytes of payloads that may still be read before it comes back.
    private var bytesLeft = 0

    /// Payloads that are read at once at most, so that a filter that lets little through does not stop all others.
    private static var bytesMax: Int { 8 << 20 }

    /// A reader that goes on behind `offset`, or begins at the beginning.
    ///
    /// - Throws: `noRecord` where the offset is ahead of a journal.
    init(
        _ sources: [JournalSource<D>],
        key: FingerprintKey,
        after offset: JournalPlaces,
        _ filter: EventFilter
    ) throws(JournalError) {
        self.key = key
        self.filter = filter
        tracks = []
        for source in sources {
            let place = offset[source.number] ?? .start
            guard place <= source.limit() else { throw .noRecord(at: place) }
            tracks.append(Track(source: source, follower: source.follower(from: place), done: place))
        }
    }

    /// Where it stands: everything before was handed out.
    var offset: JournalPlaces {
        var places = JournalPlaces()
        for track in tracks where track.done > .start {
            places.set(RecordAddress(journal: track.source.number, position: track.done))
        }
        return places
    }

    /// The same with every journal: a text that is not empty, so that a client which comes back is asked about nothing else.
    var start: JournalPlaces {
        var places = JournalPlaces()
        for track in tracks { places.set(RecordAddress(journal: track.source.number, position: track.done)) }
        return places
    }

    /// Whether there may be events that were not handed out.
    var hasNews: Bool {
        tracks.contains { $0.next != nil || $0.follower.position < $0.source.limit() }
    }

    /// Durable bytes that were not handed out.
    var behindBytes: UInt64 {
        tracks.reduce(0) { $0 + ($1.source.limit().rawValue - min($1.source.limit().rawValue, $1.done.rawValue)) }
    }

    /// Appends the next events that are durable.
    ///
    /// - Parameters:
    ///   - max: most events.
    ///   - output: has room for `bytes` and the longest event.
    ///   - frame: what stands around each event.
    ///   - bytes: enough when so many stand in the output.
    /// - Returns: how many there were, gaps included; fewer than `max` do not mean that there are no more.
    /// - Throws: `noRecord` where it was put between no records; what the journal says where it is damaged.
    func write(
        _ max: Int,
        to output: inout ByteWriter,
        _ frame: EventFrame,
        upTo bytes: Int
    ) throws(JournalError) -> Int {
        bytesLeft = Self.bytesMax
        for index in tracks.indices { try pull(index) }
        var count = 0
        while count < max, output.count < bytes, let index = earliest() {
            guard fits(index, output) else { break }
            handOut(index, to: &output, frame)
            count += 1
            try pull(index)
        }
        return count
    }

    /// Whether the longest text that the next event may have finds room; the first one always does.
    private func fits(_ index: Int, _ output: borrowing ByteWriter) -> Bool {
        output.isEmpty || output.count + 6 * tracks[index].payload.count + 4_096 < output.bytesMax
    }

    private func earliest() -> Int? {
        var best: (index: Int, at: Instant)?
        for index in tracks.indices {
            guard let at = tracks[index].next?.at else {
                // What it has may be earlier than all others.
                if bytesLeft <= 0, tracks[index].follower.position < tracks[index].source.limit() { return nil }
                continue
            }
            if let known = best, known.at <= at { continue }
            best = (index, at)
        }
        return best?.index
    }

    /// Reads up to the next event that is wanted.
    private func pull(_ index: Int) throws(JournalError) {
        guard tracks[index].next == nil else { return }
        let limit = tracks[index].source.limit()
        while bytesLeft > 0, tracks[index].follower.position < limit {
            var found: (type: UInt8, position: JournalPosition)?
            let stop = try tracks[index].follower
                .read(upTo: limit) { (position, type, payload) throws(JournalError) in
                    guard found == nil else { throw .stopped }
                    found = (type, position)
                    tracks[index].payload.removeAll(keepingCapacity: true)
                    // SAFETY: the payload's own bytes, copied during the call.
                    unsafe payload.withUnsafeBytes { unsafe tracks[index].payload.append(contentsOf: $0) }
                }
            guard let found else {
                guard case .gap(let before) = stop else { break }
                tracks[index].next = .gap(before: before)
                return
            }
            bytesLeft -= tracks[index].payload.count + 16
            let payload = tracks[index].payload
            guard let record = JournalRecord(type: found.type, payload.span, key: key) else {
                throw .refused(at: found.position, reason: "a record of type \(found.type) that this build cannot read")
            }
            guard !filter.takes(record, payload.span) else {
                tracks[index].next = .event(record, at: found.position, record.head.at)
                return
            }
            tracks[index].done = tracks[index].follower.position
        }
    }

    private func handOut(_ index: Int, to output: inout ByteWriter, _ frame: EventFrame) {
        guard let next = tracks[index].next else { return }
        let before = tracks[index].done
        tracks[index].next = nil
        tracks[index].done = tracks[index].follower.position
        let payload = tracks[index].payload
        let journal = tracks[index].source.number
        let offset: (inout ByteWriter) -> Void = { output in self.writeOffset(to: &output) }
        switch next {
        case .gap(let end):
            frame.write("gap", offset, to: &output) { output in
                output.append("\"gap\":{\"journal\":")
                output.append(decimal: UInt64(journal))
                output.append(",\"after\":")
                output.append(decimal: before.rawValue)
                output.append(",\"before\":")
                output.append(decimal: end.rawValue)
                output.append("}")
            }
        case .event(.sku(let record), let position, _):
            frame.write(record.event.name, offset, to: &output) { output in
                output.append("\"sku\":\"")
                output.append(payload.span.extracting(record.head.sku))
                output.append("\",")
                output.append(
                    members: record,
                    id: OrderID(journal: journal, position: position),
                    key: key,
                    buyer: payload.span.extracting(record.buyer),
                    sku: payload.span.extracting(record.head.sku)
                )
                output.append(by: payload.span.extracting(record.head.by))
            }
        case .event(.wallet(let record), _, _):
            frame.write(record.change.command.name, offset, to: &output) { output in
                output.append("\"wallet\":\"")
                output.append(payload.span.extracting(record.head.sku))
                output.append("\",")
                output.append(record.change)
                output.append(by: payload.span.extracting(record.head.by))
            }
        case .event(.transaction, _, _): break
        }
    }

    private func writeOffset(to output: inout ByteWriter) {
        var isFirst = true
        for index in tracks.indices where tracks[index].done > .start {
            if !isFirst { output.append(0x7E) }
            isFirst = false
            output.append(decimal: UInt64(tracks[index].source.number))
            output.append(0x2E)
            output.append(decimal: tracks[index].done.rawValue)
        }
    }
}

/// What stands around an event.
enum EventFrame {
    /// A line of JSON with the offset as its first member.
    case line
    /// An event of an event stream (HTML, 9.2.6), with the offset as its id.
    case stream

    @inline(__always)
    fileprivate func write(
        _ type: StaticString,
        _ offset: (inout ByteWriter) -> Void,
        to output: inout ByteWriter,
        _ members: (inout ByteWriter) -> Void
    ) {
        switch self {
        case .line:
            output.append("{\"offset\":\"")
            offset(&output)
            output.append("\",")
            members(&output)
            output.append("}\n")
        case .stream:
            output.append("id: ")
            offset(&output)
            output.append("\nevent: ")
            output.append(type)
            output.append("\ndata: {\"offset\":\"")
            offset(&output)
            output.append("\",")
            members(&output)
            output.append("}\n\n")
        }
    }
}

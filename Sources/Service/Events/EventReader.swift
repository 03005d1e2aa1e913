import Domain
import HTTP
import Journal
import Keepers
import Platform

/// Reads the events of all journals, in an order that keeps each journal's own, and among journals goes by time, where more
/// than one has an event that was not read.
///
/// Its offset is a place in each journal. So it goes on where it stopped, whatever was written meanwhile, and nothing is read
/// twice or left out.
///
/// - Isolation: one thread.
final class EventReader<D: Disk> {
    /// One journal.
    private final class Track {
        let source: JournalSource<D>
        let follower: JournalFollower<D>
        /// Everything before it was handed out, or is not wanted.
        var done: JournalPosition
        /// What comes next; the follower stands before it.
        var next: Next?

        init(_ source: JournalSource<D>, from place: JournalPosition) {
            self.source = source
            follower = source.follower(from: place)
            done = place
        }
    }

    private enum Next {
        case event(at: Instant)
        case gap(before: JournalPosition)

        /// When it happened; a gap is told before all that is kept.
        var at: Instant {
            switch self {
            case .event(let at): at
            case .gap: Instant(millisecondsSinceEpoch: .min)
            }
        }
    }

    /// Which events it hands out.
    let filter: EventFilter
    private let key: FingerprintKey
    private let tracks: [Track]
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
        var tracks: [Track] = []
        for source in sources {
            let place = offset[source.number] ?? .start
            guard place <= source.limit() else { throw .noRecord(at: place) }
            tracks.append(Track(source, from: place))
        }
        self.tracks = tracks
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
        var count = 0
        while count < max, output.count < bytes {
            for track in tracks where track.next == nil { try look(track) }
            guard let index = earliest(), let next = tracks[index].next else { break }
            switch next {
            case .gap(let end):
                guard hasRoom(0, output) else { return count }
                writeGap(index, upTo: end, to: &output, frame)
                count += 1
            case .event:
                let written = try run(index, max - count, to: &output, frame, upTo: bytes)
                guard written > 0 else { return count }
                count += written
            }
        }
        return count
    }

    /// Whether the longest text of an event finds room; the first one always does.
    private func hasRoom(_ payloadBytes: Int, _ output: borrowing ByteWriter) -> Bool {
        output.isEmpty || output.count + 6 * payloadBytes + 4_096 < output.bytesMax
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

    /// Goes up to the next event that is wanted, and leaves it there.
    private func look(_ track: Track) throws(JournalError) {
        let limit = track.source.limit()
        guard bytesLeft > 0, track.follower.position < limit else { return }
        let stop = try track.follower.read(upTo: limit) { (position, type, payload) throws(JournalError) in
            guard bytesLeft > 0 else { throw .stopped }
            let record = try record(position, type, payload)
            guard !filter.takes(record, payload) else {
                track.next = .event(at: record.head.at)
                throw .stopped
            }
            pass(track, position, payload.count)
        }
        switch stop {
        case .gap(let end): track.next = .gap(before: end)
        case .limit: track.done = track.follower.position
        case .stopped: break
        }
    }

    /// A record has been handed out, or is not wanted.
    @inline(__always)
    private func pass(_ track: Track, _ position: JournalPosition, _ payloadBytes: Int) {
        bytesLeft -= payloadBytes + 16
        track.done = position.behindRecord(payloadBytes: payloadBytes)
    }

    private func record(
        _ position: JournalPosition,
        _ type: UInt8,
        _ payload: Span<UInt8>
    ) throws(JournalError) -> JournalRecord {
        guard let record = JournalRecord(type: type, payload, key: key) else {
            throw .refused(at: position, reason: "a record of type \(type) that this build cannot read")
        }
        return record
    }

    /// Hands out the events of one journal up to the next one of another.
    ///
    /// - Returns: how many there were; 0 where there is no room for one.
    private func run(
        _ index: Int,
        _ most: Int,
        to output: inout ByteWriter,
        _ frame: EventFrame,
        upTo bytes: Int
    ) throws(JournalError) -> Int {
        let track = tracks[index]
        let end = endOfRun(index)
        let text = EventText(frame, journal: track.source.number, key: key, self.places(around: index))
        var count = 0
        track.next = nil
        let stop = try track.follower
            .read(upTo: track.source.limit()) { (position, type, payload) throws(JournalError) in
                guard count < most, bytesLeft > 0, output.count < bytes, hasRoom(payload.count, output) else {
                    throw .stopped
                }
                if type == RecordKind.purchased.rawValue, let purchase = PurchaseRecord(payload, key: key) {
                    guard purchase.head.at < end else { throw .stopped }
                    pass(track, position, payload.count)
                    guard filter.takes(purchase, payload) else { return }
                    text.write(purchase, at: position, track.done, payload, to: &output)
                } else {
                    let record = try record(position, type, payload)
                    guard record.head.at < end else { throw .stopped }
                    pass(track, position, payload.count)
                    guard filter.takes(record, payload) else { return }
                    text.write(record, at: position, track.done, payload, to: &output)
                }
                count += 1
            }
        switch stop {
        case .gap(let end): track.next = .gap(before: end)
        case .limit: track.done = track.follower.position
        case .stopped: break
        }
        return count
    }

    /// The moment from which on another journal has its turn: of two at the same moment, the one with the smaller number.
    private func endOfRun(_ index: Int) -> Instant {
        var end = Int64.max
        for other in tracks.indices where other != index {
            guard let at = tracks[other].next?.at.millisecondsSinceEpoch else { continue }
            end = min(end, index < other ? at + 1 : at)
        }
        return Instant(millisecondsSinceEpoch: end)
    }

    private func writeGap(_ index: Int, upTo end: JournalPosition, to output: inout ByteWriter, _ frame: EventFrame) {
        let track = tracks[index]
        let begin = track.done
        track.next = nil
        track.done = end
        EventText(frame, journal: track.source.number, key: key, places(around: index))
            .write(gapAfter: begin, before: end, to: &output)
    }

    /// The places in the other journals, as they stand before and behind this one's in an offset.
    private func places(around index: Int) -> (before: [UInt8], behind: [UInt8]) {
        var (before, behind): ([UInt8], [UInt8]) = ([], [])
        for (other, track) in tracks.enumerated() where other != index && track.done > .start {
            let text = "\(track.source.number).\(track.done.rawValue)"
            if other < index { before += Array("\(text)~".utf8) } else { behind += Array("~\(text)".utf8) }
        }
        return (before, behind)
    }
}

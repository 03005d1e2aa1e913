import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform

extension Archive {
    /// Parts that one step reads at most, so that whoever asks for something does not wait behind all streams.
    private static var partsMax: Int { 16 }

    /// Begins an event stream behind what the client has seen.
    ///
    /// - Returns: what goes to the connection: the first part, or an answer that says why there is none.
    func beginStream(
        _ ticket: Ticket,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> Message.Errand {
        do throws(InvalidRequest) {
            let filter = try EventFilter(exchange, bytes)
            let after = try StreamRequest.start(sources, exchange, bytes)
            do throws(JournalError) {
                let reader = try EventReader(sources, key: records.key, after: after, filter)
                return try beginStream(ticket, reader, exchange, bytes)
            } catch {
                output.reset()
                guard case .noRecord = error else {
                    composer.problem(.internal, "The events cannot be read.", to: exchange, bytes, into: &output)
                    return .reply
                }
                throw InvalidRequest("after", "is none of this server's")
            }
        } catch {
            composer.invalid(error, to: exchange, bytes, into: &output)
            return .reply
        }
    }

    private func beginStream(
        _ ticket: Ticket,
        _ reader: EventReader<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(JournalError) -> Message.Errand {
        composer.beginStream(to: exchange, bytes, into: &output) { Self.writePlace(of: reader, to: &$0) }
        guard exchange.request.method != .head else { return .reply }
        let stream = EventStream(ticket, reader)
        try stream.begin(to: &output)
        guard streamPlaces.take() else {
            output.reset()
            composer.metrics.reached(.eventStreams)
            composer.problem(.overloaded, "There are too many event streams.", to: exchange, bytes, into: &output)
            return .reply
        }
        streams.append(stream)
        return .part(.events)
    }

    /// A stream's connection has taken the part before, or is gone.
    func streamed(_ ticket: Ticket, isOpen: Bool) {
        guard let index = streams.firstIndex(where: { $0.ticket == ticket }) else { return }
        if isOpen { streams[index].isUnderWay = false } else { forget(index) }
    }

    private func forget(_ index: Int) {
        streams.remove(at: index)
        streamPlaces.giveBack()
    }

    /// Sends streams what has come, as far as their connections and mailboxes have room, each in its turn.
    ///
    /// - Returns: whether there was anything to read.
    func sendParts() -> Bool {
        var parts = 0
        for _ in streams.indices where canSend && parts < Self.partsMax && !streams.isEmpty {
            streamTurn = (streamTurn + 1) % streams.count
            let stream = streams[streamTurn]
            guard stream.mayWrite else { continue }
            parts += 1
            output.reset()
            do throws(JournalError) {
                guard try stream.write(to: &output) else { continue }
                stream.isUnderWay = true
                send(to: stream.ticket, as: .part(.events))
            } catch {
                // The client may come back: to the same end, or to a gap where the damage is gone.
                output.reset()
                output.append(endOfStream: .unreadable)
                forget(streamTurn)
                send(to: stream.ticket, as: .part(.unreadable))
            }
        }
        return parts > 0
    }
}

/// What a request for an event stream says.
enum StreamRequest {
    /// Where the client wants to go on: behind the event that it has seen last, or as the query says.
    static func start<D: Disk>(
        _ sources: [JournalSource<D>],
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> JournalPlaces {
        let after = try Self.after(sources, exchange, bytes)
        guard let seen = lastEventID(bytes), !seen.isEmpty else { return after }
        guard let places = JournalPlaces(bytes, seen, of: sources.map(\.number)) else {
            throw InvalidRequest("Last-Event-ID", "is none of this server's")
        }
        return places
    }

    /// The place that the query names: an offset, the beginning where there is none, or `now`.
    static func after<D: Disk>(
        _ sources: [JournalSource<D>],
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> JournalPlaces {
        guard let text = try Query.text("after", exchange, bytes) else { return JournalPlaces() }
        if Text.equals(bytes, text, "now") {
            var places = JournalPlaces()
            for source in sources { places.set(RecordAddress(journal: source.number, position: source.limit())) }
            return places
        }
        guard let places = JournalPlaces(bytes, text, of: sources.map(\.number)) else {
            throw InvalidRequest("after", "is none of this server's")
        }
        return places
    }

    /// The value of Last-Event-ID (HTML, 9.2.4); nil where it was not sent.
    ///
    /// The parser does not know the field: each one that it knows is looked for in every request.
    static func lastEventID(_ bytes: Span<UInt8>) -> ByteRange? {
        var start = 0
        while let feed = lineFeed(bytes, from: start) {
            let end = feed > start && bytes[feed - 1] == 0x0D ? feed - 1 : feed
            guard end > start else { return nil }
            let colon = start + 13
            if colon < end, bytes[colon] == 0x3A,
                Text.equalsIgnoringCase(bytes, ByteRange(start..<colon), "last-event-id")
            {
                return trimmed(bytes, colon + 1, end)
            }
            start = feed + 1
        }
        return nil
    }

    private static func lineFeed(_ bytes: Span<UInt8>, from start: Int) -> Int? {
        var at = start
        while at < bytes.count {
            if bytes[at] == 0x0A { return at }
            at += 1
        }
        return nil
    }

    private static func trimmed(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> ByteRange {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }
        var (from, to) = (start, end)
        while from < to, isBlank(bytes[from]) { from += 1 }
        while to > from, isBlank(bytes[to - 1]) { to -= 1 }
        return ByteRange(from..<to)
    }
}

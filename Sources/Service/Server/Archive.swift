import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform
import Synchronization

/// The thread that reads records back: orders, answers to used keys, trails.
///
/// A slow disk stops it and nobody else.
///
/// It gets requests by mail like a loop, and sends back finished answers.
///
/// - Isolation: its own thread runs `run`; `wake` and `stop` are for any.
final class Archive<D: Disk>: Wakeable, @unchecked Sendable {
    // SAFETY: the readers, the composer and the buffers are touched by the archive's thread only, which begins after
    // they have been set.
    private let parker = Parker()
    private let stopping = Atomic<Bool>(false)
    private let composer: Composer
    private let clock: any Clock
    private var readers: [JournalReader<D>] = []
    private var key: FingerprintKey?
    var inboxes: [Mailbox] = []
    var outboxes: [Mailbox] = []
    private var output: ByteWriter

    /// Messages taken from one mailbox before the others have their turn.
    private static var messagesMax: Int { 256 }

    init(composer: Composer, clock: any Clock, outputBytesMax: Int) {
        self.composer = composer
        self.clock = clock
        output = ByteWriter(capacity: 16_384, bytesMax: outputBytesMax)
    }

    /// What it reads from; before the first request can come.
    func connect(_ readers: [JournalReader<D>], key: FingerprintKey) {
        self.readers = readers
        self.key = key
    }

    func wake() { parker.wake() }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        parker.wake()
    }

    func run() {
        while !stopping.load(ordering: .sequentiallyConsistent) {
            var taken = 0
            composer.date.update(milliseconds: clock.wallMilliseconds())
            for inbox in inboxes {
                taken += unsafe inbox.drain(messagesMax: Self.messagesMax) { bytes in
                    unsafe Message.read(bytes) { message, request, _ in take(message, request) }
                }
            }
            for outbox in outboxes { outbox.publish() }
            if taken == 0 { parker.wait() }
        }
    }

    private func take(_ message: Message, _ request: Span<UInt8>) {
        guard case .read(let read) = message.errand, let key else { return }
        output.reset()
        answer(read, key, message.exchange, request)
        send(to: Ticket(bits: message.ticket))
    }

    /// Loops always empty their mailboxes, so there will be room.
    private func send(to ticket: Ticket) {
        let outbox = outboxes[ticket.loop]
        while !stopping.load(ordering: .relaxed) {
            let isSent = output.withSpan { Message.push(.reply, ticket, .none, Span(), $0, into: outbox) }
            if isSent { return }
            outbox.publish()
            parker.wait(timeoutNanoseconds: 1_000_000)
        }
    }

    private func answer(_ read: ArchiveRead, _ key: FingerprintKey, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        switch read {
        case .order(let id):
            order(id, key, exchange, bytes)
        case .replay(_, let position, let digest):
            replay(read, position, digest, key, exchange, bytes)
        case .changes(_, let start, let after, let upTo):
            changes(read.partition, start, after..<upTo, key, exchange, bytes)
        }
    }

    /// A record with the bytes that its ranges are of.
    private struct Found {
        let record: SKURecord
        let payload: [UInt8]
    }

    /// The record at a position; nil where none can be read.
    private func found(_ partition: Int, _ position: JournalPosition, _ key: FingerprintKey) -> Found? {
        (try? find(partition, position, key)) ?? nil
    }

    /// The record at a position; nil where there is none.
    ///
    /// - Throws: why nobody knows whether there is one.
    private func find(
        _ partition: Int,
        _ position: JournalPosition,
        _ key: FingerprintKey
    ) throws(JournalError) -> Found? {
        var payload: [UInt8] = []
        do throws(JournalError) {
            let type = try readers[partition].read(at: position, into: &payload)
            return SKURecord(type: type, payload.span, key: key).map { Found(record: $0, payload: payload) }
        } catch {
            if case .noRecord = error { return nil }
            throw error
        }
    }

    private func order(_ id: OrderID, _ key: FingerprintKey, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        do throws(JournalError) {
            if let found = try find(Int(id.journal), id.position, key),
                case .purchased(let purchase) = found.record.event
            {
                let facts = OrderFacts(id: id, purchase: purchase)
                return order(.ok, facts, found, key, isReplay: false, exchange, bytes)
            }
            composer.problem(.unknownOrder, "There is no such order.", to: exchange, bytes, into: &output)
        } catch {
            composer.problem(.internal, "The order cannot be read.", to: exchange, bytes, into: &output)
        }
    }

    private func order(
        _ status: Status,
        _ order: OrderFacts,
        _ found: Found,
        _ key: FingerprintKey,
        isReplay: Bool,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        let payload = found.payload
        let sku = payload.span.extracting(found.record.head.sku)
        let buyer = payload.span.extracting(found.record.buyer)
        composer.order(
            status,
            order,
            sku: sku,
            buyer: buyer,
            key: key,
            isReplay: isReplay,
            to: exchange,
            bytes,
            into: &output
        )
    }

    /// Gives the first answer to a key again, if the same was asked.
    private func replay(
        _ read: ArchiveRead,
        _ position: JournalPosition,
        _ digest: UInt64,
        _ key: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let found = found(read.partition, position, key), let first = found.record.head.key else {
            return composer.problem(
                .internal,
                "The first answer to this key cannot be read.",
                to: exchange,
                bytes,
                into: &output
            )
        }
        guard first.digest == digest else {
            return composer.problem(
                .idempotencyKeyReused,
                "This Idempotency-Key was used for another request.",
                to: exchange,
                bytes,
                into: &output
            )
        }
        switch found.record.event {
        case .purchased(let purchase):
            composer.metrics.purchased(.replayed)
            let id = OrderID(journal: UInt16(read.partition), position: position)
            order(
                .created,
                OrderFacts(id: id, purchase: purchase),
                found,
                key,
                isReplay: true,
                exchange,
                bytes
            )
        case .stockAdjusted(let adjustment):
            let payload = found.payload
            composer.stock(
                adjustment,
                sku: payload.span.extracting(found.record.head.sku),
                isReplay: true,
                to: exchange,
                bytes,
                into: &output
            )
        case .created, .replaced, .amended, .removed:
            composer.problem(.internal, "This key has no answer.", to: exchange, bytes, into: &output)
        }
    }
}

extension Archive {
    /// Writes the changes numbered above `numbers.lowerBound` up to `numbers.upperBound`, oldest first.
    private func changes(
        _ partition: Int,
        _ start: TrailStart,
        _ numbers: Range<UInt64>,
        _ key: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let positions = walk(partition, start, numbers, key) else {
            return composer.problem(.internal, "The trail cannot be read.", to: exchange, bytes, into: &output)
        }
        composer.answer(.ok, .json, to: exchange, bytes, into: &output) { body, _ in
            body.append("{\"items\":[")
            var last = numbers.lowerBound
            for position in positions.reversed() where body.count < Composer.changesBytesMax {
                guard let found = found(partition, position, key) else { break }
                if last > numbers.lowerBound { body.append(0x2C) }
                let id = OrderID(journal: UInt16(partition), position: position)
                let payload = found.payload
                let buyer = payload.span.extracting(found.record.buyer)
                body.append(found.record, id: id, key: key, buyer: buyer)
                last = found.record.head.sequence
            }
            body.append("],\"last\":")
            body.append(decimal: last)
            body.append("}\n")
        }
    }

    /// The positions of the records with these numbers, newest first; nil where a record is missing.
    private func walk(
        _ partition: Int,
        _ start: TrailStart,
        _ numbers: Range<UInt64>,
        _ key: FingerprintKey
    ) -> [JournalPosition]? {
        var positions: [JournalPosition] = []
        guard !numbers.isEmpty else { return positions }
        var position: JournalPosition? = start.position
        while let here = position {
            guard let record = found(partition, here, key)?.record else { return nil }
            if record.head.sequence <= numbers.lowerBound { break }
            if record.head.sequence <= numbers.upperBound { positions.append(here) }
            position = record.head.previous
        }
        return positions
    }
}

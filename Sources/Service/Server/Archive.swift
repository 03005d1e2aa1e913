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
    private var readers: [UInt16: JournalReader<D>] = [:]
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

    /// What it reads from, by the journals' numbers; before the first request can come.
    func connect(_ readers: [UInt16: JournalReader<D>], key: FingerprintKey) {
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
        case .replay(let first, let digest):
            replay(first, digest, key, exchange, bytes)
        case .changes(let start, let after, let upTo):
            changes(start, after..<upTo, key, exchange, bytes)
        }
    }

    /// A record with the bytes that its ranges are of.
    private struct Found {
        let record: SKURecord
        let payload: [UInt8]
    }

    /// The record at an address; nil where none can be read.
    private func found(_ address: RecordAddress, _ key: FingerprintKey) -> Found? {
        (try? find(address, key)) ?? nil
    }

    /// The record at an address; nil where there is none.
    ///
    /// - Throws: why nobody knows whether there is one.
    private func find(_ address: RecordAddress, _ key: FingerprintKey) throws(JournalError) -> Found? {
        guard let reader = readers[address.journal] else { return nil }
        var payload: [UInt8] = []
        do throws(JournalError) {
            let type = try reader.read(at: address.position, into: &payload)
            return SKURecord(type: type, payload.span, key: key).map { Found(record: $0, payload: payload) }
        } catch {
            if case .noRecord = error { return nil }
            throw error
        }
    }

    private func order(_ id: OrderID, _ key: FingerprintKey, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        do throws(JournalError) {
            if let found = try find(id.address, key),
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
        _ address: RecordAddress,
        _ digest: UInt64,
        _ key: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let found = found(address, key), let first = found.record.head.key else {
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
            order(
                .created,
                OrderFacts(id: OrderID(address), purchase: purchase),
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
        _ start: RecordAddress,
        _ numbers: Range<UInt64>,
        _ key: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let addresses = walk(start, numbers, key) else {
            return composer.problem(.internal, "The trail cannot be read.", to: exchange, bytes, into: &output)
        }
        composer.answer(.ok, .json, to: exchange, bytes, into: &output) { body, _ in
            body.append("{\"items\":[")
            var last = numbers.lowerBound
            for address in addresses.reversed() where body.count < Composer.changesBytesMax {
                guard let found = found(address, key) else { break }
                if last > numbers.lowerBound { body.append(0x2C) }
                let payload = found.payload
                let buyer = payload.span.extracting(found.record.buyer)
                body.append(found.record, id: OrderID(address), key: key, buyer: buyer)
                last = found.record.head.sequence
            }
            body.append("],\"last\":")
            body.append(decimal: last)
            body.append("}\n")
        }
    }

    /// Where the records with these numbers stand, newest first; nil where a record is missing.
    ///
    /// Each record names the one before it as seen from its own journal.
    private func walk(
        _ start: RecordAddress,
        _ numbers: Range<UInt64>,
        _ key: FingerprintKey
    ) -> [RecordAddress]? {
        var addresses: [RecordAddress] = []
        guard !numbers.isEmpty else { return addresses }
        var next: RecordAddress? = start
        while let here = next {
            guard let record = found(here, key)?.record else { return nil }
            if record.head.sequence <= numbers.lowerBound { break }
            if record.head.sequence <= numbers.upperBound { addresses.append(here) }
            next = record.head.previous?.address(seenFrom: here.journal)
        }
        return addresses
    }
}

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
package final class Archive<D: Disk>: Wakeable, @unchecked Sendable {
    // SAFETY: the readers, the composer and the buffers are touched by the archive's thread only, which begins after
    // they have been set.
    private let parker = Parker()
    private let stopping = Atomic<Bool>(false)
    let composer: Composer
    private let clock: any Clock
    let streamPlaces: StreamPlaces
    private var records: RecordFinder<D>?
    /// Partitions by the number of their journal.
    private var partitions: [UInt16: Partition] = [:]
    var placement: Placement?
    /// All journals, for reading events.
    private(set) var sources: [JournalSource<D>] = []
    /// Where pages of events have ended lately.
    var readers: [EventReader<D>] = []
    /// The page of events that is being gathered.
    var lines = ByteWriter(capacity: 16_384, bytesMax: Composer.bodyBytesMax)
    /// Streams of events that are open.
    var streams: [EventStream<D>] = []
    /// The stream whose turn it was.
    var streamTurn = 0
    /// Buyers' orders; nil where the server keeps no index of them.
    var kept: KeptOrders?
    var inboxes: [Mailbox] = []
    var outboxes: [Mailbox] = []
    var output: ByteWriter
    /// Who the message in `output` is for, and what it is, where their mailbox had no room for it.
    private var unsent: (ticket: Ticket, errand: Message.Errand)?
    private let isConnected = Atomic<Bool>(false)

    /// Messages taken from one mailbox before the others have their turn.
    private static var messagesMax: Int { 256 }
    /// How soon a full mailbox is tried again.
    private static var retryNanoseconds: Int64 { 1_000_000 }
    /// How often it looks for events while somebody follows them: so late may one be told of.
    private static var lookNanoseconds: Int64 { 10_000_000 }

    init(composer: Composer, clock: any Clock, outputBytesMax: Int, streamPlaces: StreamPlaces) {
        self.streamPlaces = streamPlaces
        self.composer = composer
        self.clock = clock
        output = ByteWriter(capacity: 16_384, bytesMax: outputBytesMax)
    }

    /// What it reads from, and who owns which SKU; before the first request can come.
    func connect(
        _ records: RecordFinder<D>,
        _ sources: [JournalSource<D>],
        _ placement: Placement,
        _ kept: KeptOrders?
    ) {
        self.records = records
        self.sources = sources
        self.kept = kept
        self.placement = placement
        for partition in placement.partitions { partitions[partition.journalNumber] = partition }
        isConnected.store(true, ordering: .releasing)
    }

    /// Whether a record was deleted because its time was over; a reader may have its segment open still.
    ///
    /// Cost: a listing of the directory for a retired journal.
    func isOver(_ address: RecordAddress) -> Bool {
        if let partition = partitions[address.journal] { return address.position < partition.journalStart }
        guard let start = (try? records?.start(ofJournal: address.journal)) ?? nil else { return false }
        return address.position < start
    }

    /// Lets go of the mailboxes, which hold it as their receiver; it gets no mail any more.
    ///
    /// Nobody may be running or stepping it.
    package func disconnect() {
        inboxes = []
        outboxes = []
        kept = nil
        streams = []
    }

    /// Ends the sleep of `run`.
    package func wake() { parker.wake() }

    func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        parker.wake()
    }

    func run() {
        while !stopping.load(ordering: .sequentiallyConsistent) {
            guard !step() else { continue }
            // What becomes durable wakes nobody here: the sale would pay for it.
            let pause = streams.isEmpty ? -1 : Self.lookNanoseconds
            parker.wait(timeoutNanoseconds: unsent == nil ? pause : Self.retryNanoseconds)
        }
    }

    /// Answers what waits in the mailboxes, as far as there is room for the answers.
    ///
    /// - Returns: whether there was anything to do.
    package func step() -> Bool {
        var isBusy = sendAgain()
        let wall = clock.wallMilliseconds()
        composer.date.update(milliseconds: wall)
        composer.accessLog?.nowMilliseconds = wall
        for inbox in inboxes {
            var taken = 0
            // One at a time: behind an answer that found no room, no other is made.
            while unsent == nil, taken < Self.messagesMax, takeOne(inbox) { taken += 1 }
            if taken > 0 { isBusy = true }
        }
        if sendParts() { isBusy = true }
        for outbox in outboxes { outbox.publish() }
        // Until then another thread may be about to set it. What a message needs, the message comes after.
        if isConnected.load(ordering: .acquiring), kept?.takeNotes(composer.metrics) == true { isBusy = true }
        return isBusy
    }

    private func takeOne(_ inbox: Mailbox) -> Bool {
        let count = unsafe inbox.drain(messagesMax: 1) { bytes in
            unsafe Message.read(bytes) { message, request, _ in take(message, request) }
        }
        return count > 0
    }

    private func take(_ message: Message, _ request: Span<UInt8>) {
        let ticket = Ticket(bits: message.ticket)
        if case .streamed(let isOpen) = message.errand { return streamed(ticket, isOpen: isOpen) }
        guard case .read(let read) = message.errand, let records else { return }
        output.reset()
        switch read {
        case .order(let id):
            if pass(id, isCancel: false, records, ticket, message.exchange, request) { return }
        case .cancel(let id):
            if pass(id, isCancel: true, records, ticket, message.exchange, request) { return }
        case .replay(let first, let digest):
            replay(first, digest, records, message.exchange, request)
        case .events:
            if Preconditions.form(of: message.exchange, request) == .eventStream {
                return send(to: ticket, as: beginStream(ticket, records, message.exchange, request))
            }
            events(records, message.exchange, request)
        case .orders(let buyer):
            orders(buyer, records, message.exchange, request)
        case .changes(let start, let after, let upTo, let limit):
            changes(start, after..<upTo, limit: Int(limit), records, message.exchange, request)
        }
        send(to: ticket, as: .reply)
    }

    /// Gives an order's record to the owner of its SKU, who knows what became of it since.
    ///
    /// - Returns: false where there is none: the answer is written.
    private func pass(
        _ id: OrderID,
        isCancel: Bool,
        _ records: RecordFinder<D>,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> Bool {
        do throws(JournalError) {
            guard let placement, !isOver(id.address), let found = try records.find(id.address),
                found.record.event.sale != nil
            else {
                let reason: StaticString =
                    isOver(id.address) ? "The order is older than orders are kept." : "There is no such order."
                composer.problem(.unknownOrder, reason, to: exchange, bytes, into: &output)
                return false
            }
            let payload = found.payload
            let index = placement.partition(of: payload.span.extracting(found.record.head.sku))
            let errand = OrderErrand(id: id, kind: found.record.event.kind.rawValue, isCancel: isCancel)
            let outbox = outboxes[placement.loop(ofPartition: index)]
            let message = Message.Errand.order(errand, partition: UInt16(index))
            if Message.push(message, ticket, exchange, bytes, payload.span, into: outbox) { return true }
            composer.metrics.reached(.mailboxBytes)
            composer.problem(.overloaded, "Too much is waiting for another thread.", to: exchange, bytes, into: &output)
            return false
        } catch {
            composer.problem(.internal, "The order cannot be read.", to: exchange, bytes, into: &output)
            return false
        }
    }

    /// Whether the next message may be written: none waits for room.
    var canSend: Bool { unsent == nil }

    func send(to ticket: Ticket, as errand: Message.Errand) {
        let outbox = outboxes[ticket.loop]
        let isSent = output.withSpan { Message.push(errand, ticket, .none, Span(), $0, into: outbox) }
        unsent = isSent ? nil : (ticket, errand)
    }

    /// Loops always empty their mailboxes, so there will be room.
    ///
    /// - Returns: whether an answer that had found none was sent.
    private func sendAgain() -> Bool {
        guard let (ticket, errand) = unsent else { return false }
        send(to: ticket, as: errand)
        return unsent == nil
    }

    /// The record at an address; nil where none can be read.
    private func found(_ address: RecordAddress, _ records: RecordFinder<D>) -> FoundRecord? {
        (try? records.find(address)) ?? nil
    }
}

extension Archive {
    /// Writes the changes numbered above `numbers.lowerBound` up to `numbers.upperBound`, oldest first.
    ///
    /// Those that are not kept any more are told of as a gap: its ends are the numbers right before and behind it.
    private func changes(
        _ start: RecordAddress,
        _ numbers: Range<UInt64>,
        limit: Int,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let trail = walk(start, numbers, records) else {
            return composer.problem(.internal, "The trail cannot be read.", to: exchange, bytes, into: &output)
        }
        var isWhole = true
        composer.answer(.ok, .json, to: exchange, bytes, into: &output) { body, _ in
            body.append("{\"items\":[")
            var last = trail.addresses.isEmpty && trail.isCut ? numbers.upperBound : numbers.lowerBound
            var first: UInt64?
            for address in trail.addresses.suffix(limit).reversed() where body.count < Composer.changesBytesMax {
                guard let found = found(address, records) else {
                    isWhole = false
                    break
                }
                if first != nil { body.append(0x2C) }
                first = first ?? found.record.head.sequence
                let payload = found.payload
                body.append(
                    found.record,
                    id: OrderID(address),
                    key: records.key,
                    buyer: payload.span.extracting(found.record.buyer),
                    sku: payload.span.extracting(found.record.head.sku),
                    by: payload.span.extracting(found.record.head.by)
                )
                last = found.record.head.sequence
            }
            body.append("],\"last\":")
            body.append(decimal: last)
            if trail.isCut {
                body.append(",\"gap\":{\"after\":")
                body.append(decimal: numbers.lowerBound)
                body.append(",\"before\":")
                body.append(decimal: first ?? last + 1)
                body.append("}")
            }
            body.append("}\n")
        }
        // A page that ends at a record which cannot be read would pass for the end of the trail.
        guard !isWhole else { return }
        output.reset()
        composer.problem(.internal, "The trail cannot be read.", to: exchange, bytes, into: &output)
    }

    /// A part of a SKU's trail.
    private struct Trail {
        /// Where its records stand, newest first.
        var addresses: [RecordAddress] = []
        /// Whether older ones of it are not kept any more.
        var isCut = false
    }

    /// The records with these numbers; nil where one is missing that should be there.
    ///
    /// Each record names the one before it as seen from its own journal.
    private func walk(
        _ start: RecordAddress,
        _ numbers: Range<UInt64>,
        _ records: RecordFinder<D>
    ) -> Trail? {
        var trail = Trail()
        guard !numbers.isEmpty else { return trail }
        var next: RecordAddress? = start
        while let here = next {
            guard !isOver(here), let record = found(here, records)?.record else {
                guard isOver(here) else { return nil }
                trail.isCut = true
                return trail
            }
            if record.head.sequence <= numbers.lowerBound { break }
            if record.head.sequence <= numbers.upperBound { trail.addresses.append(here) }
            if record.head.sequence == numbers.lowerBound + 1 { break }
            next = record.head.previous?.address(seenFrom: here.journal)
        }
        return trail
    }
}

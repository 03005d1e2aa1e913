import Domain
import HTTP
import Journal
import Loop

/// What one thread asks of another, or tells it: the fixed part of a message between loops and the archive.
///
/// Behind it in the mailbox stand the request's bytes, then what has been gathered of a list so far, or an answer.
struct Message: BitwiseCopyable {
    /// What it is about.
    enum Errand: BitwiseCopyable {
        /// Serve a request for a SKU of the partition.
        case serve(Route, partition: UInt16)
        /// Go on with a page of the catalogue in the partition.
        case list(CataloguePage, partition: UInt16)
        /// Read records and answer with them.
        case read(ArchiveRead)
        /// Show or cancel the order whose record stands behind the request, of a SKU of the partition.
        case order(OrderErrand, partition: UInt16)
        /// The finished answer for the ticket's connection.
        case reply
        /// The next part of the stream of events on the ticket's connection.
        case part(StreamPart)
        /// The ticket's connection has taken all parts of its stream so far, or is gone.
        case streamed(isOpen: Bool)
        /// The ticket's connection watches a SKU, whose `Feed` the message retains; it has not seen this version.
        case watch(UInt, from: UInt64)
        /// What one partition tells another about a transaction: a `TransactionParcel` that the message retains.
        case transaction(UInt)
        /// Take this connection over.
        case adopt(socket: Int32)
    }

    let errand: Errand
    let ticket: UInt64
    let exchange: Exchange
    /// Bytes of the request behind the fixed part.
    let requestBytes: UInt32
    /// Bytes behind those: a gathered page, a record, or an answer.
    let extraBytes: UInt32

    private static let headBytes = (MemoryLayout<Message>.stride + 15) & ~15

    /// Puts a message into a mailbox.
    ///
    /// - Returns: false where the mailbox has no room.
    static func push(
        _ errand: Errand,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ request: Span<UInt8>,
        _ extra: Span<UInt8>,
        into mailbox: Mailbox
    ) -> Bool {
        let message = Message(
            errand: errand,
            ticket: ticket.bits,
            exchange: exchange,
            requestBytes: UInt32(request.count),
            extraBytes: UInt32(extra.count)
        )
        let total = headBytes + request.count + extra.count
        return unsafe mailbox.push(byteCount: total) { place in
            guard let base = place.baseAddress else { return }
            // SAFETY: the place has the bytes asked for; a message is bitwise copyable.
            unsafe base.storeBytes(of: message, as: Message.self)
            unsafe request.withUnsafeBytes { unsafe copy($0, to: base + headBytes) }
            unsafe extra.withUnsafeBytes { unsafe copy($0, to: base + headBytes + request.count) }
        }
    }

    /// Takes a message out of a mailbox's bytes.
    ///
    /// `body`: gets the fixed part, the request's bytes, and what stands behind them.
    static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (Message, Span<UInt8>, Span<UInt8>) -> Void
    ) {
        guard let base = bytes.baseAddress else { return }
        // SAFETY: `push` wrote a whole message here, with these counts behind it.
        let message = unsafe base.loadUnaligned(as: Message.self)
        let start = unsafe (base + headBytes).assumingMemoryBound(to: UInt8.self)
        let request = unsafe UnsafeBufferPointer(start: start, count: Int(message.requestBytes))
        let extra = unsafe UnsafeBufferPointer(
            start: start + Int(message.requestBytes),
            count: Int(message.extraBytes)
        )
        unsafe body(message, request.span, extra.span)
    }

    @unsafe
    private static func copy(_ source: UnsafeRawBufferPointer, to place: UnsafeMutableRawPointer) {
        if let address = source.baseAddress {
            unsafe place.copyMemory(from: address, byteCount: source.count)
        }
    }
}

/// A page of the catalogue while it is gathered from one partition after the other.
struct CataloguePage: BitwiseCopyable {
    /// SKUs that the page may still take.
    var left: UInt32
    /// Where to go on in the present partition: a place in the order of its keepers.
    var from: UInt32
    /// Whether an item stands in the page already.
    var hasItems: Bool
}

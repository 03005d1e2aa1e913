import Domain
import HTTP
import Journal
import Keepers

/// What is to be done with an order whose record the archive has read: for the owner of its SKU.
struct OrderErrand: BitwiseCopyable {
    /// The order.
    let id: OrderID
    /// The kind of its record.
    let kind: UInt8
    /// Whether it is to be cancelled; else it is only shown.
    let isCancel: Bool
}

extension Serving {
    /// Shows or cancels an order; the first part is known from its record, the rest only here.
    ///
    /// - Parameters:
    ///   - errand: what is to be done.
    ///   - partition: which owns the SKU.
    ///   - record: the payload of the order's record.
    ///   - now: the moment of the decision.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    /// - Returns: from where on the answer may leave, or what answers.
    func order(
        _ errand: OrderErrand,
        of partition: Partition,
        _ record: Span<UInt8>,
        at now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        act(for: exchange, partition)
        defer { actNoMore(partition) }
        guard let found = SKURecord(type: errand.kind, record, key: partition.key),
            let purchase = found.event.sale,
            let keeper = partition.keeper(of: record.extracting(found.head.sku))
        else {
            composer.problem(.unknownOrder, "There is no such order.", to: exchange, bytes, into: &output)
            return .answered(.start)
        }
        guard !keeper.assumeIsolated({ $0.isReserved(purchase.sequence) }) else {
            return undecided(errand, partition, exchange, bytes, into: &output)
        }
        if errand.isCancel {
            let order = CancelledOrder(address: errand.id.address, purchase: purchase, isPaid: found.event.isPaid)
            do throws(InvalidRequest) {
                return try cancel(order, found, partition, record, now, exchange, bytes, into: &output)
            } catch {
                return invalid(error, exchange, bytes, into: &output)
            }
        }
        let cancelled = keeper.assumeIsolated { $0.cancelled(ofOrder: purchase.sequence) }
        write(errand.id, purchase, cancelled.units, found, record, partition.key, exchange, bytes, into: &output)
        return .answered(cancelled.dependsOn)
    }

    /// Whoever knows the id was told that the order is decided, which this partition has not heard yet: it is read again.
    private func undecided(
        _ errand: OrderErrand,
        _ partition: Partition,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        guard partition.isReadOnly else {
            return .read(errand.isCancel ? .cancel(errand.id) : .order(errand.id), after: .start)
        }
        composer.maybeLost(to: exchange, bytes, into: &output)
        return .answered(.start)
    }

    private func cancel(
        _ order: CancelledOrder,
        _ found: SKURecord,
        _ partition: Partition,
        _ record: Span<UInt8>,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) throws(InvalidRequest) -> Served {
        let body = try CancelRequest(exchange.request.body, bytes)
        let id = OrderID(order.address)
        let text = id.text(key: partition.key)
        let key = try key(.cancel, text.span, partition.key, exchange, bytes) { hasher in
            hasher.update(integer: body.quantity?.units ?? 0)
            hasher.update(text: body.reason.text)
        }
        let outcome = partition.cancel(
            order,
            sku: record.extracting(found.head.sku),
            buyer: record.extracting(found.buyer),
            quantity: body.quantity,
            reason: body.reason,
            request: key,
            at: now
        )
        guard case .changed(let cancel) = outcome else {
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
        if cancel.position != nil { composer.metrics.orderCancelled() }
        write(id, order.purchase, cancel.cancelled, found, record, partition.key, exchange, bytes, into: &output)
        return .answered(cancel.dependsOn)
    }

    private func write(
        _ id: OrderID,
        _ purchase: Purchase,
        _ cancelled: Int64,
        _ found: SKURecord,
        _ record: Span<UInt8>,
        _ key: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        composer.order(
            .ok,
            OrderFacts(id: id, purchase: purchase, cancelled: cancelled, isPaid: found.event.isPaid),
            sku: record.extracting(found.head.sku),
            buyer: record.extracting(found.buyer),
            key: key,
            isReplay: false,
            to: exchange,
            bytes,
            into: &output
        )
    }
}

extension SKUEvent {
    /// What was bought, where the event made an order.
    var sale: Purchase? {
        switch self {
        case .purchased(let purchase): purchase
        case .confirmed(let confirmation): confirmation.purchase
        case .reserved(let reservation): reservation.purchase
        case .created, .replaced, .amended, .stockAdjusted, .removed, .held, .holdEnded, .holdProlonged, .cancelled,
            .settled:
            nil
        }
    }

    /// Whether the buyer's wallet has paid for the order that the event made.
    var isPaid: Bool {
        if case .reserved(let reservation) = self { reservation.isPaid } else { false }
    }
}

import Domain
import HTTP
import Journal
import Keepers
import Platform

extension Archive {
    /// Gives the first answer to a key again, if the same was asked.
    func replay(
        _ address: RecordAddress,
        _ digest: UInt64,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let found = (try? records.findAny(address)) ?? nil, let first = found.record.head.key else {
            return unreadable(exchange, bytes)
        }
        guard first.digest == digest else { return reused(exchange, bytes) }
        let payload = found.payload
        switch found.record {
        case .sku(let record):
            replay(record, payload.span, address, records, exchange, bytes)
        case .wallet(let record):
            let buyer = payload.span.extracting(record.head.sku)
            composer.wallet(record.change, buyer: buyer, isReplay: true, to: exchange, bytes, into: &output)
        case .transaction(let record):
            guard case .decided(let decision, _) = record.content else { return unreadable(exchange, bytes) }
            composer.bought(decision, key: records.key, isReplay: true, to: exchange, bytes, into: &output)
        }
    }

    private func replay(
        _ record: SKURecord,
        _ payload: Span<UInt8>,
        _ address: RecordAddress,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        let sku = payload.extracting(record.head.sku)
        let buyer = payload.extracting(record.buyer)
        switch record.event {
        case .purchased(let purchase):
            composer.metrics.purchased(.replayed)
            let facts = OrderFacts(id: OrderID(address), purchase: purchase)
            order(again: .created, facts, sku, buyer, records, exchange, bytes)
        case .confirmed(let confirmation):
            let facts = OrderFacts(id: OrderID(address), purchase: confirmation.purchase)
            order(again: .created, facts, sku, buyer, records, exchange, bytes)
        case .cancelled(let cancellation):
            guard let first = record.order else { return }
            let cancelled = first.purchase.quantity.units - cancellation.left
            let facts = OrderFacts(
                id: OrderID(first.address),
                purchase: first.purchase,
                cancelled: cancelled,
                isPaid: first.isPaid
            )
            order(again: .ok, facts, sku, buyer, records, exchange, bytes)
        case .held(let placement):
            let facts = HoldFacts(placement, sku: sku, key: records.key)
            hold(again: .created, facts, sku, buyer, records, exchange, bytes)
        case .holdProlonged(let prolongation):
            let facts = HoldFacts(prolongation, sku: sku, key: records.key)
            hold(again: .ok, facts, sku, buyer, records, exchange, bytes)
        case .stockAdjusted(let adjustment):
            composer.stock(adjustment, sku: sku, isReplay: true, to: exchange, bytes, into: &output)
        case .created, .replaced, .amended, .removed, .holdEnded, .reserved, .settled:
            composer.problem(.internal, "This key has no answer.", to: exchange, bytes, into: &output)
        }
    }

    private func order(
        again status: Status,
        _ order: OrderFacts,
        _ sku: Span<UInt8>,
        _ buyer: Span<UInt8>,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        composer.order(
            status,
            order,
            sku: sku,
            buyer: buyer,
            key: records.key,
            isReplay: true,
            to: exchange,
            bytes,
            into: &output
        )
    }

    private func hold(
        again status: Status,
        _ hold: HoldFacts,
        _ sku: Span<UInt8>,
        _ buyer: Span<UInt8>,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        composer.hold(
            status,
            hold,
            sku: sku,
            buyer: buyer,
            records.key,
            isReplay: true,
            to: exchange,
            bytes,
            into: &output
        )
    }

    /// Says that a key's first answer is out of reach.
    private func unreadable(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        composer.problem(
            .internal,
            "The first answer to this key cannot be read.",
            to: exchange,
            bytes,
            into: &output
        )
    }

    /// Says that a key belongs to another request.
    private func reused(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        composer.problem(
            .idempotencyKeyReused,
            "This Idempotency-Key was used for another request.",
            to: exchange,
            bytes,
            into: &output
        )
    }
}

import Domain
import Journal

/// What a record says for the lists of buyers' orders.
public enum OrderNote: Sendable, Equatable {
    /// The record is an order of this buyer, or is to become one.
    case placed(Fingerprint)
    /// The record that stands there is an order for certain; so many units of it are cancelled by now.
    case told(RecordAddress, cancelled: Int64)

    /// Reads a record's payload.
    ///
    /// Cost: no allocation for a purchase.
    ///
    /// - Parameters:
    ///   - type: the record's type in the journal.
    ///   - bytes: the payload.
    ///   - key: the folder's secret.
    ///   - body: gets what the record says; most records say one thing or nothing, and a decision one for each of its
    ///     lines.
    public static func read(type: UInt8, _ bytes: Span<UInt8>, key: FingerprintKey, _ body: (OrderNote) -> Void) {
        if let kind = RecordKind(rawValue: type) {
            if let note = note(kind, bytes, key: key) { body(note) }
            return
        }
        guard let record = TransactionRecord(type: type, bytes, key: key) else { return }
        switch record.content {
        case .decided(let decision, _): for line in decision.lines { body(.told(line.order, cancelled: 0)) }
        case .closed: break
        }
    }

    private static func note(_ kind: RecordKind, _ bytes: Span<UInt8>, key: FingerprintKey) -> OrderNote? {
        switch kind {
        case .purchased:
            return PurchaseRecord(bytes, key: key).map { .placed($0.purchase.buyer) }
        case .confirmed, .reserved, .cancelled, .refunding:
            return SKURecord(type: kind.rawValue, bytes, key: key).flatMap { note($0) }
        case .created, .replaced, .amended, .stockAdjusted, .removed, .held, .holdEnded, .holdProlonged, .settled:
            return nil
        }
    }

    private static func note(_ record: SKURecord) -> OrderNote? {
        switch record.event {
        case .confirmed(let confirmation): return .placed(confirmation.purchase.buyer)
        case .reserved(let reservation): return .placed(reservation.purchase.buyer)
        case .cancelled(let cancellation):
            guard let order = record.order else { return nil }
            return .told(order.address, cancelled: order.purchase.quantity.units - cancellation.left)
        case .purchased, .created, .replaced, .amended, .stockAdjusted, .removed, .held, .holdEnded, .holdProlonged,
            .settled:
            return nil
        }
    }
}

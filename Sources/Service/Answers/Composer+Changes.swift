import Domain
import HTTP
import Keepers

extension Composer {
    /// A page of a trail ends when it has grown to this.
    ///
    /// Unit: bytes.
    static let changesBytesMax = 128 * 1_024
}

extension ByteWriter {
    /// Appends one change of a SKU's trail.
    ///
    /// Parameters:
    /// - `id`: where the record stands; the order's id, for a purchase.
    /// - `buyer`: the buyer's name, for a purchase.
    /// - `sku`: the SKU's name.
    /// - `by`: in whose name it was made; empty where nobody knows.
    mutating func append(
        _ record: SKURecord,
        id: OrderID,
        key: FingerprintKey,
        buyer: Span<UInt8>,
        sku: Span<UInt8>,
        by: Span<UInt8>
    ) {
        append("{")
        append(members: record, id: id, key: key, buyer: buyer, sku: sku)
        append(by: by)
        append("}")
    }

    /// Appends a member with the name in which a change was made, where there is one.
    mutating func append(by name: Span<UInt8>) {
        guard !name.isEmpty else { return }
        append(",\"by\":\"")
        append(name)
        append("\"")
    }

    /// Appends the members of a change: its number, type and time, and those of its type.
    ///
    /// The parameters are those of `append`.
    mutating func append(
        members record: SKURecord,
        id: OrderID,
        key: FingerprintKey,
        buyer: Span<UInt8>,
        sku: Span<UInt8>
    ) {
        if case .purchased(let purchase) = record.event {
            return append(members: purchase, record.head, id: id, key: key, buyer: buyer)
        }
        append(record.head, record.event.name)
        switch record.event {
        case .purchased: break
        case .created(let creation):
            append(",\"stock\":")
            append(decimal: creation.stock.units)
            append(",")
            append(creation.details)
        case .replaced(let change), .amended(let change):
            append(",")
            append(change.details)
        case .stockAdjusted(let adjustment):
            append(",\"available_before\":")
            append(decimal: adjustment.remaining - adjustment.delta)
            append(",")
            append(adjustment)
        case .removed:
            break
        case .held(let placement):
            append(placement.name, sku: sku, key: key)
            append(buyer: buyer, placement.quantity)
            append(",\"expires_at\":\"")
            append(rfc3339: placement.expiresAt.millisecondsSinceEpoch)
            append("\"")
            append(available: placement.remaining, before: placement.remaining + placement.quantity.units)
        case .confirmed(let confirmation):
            append(confirmation.hold, sku: sku, key: key)
            append(confirmation.purchase, id: id, key: key, buyer: buyer)
            append(confirmation.isReacquired ? ",\"late\":true" : ",\"late\":false")
            append(available: confirmation.purchase.remaining, before: confirmation.availableBefore)
        case .holdEnded(let ending):
            append(ending.hold, sku: sku, key: key)
            append(",\"quantity\":")
            append(decimal: ending.quantity.units)
            append(available: ending.remaining, before: ending.remaining - ending.quantity.units)
        case .holdProlonged(let prolongation):
            append(prolongation.hold, sku: sku, key: key)
            append(buyer: buyer, prolongation.quantity)
            append(",\"expires_at\":\"")
            append(rfc3339: prolongation.expiresAt.millisecondsSinceEpoch)
            append("\"")
            append(available: prolongation.remaining, before: prolongation.remaining)
        case .cancelled(let cancellation):
            append(cancellation, record.order, key: key, buyer: buyer)
        case .reserved(let reservation):
            let purchase = reservation.purchase
            append(purchase, id: id, key: key, buyer: buyer)
            append(available: purchase.remaining, before: purchase.remaining + purchase.quantity.units)
        case .settled(let settlement):
            append(buyer: buyer, settlement.quantity)
            let returned = settlement.isSold ? 0 : settlement.quantity.units
            append(available: settlement.remaining, before: settlement.remaining - returned)
        }
    }

    /// Appends the members of a purchase.
    mutating func append(
        members purchase: Purchase,
        _ head: RecordHead,
        id: OrderID,
        key: FingerprintKey,
        buyer: Span<UInt8>
    ) {
        append(head, "purchased")
        append(purchase, id: id, key: key, buyer: buyer)
        append(available: purchase.remaining, before: purchase.remaining + purchase.quantity.units)
    }

    private mutating func append(_ head: RecordHead, _ type: StaticString) {
        append("\"sequence\":")
        append(decimal: head.sequence)
        append(",\"type\":\"")
        append(type)
        append("\",\"at\":\"")
        append(rfc3339: head.at.millisecondsSinceEpoch)
        append("\"")
    }

    private mutating func append(_ purchase: Purchase, id: OrderID, key: FingerprintKey, buyer: Span<UInt8>) {
        append(",\"order\":\"")
        let text = id.text(key: key)
        append(text.span)
        append("\"")
        append(buyer: buyer, purchase.quantity)
        append(",\"total\":")
        append(purchase.total ?? purchase.unitPrice)
    }

    private mutating func append(
        _ cancellation: Cancellation,
        _ order: CancelledOrder?,
        key: FingerprintKey,
        buyer: Span<UInt8>
    ) {
        if let order {
            append(",\"order\":\"")
            let text = OrderID(order.address).text(key: key)
            append(text.span)
            append("\"")
        }
        append(buyer: buyer, cancellation.quantity)
        append(",\"left\":")
        append(decimal: cancellation.left)
        append(",\"reason\":\"")
        append(escaped: cancellation.reason.text)
        append("\"")
        append(available: cancellation.remaining, before: cancellation.remaining - cancellation.returned)
    }

    private mutating func append(_ hold: HoldName, sku: Span<UInt8>, key: FingerprintKey) {
        append(",\"hold\":\"")
        let text = HoldID(hold, sku: sku, key: key).text(key: key)
        append(text.span)
        append("\"")
    }

    private mutating func append(buyer: Span<UInt8>, _ quantity: Quantity) {
        append(",\"buyer\":\"")
        append(buyer)
        append("\",\"quantity\":")
        append(decimal: quantity.units)
    }

    private mutating func append(available after: Int64, before: Int64) {
        append(",\"available_before\":")
        append(decimal: before)
        append(",\"available\":")
        append(decimal: after)
    }
}

extension SKUEvent {
    /// The change's name in a trail.
    var name: StaticString {
        switch self {
        case .purchased: "purchased"
        case .created: "created"
        case .replaced: "replaced"
        case .amended: "amended"
        case .stockAdjusted: "stock_adjusted"
        case .removed: "removed"
        case .held: "held"
        case .confirmed: "hold_confirmed"
        case .holdEnded(let ending): ending.isExpiry ? "hold_expired" : "hold_released"
        case .holdProlonged(let prolongation): prolongation.isFreeze ? "hold_frozen" : "hold_extended"
        case .cancelled: "order_cancelled"
        case .reserved: "reserved"
        case .settled(let settlement): settlement.isSold ? "sold" : "returned"
        }
    }
}

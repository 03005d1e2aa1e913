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
    mutating func append(_ record: SKURecord, id: OrderID, key: FingerprintKey, buyer: Span<UInt8>) {
        append("{")
        append(members: record, id: id, key: key, buyer: buyer)
        append("}")
    }

    /// Appends the members of a change: its number, type and time, and those of its type.
    ///
    /// The parameters are those of `append`.
    mutating func append(members record: SKURecord, id: OrderID, key: FingerprintKey, buyer: Span<UInt8>) {
        append("\"sequence\":")
        append(decimal: record.head.sequence)
        append(",\"type\":\"")
        append(record.event.name)
        append("\",\"at\":\"")
        append(rfc3339: record.head.at.millisecondsSinceEpoch)
        append("\"")
        switch record.event {
        case .purchased(let purchase):
            append(",\"order\":\"")
            let text = id.text(key: key)
            append(text.span)
            append("\",\"buyer\":\"")
            append(buyer)
            append("\",\"quantity\":")
            append(decimal: purchase.quantity.units)
            append(",\"total\":")
            append(purchase.total ?? purchase.unitPrice)
            append(",\"available\":")
            append(decimal: purchase.remaining)
        case .created(let creation):
            append(",\"stock\":")
            append(decimal: creation.stock.units)
            append(",")
            append(creation.details)
        case .replaced(let change), .amended(let change):
            append(",")
            append(change.details)
        case .stockAdjusted(let adjustment):
            append(",")
            append(adjustment)
        case .removed:
            break
        }
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
        }
    }
}

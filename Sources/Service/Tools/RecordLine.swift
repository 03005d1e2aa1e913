import Domain
import HTTP
import Journal
import Keepers

/// One record as `journal inspect` prints it.
struct RecordLine {
    let journal: Int
    let position: JournalPosition
    let record: SKURecord
    let key: FingerprintKey

    private var id: OrderID { OrderID(journal: UInt16(journal), position: position) }

    /// Appends the record as one line of JSON: its place, its SKU, and the members that a trail shows.
    func appendJSON(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        output.append("{\"journal\":")
        output.append(decimal: UInt64(journal))
        output.append(",\"position\":")
        output.append(decimal: position.rawValue)
        output.append(",\"sku\":\"")
        output.append(payload.extracting(record.head.sku))
        output.append("\",")
        output.append(
            members: record,
            id: id,
            key: key,
            buyer: payload.extracting(record.buyer),
            sku: payload.extracting(record.head.sku)
        )
        output.append(record.head.key == nil ? ",\"idempotency_key\":false}\n" : ",\"idempotency_key\":true}\n")
    }

    /// Appends the record as one line of text: place, time, SKU, number of the change, type, then what belongs to it.
    func appendText(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        output.append(decimal: UInt64(journal))
        output.append(":")
        output.append(decimal: position.rawValue)
        output.append("  ")
        output.append(rfc3339: record.head.at.millisecondsSinceEpoch)
        output.append("  ")
        output.append(payload.extracting(record.head.sku))
        output.append("  #")
        output.append(decimal: record.head.sequence)
        output.append("  ")
        output.append(record.event.name)
        switch record.event {
        case .purchased(let purchase): append(purchase, payload.extracting(record.buyer), to: &output)
        case .created(let creation):
            output.append("  stock=")
            output.append(decimal: creation.stock.units)
            append(creation.details, to: &output)
        case .replaced(let change), .amended(let change): append(change.details, to: &output)
        case .stockAdjusted(let adjustment): append(adjustment, to: &output)
        case .removed: break
        case .held(let placement):
            append(placement.quantity, payload.extracting(record.buyer), available: placement.remaining, to: &output)
        case .confirmed(let confirmation): append(confirmation.purchase, payload.extracting(record.buyer), to: &output)
        case .holdEnded(let ending):
            append(ending.quantity, payload.extracting(record.buyer), available: ending.remaining, to: &output)
        case .holdProlonged(let prolongation):
            let buyer = payload.extracting(record.buyer)
            append(prolongation.quantity, buyer, available: prolongation.remaining, to: &output)
        case .cancelled(let cancellation):
            let buyer = payload.extracting(record.buyer)
            append(cancellation.quantity, buyer, available: cancellation.remaining, to: &output)
            output.append(" reason=\"")
            output.append(escaped: cancellation.reason.text)
            output.append("\"")
        }
        if record.head.key != nil { output.append("  idempotency_key") }
        output.append("\n")
    }

    private func append(_ purchase: Purchase, _ buyer: Span<UInt8>, to output: inout ByteWriter) {
        output.append("  quantity=")
        output.append(decimal: purchase.quantity.units)
        output.append(" buyer=")
        output.append(buyer)
        output.append(" total=")
        append(purchase.total ?? purchase.unitPrice, to: &output)
        output.append(" available=")
        output.append(decimal: purchase.remaining)
        output.append(" order=")
        let text = id.text(key: key)
        output.append(text.span)
    }

    /// `buyer`: empty where the record does not say it.
    private func append(
        _ quantity: Quantity,
        _ buyer: Span<UInt8>,
        available: Int64,
        to output: inout ByteWriter
    ) {
        output.append("  quantity=")
        output.append(decimal: quantity.units)
        if !buyer.isEmpty {
            output.append(" buyer=")
            output.append(buyer)
        }
        output.append(" available=")
        output.append(decimal: available)
    }

    private func append(_ adjustment: StockAdjustment, to output: inout ByteWriter) {
        output.append("  delta=")
        output.append(decimal: adjustment.delta)
        output.append(" available=")
        output.append(decimal: adjustment.remaining)
        output.append(" reason=\"")
        output.append(escaped: Array(adjustment.note.reason.utf8).span)
        output.append("\"")
        if let reference = adjustment.note.reference {
            output.append(" reference=\"")
            output.append(escaped: Array(reference.utf8).span)
            output.append("\"")
        }
    }

    /// The catalogue entry in JSON, as it is long and full of text.
    private func append(_ details: SKUDetails, to output: inout ByteWriter) {
        output.append(" {")
        output.append(details)
        output.append("}")
    }

    /// In minor units, as everywhere.
    private func append(_ money: Money, to output: inout ByteWriter) {
        output.append(decimal: money.amount)
        let (first, second, third) = money.currency.bytes
        output.append(first)
        output.append(second)
        output.append(third)
    }
}

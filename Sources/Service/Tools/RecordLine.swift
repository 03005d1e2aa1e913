import Domain
import HTTP
import Journal
import Keepers

/// Where a record stands and what every record says: the beginning and the end of its line in `journal inspect`.
struct RecordFrame {
    let journal: Int
    let position: JournalPosition
    let head: RecordHead

    /// Appends a line of JSON.
    ///
    /// - Parameters:
    ///   - kind: the name of the member that says what the record is about.
    ///   - payload: the record's.
    ///   - output: where the line goes.
    ///   - members: appends the record's own.
    func appendJSON(
        _ kind: StaticString,
        _ payload: Span<UInt8>,
        to output: inout ByteWriter,
        _ members: (inout ByteWriter) -> Void
    ) {
        output.append("{\"journal\":")
        output.append(decimal: UInt64(journal))
        output.append(",\"position\":")
        output.append(decimal: position.rawValue)
        output.append(",\"")
        output.append(kind)
        output.append("\":\"")
        output.append(payload.extracting(head.sku))
        output.append("\",")
        members(&output)
        output.append(by: payload.extracting(head.by))
        output.append(head.key == nil ? ",\"idempotency_key\":false}\n" : ",\"idempotency_key\":true}\n")
    }

    /// Appends a line of text: place, time, what it is about, number of the change, type, then what belongs to it.
    ///
    /// - Parameters:
    ///   - kind: stands before the name; empty for a SKU.
    ///   - type: of the change.
    ///   - payload: the record's.
    ///   - output: where the line goes.
    ///   - facts: appends the record's own.
    func appendText(
        _ kind: StaticString,
        _ type: StaticString,
        _ payload: Span<UInt8>,
        to output: inout ByteWriter,
        _ facts: (inout ByteWriter) -> Void
    ) {
        output.append(decimal: UInt64(journal))
        output.append(":")
        output.append(decimal: position.rawValue)
        output.append("  ")
        output.append(rfc3339: head.at.millisecondsSinceEpoch)
        output.append("  ")
        output.append(kind)
        output.append(payload.extracting(head.sku))
        output.append("  #")
        output.append(decimal: head.sequence)
        output.append("  ")
        output.append(type)
        facts(&output)
        if !head.by.isEmpty {
            output.append("  by=")
            output.append(payload.extracting(head.by))
        }
        if head.key != nil { output.append("  idempotency_key") }
        output.append("\n")
    }
}

/// One record of a SKU as `journal inspect` prints it.
struct RecordLine {
    let frame: RecordFrame
    let record: SKURecord
    let key: FingerprintKey

    private var id: OrderID { OrderID(journal: UInt16(frame.journal), position: frame.position) }

    /// Appends the record as one line of JSON: its place, its SKU, and the members that a trail shows.
    func appendJSON(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        frame.appendJSON("sku", payload, to: &output) { output in
            output.append(
                members: record,
                id: id,
                key: key,
                buyer: payload.extracting(record.buyer),
                sku: payload.extracting(record.head.sku)
            )
        }
    }

    /// Appends the record as one line of text.
    func appendText(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        frame.appendText("", record.event.name, payload, to: &output) {
            appendFacts(payload.extracting(record.buyer), to: &$0)
        }
    }

    private func appendFacts(_ buyer: Span<UInt8>, to output: inout ByteWriter) {
        switch record.event {
        case .purchased(let purchase): append(purchase, buyer, to: &output)
        case .created(let creation):
            output.append("  stock=")
            output.append(decimal: creation.stock.units)
            append(creation.details, to: &output)
        case .replaced(let change), .amended(let change): append(change.details, to: &output)
        case .stockAdjusted(let adjustment): append(adjustment, to: &output)
        case .removed: break
        case .held(let placement):
            append(placement.quantity, buyer, available: placement.remaining, to: &output)
        case .confirmed(let confirmation): append(confirmation.purchase, buyer, to: &output)
        case .holdEnded(let ending):
            append(ending.quantity, buyer, available: ending.remaining, to: &output)
        case .holdProlonged(let prolongation):
            append(prolongation.quantity, buyer, available: prolongation.remaining, to: &output)
        case .reserved(let reservation): append(reservation.purchase, buyer, to: &output)
        case .settled(let settlement):
            append(settlement.quantity, buyer, available: settlement.remaining, to: &output)
        case .cancelled(let cancellation):
            append(cancellation.quantity, buyer, available: cancellation.remaining, to: &output)
            output.append(" reason=\"")
            output.append(escaped: cancellation.reason.text)
            output.append("\"")
        }
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

import Domain
import HTTP
import Journal
import Keepers

/// One record of a transaction as `journal inspect` prints it.
struct TransactionRecordLine {
    let journal: Int
    let position: JournalPosition
    let record: TransactionRecord
    let key: FingerprintKey

    /// Whether it is about a SKU and a buyer, where these are asked for.
    func concerns(sku: [UInt8]?, buyer: [UInt8]?) -> Bool {
        switch record.content {
        case .decided(let decision, _):
            return (buyer ?? decision.buyer) == decision.buyer
                && (sku.map { name in decision.lines.contains { $0.sku == name } } ?? true)
        case .closed: return sku == nil && buyer == nil
        }
    }

    /// Appends the record as one line of JSON.
    func appendJSON(to output: inout ByteWriter) {
        output.append("{\"journal\":")
        output.append(decimal: UInt64(journal))
        output.append(",\"position\":")
        output.append(decimal: position.rawValue)
        output.append(",\"type\":\"")
        output.append(record.content.name)
        output.append("\",\"at\":\"")
        output.append(rfc3339: record.head.at.millisecondsSinceEpoch)
        switch record.content {
        case .decided(let decision, _):
            output.append("\",\"transaction\":\"")
            output.append(decision.id)
            output.append("\",\"buyer\":\"")
            output.append(decision.buyer.span)
            output.append(decision.isPaid ? "\",\"payment\":\"wallet\",\"orders\":[" : "\",\"orders\":[")
            appendOrders(of: decision, to: &output)
        case .closed(let ids):
            output.append("\",\"transactions\":[")
            for (place, id) in ids.enumerated() {
                output.append(place == 0 ? "\"" : ",\"")
                output.append(id)
                output.append("\"")
            }
        }
        output.append(record.head.key == nil ? "],\"idempotency_key\":false}\n" : "],\"idempotency_key\":true}\n")
    }

    /// Appends the record as one line of text: place, time, transactions, and what was decided.
    func appendText(to output: inout ByteWriter) {
        output.append(decimal: UInt64(journal))
        output.append(":")
        output.append(decimal: position.rawValue)
        output.append("  ")
        output.append(rfc3339: record.head.at.millisecondsSinceEpoch)
        output.append("  transaction  ")
        output.append(record.content.name)
        switch record.content {
        case .decided(let decision, _):
            output.append("  ")
            output.append(decision.id)
            output.append(" buyer=")
            output.append(decision.buyer.span)
            if decision.isPaid { output.append(" payment=wallet") }
            for line in decision.lines {
                output.append(" ")
                output.append(line.sku.span)
                output.append("=")
                output.append(decimal: line.purchase.quantity.units)
                output.append(" order=")
                output.append(OrderID(line.order).text(key: key).span)
            }
        case .closed(let ids):
            for id in ids {
                output.append("  ")
                output.append(id)
            }
        }
        if record.head.key != nil { output.append("  idempotency_key") }
        output.append("\n")
    }

    private func appendOrders(of decision: TransactionDecision, to output: inout ByteWriter) {
        for (place, line) in decision.lines.enumerated() {
            output.append(place == 0 ? "{\"order\":\"" : ",{\"order\":\"")
            output.append(OrderID(line.order).text(key: key).span)
            output.append("\",\"sku\":\"")
            output.append(line.sku.span)
            output.append("\",\"quantity\":")
            output.append(decimal: line.purchase.quantity.units)
            output.append("}")
        }
    }
}

extension TransactionRecord.Content {
    /// The record's name.
    var name: StaticString {
        switch self {
        case .decided: "decided"
        case .closed: "closed"
        }
    }
}

extension ByteWriter {
    /// Appends an id as 32 hexadecimal digits.
    fileprivate mutating func append(_ id: TransactionID) {
        append(hex: id.high, digits: 16)
        append(hex: id.low, digits: 16)
    }
}

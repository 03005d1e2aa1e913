import Domain
import HTTP
import Journal
import Keepers

/// One record of a wallet as `journal inspect` prints it.
struct WalletLine {
    let journal: Int
    let position: JournalPosition
    let record: WalletRecord

    /// Appends the record as one line of JSON: its place, its buyer, and the members that an answer shows.
    func appendJSON(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        output.append("{\"journal\":")
        output.append(decimal: UInt64(journal))
        output.append(",\"position\":")
        output.append(decimal: position.rawValue)
        output.append(",\"wallet\":\"")
        output.append(payload.extracting(record.head.sku))
        output.append("\",")
        output.append(record.change)
        output.append(record.head.key == nil ? ",\"idempotency_key\":false}\n" : ",\"idempotency_key\":true}\n")
    }

    /// Appends the record as one line of text: place, time, wallet, number of the change, and what it is.
    func appendText(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        output.append(decimal: UInt64(journal))
        output.append(":")
        output.append(decimal: position.rawValue)
        output.append("  ")
        output.append(rfc3339: record.head.at.millisecondsSinceEpoch)
        output.append("  wallet ")
        output.append(payload.extracting(record.head.sku))
        output.append("  #")
        output.append(decimal: record.head.sequence)
        output.append("  ")
        output.append(record.change.command.name)
        output.append("  ")
        output.append(decimal: record.change.command.amount.amount)
        output.append(" balance=")
        output.append(decimal: record.change.balance.amount)
        output.append(text: record.change.balance.currency.description)
        if record.head.key != nil { output.append("  idempotency_key") }
        output.append("\n")
    }
}

import Domain
import HTTP
import Keepers

/// One record of a wallet as `journal inspect` prints it.
struct WalletLine {
    let frame: RecordFrame
    let record: WalletRecord

    /// Appends the record as one line of JSON: its place, its buyer, and the members that an answer shows.
    func appendJSON(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        frame.appendJSON("wallet", payload, to: &output) { $0.append(record.change) }
    }

    /// Appends the record as one line of text.
    func appendText(_ payload: Span<UInt8>, to output: inout ByteWriter) {
        frame.appendText("wallet ", record.change.command.name, payload, to: &output) { output in
            output.append("  ")
            output.append(decimal: record.change.command.amount.amount)
            output.append(" balance=")
            output.append(decimal: record.change.balance.amount)
            output.append(text: record.change.balance.currency.description)
        }
    }
}

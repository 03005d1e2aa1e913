import Domain
import Journal

/// The kinds of records a wallet leaves in the journal.
///
/// The numbers are part of the format; those of SKUs are in `RecordKind`.
enum WalletRecordKind: UInt8 {
    /// Money was put in.
    case deposited = 20
    /// Money was taken out.
    case withdrawn = 21
    /// A transaction was paid.
    case debited = 22
    /// What was paid came back: the transaction was undone, or an order cancelled.
    case refunded = 23

    init(_ command: WalletCommand) {
        switch command {
        case .deposit: self = .deposited
        case .withdraw: self = .withdrawn
        case .pay: self = .debited
        case .refund: self = .refunded
        }
    }
}

/// One record of a wallet, read back from the journal.
///
/// Layout: the head as in `RecordHead`, with the buyer in place of the SKU; then amount 8, currency 3, what is in the
/// wallet after it 8, then for a deposit or withdrawal behind a flag the reference, else the transaction 18.
public struct WalletRecord: Sendable {
    /// What every record says.
    public let head: RecordHead
    /// The change itself.
    public let change: WalletChange

    /// Reads a record's payload; nil where the bytes are no wallet's record of this version.
    ///
    /// - Parameters:
    ///   - type: the record's type in the journal.
    ///   - bytes: the payload.
    public init?(type: UInt8, _ bytes: Span<UInt8>) {
        guard let kind = WalletRecordKind(rawValue: type) else { return nil }
        var reader = PayloadReader()
        head = RecordHead(&reader, bytes)
        guard let amount = SKURecord.money(&reader, bytes) else { return nil }
        let balance = Money(amount: reader.take(Int64.self, bytes), currency: amount.currency)
        let command: WalletCommand
        switch kind {
        case .deposited, .withdrawn:
            var reference: WalletReference?
            if reader.take(UInt8.self, bytes) != 0 {
                guard let read = try? WalletReference(reader.takeLong(bytes)) else { return nil }
                reference = read
            }
            command = kind == .deposited ? .deposit(amount, reference) : .withdraw(amount, reference)
        case .debited: command = .pay(amount, reader.takeLink(bytes))
        case .refunded: command = .refund(amount, reader.takeLink(bytes))
        }
        guard reader.isComplete(bytes) else { return nil }
        change = WalletChange(command: command, balance: balance, sequence: head.sequence, at: head.at)
    }

    /// Whether a record of this type is a wallet's.
    static func isOne(type: UInt8) -> Bool { WalletRecordKind(rawValue: type) != nil }
}

extension PayloadWriter {
    /// Appends what follows the head of a wallet's record.
    mutating func put(_ change: WalletChange) {
        put(change.command.amount)
        put(change.balance.amount)
        if let link = change.command.link {
            put(link)
        } else {
            putOptional(change.command.reference?.text)
        }
    }
}

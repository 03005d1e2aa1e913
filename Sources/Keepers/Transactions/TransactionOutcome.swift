import Domain
import Journal

/// What became of a transaction.
public enum TransactionOutcome: Sendable {
    /// All was bought; true once the coordinator's journal is durable up to `dependsOn`.
    case decided(TransactionDecision, dependsOn: JournalPosition)
    /// The idempotency key has been used: the record that answers it stands there.
    case remembered(RecordPlace)
    /// Nothing was bought.
    ///
    /// `line` is the place in the plan of the SKU that was refused; nil where the wallet was, or the total. The reason
    /// was true once the coordinator's journal is durable up to `dependsOn`.
    case refused(Refusal, line: Int?, dependsOn: JournalPosition)
    /// Nothing was bought, for the server's own reasons.
    case unavailable(Unavailability)
}

/// A transaction that was decided, live or read back: the same facts, so that a used key gets the same answer.
public struct TransactionDecision: Sendable, Equatable {
    /// The transaction's name; a cart's id is made of it.
    public let id: TransactionID
    /// What was asked for.
    public let kind: TransactionPlan.Kind
    /// The buyer's name.
    public let buyer: [UInt8]
    /// Whether the buyer's wallet has paid.
    public let isPaid: Bool
    /// What was bought, in the order of the plan: each line is an order.
    public let lines: [DecidedLine]

    /// A decision as it is told or was journaled.
    public init(id: TransactionID, kind: TransactionPlan.Kind, buyer: [UInt8], isPaid: Bool, lines: [DecidedLine]) {
        self.id = id
        self.kind = kind
        self.buyer = buyer
        self.isPaid = isPaid
        self.lines = lines
    }

    /// The decision that a plan leads to.
    init(_ id: TransactionID, _ plan: TransactionPlan, _ lines: [DecidedLine]) {
        self.init(id: id, kind: plan.kind, buyer: plan.buyer, isPaid: plan.isPaid, lines: lines)
    }

    /// What all lines cost; nil where their currencies differ, which no wallet pays for.
    public var total: Money? {
        guard var sum = lines.first?.purchase.total else { return nil }
        for line in lines.dropFirst() {
            guard let total = line.purchase.total, total.currency == sum.currency else { return nil }
            sum = Money(amount: sum.amount + total.amount, currency: sum.currency)
        }
        return sum
    }
}

/// One order that a transaction made.
public struct DecidedLine: Sendable, Equatable {
    /// The SKU's name.
    public let sku: [UInt8]
    /// Where the order's record stands: its id is made of it.
    public let order: RecordAddress
    /// What was bought, as the order tells it.
    public let purchase: Purchase

    /// An order as it is told or was journaled.
    public init(sku: [UInt8], order: RecordAddress, purchase: Purchase) {
        self.sku = sku
        self.order = order
        self.purchase = purchase
    }
}

/// The public name of a cart: its transaction's 16 bytes as 26 characters of base32, as an order's id.
public struct CartID: Sendable {
    /// Characters of the text form.
    public static let textBytes = 26

    private let id: TransactionID

    /// The cart that a transaction bought.
    public init(_ id: TransactionID) {
        self.id = id
    }

    /// The text form.
    public var text: InlineArray<26, UInt8> {
        InlineArray { index in
            // 26 digits hold 130 bits: two zeros come first.
            let shift = UInt64(25 - index) * 5
            let bits =
                shift >= 64
                ? id.high >> (shift - 64)
                : id.low >> shift | (shift > 59 ? id.high << (64 - shift) : 0)
            return Base32.character(UInt8(truncatingIfNeeded: bits & 31))
        }
    }
}

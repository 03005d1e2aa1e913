/// What somebody wants of one wallet.
///
/// Amounts are 0...`Money.amountMax`; only a price can be 0.
public enum WalletCommand: Sendable, Equatable {
    /// Put money in; the first deposit fixes the wallet's currency.
    case deposit(Money, WalletReference?)
    /// Take money out.
    case withdraw(Money, WalletReference?)
    /// Pay for what a transaction buys.
    case pay(Money, TransactionLink)
    /// Give back what was paid: the transaction was undone, or an order cancelled.
    case refund(Money, TransactionLink)

    /// How much it is about.
    public var amount: Money {
        switch self {
        case .deposit(let amount, _), .withdraw(let amount, _), .pay(let amount, _), .refund(let amount, _): amount
        }
    }

    /// The client's own name for it.
    public var reference: WalletReference? {
        switch self {
        case .deposit(_, let reference), .withdraw(_, let reference): reference
        case .pay, .refund: nil
        }
    }

    /// The transaction that it belongs to.
    public var link: TransactionLink? {
        switch self {
        case .deposit, .withdraw: nil
        case .pay(_, let link), .refund(_, let link): link
        }
    }

    /// The most that may be in the wallet after it.
    ///
    /// What is owed is given back whatever that leads to: only deposits are refused then.
    var balanceMax: Int64 {
        switch self {
        case .deposit, .withdraw, .pay: Money.amountMax
        case .refund: .max
        }
    }

    /// Which way the money goes.
    var sign: Int64 {
        switch self {
        case .deposit, .refund: 1
        case .withdraw, .pay: -1
        }
    }

    /// What a wallet that nothing was ever put into holds for it; nil where there must have been a deposit.
    var firstBalance: Money? {
        switch self {
        case .deposit(let amount, _), .refund(let amount, _): Money(amount: 0, currency: amount.currency)
        case .withdraw, .pay: nil
        }
    }
}

/// One change of one wallet, as it is journaled: a fact, never undone.
public struct WalletChange: Sendable, Equatable {
    /// What was done.
    public let command: WalletCommand
    /// What is in the wallet after it.
    public let balance: Money
    /// The number of this change among the wallet's own: from 1, without a gap.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A change as it is told or was journaled.
    public init(command: WalletCommand, balance: Money, sequence: UInt64, at: Instant) {
        self.command = command
        self.balance = balance
        self.sequence = sequence
        self.at = at
    }
}

/// Why a command changed nothing in a wallet.
public enum WalletRefusal: Error, Equatable, BitwiseCopyable {
    /// Nothing was ever put into this buyer's wallet.
    case unknownBuyer
    /// The wallet holds money of this currency.
    case otherCurrency(Currency)
    /// There is less in it than is to be taken out.
    case insufficientFunds(balance: Money, total: Money)
    /// More would be in it than every JSON reader keeps exact.
    case balanceOverflow
}

/// The client's own name for a deposit or withdrawal: 1 to 200 Unicode scalars.
public struct WalletReference: Sendable, Equatable {
    /// The longest one, in Unicode scalars.
    public static let scalarsMax = 200

    /// What the client wrote.
    public let text: String

    /// A reference that keeps its limits.
    ///
    /// - Throws: `InvalidField`, where it does not.
    public init(_ text: String) throws(InvalidField) {
        try InvalidField.check(text, .reference, scalarsMax: Self.scalarsMax)
        self.text = text
    }
}

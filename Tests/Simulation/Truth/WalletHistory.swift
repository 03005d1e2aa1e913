import Domain

/// All changes of one buyer's wallet, made of the durable records alone.
final class WalletHistory: Timeline {
    let label: String
    let name: [UInt8]
    /// The one at 0 is before the first deposit.
    private(set) var moments = [Moment()]
    var shown = 0
    /// Purchases that it was to pay for whose records do not say who asked for them.
    var unkeyed: [Operation] = []
    /// Those that are decided.
    var unnamed: [TransactionStory] = []

    /// A wallet right after one of its changes.
    struct Moment {
        /// nil before the first deposit.
        var balance: Money?
        var operation: Int?
        var at: Int64 = 0
        var position: UInt64 = 0
    }

    init(_ label: String) {
        self.label = label
        name = Array(label.utf8)
    }

    var last: Int { moments.count - 1 }
    var now: Moment { moments[moments.count - 1] }

    func maker(of number: Int) -> Int? { moments[number].operation }
    func time(of number: Int) -> Int64 { moments[number].at }
    func claim(_ number: Int, by operation: Int) { moments[number].operation = operation }

    /// Adds a change; money comes from nowhere and goes nowhere.
    func add(_ change: WalletChange, at position: UInt64, operation: Int?) throws(Violation) {
        try promise(change.sequence == UInt64(moments.count), "\(label): change \(change.sequence) follows \(last)")
        let at = change.at.millisecondsSinceEpoch
        try promise(at >= now.at, "\(label): time goes back at \(change.sequence)")
        let before = now.balance
        let amount = change.command.amount
        let isOfCurrency = before.map { $0.currency == amount.currency } ?? true
        try promise(isOfCurrency, "\(label): another currency at \(change.sequence)")
        let after: Int64
        switch change.command {
        case .deposit: after = (before?.amount ?? 0) + amount.amount
        case .withdraw: after = (before?.amount ?? 0) - amount.amount
        case .pay: after = (before?.amount ?? 0) - amount.amount
        case .refund: after = (before?.amount ?? 0) + amount.amount
        }
        try promise(after >= 0, "\(label): overdrawn at \(change.sequence)")
        let balance = Money(amount: after, currency: amount.currency)
        try promise(change.balance == balance, "\(label): money does not add up at \(change.sequence)")
        moments.append(Moment(balance: balance, operation: operation, at: at, position: position))
    }
}

import Keepers

/// The transactions of all partitions at one moment.
public struct TransactionReading: Sendable, Equatable {
    /// Under way.
    public var open: UInt64 = 0
    /// Undone since the start, after something had been set aside for them.
    public var undone: UInt64 = 0
    /// How often each limit has refused one, in the order of `TransactionLimit.allCases`.
    public var reaches = TransactionLimit.allCases.map { _ in 0 as UInt64 }

    /// Nothing has happened.
    public init() {}

    /// The sum over partitions.
    init(_ partitions: [Transactions]) {
        open = UInt64(max(0, partitions.reduce(0) { $0 + $1.openCount }))
        undone = partitions.reduce(0) { $0 &+ $1.undoneCount }
        reaches = TransactionLimit.allCases.map { limit in partitions.reduce(0) { $0 &+ $1.reaches(limit) } }
    }

    func write(to text: inout PrometheusText) {
        text.family("stockkeeper_transactions", .gauge, "Carts and payments by wallet that are under way.")
        text.sample(open)
        text.family(
            "stockkeeper_transactions_undone_total",
            .counter,
            "Carts and payments of which something had been set aside that was given back."
        )
        text.sample(undone)
        text.family(
            "stockkeeper_transaction_limit_reached_total",
            .counter,
            "Carts and payments refused with 503, by the limit of a partition that was reached."
        )
        for (limit, count) in zip(TransactionLimit.allCases, reaches) {
            text.sample(count, ["limit": limit.rawValue])
        }
    }
}

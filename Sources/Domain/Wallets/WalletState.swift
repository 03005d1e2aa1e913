/// All that the events of one buyer's wallet add up to.
///
/// It changes only through `apply`, and what to apply is decided by `decide`: neither does I/O, reads a clock or logs.
///
/// Isolation: the wallet's keeper.
public struct WalletState: Sendable, Equatable {
    /// What is in it, of the currency of the first deposit; nil before that.
    ///
    /// Unit: minor units, 0...`Money.amountMax`; above that only by a refund.
    public private(set) var balance: Money?
    /// The number of the last change: 0 before the first, then without a gap.
    public private(set) var sequence: UInt64

    /// A wallet that nothing was ever put into.
    public init() {
        balance = nil
        sequence = 0
    }

    /// A wallet as a snapshot tells it.
    ///
    /// - Throws: `Contradiction` where no events can have led to such a state.
    public init(balance: Money, sequence: UInt64) throws(Contradiction) {
        guard sequence > 0, balance.amount >= 0 else {
            throw .wallet(expected: 0, found: balance.amount)
        }
        self.balance = balance
        self.sequence = sequence
    }

    /// What a command leads to, without changing anything: a change to journal and apply, or a refusal.
    ///
    /// The reasons to refuse, in the order they are looked at: nothing was ever put in, another currency, too little
    /// in it, more than can be told.
    ///
    /// - Parameters:
    ///   - command: what is wanted.
    ///   - now: the moment it is decided for; it becomes the change's.
    /// - Returns: the change that comes next, with its sequence.
    public func decide(_ command: WalletCommand, at now: Instant) -> Result<WalletChange, WalletRefusal> {
        let amount = command.amount
        precondition((0...Money.amountMax).contains(amount.amount), "an amount that no request can have")
        guard let present = balance ?? command.firstBalance else { return .failure(.unknownBuyer) }
        guard present.currency == amount.currency else { return .failure(.otherCurrency(present.currency)) }
        let (next, overflow) = present.amount.addingReportingOverflow(command.sign * amount.amount)
        guard overflow || next >= 0 else { return .failure(.insufficientFunds(balance: present, total: amount)) }
        guard !overflow, command.sign < 0 || next <= command.balanceMax else { return .failure(.balanceOverflow) }
        return .success(
            WalletChange(
                command: command,
                balance: Money(amount: next, currency: amount.currency),
                sequence: sequence &+ 1,
                at: now
            )
        )
    }

    /// Makes a change part of the state; live and in replay.
    ///
    /// - Parameter change: the next one of this wallet.
    /// - Throws: `Contradiction` where it cannot follow this state; the state is then as it was.
    public mutating func apply(_ change: WalletChange) throws(Contradiction) {
        guard change.sequence == sequence &+ 1 else {
            throw .sequence(expected: sequence &+ 1, found: change.sequence)
        }
        let present = balance?.amount ?? 0
        guard balance != nil || change.command.firstBalance != nil,
            (0...Money.amountMax).contains(change.command.amount.amount),
            balance.map({ $0.currency == change.balance.currency }) ?? true,
            change.command.amount.currency == change.balance.currency,
            change.balance.amount >= 0,
            change.command.sign < 0 || change.balance.amount <= change.command.balanceMax,
            present.addingReportingOverflow(change.command.sign * change.command.amount.amount)
                == (change.balance.amount, false)
        else { throw .wallet(expected: present, found: change.balance.amount) }
        balance = change.balance
        sequence = change.sequence
    }
}

import Domain
import Journal
import Loop

/// The keeper of one buyer's wallet: it alone decides about the money in it, and journals each decision before it
/// becomes its state.
///
/// Methods that change state never suspend, so nothing happens between a check and its change.
///
/// - Isolation: its partition's executor; code on the partition's thread calls it with `assumeIsolated`.
public actor WalletKeeper {
    /// The buyer's name.
    public nonisolated let buyer: [UInt8]
    // SAFETY: a partition alone keeps its keepers, and whoever calls one has the partition; see `SKUKeeper`.
    private nonisolated unowned(unsafe) let owner: Partition
    nonisolated var partition: Partition { unsafe owner }
    private(set) var state = WalletState()
    /// Where the wallet's last record stands, and where it ends in the partition's own journal.
    private(set) var lastStart: RecordPlace?
    private var lastEnd = JournalPosition.start

    /// The executor of the partition that the buyer's slot belongs to.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe partition.executor.asUnownedSerialExecutor()
    }

    init(buyer: [UInt8], partition: Partition) {
        self.buyer = buyer
        unsafe owner = partition
    }

    /// A wallet as a snapshot tells it; everything about it is durable.
    init(buyer: [UInt8], partition: Partition, state: WalletState, lastStart: RecordPlace) {
        self.buyer = buyer
        unsafe owner = partition
        self.state = state
        self.lastStart = lastStart
    }

    /// A keeper in another partition, whose journal has just begun, that knows all that this one knows.
    ///
    /// The wallet's records so far stand in what is a retired journal there.
    func copy(in other: Partition) -> WalletKeeper? {
        lastStart.map { last in
            WalletKeeper(
                buyer: buyer,
                partition: other,
                state: state,
                lastStart: last.retired(from: partition.journalNumber)
            )
        }
    }

    /// Changes what is in the wallet, or says why not.
    func change(_ command: WalletCommand, _ key: RequestKey?, at now: Instant) -> Outcome<WalletMove> {
        switch state.decide(command, at: now) {
        case .failure(let refusal):
            return .refused(.wallet(refusal), dependsOn: lastEnd)
        case .success(let change):
            guard let start = apply(change, key) else { return .unavailable(partition.unavailability) }
            return .changed(WalletMove(change: change, position: start, dependsOn: lastEnd))
        }
    }

    /// What the wallet would pay, or why not; nothing is journaled.
    func decidePayment(_ total: Money, _ link: TransactionLink, at now: Instant) -> Result<WalletChange, Refusal> {
        state.decide(.pay(total, link), at: now)
            .mapError { refusal in
                switch refusal {
                case .unknownBuyer, .otherCurrency, .insufficientFunds:
                    let nothing = Money(amount: 0, currency: total.currency)
                    return .wallet(.insufficientFunds(balance: state.balance ?? nothing, total: total))
                case .balanceOverflow: return .wallet(refusal)
                }
            }
    }

    /// Journals and applies what was just decided.
    ///
    /// - Returns: where the record starts; nil where the journal takes nothing now.
    func apply(_ change: WalletChange, _ key: RequestKey?) -> JournalPosition? {
        let kind = WalletRecordKind(change.command)
        let head = RecordHead(at: change.at, sequence: change.sequence, previous: lastStart, key: key)
        let start = partition.journal(kind.rawValue, head, buyer) { $0.put(change) }
        guard let start else { return nil }
        applied(change, at: start)
        return start
    }

    /// What is true of the wallet now may be told once the journal is durable up to here.
    var dependsOn: JournalPosition { lastEnd }

    /// The wallet as it is; nil before the first deposit.
    public func view() -> WalletView? {
        state.balance.map { WalletView(balance: $0, sequence: state.sequence, dependsOn: lastEnd) }
    }

    /// Makes a record of the journal part of the state.
    ///
    /// - Returns: why it cannot follow what came before it; nil where it does.
    func replay(_ record: WalletRecord, start: JournalPosition) -> Contradiction? {
        guard record.head.previous == lastStart else {
            return .sequence(expected: state.sequence + 1, found: record.head.sequence)
        }
        do throws(Contradiction) {
            try state.apply(record.change)
        } catch {
            return error
        }
        note(start, end: start)
        return nil
    }

    /// Makes a journaled change part of the state.
    private func applied(_ change: WalletChange, at start: JournalPosition) {
        do throws(Contradiction) {
            try state.apply(change)
        } catch {
            preconditionFailure("a change that was just decided contradicts the state: \(error)")
        }
        note(start, end: partition.end)
    }

    private func note(_ start: JournalPosition, end: JournalPosition) {
        lastStart = RecordPlace(start)
        lastEnd = end
    }
}

/// A change of a wallet that was made.
public struct WalletMove: Sendable {
    /// The facts, as journaled.
    public let change: WalletChange
    /// Where its record starts.
    public let position: JournalPosition
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
}

/// A wallet as an answer shows it.
public struct WalletView: Sendable {
    /// What is in it.
    public let balance: Money
    /// The wallet's count of changes.
    public let sequence: UInt64
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
}

import Domain
import Journal
import Synchronization

/// The wallets of the buyers in a partition's slots.
///
/// - Isolation: the partition's thread, but for `count`.
final class Wallets: Sendable {
    // SAFETY: touched only by the thread that the partition is placed on, as the partition itself is.
    private nonisolated(unsafe) var keepers: [WalletKeeper] = []
    private nonisolated(unsafe) var indexByBuyer = FingerprintTable()
    private let tally = Atomic<UInt64>(0)

    /// How many there are.
    ///
    /// Any thread.
    var count: UInt64 { tally.load(ordering: .relaxed) }

    /// All of them, in the order in which they came into being.
    var all: [WalletKeeper] { unsafe keepers }

    /// The wallet of a buyer; nil where nothing was ever put into it.
    func find(_ buyer: Fingerprint) -> WalletKeeper? {
        unsafe indexByBuyer.find(buyer).map { unsafe keepers[Int($0)] }
    }

    /// Adds a wallet that has got its first change.
    func add(_ keeper: WalletKeeper, _ buyer: Fingerprint) {
        unsafe indexByBuyer.set(UInt64(keepers.count), for: buyer)
        unsafe keepers.append(keeper)
        tally.store(unsafe UInt64(keepers.count), ordering: .relaxed)
    }
}

extension Partition {
    /// Wallets that have been put something into.
    ///
    /// Any thread.
    public var walletCount: UInt64 { wallets.count }

    /// The keeper of a buyer's wallet; nil where nothing was ever put into it.
    public func wallet(of buyer: Span<UInt8>) -> WalletKeeper? {
        wallets.find(key.fingerprint(of: buyer, domain: .buyer))
    }

    /// Changes what is in a buyer's wallet; a keeper is made by the first deposit.
    ///
    /// - Parameters:
    ///   - buyer: the buyer's name, 1...128 bytes.
    ///   - command: a deposit or a withdrawal.
    ///   - request: the idempotency key, if there is one.
    ///   - wall: the wall clock; time in the journal never goes back, whatever the clock does.
    /// - Returns: the change, or why there is none.
    public func change(
        walletOf buyer: Span<UInt8>,
        _ command: WalletCommand,
        request: RequestKey?,
        at wall: Instant
    ) -> Outcome<WalletMove> {
        if let request, let place = recall(request) { return .remembered(place) }
        let now = advance(to: wall)
        if request != nil && remembered.isFull(at: now) { return .unavailable(.keysFull) }
        let fingerprint = key.fingerprint(of: buyer, domain: .buyer)
        let known = wallets.find(fingerprint)
        let keeper = known ?? WalletKeeper(buyer: Self.bytes(buyer), partition: self)
        let outcome = keeper.inPlace((command, request, now)) { $0.change($1.0, $1.1, at: $1.2) }
        guard case .changed(let move) = outcome else { return outcome }
        if known == nil { wallets.add(keeper, fingerprint) }
        if let request { remember(request, move.position, at: now) }
        return outcome
    }

    /// Makes a wallet's record part of the state.
    func replay(wallet record: WalletRecord, _ bytes: Span<UInt8>, start: JournalPosition) throws(ReplayError) {
        let buyer = bytes.extracting(record.head.sku)
        let fingerprint = key.fingerprint(of: buyer, domain: .buyer)
        let known = wallets.find(fingerprint)
        let keeper = known ?? WalletKeeper(buyer: Self.bytes(buyer), partition: self)
        if let contradiction = keeper.inPlace((record, start), { $0.replay($1.0, start: $1.1) }) {
            throw ReplayError(position: start, reason: .contradiction(contradiction))
        }
        if known == nil { wallets.add(keeper, fingerprint) }
        note(record.head, start)
        replay(partOf: record.change, buyer)
    }
}

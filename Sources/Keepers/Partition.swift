import Domain
import Journal
import Loop
import Platform
import Synchronization

/// One partition: the keepers of the SKUs and wallets in its slots, their journal, the memory of idempotency keys, and the gate
/// that answers wait at.
///
/// The unit of placement and of replay.
///
/// - Isolation: the thread that its executor is placed on. Keepers are on the same executor.
public final class Partition: @unchecked Sendable {
    // SAFETY: every variable is touched only by the thread that the partition is placed on; `PlacedExecutor.place`
    // hands it over. `appender`'s durable position and counters are for any thread.

    /// Its number in the data folder, from 0.
    public let index: Int
    /// The number of its journal, as order ids have it.
    public let journalNumber: UInt16
    /// Where its keepers run.
    public let executor: PlacedExecutor
    /// The folder's secret.
    public let key: FingerprintKey
    /// Answers that wait for the disk.
    public var gate = OutputGate()
    /// Records that the disk has not been given yet.
    public private(set) var unpublished = 0
    /// SKUs in the order in which they came into being; the list of the catalogue is read from it.
    public private(set) var keepers: [SKUKeeper] = []

    /// Its journal's end, once it has one; the counters and the durable position are for any thread.
    public private(set) var appender: JournalAppender?
    /// The wallets of the buyers in its slots.
    let wallets = Wallets()
    /// What it coordinates, and its part in others' transactions.
    public private(set) lazy var transactions: Transactions = {
        hasTransactions = true
        return Transactions(self)
    }()
    /// Whether there ever was a transaction here: most partitions never have one.
    private var hasTransactions = false
    /// What the operator allows of holds.
    public var holdLimits = HoldLimits()
    /// Most holds that are kept, open and remembered.
    public var holdsKeptMax = 8 << 20
    /// Deadlines of open holds.
    package var holdTimers = HoldTimers()
    var indexByName = FingerprintTable()
    var remembered: GenerationalTable
    var payload = PayloadWriter()
    /// In whose name changes are journaled now; empty for nobody's.
    private var by: [UInt8] = []
    /// In whose name changes are journaled that no caller asks for: expiries, settlements, recovery; empty for nobody's.
    public var ownName: [UInt8] = [] {
        didSet { by = ownName }
    }
    /// The place of the keeper that was asked for last.
    private var recent = 0
    private var delayed: [DelayedPurchase] = []
    /// The time of the last decision.
    public internal(set) var latest = Instant(millisecondsSinceEpoch: 0)
    private let skuTally = Atomic<UInt64>(0)
    private let keyTally = Atomic<UInt64>(0)
    private let firstKept = Atomic<UInt64>(0)
    let openHoldTally = Atomic<Int>(0)
    let keptHoldTally = Atomic<Int>(0)

    /// An empty partition, to be filled by replay and then connected to its journal.
    ///
    /// Parameters:
    /// - `windowMilliseconds`: how long a key is remembered at least.
    /// - `keysMax`: most keys remembered; beyond them a request with a new key is refused.
    public init(
        index: Int,
        journalNumber: UInt16,
        executor: PlacedExecutor,
        key: FingerprintKey,
        windowMilliseconds: Int64,
        keysMax: Int
    ) {
        self.index = index
        self.journalNumber = journalNumber
        self.executor = executor
        self.key = key
        remembered = GenerationalTable(windowMilliseconds: windowMilliseconds, entriesMax: keysMax)
    }

    /// From now on changes go to this journal.
    public func connect(_ appender: JournalAppender) {
        self.appender = appender
    }

    /// Everything before this position is on disk.
    public var durable: JournalPosition { appender?.durable ?? .start }

    /// Where the last record ends.
    var end: JournalPosition { appender?.end ?? .start }

    /// Hands everything journaled so far to the disk.
    public func publish() {
        unpublished = 0
        appender?.publish()
    }

    /// Whether its transactions have something to do: see `Transactions.hasWork`.
    public var hasTransactionWork: Bool { hasTransactions && transactions.hasWork }

    /// Whether an answer at the gate may leave, or never will.
    public var hasRelease: Bool { gate.isReady(durable: durable) || (gate.count > 0 && isReadOnly) }

    /// Whether what depends on this position will never be known to be on disk: the journal has failed before it.
    public func isLost(_ position: JournalPosition) -> Bool { position > durable && isReadOnly }

    /// Why a change could not be journaled just now.
    public var unavailability: Unavailability { appender?.fault == nil ? .overloaded : .readOnly }

    /// Whether the disk refuses writes.
    public var isReadOnly: Bool { appender?.fault != nil }

    /// SKUs that have a keeper.
    ///
    /// Any thread.
    public var skuCount: UInt64 { skuTally.load(ordering: .relaxed) }

    /// Keys remembered.
    ///
    /// Any thread.
    public var keyCount: UInt64 { keyTally.load(ordering: .relaxed) }

    /// Records before it are not kept any more.
    ///
    /// Any thread.
    public var journalStart: JournalPosition {
        get { JournalPosition(rawValue: firstKept.load(ordering: .acquiring)) }
        set { firstKept.store(newValue.rawValue, ordering: .releasing) }
    }
}

extension Partition {
    /// The keeper of a SKU; nil where nobody has ever made one.
    public func keeper(of sku: Span<UInt8>) -> SKUKeeper? {
        keeperIndex(of: sku).map { keepers[$0] }
    }

    /// The place in `keepers` of a SKU's keeper.
    ///
    /// One SKU is asked for again and again, live as in a replay: looking at its name costs less than hashing it.
    func keeperIndex(of sku: Span<UInt8>) -> Int? {
        if recent < keepers.count, keepers[recent].isNamed(sku) { return recent }
        guard let found = indexByName.find(key.fingerprint(of: sku, domain: .sku)) else { return nil }
        recent = Int(found)
        return recent
    }

    /// Sells units of a SKU to a buyer, or says why not.
    ///
    /// Parameters:
    /// - `sku`: the SKU's name, 1...128 bytes.
    /// - `buyer`: the buyer's name, 1...128 bytes.
    /// - `request`: the idempotency key, if there is one.
    /// - `wall`: the loop's time; time in the journal never goes back.
    public func purchase(
        sku: Span<UInt8>,
        buyer: Span<UInt8>,
        quantity: Quantity,
        request: RequestKey?,
        at wall: Instant
    ) -> Outcome<Sale> {
        // Both tables are large and cold: their places come near while the SKU is looked up.
        if let request { unsafe Prefetch.begin(remembered.place(of: request.fingerprint)) }
        guard let keeper = keeper(of: sku) else { return .refused(.unknownSKU, dependsOn: .start) }
        let fingerprint = key.fingerprint(of: buyer, domain: .buyer)
        unsafe Prefetch.begin(keeper.placeOfBuyer(fingerprint))
        if let request, let place = recall(request) { return .remembered(place) }
        let now = advance(to: wall)
        if let request {
            if remembered.isFull(at: now) { return .unavailable(.keysFull) }
            // The key is another request's, of which nobody knows yet whether it will be remembered.
            if hasTransactions, transactions.isInFlight(request) { return .unavailable(.overloaded) }
        }
        let outcome = keeper.purchaseInPlace(buyer, fingerprint, quantity, request, at: now)
        if case .changed(let sale) = outcome, let request { remember(request, sale.position, at: now) }
        return outcome
    }

    /// Changes a SKU's catalogue entry or stock; a keeper is made for a SKU that comes into being.
    public func change(
        sku: Span<UInt8>,
        _ command: SKUCommand,
        request: RequestKey?,
        at wall: Instant
    ) -> Outcome<SKUChange> {
        if let request, let place = recall(request) { return .remembered(place) }
        let now = advance(to: wall)
        if request != nil && remembered.isFull(at: now) { return .unavailable(.keysFull) }
        let known = keeper(of: sku)
        let keeper = known ?? SKUKeeper(name: Self.bytes(sku), partition: self)
        let outcome = keeper.assumeIsolated { $0.change(command, request, at: now) }
        guard case .changed(let change) = outcome else { return outcome }
        if known == nil { add(keeper) }
        if let request { remember(request, change.position, at: now) }
        return outcome
    }

    /// Where the record of an idempotency key stands, if the key has been used.
    public func recall(_ request: RequestKey) -> RecordPlace? {
        remembered.find(request.fingerprint).map { RecordPlace(rawValue: $0) }
    }

    /// The time of the next decision: never before the last one.
    func advance(to wall: Instant) -> Instant {
        latest = max(latest, wall)
        return latest
    }

    /// Journals changes in somebody's name from now on.
    ///
    /// Whoever calls it sets it back to what it was before returning to the loop.
    ///
    /// - Parameter name: at most 255 bytes; empty for nobody's.
    /// - Returns: in whose name it was before.
    @discardableResult
    public func act(as name: [UInt8]) -> [UInt8] {
        let before = by
        by = name
        return before
    }

    /// Appends a record to the journal's open batch.
    ///
    /// - Returns: where it starts; nil where the journal takes no more now (see `unavailability`).
    ///
    /// - Parameters:
    ///   - type: the record's type in the journal.
    ///   - head: what every record says.
    ///   - name: of the SKU or buyer.
    ///   - body: writes what follows the head.
    func journal(
        _ type: UInt8,
        _ head: RecordHead,
        _ name: [UInt8],
        _ body: (inout PayloadWriter) -> Void
    ) -> JournalPosition? {
        guard let appender else { return nil }
        payload.reset()
        head.write(&payload, sku: name, by: by)
        body(&payload)
        guard let start = payload.withSpan({ appender.append(type: type, payload: $0) }) else { return nil }
        unpublished += 1
        return start
    }

    func remember(_ request: RequestKey, _ position: JournalPosition, at now: Instant) {
        remembered.insert(request.fingerprint, RecordPlace(position).rawValue, at: now)
        noteKeys()
    }

    func noteKeys() {
        keyTally.store(UInt64(remembered.count), ordering: .relaxed)
    }

    func add(_ keeper: SKUKeeper) {
        let name = keeper.name
        let fingerprint = key.fingerprint(of: name.span, domain: .sku)
        _ = indexByName.set(UInt64(keepers.count), for: fingerprint)
        keepers.append(keeper)
        skuTally.store(UInt64(keepers.count), ordering: .relaxed)
    }

    /// Takes a SKU over that another partition of the folder has had.
    func adopt(_ keeper: SKUKeeper) {
        add(keeper.moved(to: self))
    }

    /// Takes a wallet over that another partition of the folder has had.
    func adopt(_ wallet: WalletKeeper) {
        guard let keeper = wallet.assumeIsolated({ $0.copy(in: self) }) else { return }
        let buyer = keeper.buyer
        wallets.add(keeper, key.fingerprint(of: buyer.span, domain: .buyer))
    }

    /// Takes over what another partition of the folder has known of time: it does not go back here either.
    func adoptTime(of other: Partition) {
        latest = max(latest, other.latest)
    }

    /// Takes over a key that another partition has remembered since `instant`; the oldest ones come first.
    func adopt(_ key: Fingerprint, _ place: RecordPlace, since instant: Instant) {
        let (first, overflow) = latest.millisecondsSinceEpoch.subtractingReportingOverflow(
            remembered.windowMilliseconds
        )
        // A key is taken for no older than the window, so that none goes before the next decision; see `Repartition`.
        let since = max(instant, Instant(millisecondsSinceEpoch: overflow ? .min : first))
        remembered.insert(key, place.rawValue, at: since)
        noteKeys()
    }

    /// Visits each remembered key with the address of its record.
    func visitKeys(_ body: (Fingerprint, RecordAddress) -> Void) {
        remembered.visit { (fingerprint, value, _) in
            body(fingerprint, RecordPlace(rawValue: value).address(seenFrom: journalNumber))
        }
    }

    static func bytes(_ text: Span<UInt8>) -> [UInt8] {
        // SAFETY: the span's own bytes, copied during the call.
        unsafe text.withUnsafeBytes { unsafe [UInt8]($0) }
    }
}

extension Partition {
    /// Makes the records of the journal part of the state, in order; the same functions as live.
    ///
    /// Purchases are applied a few records late: meanwhile the places that they need in two large tables come near, for
    /// which a replay would otherwise wait most of its time. `finishReplay` applies the last ones.
    ///
    /// - Throws: `ReplayError` with the place and the reason where a record is unreadable or contradicts what came
    ///   before it.
    public func replay(type: UInt8, _ bytes: Span<UInt8>, start: JournalPosition) throws(ReplayError) {
        if type == RecordKind.purchased.rawValue, let record = PurchaseRecord(bytes, key: key),
            let index = keeperIndex(of: bytes.extracting(record.head.sku))
        {
            return try delay(DelayedPurchase(record: record, keeper: index, start: start))
        }
        if WalletRecord.isOne(type: type), let record = WalletRecord(type: type, bytes) {
            // Keys are remembered in the order of their records, or a snapshot would differ from a replay.
            try finishReplay()
            return try replay(wallet: record, bytes, start: start)
        }
        if let record = TransactionRecord(type: type, bytes, key: key) {
            try finishReplay()
            return replay(transaction: record, start: start)
        }
        guard let record = SKURecord(type: type, bytes, key: key) else {
            throw ReplayError(position: start, reason: .unreadable(type: type))
        }
        try finishReplay()
        let sku = bytes.extracting(record.head.sku)
        let known = keeper(of: sku)
        let keeper = known ?? SKUKeeper(name: Self.bytes(sku), partition: self)
        let buyer = bytes.extracting(record.buyer)
        try note(record.head, start, keeper.replayInPlace(record.head, record.event, buyer: buyer, start: start))
        if known == nil { add(keeper) }
        replay(partOf: record.event, sku, buyer, start: start)
    }

    private func delay(_ entry: DelayedPurchase) throws(ReplayError) {
        unsafe Prefetch.begin(keepers[entry.keeper].placeOfBuyer(entry.record.purchase.buyer))
        if let request = entry.record.head.key { unsafe Prefetch.begin(remembered.place(of: request.fingerprint)) }
        delayed.append(entry)
        if delayed.count == Self.delayedMax { try finishReplay() }
    }

    /// Applies what `replay` has held back.
    public func finishReplay() throws(ReplayError) {
        for index in delayed.indices {
            let head = delayed[index].record.head
            let start = delayed[index].start
            let contradiction = keepers[delayed[index].keeper]
                .replayInPlace(head, .purchased(delayed[index].record.purchase), buyer: Span(), start: start)
            try note(head, start, contradiction)
        }
        delayed.removeAll(keepingCapacity: true)
    }

    private static let delayedMax = 16

    /// Remembers what a record says beside its event, unless its keeper has refused that.
    private func note(_ head: RecordHead, _ start: JournalPosition, _ found: Contradiction?) throws(ReplayError) {
        if let found { throw ReplayError(position: start, reason: .contradiction(found)) }
        note(head, start)
    }

    /// Notes time and key of a record that has become part of the state.
    func note(_ head: RecordHead, _ start: JournalPosition) {
        latest = max(latest, head.at)
        if let request = head.key { remember(request, start, at: head.at) }
    }
}

/// A purchase whose places in the tables are on their way into the cache; without references.
private struct DelayedPurchase {
    let record: PurchaseRecord
    /// The place in `keepers`.
    let keeper: Int
    let start: JournalPosition
}

/// A record that cannot be replayed.
public struct ReplayError: Error {
    /// Why.
    public enum Reason: Sendable {
        /// The payload is no record of this version.
        case unreadable(type: UInt8)
        /// The change cannot follow the ones before it.
        case contradiction(Contradiction)
    }

    /// Where the record starts.
    public let position: JournalPosition
    /// Why it cannot be replayed.
    public let reason: Reason

    /// The reason in words.
    public var sentence: String {
        switch reason {
        case .unreadable(let type): "the payload of its type \(type) cannot be read"
        case .contradiction(let contradiction): "\(contradiction)"
        }
    }
}

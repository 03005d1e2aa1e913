import Domain
import Journal
import Loop

/// The keeper of one SKU: it alone decides about its units, and journals each decision before it becomes its state.
///
/// Methods that change state never suspend, so nothing happens between a check and its change.
///
/// - Isolation: its partition's executor; code on the partition's thread calls it with `assumeIsolated`.
public actor SKUKeeper {
    /// Every so many changes the position of the record is kept, so that any part of the trail is a short walk away.
    static let trailStride: UInt64 = 64

    /// The SKU's name.
    public nonisolated let name: [UInt8]
    // SAFETY: a partition alone keeps its keepers, and whoever calls one has the partition. A strong reference would
    // keep both for ever: a live server makes a partition for each snapshot, and lets it go.
    private nonisolated unowned(unsafe) let owner: Partition
    /// The partition that the SKU's slot belongs to.
    nonisolated var partition: Partition { unsafe owner }
    /// All that its records add up to.
    package var state = SKUState()
    /// Where the SKU's last record stands, and where it ends in the partition's own journal.
    private(set) var lastStart: RecordPlace?
    private(set) var lastEnd = JournalPosition.start
    /// Where the records with the multiples of `trailStride` as their number stand.
    private(set) var trail: [RecordPlace] = []

    /// The executor of the partition that the SKU's slot belongs to.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        unsafe partition.executor.asUnownedSerialExecutor()
    }

    init(name: [UInt8], partition: Partition) {
        self.name = name
        unsafe owner = partition
    }

    /// A SKU that is known already; all that is known of it is durable.
    init(
        name: [UInt8],
        partition: Partition,
        state: consuming SKUState,
        lastStart: RecordPlace?,
        trail: [RecordPlace]
    ) {
        self.name = name
        unsafe owner = partition
        self.state = state
        self.lastStart = lastStart
        lastEnd = lastStart.flatMap { $0.isOwn ? $0.position : nil } ?? .start
        self.trail = trail
    }

    /// Whether the bytes are the SKU's name.
    nonisolated func isNamed(_ text: Span<UInt8>) -> Bool {
        // SAFETY: both pieces of memory have as many bytes as are compared.
        unsafe text.withUnsafeBytes { text in
            unsafe name.withUnsafeBytes { name in
                unsafe text.count == name.count && text.elementsEqual(name)
            }
        }
    }

    /// Sells units to a buyer, or says why not.
    ///
    /// Parameters:
    /// - `buyer`: the buyer's name, 1...128 bytes.
    /// - `fingerprint`: of the buyer's name.
    /// - `key`: remembered with the sale.
    /// - `now`: when it is decided.
    func purchase(
        _ buyer: Span<UInt8>,
        _ fingerprint: Fingerprint,
        _ quantity: Quantity,
        _ key: RequestKey?,
        at now: Instant
    ) -> Outcome<Sale> {
        switch state.decidePurchase(buyer: fingerprint, quantity: quantity, at: now) {
        case .failure(let refusal):
            return .refused(refusal, dependsOn: lastEnd)
        case .success(let purchase):
            let head = head(purchase.sequence, key, now)
            let start = partition.journal(RecordKind.purchased.rawValue, head, name) { writer in
                writer.put(purchase, buyer: buyer)
            }
            guard let start else { return .unavailable(partition.unavailability) }
            applied(.purchased(purchase), at: start)
            return .changed(Sale(purchase: purchase, position: start, dependsOn: lastEnd))
        }
    }

    /// Changes the catalogue entry or the stock, or says why not.
    func change(_ command: SKUCommand, _ key: RequestKey?, at now: Instant) -> Outcome<SKUChange> {
        switch state.decide(command, at: now) {
        case .failure(let refusal):
            return .refused(refusal, dependsOn: lastEnd)
        case .success(let event):
            let start = partition.journal(event.kind.rawValue, head(event.sequence, key, now), name) { writer in
                writer.put(event, buyer: Span())
            }
            guard let start else { return .unavailable(partition.unavailability) }
            let before = view(at: now)
            applied(event, at: start)
            return .changed(
                SKUChange(
                    view: view(at: now) ?? before,
                    isCreation: event.isCreation,
                    position: start,
                    dependsOn: lastEnd,
                    adjustment: event.adjustment
                )
            )
        }
    }

    /// The SKU as it is; nil while it is not in the catalogue.
    public func view(at now: Instant) -> SKUView? {
        guard let details = state.details, let status = state.status(at: now) else { return nil }
        return SKUView(
            details: details,
            levels: state.levels,
            sequence: state.sequence,
            status: status,
            dependsOn: lastEnd
        )
    }

    /// Where to begin to walk back so as to reach the changes up to number `sequence`.
    ///
    /// - Parameters:
    ///   - sequence: the number of the last change wanted.
    ///   - first: where the journal begins: older records are not kept any more.
    /// - Returns: where they are not kept any more, the first known place behind the gap, if there is one.
    public func trail(upTo sequence: UInt64, keptFrom first: JournalPosition = .start) -> TrailStart {
        let wanted = Int((sequence + Self.trailStride - 1) / Self.trailStride) - 1
        guard wanted >= 0 else { return trailStart(at: trail.count, isBehindGap: false) }
        guard wanted < trail.count, isGone(trail[wanted], first) else {
            return trailStart(at: min(wanted, trail.count), isBehindGap: false)
        }
        // Places in the own journal ascend: those that are gone end once.
        var (gone, kept) = (wanted, trail.count)
        while gone + 1 < kept {
            let middle = (gone + kept) / 2
            if isGone(trail[middle], first) { gone = middle } else { kept = middle }
        }
        return trailStart(at: kept, isBehindGap: true)
    }

    private func isGone(_ place: RecordPlace, _ first: JournalPosition) -> Bool {
        place.isOwn && place.position < first
    }

    private func trailStart(at index: Int, isBehindGap: Bool) -> TrailStart {
        let isLast = index >= trail.count
        return TrailStart(
            place: isLast ? lastStart ?? RecordPlace(.start) : trail[index],
            sequence: isLast ? state.sequence : UInt64(index + 1) * Self.trailStride,
            dependsOn: lastEnd,
            isBehindGap: isBehindGap
        )
    }

    /// The number of the last change.
    public var sequence: UInt64 { state.sequence }

    /// What is true of the SKU now may be told once the journal is durable up to here.
    public var dependsOn: JournalPosition { lastEnd }

    /// The first rule that the state breaks, or nil.
    ///
    /// A walk over all buyers: for tests and tools.
    public func violatedInvariant() -> Contradiction? { state.violatedInvariant() }

    /// Makes a record of the journal part of the state.
    ///
    /// - Returns: why it cannot follow what came before it; nil where it does.
    ///
    /// - Parameters:
    ///   - head: of the SKU's next record.
    ///   - event: what it says.
    ///   - buyer: the buyer's name, where the record has one; a purchase's may be left out.
    ///   - start: where it stands.
    func replay(
        _ head: RecordHead,
        _ event: SKUEvent,
        buyer: Span<UInt8>,
        start: JournalPosition
    ) -> Contradiction? {
        guard head.previous == lastStart else {
            return .sequence(expected: state.sequence + 1, found: head.sequence)
        }
        do throws(Contradiction) {
            try state.apply(event)
        } catch {
            return error
        }
        note(event, buyer: buyer, at: start)
        note(start, end: start)
        return nil
    }

    func head(_ sequence: UInt64, _ key: RequestKey?, _ now: Instant) -> RecordHead {
        RecordHead(at: now, sequence: sequence, previous: lastStart, key: key)
    }

    /// Makes a journaled event part of the state.
    ///
    /// - Parameters:
    ///   - event: the change.
    ///   - start: where its record stands.
    ///   - buyer: the buyer's name, for a hold that is placed.
    func applied(_ event: SKUEvent, at start: JournalPosition, buyer: Span<UInt8> = Span()) {
        do throws(Contradiction) {
            try state.apply(event)
        } catch {
            preconditionFailure("an event that was just decided contradicts the state: \(error)")
        }
        note(event, buyer: buyer, at: start)
        note(start, end: partition.end)
    }

    /// Keeps what answers about holds need beside the state.
    @inline(__always)
    private func note(_ event: SKUEvent, buyer: Span<UInt8>, at start: JournalPosition) {
        switch event {
        case .held(let placement): state.note(buyer: buyer, of: placement.name)
        case .confirmed(let confirmation): state.note(order: RecordPlace(start).rawValue, of: confirmation.hold)
        case .purchased, .created, .replaced, .amended, .stockAdjusted, .removed: break
        case .holdEnded, .holdProlonged, .cancelled, .reserved, .settled: break
        }
    }

    private func note(_ start: JournalPosition, end: JournalPosition) {
        let place = RecordPlace(start)
        lastStart = place
        lastEnd = end
        if state.sequence % Self.trailStride == 0 { trail.append(place) }
    }
}

extension SKUKeeper {
    /// `purchase` for code that is on the partition's thread already: what `assumeIsolated` does, without the closure
    /// that it has to allocate (90 ns a call).
    nonisolated func purchaseInPlace(
        _ buyer: Span<UInt8>,
        _ fingerprint: Fingerprint,
        _ quantity: Quantity,
        _ key: RequestKey?,
        at now: Instant
    ) -> Outcome<Sale> {
        partition.executor.checkIsolated()
        // SAFETY: the isolation that the cast takes out of the type has just been checked; it is no part of how a
        // function is called.
        let purchase = unsafe unsafeBitCast(
            sell as (isolated SKUKeeper, Span<UInt8>, Fingerprint, Quantity, RequestKey?, Instant) -> Outcome<Sale>,
            to: ((SKUKeeper, Span<UInt8>, Fingerprint, Quantity, RequestKey?, Instant) -> Outcome<Sale>).self
        )
        return purchase(self, buyer, fingerprint, quantity, key, now)
    }

    /// `hold` for code that is on the partition's thread already.
    nonisolated func holdInPlace(
        _ buyer: Span<UInt8>,
        _ fingerprint: Fingerprint,
        _ quantity: Quantity,
        forMilliseconds milliseconds: Int64,
        _ limits: HoldLimits,
        _ key: RequestKey?,
        at now: Instant
    ) -> Outcome<HoldChange> {
        partition.executor.checkIsolated()
        typealias Free = (
            SKUKeeper, Span<UInt8>, Fingerprint, Quantity, Int64, HoldLimits, RequestKey?, Instant
        ) -> Outcome<HoldChange>
        // SAFETY: as above.
        let hold = unsafe unsafeBitCast(
            setAside
                as (
                    isolated SKUKeeper, Span<UInt8>, Fingerprint, Quantity, Int64, HoldLimits, RequestKey?, Instant
                ) -> Outcome<HoldChange>,
            to: Free.self
        )
        return hold(self, buyer, fingerprint, quantity, milliseconds, limits, key, now)
    }

    /// `view` for code that is on the partition's thread already.
    public nonisolated func viewInPlace(at now: Instant) -> SKUView? {
        inPlace(now) { $0.view(at: $1) }
    }
}

extension SKUKeeper {
    /// `replay` for code that is on the partition's thread already.
    nonisolated func replayInPlace(
        _ head: RecordHead,
        _ event: SKUEvent,
        buyer: Span<UInt8>,
        start: JournalPosition
    ) -> Contradiction? {
        partition.executor.checkIsolated()
        // SAFETY: as in `purchaseInPlace`.
        let replay = unsafe unsafeBitCast(
            repeatRecord as (isolated SKUKeeper, RecordHead, SKUEvent, Span<UInt8>, JournalPosition) -> Contradiction?,
            to: ((SKUKeeper, RecordHead, SKUEvent, Span<UInt8>, JournalPosition) -> Contradiction?).self
        )
        return replay(self, head, event, buyer, start)
    }

    /// Where the table of buyers will look for one; for a prefetch.
    nonisolated func placeOfBuyer(_ buyer: Fingerprint) -> UnsafeRawPointer? {
        unsafe inPlace(buyer) { unsafe $0.place(of: $1) }
    }

    fileprivate func place(of buyer: Fingerprint) -> UnsafeRawPointer? { unsafe state.buyers.place(of: buyer) }
}

extension SKUKeeper {
    /// Gives all that is known of the SKU to a keeper in another partition, whose journal has just begun.
    ///
    /// The SKU's records so far stand in what is a retired journal there. This keeper is empty afterwards.
    nonisolated func moved(to partition: Partition) -> SKUKeeper {
        self.partition.executor.checkIsolated()
        return assumeIsolated { keeper in
            let own = keeper.partition.journalNumber
            var state = SKUState()
            swap(&state, &keeper.state)
            state.moveOrders { RecordPlace(rawValue: $0).retired(from: own).rawValue }
            return SKUKeeper(
                name: keeper.name,
                partition: partition,
                state: state,
                lastStart: keeper.lastStart?.retired(from: own),
                trail: keeper.trail.map { $0.retired(from: own) }
            )
        }
    }
}

private func repeatRecord(
    _ keeper: isolated SKUKeeper,
    _ head: RecordHead,
    _ event: SKUEvent,
    _ buyer: Span<UInt8>,
    _ start: JournalPosition
) -> Contradiction? {
    keeper.replay(head, event, buyer: buyer, start: start)
}

private func sell(
    _ keeper: isolated SKUKeeper,
    _ buyer: Span<UInt8>,
    _ fingerprint: Fingerprint,
    _ quantity: Quantity,
    _ key: RequestKey?,
    _ now: Instant
) -> Outcome<Sale> {
    keeper.purchase(buyer, fingerprint, quantity, key, at: now)
}

private func setAside(
    _ keeper: isolated SKUKeeper,
    _ buyer: Span<UInt8>,
    _ fingerprint: Fingerprint,
    _ quantity: Quantity,
    _ milliseconds: Int64,
    _ limits: HoldLimits,
    _ key: RequestKey?,
    _ now: Instant
) -> Outcome<HoldChange> {
    keeper.hold(buyer, fingerprint, quantity, forMilliseconds: milliseconds, limits, key, at: now)
}

/// Where a walk back along a SKU's records begins.
public struct TrailStart: BitwiseCopyable, Sendable {
    /// The record to begin with, as the SKU's partition remembers it.
    public let place: RecordPlace
    /// Its number.
    public let sequence: UInt64
    /// What is shown may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
    /// Whether the changes that were asked for are not kept any more, and this is behind them.
    public let isBehindGap: Bool
}

extension SKUEvent {
    /// The kind of its record.
    public var kind: RecordKind {
        switch self {
        case .purchased: .purchased
        case .created: .created
        case .replaced: .replaced
        case .amended: .amended
        case .stockAdjusted: .stockAdjusted
        case .removed: .removed
        case .held: .held
        case .confirmed: .confirmed
        case .holdEnded: .holdEnded
        case .holdProlonged: .holdProlonged
        case .cancelled(let cancellation): cancellation.refund == nil ? .cancelled : .refunding
        case .reserved: .reserved
        case .settled: .settled
        }
    }

    var isCreation: Bool {
        if case .created = self { return true }
        return false
    }

    var adjustment: StockAdjustment? {
        if case .stockAdjusted(let adjustment) = self { return adjustment }
        return nil
    }
}

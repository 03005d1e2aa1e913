import Domain
import Journal
import Synchronization

extension Partition {
    /// Sets units of a SKU aside for a buyer, or says why not.
    ///
    /// - Parameters:
    ///   - sku: the SKU's name, 1...128 bytes.
    ///   - buyer: the buyer's name, 1...128 bytes.
    ///   - quantity: units.
    ///   - milliseconds: how long they are set aside.
    ///   - request: the idempotency key, if there is one.
    ///   - wall: the wall clock.
    /// - Returns: the hold, or why there is none.
    public func hold(
        sku: Span<UInt8>,
        buyer: Span<UInt8>,
        quantity: Quantity,
        forMilliseconds milliseconds: Int64,
        request: RequestKey?,
        at wall: Instant
    ) -> Outcome<HoldChange> {
        guard let index = keeperIndex(of: sku) else { return .refused(.unknownSKU, dependsOn: .start) }
        if let request, let place = recall(request) { return .remembered(place) }
        let now = advance(to: wall)
        if request != nil && remembered.isFull(at: now) { return .unavailable(.keysFull) }
        var limits = holdLimits
        limits.mayGrow = keptHolds < holdsKeptMax
        let fingerprint = key.fingerprint(of: buyer, domain: .buyer)
        let keeper = keepers[index]
        let before = keeper.inPlace(()) { keeper, _ in keeper.state.holds.count }
        let outcome = keeper.holdInPlace(
            buyer,
            fingerprint,
            quantity,
            forMilliseconds: milliseconds,
            limits,
            request,
            at: now
        )
        let after = keeper.inPlace(()) { keeper, _ in keeper.state.holds.count }
        keptHoldTally.store(keptHolds + after - before, ordering: .relaxed)
        if case .changed(let change) = outcome, let position = change.position {
            holdTimers.schedule(.init(keeper: index, place: change.view.name.place), change.view.expiresAt)
            openHoldTally.store(openHolds + 1, ordering: .relaxed)
            if let request { remember(request, position, at: now) }
        }
        return outcome
    }

    /// Confirms, releases or prolongs a hold, or says why not.
    public func change(
        _ hold: HoldID,
        _ command: HoldCommand,
        request: RequestKey?,
        at wall: Instant
    ) -> Outcome<HoldChange> {
        guard let keeper = keeper(of: hold) else { return .refused(.unknownHold, dependsOn: .start) }
        if let request, let place = recall(request) { return .remembered(place) }
        let now = advance(to: wall)
        if request != nil && remembered.isFull(at: now) { return .unavailable(.keysFull) }
        let before = keeper.inPlace(()) { keeper, _ in keeper.state.holds.openCount }
        let outcome = keeper.inPlace((hold.name, command, holdLimits, request, now)) {
            $0.change($1.0, $1.1, $1.2, $1.3, at: $1.4)
        }
        let after = keeper.inPlace(()) { keeper, _ in keeper.state.holds.openCount }
        openHoldTally.store(openHolds + after - before, ordering: .relaxed)
        if case .changed(let change) = outcome, let position = change.position, let request {
            remember(request, position, at: now)
        }
        return outcome
    }

    /// A hold as it is; nil where there is none of that name, or it is forgotten.
    public func view(of hold: HoldID) -> HoldView? {
        keeper(of: hold)?.inPlace(hold.name) { $0.view(of: $1) }
    }

    /// Cancels an order or a part of it, or says why not.
    ///
    /// - Parameters:
    ///   - order: as its record tells it.
    ///   - sku: the SKU's name, as the record has it.
    ///   - buyer: the buyer's name, as the record has it.
    ///   - quantity: nil for all that is left.
    ///   - reason: kept in the trail.
    ///   - request: the idempotency key, if there is one.
    ///   - wall: the wall clock.
    /// - Returns: how many units are cancelled by now, or why nothing was changed.
    public func cancel(
        _ order: CancelledOrder,
        sku: Span<UInt8>,
        buyer: Span<UInt8>,
        quantity: Quantity?,
        reason: CancelReason,
        request: RequestKey?,
        at wall: Instant
    ) -> Outcome<OrderCancel> {
        guard let keeper = keeper(of: sku) else { return .refused(.unknownSKU, dependsOn: .start) }
        if let request, let place = recall(request) { return .remembered(place) }
        let now = advance(to: wall)
        if request != nil && remembered.isFull(at: now) { return .unavailable(.keysFull) }
        let outcome = keeper.assumeIsolated { $0.cancel(order, buyer: buyer, quantity, reason, request, at: now) }
        if case .changed(let cancel) = outcome, let position = cancel.position {
            if let request { remember(request, position, at: now) }
            if let refund = cancel.refund {
                transactions.owe(refund, to: Self.bytes(buyer), because: position, at: now)
            }
        }
        return outcome
    }

    /// The keeper of a hold's SKU; nil where there is none in this partition.
    public func keeper(of hold: HoldID) -> SKUKeeper? {
        indexByName.find(hold.sku).map { keepers[Int($0)] }
    }

    /// Holds that are open.
    ///
    /// Any thread.
    public var openHolds: Int { openHoldTally.load(ordering: .relaxed) }

    /// Holds that are kept: open, and resolved but remembered or not yet replaced.
    ///
    /// Any thread.
    public var keptHolds: Int { keptHoldTally.load(ordering: .relaxed) }
}

extension Partition {
    /// While more than so many bytes wait for the disk, holds expire slowly: what clients wait for is written with them.
    private static let expiryBytesMax: UInt64 = 64 * 1_024
    /// Holds that are looked at all the same, so that a busy disk does not keep units from coming back.
    private static let expiriesMin = 8

    /// Sets the timers of all holds that are open after recovery.
    ///
    /// Those that are due by now are due at once. Cost: a walk over all holds.
    public func armHolds(at wall: Instant) {
        let now = advance(to: wall)
        holdTimers.advance(to: now)
        var open = 0
        var kept = 0
        for (index, keeper) in keepers.enumerated() {
            keeper.assumeIsolated { keeper in
                kept += keeper.state.holds.count
                open += keeper.state.holds.openCount
                guard keeper.state.holds.openCount > 0 else { return }
                keeper.state.holds.visit { place, hold in
                    guard hold.state == .held else { return }
                    let token = HoldTimers.Token(keeper: index, place: place)
                    if hold.deadline <= now { holdTimers.add(token) } else { holdTimers.schedule(token, hold.deadline) }
                }
            }
        }
        openHoldTally.store(open, ordering: .relaxed)
        keptHoldTally.store(kept, ordering: .relaxed)
    }

    /// Whether holds may be due that nobody has looked at yet; not once the disk refuses writes.
    public var hasDueHolds: Bool { holdTimers.isDue && !isReadOnly }

    /// Whether the next holds that are due should be ended at once, or when the disk has taken what waits for it.
    public var mayExpire: Bool { hasDueHolds && end.rawValue - durable.rawValue < Self.expiryBytesMax }

    /// Gives the units of holds back whose time is over: each a change like any client's.
    ///
    /// - Parameters:
    ///   - most: holds that are looked at.
    ///   - wall: the wall clock.
    /// - Returns: how many have expired; the rest is due still, see `hasDueHolds`.
    public func expireHolds(most: Int, at wall: Instant) -> Int {
        let now = advance(to: wall)
        holdTimers.advance(to: now)
        var expired = 0
        for looked in 0..<most {
            guard looked < Self.expiriesMin ? hasDueHolds : mayExpire, let token = holdTimers.first else { break }
            switch keepers[token.keeper].inPlace((token.place, now), { $0.expire(place: $1.0, at: $1.1) }) {
            case .expired: expired += 1
            case .resolved: break
            case .open(let deadline): holdTimers.schedule(token, deadline)
            case .unavailable: return counted(expired)
            }
            holdTimers.removeFirst()
        }
        return counted(expired)
    }

    private func counted(_ expired: Int) -> Int {
        if expired > 0 { openHoldTally.store(openHolds - expired, ordering: .relaxed) }
        return expired
    }
}

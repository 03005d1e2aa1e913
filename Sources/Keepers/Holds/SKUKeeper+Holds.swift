import Domain
import Journal

extension SKUKeeper {
    /// Sets units aside for a buyer, or says why not.
    ///
    /// - Parameters:
    ///   - buyer: the buyer's name, 1...128 bytes.
    ///   - fingerprint: of the buyer's name.
    ///   - quantity: units.
    ///   - milliseconds: how long.
    ///   - limits: what the operator allows.
    ///   - key: remembered with the hold.
    ///   - now: when it is decided.
    /// - Returns: the hold, or why there is none.
    func hold(
        _ buyer: Span<UInt8>,
        _ fingerprint: Fingerprint,
        _ quantity: Quantity,
        forMilliseconds milliseconds: Int64,
        _ limits: HoldLimits,
        _ key: RequestKey?,
        at now: Instant
    ) -> Outcome<HoldChange> {
        let decided = state.decideHold(
            buyer: fingerprint,
            quantity: quantity,
            expiresAt: now.adding(milliseconds),
            limits: limits,
            at: now
        )
        switch decided {
        case .failure(let refusal): return .refused(refusal, dependsOn: lastEnd)
        case .success(let placement):
            let event = SKUEvent.held(placement)
            guard let start = journal(event, buyer: buyer, key, at: now) else {
                return .unavailable(partition.unavailability)
            }
            applied(event, at: start, buyer: buyer)
            return changed(placement.name, nil, at: start)
        }
    }

    /// Confirms, releases or prolongs a hold, or says why not.
    func change(
        _ name: HoldName,
        _ command: HoldCommand,
        _ limits: HoldLimits,
        _ key: RequestKey?,
        at now: Instant
    ) -> Outcome<HoldChange> {
        switch decide(command, on: name, limits, at: now) {
        case .failure(let refusal): return .refused(refusal, dependsOn: lastEnd)
        case .success(nil): return changed(name, nil, at: nil)
        case .success(let event?):
            guard let start = journal(event, of: name, key, at: now) else {
                return .unavailable(partition.unavailability)
            }
            applied(event, at: start)
            guard case .confirmed(let confirmation) = event else { return changed(name, nil, at: start) }
            return changed(name, confirmation, at: start)
        }
    }

    /// Gives the units of the hold in a place back, if its time is over.
    func expire(place: UInt32, at now: Instant) -> HoldExpiry {
        guard let hold = state.holds.hold(at: place), hold.state == .held else { return .resolved }
        let name = HoldName(number: hold.number, place: place)
        guard case .success(let ending?) = state.decideEnding(of: name, isExpiry: true, at: now) else {
            return .open(until: hold.deadline)
        }
        guard let start = journal(.holdEnded(ending), of: name, nil, at: now) else { return .unavailable }
        applied(.holdEnded(ending), at: start)
        return .expired
    }

    /// The hold as it is; nil where there is none of that name, or it is forgotten.
    func view(of name: HoldName) -> HoldView? {
        guard let hold = state.holds.find(name) else { return nil }
        return HoldView(
            name: name,
            quantity: hold.quantity,
            expiresAt: hold.deadline,
            state: hold.state,
            order: hold.state == .confirmed ? RecordPlace(rawValue: hold.order) : nil,
            remaining: state.available,
            buyer: state.holds.withBuyerName(at: name.place) { BuyerName($0) },
            dependsOn: lastEnd
        )
    }

    /// Cancels an order of this SKU or a part of it, or says why not.
    ///
    /// - Parameters:
    ///   - order: as its record tells it.
    ///   - buyer: the buyer's name, as the record has it.
    ///   - quantity: nil for all that is left.
    ///   - reason: kept in the trail.
    ///   - key: remembered with the cancellation.
    ///   - now: when it is decided.
    /// - Returns: how many units are cancelled by now, or why nothing was changed.
    func cancel(
        _ order: CancelledOrder,
        buyer: Span<UInt8>,
        _ quantity: Quantity?,
        _ reason: CancelReason,
        _ key: RequestKey?,
        at now: Instant
    ) -> Outcome<OrderCancel> {
        let subject = CancellableOrder(order.purchase, isPaid: order.isPaid)
        switch state.decideCancellation(of: subject, quantity: quantity, reason: reason, at: now) {
        case .failure(.orderCancelled):
            let all = order.purchase.quantity.units
            return .changed(OrderCancel(cancelled: all, position: nil, dependsOn: lastEnd))
        case .failure(let refusal): return .refused(refusal, dependsOn: lastEnd)
        case .success(let cancellation):
            let head = head(cancellation.sequence, key, now)
            let event = SKUEvent.cancelled(cancellation)
            let start = partition.journal(event.kind.rawValue, head, name) { writer in
                writer.put(cancellation, of: order, buyer: buyer)
            }
            guard let start else { return .unavailable(partition.unavailability) }
            applied(event, at: start)
            let cancelled = order.purchase.quantity.units - cancellation.left
            return .changed(
                OrderCancel(
                    cancelled: cancelled,
                    refund: cancellation.refund,
                    position: start,
                    dependsOn: lastEnd
                )
            )
        }
    }

    /// Units of the order with that number that are cancelled, and from where on that may be told.
    public func cancelled(ofOrder sequence: UInt64) -> (units: Int64, dependsOn: JournalPosition) {
        let units = state.cancelledUnits(sequence)
        return (units, units == 0 ? .start : lastEnd)
    }

    private func decide(
        _ command: HoldCommand,
        on name: HoldName,
        _ limits: HoldLimits,
        at now: Instant
    ) -> Result<SKUEvent?, Refusal> {
        switch command {
        case .confirm(let quantity):
            state.decideConfirmation(of: name, quantity: quantity, at: now).map { .confirmed($0) }
        case .release:
            state.decideEnding(of: name, isExpiry: false, at: now).map { $0.map { .holdEnded($0) } }
        case .extend(let milliseconds):
            state.decideExtension(of: name, to: now.adding(milliseconds), limits: limits, at: now)
                .map { .holdProlonged($0) }
        case .freeze(let milliseconds):
            state.decideFreeze(of: name, milliseconds: milliseconds, at: now).map { .holdProlonged($0) }
        }
    }

    /// Journals what concerns a hold, with the name of its buyer.
    private func journal(
        _ event: SKUEvent,
        of name: HoldName,
        _ key: RequestKey?,
        at now: Instant
    ) -> JournalPosition? {
        state.holds.withBuyerName(at: name.place) { journal(event, buyer: $0, key, at: now) }
    }

    private func journal(
        _ event: SKUEvent,
        buyer: Span<UInt8>,
        _ key: RequestKey?,
        at now: Instant
    ) -> JournalPosition? {
        let head = head(event.sequence, key, now)
        return partition.journal(event.kind.rawValue, head, self.name) { $0.put(event, buyer: buyer) }
    }

    private func changed(
        _ name: HoldName,
        _ confirmation: HoldConfirmation?,
        at position: JournalPosition?
    ) -> Outcome<HoldChange> {
        guard let view = view(of: name) else { return .refused(.unknownHold, dependsOn: lastEnd) }
        return .changed(
            HoldChange(
                view: view,
                order: confirmation?.purchase,
                isReacquired: confirmation?.isReacquired ?? false,
                position: position
            )
        )
    }
}

extension SKUState {
    /// What a command leads to, without changing anything: an event to journal and apply, or a refusal.
    ///
    /// - Parameters:
    ///   - command: what is wanted.
    ///   - now: the moment it is decided for; it becomes the event's.
    /// - Returns: the event that comes next, with its sequence; it holds only until another is applied.
    public func decide(_ command: SKUCommand, at now: Instant) -> Result<SKUEvent, Refusal> {
        switch command {
        case .purchase(let buyer, let quantity):
            decidePurchase(buyer: buyer, quantity: quantity, at: now).map(SKUEvent.purchased)
        case .create(let details, let stock):
            isInCatalogue ? .failure(.alreadyExists) : .success(creation(details, stock, at: now))
        case .put(let details, let stock, let ifSequence):
            decidePut(details, stock, ifSequence, at: now)
        case .amend(let patch, let ifSequence):
            decideAmend(patch, ifSequence, at: now)
        case .adjust(let delta, let note, let ifSequence):
            decideStock(ifSequence) { _ in .success(delta) }.flatMap { adjustment(by: $0, note, at: now) }
        case .set(let available, let ifAvailable, let note, let ifSequence):
            decideStock(ifSequence) { levels in
                if let ifAvailable, ifAvailable.units != levels.available { return .failure(preconditionFailed) }
                return .success(available.units - levels.available)
            }
            .flatMap { adjustment(by: $0, note, at: now) }
        case .remove(let ifSequence):
            decideRemoval(ifSequence, at: now)
        }
    }

    /// What a purchase leads to; `decide` calls this, and so may who has nothing but purchases.
    ///
    /// The reasons to refuse, in the order they are looked at: unknown, paused, not started, ended, sold out, the
    /// buyer's limit, too few units, a total too large to tell.
    ///
    /// Cost: at most one look into the table of buyers (only where there is a limit); no allocation.
    public func decidePurchase(
        buyer: Fingerprint,
        quantity: Quantity,
        at now: Instant
    ) -> Result<Purchase, Refusal> {
        guard let details else { return .failure(.unknownSKU) }
        switch status(details, at: now) {
        case .paused: return .failure(.salePaused)
        case .scheduled: return .failure(.saleNotStarted(opensAt: details.opensAt ?? now))
        case .closed: return .failure(.saleEnded)
        case .soldOut: return .failure(.soldOut)
        case .onSale: break
        }
        if let refusal = limitReached(buyer, quantity, details) { return .failure(refusal) }
        guard quantity.units <= levels.available else {
            return .failure(.insufficientStock(available: levels.available))
        }
        let purchase = Purchase(
            buyer: buyer,
            quantity: quantity,
            unitPrice: details.price,
            remaining: levels.available - quantity.units,
            sequence: nextSequence,
            at: now
        )
        return purchase.total == nil ? .failure(.limitsOverflow(.total)) : .success(purchase)
    }

    /// The refusal where the buyer would have more units than may be.
    ///
    /// What a buyer holds counts too, or a limit could be passed by way of holds.
    @inline(__always)
    func limitReached(_ buyer: Fingerprint, _ quantity: Quantity, _ details: SKUDetails) -> Refusal? {
        guard let limit = details.limitPerBuyer else { return nil }
        let held = holds.openCount == 0 ? 0 : HolderTally(holders.find(buyer) ?? 0).units
        let reserved = reservations.units(of: buyer)
        let already = Int64(clamping: buyers.find(buyer) ?? 0) + held + reserved
        return quantity.units <= limit.units - already ? nil : .buyerLimitReached(limit: limit, already: already)
    }

    /// The number that the next event has to have.
    var nextSequence: UInt64 { sequence &+ 1 }

    private var preconditionFailed: Refusal {
        .preconditionFailed(sequence: sequence, available: levels.available)
    }

    private func matches(_ ifSequence: UInt64?) -> Bool {
        ifSequence == nil || ifSequence == sequence
    }

    private func creation(_ details: SKUDetails, _ stock: UnitCount, at now: Instant) -> SKUEvent {
        .created(Creation(details: details, stock: stock, sequence: nextSequence, at: now))
    }

    private func decidePut(
        _ details: SKUDetails,
        _ stock: UnitCount,
        _ ifSequence: UInt64?,
        at now: Instant
    ) -> Result<SKUEvent, Refusal> {
        guard let present = self.details else {
            // RFC 9110, section 13.1.1: If-Match does not hold where there is nothing to match.
            return ifSequence == nil ? .success(creation(details, stock, at: now)) : .failure(preconditionFailed)
        }
        guard matches(ifSequence) else { return .failure(preconditionFailed) }
        let next = details.with(paused: present.paused)
        return .success(.replaced(DetailsChange(details: next, sequence: nextSequence, at: now)))
    }

    private func decideAmend(
        _ patch: SKUDetailsPatch,
        _ ifSequence: UInt64?,
        at now: Instant
    ) -> Result<SKUEvent, Refusal> {
        guard let details else { return .failure(.unknownSKU) }
        guard matches(ifSequence) else { return .failure(preconditionFailed) }
        do {
            let next = try patch.applied(to: details)
            return .success(.amended(DetailsChange(details: next, sequence: nextSequence, at: now)))
        } catch {
            return .failure(.invalidDetails(error))
        }
    }

    /// How many units to bring in, once the conditions that all stock changes share hold.
    private func decideStock(
        _ ifSequence: UInt64?,
        _ delta: (StockLevels) -> Result<Int64, Refusal>
    ) -> Result<Int64, Refusal> {
        guard isInCatalogue else { return .failure(.unknownSKU) }
        guard matches(ifSequence) else { return .failure(preconditionFailed) }
        return delta(levels)
    }

    private func adjustment(by delta: Int64, _ note: StockNote, at now: Instant) -> Result<SKUEvent, Refusal> {
        let next = levels.adjusted(by: delta)
        guard next.violation == nil else {
            let committed = Refusal.stockBelowCommitted(
                available: levels.available,
                held: levels.held,
                sold: levels.sold
            )
            return .failure(delta < 0 ? committed : .limitsOverflow(.supplied))
        }
        return .success(
            .stockAdjusted(
                StockAdjustment(
                    delta: delta,
                    remaining: next.available,
                    note: note,
                    sequence: nextSequence,
                    at: now
                )
            )
        )
    }

    private func decideRemoval(_ ifSequence: UInt64?, at now: Instant) -> Result<SKUEvent, Refusal> {
        guard isInCatalogue else { return .failure(.unknownSKU) }
        guard matches(ifSequence) else { return .failure(preconditionFailed) }
        let open = holds.openCount + reservations.count
        guard open == 0 else { return .failure(.holdsOpen(count: open)) }
        return .success(.removed(Removal(sequence: nextSequence, at: now)))
    }
}

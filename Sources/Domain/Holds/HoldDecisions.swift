extension SKUState {
    /// What a wish to set units aside leads to.
    ///
    /// The reasons to refuse are those of a purchase, in the same order, then the operator's limits of holds.
    ///
    /// - Parameters:
    ///   - buyer: for whom.
    ///   - quantity: how many units.
    ///   - expiresAt: when they go back.
    ///   - limits: what the operator allows.
    ///   - now: the moment of the decision.
    /// - Returns: the placement that comes next, or why there is none.
    public func decideHold(
        buyer: Fingerprint,
        quantity: Quantity,
        expiresAt: Instant,
        limits: HoldLimits,
        at now: Instant
    ) -> Result<HoldPlacement, Refusal> {
        let purchase: Purchase
        switch decidePurchase(buyer: buyer, quantity: quantity, at: now) {
        case .failure(let refusal): return .failure(refusal)
        case .success(let decided): purchase = decided
        }
        let open = HolderTally(holders.find(buyer) ?? 0).count
        guard open < limits.openPerBuyerMax else {
            return .failure(.openHoldsReached(limit: limits.openPerBuyerMax, open: open))
        }
        if let most = limits.heldUnitsMax, quantity.units > most - levels.held {
            return .failure(.heldUnitsReached(limit: most, left: max(0, most - levels.held)))
        }
        let place = holds.placeForNew { now.isAfter($0.deadline, by: limits.rememberedMilliseconds) }
        guard let place, limits.mayGrow || place < holds.count else { return .failure(.holdsFull) }
        return .success(
            HoldPlacement(
                buyer: buyer,
                quantity: quantity,
                unitPrice: purchase.unitPrice,
                expiresAt: expiresAt,
                place: place,
                remaining: purchase.remaining,
                sequence: nextSequence,
                at: now
            )
        )
    }

    /// What the wish to buy what is held leads to.
    ///
    /// A hold is a promise: neither a pause nor the sale's end nor a new price takes it back, also not from somebody
    /// whose payment took a moment too long. One that has expired is bought anew at the price it was held for, if its
    /// units are still there and the buyer has not used up the limit meanwhile.
    ///
    /// - Parameters:
    ///   - name: the hold.
    ///   - quantity: how many of its units; nil for all.
    ///   - now: the moment of the decision.
    /// - Returns: the confirmation that comes next, or why there is none.
    public func decideConfirmation(
        of name: HoldName,
        quantity: Quantity?,
        at now: Instant
    ) -> Result<HoldConfirmation, Refusal> {
        guard let hold = holds.find(name) else { return .failure(.unknownHold) }
        let wanted = quantity ?? hold.quantity
        switch hold.state {
        case .confirmed: return .failure(.holdConfirmed(order: hold.order))
        case .released: return .failure(.holdReleased)
        case .held, .expired: break
        }
        guard wanted <= hold.quantity else { return .failure(.aboveHold(held: hold.quantity)) }
        guard hold.state == .expired else {
            return .success(confirmation(hold, name, wanted, levels.confirming(wanted, of: hold.quantity), at: now))
        }
        guard let details, name.number > begun, wanted.units <= levels.available else {
            return .failure(.holdExpired)
        }
        if let refusal = limitReached(hold.buyer, wanted, details) { return .failure(refusal) }
        return .success(confirmation(hold, name, wanted, levels.selling(wanted), at: now))
    }

    /// What the end of a hold leads to: asked for by its buyer, or because its time is over.
    ///
    /// - Returns: nil where there is nothing left to do: it was released or has expired before, or is not due.
    public func decideEnding(of name: HoldName, isExpiry: Bool, at now: Instant) -> Result<HoldEnding?, Refusal> {
        guard let hold = holds.find(name) else { return .failure(.unknownHold) }
        switch hold.state {
        case .confirmed: return .failure(.holdConfirmed(order: hold.order))
        case .released, .expired: return .success(nil)
        case .held: break
        }
        if isExpiry && now < hold.deadline { return .success(nil) }
        return .success(
            HoldEnding(
                hold: name,
                isExpiry: isExpiry,
                quantity: hold.quantity,
                remaining: levels.available + hold.quantity.units,
                sequence: nextSequence,
                at: now
            )
        )
    }

    /// What the wish for more time leads to; a deadline never moves to an earlier moment.
    public func decideExtension(
        of name: HoldName,
        to deadline: Instant,
        limits: HoldLimits,
        at now: Instant
    ) -> Result<HoldProlongation, Refusal> {
        openHold(name, at: now)
            .flatMap { hold in
                guard hold.extensions < limits.extensionsMax else {
                    return .failure(.holdExtensionsExhausted(limit: limits.extensionsMax))
                }
                return .success(prolongation(name, hold, max(hold.deadline, deadline), isFreeze: false, at: now))
            }
    }

    /// What the wish to stop the clock while a payment runs leads to: once per hold, the time is added to what is left.
    public func decideFreeze(
        of name: HoldName,
        milliseconds: Int64,
        at now: Instant
    ) -> Result<HoldProlongation, Refusal> {
        openHold(name, at: now)
            .flatMap { hold in
                guard !hold.wasFrozen else { return .failure(.holdFrozenBefore) }
                let deadline = hold.deadline.adding(milliseconds)
                return .success(prolongation(name, hold, deadline, isFreeze: true, at: now))
            }
    }

    private func openHold(_ name: HoldName, at now: Instant) -> Result<Hold, Refusal> {
        guard let hold = holds.find(name) else { return .failure(.unknownHold) }
        switch hold.state {
        case .confirmed: return .failure(.holdConfirmed(order: hold.order))
        case .released: return .failure(.holdReleased)
        case .expired: return .failure(.holdExpired)
        case .held: return now < hold.deadline ? .success(hold) : .failure(.holdExpired)
        }
    }

    private func prolongation(
        _ name: HoldName,
        _ hold: Hold,
        _ deadline: Instant,
        isFreeze: Bool,
        at now: Instant
    ) -> HoldProlongation {
        HoldProlongation(
            hold: name,
            expiresAt: deadline,
            isFreeze: isFreeze,
            quantity: hold.quantity,
            remaining: levels.available,
            sequence: nextSequence,
            at: now
        )
    }

    private func confirmation(
        _ hold: Hold,
        _ name: HoldName,
        _ quantity: Quantity,
        _ next: StockLevels,
        at now: Instant
    ) -> HoldConfirmation {
        let purchase = Purchase(
            buyer: hold.buyer,
            quantity: quantity,
            unitPrice: hold.unitPrice,
            remaining: next.available,
            sequence: nextSequence,
            at: now
        )
        return HoldConfirmation(
            hold: name,
            purchase: purchase,
            held: hold.quantity,
            isReacquired: hold.state == .expired
        )
    }
}

extension Instant {
    /// Whether it is more than so many milliseconds after another.
    fileprivate func isAfter(_ other: Instant, by milliseconds: Int64) -> Bool {
        let (elapsed, overflow) = millisecondsSinceEpoch.subtractingReportingOverflow(other.millisecondsSinceEpoch)
        return overflow ? self > other : elapsed > milliseconds
    }

    /// So many milliseconds later; the last moment there is at most.
    public func adding(_ milliseconds: Int64) -> Instant {
        let (sum, overflow) = millisecondsSinceEpoch.addingReportingOverflow(milliseconds)
        return Instant(millisecondsSinceEpoch: overflow ? .max : sum)
    }
}

import Domain

/// Holds and cancellations, as plainly as the rest of the model.
extension SKUModel {
    struct Hold: Equatable {
        let name: HoldName
        let buyer: Int
        let units: Int64
        let amount: Int64
        var deadline: Int64
        var state = Domain.Hold.State.held
        var extensions = 0
        var wasFrozen = false
    }

    struct Order: Equatable {
        let sequence: UInt64
        let buyer: Int
        let units: Int64
        var cancelled: Int64 = 0
    }

    static let limits = HoldLimits(
        openPerBuyerMax: 3,
        heldUnitsMax: 25,
        extensionsMax: 2,
        rememberedMilliseconds: 150
    )

    var held: Int64 { holds.reduce(0) { $0 + ($1.state == .held ? $1.units : 0) } }

    /// Units that a buyer has bought or holds.
    func units(of buyer: Int) -> Int64 {
        (bought[buyer] ?? 0) + holds.reduce(0) { $0 + ($1.state == .held && $1.buyer == buyer ? $1.units : 0) }
    }

    /// Notes that a hold was placed under a name; the one that had its place before must be forgotten.
    ///
    /// - Returns: false where it must not be.
    mutating func name(_ name: HoldName, buyer: Int, units: Int64, until: Int64, at now: Int64) -> Bool {
        if let old = holds.firstIndex(where: { $0.name.place == name.place }) {
            guard holds[old].state != .held, now - holds[old].deadline > Self.limits.rememberedMilliseconds else {
                return false
            }
            holds.remove(at: old)
        }
        holds.append(Hold(name: name, buyer: buyer, units: units, amount: sheet?.amount ?? 0, deadline: until))
        return true
    }

    func isNothing(_ wish: Wish, at now: Int64) -> Bool {
        guard case .end(let hold, let isExpiry) = wish, hold < holds.count else { return false }
        return holds[hold].state != .held || isExpiry && now < holds[hold].deadline
    }

    mutating func runHold(_ wish: Wish, at now: Int64) {
        switch wish {
        // The hold itself comes with its name: see `name`.
        case .hold(_, let units, _): available -= units
        case .confirm(let hold, let units):
            let sold = units ?? holds[hold].units
            let wasHeld = holds[hold].state == .held
            available += (wasHeld ? holds[hold].units : 0) - sold
            if !wasHeld { holds[hold].deadline = now }
            holds[hold].state = .confirmed
            sell(holds[hold].buyer, sold)
        case .end(let hold, let isExpiry):
            available += holds[hold].units
            holds[hold].state = isExpiry ? .expired : .released
        case .extend(let hold, let until):
            holds[hold].deadline = max(holds[hold].deadline, until)
            holds[hold].extensions += 1
        case .freeze(let hold, let milliseconds):
            holds[hold].deadline += milliseconds
            holds[hold].wasFrozen = true
        case .cancel(let order, let units):
            let cancelled = units ?? orders[order].units - orders[order].cancelled
            orders[order].cancelled += cancelled
            guard sheet != nil, orders[order].sequence > begun else { return }
            available += cancelled
            bought[orders[order].buyer, default: 0] -= cancelled
        case .purchase, .create, .put, .limit, .pause, .adjust, .set, .remove: break
        }
    }

    func judgeHold(_ wish: Wish, at now: Int64) -> Verdict {
        switch wish {
        case .hold(let buyer, let units, _): return judgePlacement(buyer, units, at: now)
        case .confirm(let hold, let units): return judgeConfirmation(hold, units)
        case .end(let hold, _):
            guard hold < holds.count else { return .refused(.unknownHold) }
            return holds[hold].state == .confirmed ? .refused(.holdConfirmed(order: 0)) : .accepted
        case .extend(let hold, _):
            if let refused = judgeOpen(hold, at: now) { return refused }
            let most = Self.limits.extensionsMax
            return holds[hold].extensions < most ? .accepted : .refused(.holdExtensionsExhausted(limit: most))
        case .freeze(let hold, _):
            if let refused = judgeOpen(hold, at: now) { return refused }
            return holds[hold].wasFrozen ? .refused(.holdFrozenBefore) : .accepted
        case .cancel(let order, let units):
            let left = orders[order].units - orders[order].cancelled
            if left == 0 { return .refused(.orderCancelled) }
            return (units ?? left) > left ? .refused(.aboveOrder(left: left)) : .accepted
        case .purchase, .create, .put, .limit, .pause, .adjust, .set, .remove: return .accepted
        }
    }

    private func judgePlacement(_ buyer: Int, _ units: Int64, at now: Int64) -> Verdict {
        let asPurchase = judgePurchase(buyer, units, at: now)
        guard asPurchase == .accepted else { return asPurchase }
        let open = holds.count { $0.state == .held && $0.buyer == buyer }
        if open >= Self.limits.openPerBuyerMax {
            return .refused(.openHoldsReached(limit: Self.limits.openPerBuyerMax, open: open))
        }
        let most = Self.limits.heldUnitsMax ?? .max
        return held + units > most ? .refused(.heldUnitsReached(limit: most, left: most - held)) : .accepted
    }

    private func judgeConfirmation(_ hold: Int, _ units: Int64?) -> Verdict {
        guard hold < holds.count, let quantity = Quantity(holds[hold].units) else { return .refused(.unknownHold) }
        let wanted = units ?? holds[hold].units
        switch holds[hold].state {
        case .confirmed: return .refused(.holdConfirmed(order: 0))
        case .released: return .refused(.holdReleased)
        case .held: return wanted > holds[hold].units ? .refused(.aboveHold(held: quantity)) : .accepted
        case .expired:
            if wanted > holds[hold].units { return .refused(.aboveHold(held: quantity)) }
            guard let sheet, holds[hold].name.number > begun, wanted <= available else { return .refused(.holdExpired) }
            let already = self.units(of: holds[hold].buyer)
            if let limit = sheet.limit, let most = Quantity(limit), already + wanted > limit {
                return .refused(.buyerLimitReached(limit: most, already: already))
            }
            return .accepted
        }
    }

    private func judgeOpen(_ hold: Int, at now: Int64) -> Verdict? {
        guard hold < holds.count else { return .refused(.unknownHold) }
        switch holds[hold].state {
        case .confirmed: return .refused(.holdConfirmed(order: 0))
        case .released: return .refused(.holdReleased)
        case .expired: return .refused(.holdExpired)
        case .held: return now < holds[hold].deadline ? nil : .refused(.holdExpired)
        }
    }
}

extension SKUState {
    mutating func apply(_ placement: HoldPlacement) throws(Contradiction) {
        try checkNext(placement.sequence)
        try checkInCatalogue()
        guard holds.isFree(placement.place) else { throw .hold(placement.name) }
        levels = try checked(levels.holding(placement.quantity.units), remaining: placement.remaining)
        sequence = placement.sequence
        holds.insert(Hold(placement), at: placement.place)
        holders.add(HolderTally.of(placement.quantity), to: placement.buyer)
    }

    mutating func apply(_ confirmation: HoldConfirmation) throws(Contradiction) {
        let purchase = confirmation.purchase
        try checkNext(purchase.sequence)
        try checkInCatalogue()
        let hold = try hold(confirmation.hold, in: confirmation.isReacquired ? .expired : .held)
        guard purchase.quantity <= hold.quantity, confirmation.held == hold.quantity, purchase.buyer == hold.buyer
        else { throw .hold(confirmation.hold) }
        let next =
            confirmation.isReacquired
            ? levels.selling(purchase.quantity) : levels.confirming(purchase.quantity, of: hold.quantity)
        levels = try checked(next, remaining: purchase.remaining)
        sequence = purchase.sequence
        buyers.add(UInt64(purchase.quantity.units), to: purchase.buyer)
        resolve(confirmation.hold, .confirmed, hold, at: purchase.at)
    }

    mutating func apply(_ ending: HoldEnding) throws(Contradiction) {
        try checkNext(ending.sequence)
        let hold = try hold(ending.hold, in: .held)
        guard ending.quantity == hold.quantity else { throw .hold(ending.hold) }
        levels = try checked(levels.holding(-hold.quantity.units), remaining: ending.remaining)
        sequence = ending.sequence
        resolve(ending.hold, ending.isExpiry ? .expired : .released, hold, at: ending.at)
    }

    mutating func apply(_ prolongation: HoldProlongation) throws(Contradiction) {
        try checkNext(prolongation.sequence)
        let hold = try hold(prolongation.hold, in: .held)
        guard prolongation.expiresAt >= hold.deadline, prolongation.quantity == hold.quantity,
            !prolongation.isFreeze || !hold.wasFrozen
        else { throw .hold(prolongation.hold) }
        _ = try checked(levels, remaining: prolongation.remaining)
        sequence = prolongation.sequence
        holds.update(prolongation.hold.place) { hold in
            hold.deadline = prolongation.expiresAt
            if prolongation.isFreeze {
                hold.wasFrozen = true
            } else if hold.extensions < UInt8.max {
                hold.extensions += 1
            }
        }
    }

    /// Keeps what an order made of the hold will show beside the fingerprint: its buyer's name.
    ///
    /// Right after its placement was applied, live and in replay.
    public mutating func note(buyer: Span<UInt8>, of name: HoldName) {
        guard holds.find(name) != nil else { return }
        holds.setBuyerName(buyer, at: name.place)
    }

    /// Keeps where the owner has the record that made a hold an order.
    ///
    /// Right after its confirmation was applied, live and in replay.
    public mutating func note(order: UInt64, of name: HoldName) {
        guard holds.find(name) != nil else { return }
        holds.update(name.place) { $0.order = order }
    }

    /// Changes what is kept of the places of orders: they have moved.
    public mutating func moveOrders(_ change: (UInt64) -> UInt64) {
        for place in 0..<UInt32(holds.count) where holds[place].state == .confirmed {
            holds.update(place) { $0.order = change($0.order) }
        }
    }

    private func hold(_ name: HoldName, in state: Hold.State) throws(Contradiction) -> Hold {
        guard let hold = holds.find(name), hold.state == state else { throw .hold(name) }
        return hold
    }

    private mutating func resolve(
        _ name: HoldName,
        _ state: Hold.State,
        _ hold: Hold,
        at now: Instant
    ) {
        if hold.state == .held { holders.subtract(HolderTally.of(hold.quantity), from: hold.buyer) }
        holds.update(name.place) { hold in
            if hold.state == .expired { hold.deadline = now }
            hold.state = state
        }
        // Who holds nothing takes a place there all the same, until nobody holds anything.
        if holds.openCount == 0 { holders = FingerprintTable() }
    }
}

/// How many open holds a buyer has of a SKU, and of how many units, in one number of a table.
struct HolderTally {
    /// Open holds: below 2^20.
    let count: Int
    /// Units of all of them.
    let units: Int64

    /// The most holds that can be counted of one buyer.
    static let countMax = 1 << countBits - 1

    private static let countBits = 20

    init(_ packed: UInt64) {
        count = Int(packed & (1 << Self.countBits - 1))
        units = Int64(packed >> Self.countBits)
    }

    /// What one more hold adds.
    static func of(_ quantity: Quantity) -> UInt64 { UInt64(quantity.units) << countBits | 1 }
}

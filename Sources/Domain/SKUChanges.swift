extension SKUState {
    /// Makes an event part of the state; live and in replay.
    ///
    /// - Parameter event: the next event of this SKU.
    /// - Throws: `Contradiction` where the event cannot follow this state; the state is then as it was.
    public mutating func apply(_ event: SKUEvent) throws(Contradiction) {
        switch event {
        case .purchased(let purchase): try apply(purchase)
        case .created(let creation): try apply(creation)
        case .replaced(let change), .amended(let change): try apply(change)
        case .stockAdjusted(let adjustment): try apply(adjustment)
        case .removed(let removal): try apply(removal)
        case .held(let placement): try apply(placement)
        case .confirmed(let confirmation): try apply(confirmation)
        case .holdEnded(let ending): try apply(ending)
        case .holdProlonged(let prolongation): try apply(prolongation)
        case .cancelled(let cancellation): try apply(cancellation)
        case .reserved(let reservation): try apply(reservation)
        case .settled(let settlement): try apply(settlement)
        }
    }

    /// Makes a purchase part of the state; `apply` of an event calls this.
    ///
    /// - Parameter purchase: the next event of this SKU.
    /// - Throws: `Contradiction` where the event cannot follow this state; the state is then as it was.
    public mutating func apply(_ purchase: Purchase) throws(Contradiction) {
        try checkNext(purchase.sequence)
        try checkInCatalogue()
        let next = try checked(levels.selling(purchase.quantity), remaining: purchase.remaining)
        levels = next
        sequence = purchase.sequence
        buyers.add(UInt64(purchase.quantity.units), to: purchase.buyer)
    }

    private mutating func apply(_ creation: Creation) throws(Contradiction) {
        try checkNext(creation.sequence)
        guard !isInCatalogue else { throw .alreadyInCatalogue }
        details = creation.details
        levels = StockLevels.zero.adjusted(by: creation.stock.units)
        sequence = creation.sequence
        begun = creation.sequence
    }

    private mutating func apply(_ change: DetailsChange) throws(Contradiction) {
        try checkNext(change.sequence)
        try checkInCatalogue()
        details = change.details
        sequence = change.sequence
    }

    private mutating func apply(_ adjustment: StockAdjustment) throws(Contradiction) {
        try checkNext(adjustment.sequence)
        try checkInCatalogue()
        levels = try checked(levels.adjusted(by: adjustment.delta), remaining: adjustment.remaining)
        sequence = adjustment.sequence
    }

    /// Whoever brings the SKU back begins anew; only the sequence goes on.
    private mutating func apply(_ removal: Removal) throws(Contradiction) {
        try checkNext(removal.sequence)
        try checkInCatalogue()
        if levels.held > 0 { throw .holdsDisagree(held: 0, open: levels.held) }
        details = nil
        levels = .zero
        buyers = FingerprintTable()
        sequence = removal.sequence
    }

    func checkNext(_ found: UInt64) throws(Contradiction) {
        guard found == nextSequence else { throw .sequence(expected: nextSequence, found: found) }
    }

    func checkInCatalogue() throws(Contradiction) {
        guard isInCatalogue else { throw .notInCatalogue }
    }

    func checked(_ next: StockLevels, remaining: Int64) throws(Contradiction) -> StockLevels {
        if let violation = next.violation { throw .levels(violation) }
        guard next.available == remaining else { throw .remaining(expected: next.available, found: remaining) }
        return next
    }
}

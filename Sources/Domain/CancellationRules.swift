extension SKUState {
    /// What the wish to cancel an order leads to.
    ///
    /// - Parameters:
    ///   - order: the order, as its record tells it.
    ///   - quantity: how many of its units; nil for all that are left.
    ///   - reason: why.
    ///   - now: the moment of the decision.
    /// - Returns: the cancellation that comes next, or why there is none.
    public func decideCancellation(
        of order: CancellableOrder,
        quantity: Quantity?,
        reason: CancelReason,
        at now: Instant
    ) -> Result<Cancellation, Refusal> {
        // What a transaction has set aside is no order yet.
        guard reservation(order.sequence) == nil else { return .failure(.aboveOrder(left: 0)) }
        let left = order.quantity.units - cancelledUnits(order.sequence)
        guard left > 0 else { return .failure(.orderCancelled) }
        guard let units = quantity ?? Quantity(left), units.units <= left else {
            return .failure(.aboveOrder(left: left))
        }
        let returned = isOfThisLife(order.sequence) ? units.units : 0
        return .success(
            Cancellation(
                order: order.sequence,
                buyer: order.buyer,
                quantity: units,
                returned: returned,
                left: left - units.units,
                remaining: levels.available + returned,
                refund: order.paid?.times(units),
                reason: reason,
                sequence: nextSequence,
                at: now
            )
        )
    }

    /// Whether any order was cancelled, wholly or in part.
    public var hasCancellations: Bool { !cancelled.isEmpty }

    /// Units of an order, by the number of its change, that were cancelled.
    public func cancelledUnits(_ order: UInt64) -> Int64 {
        Int64(clamping: cancelled.find(Self.fingerprint(order)) ?? 0)
    }

    mutating func apply(_ cancellation: Cancellation) throws(Contradiction) {
        try checkNext(cancellation.sequence)
        let returned = isOfThisLife(cancellation.order) ? cancellation.quantity.units : 0
        guard cancellation.returned == returned, cancellation.left >= 0, cancellation.order < cancellation.sequence
        else { throw .cancelsTooMuch(order: cancellation.order) }
        if returned > 0 {
            let bought = Int64(clamping: buyers.find(cancellation.buyer) ?? 0)
            guard bought >= returned else { throw .cancelsTooMuch(order: cancellation.order) }
        }
        levels = try checked(levels.takingBack(returned), remaining: cancellation.remaining)
        if returned > 0 { buyers.subtract(UInt64(returned), from: cancellation.buyer) }
        noteCancelled(cancellation.quantity, of: cancellation.order)
        sequence = cancellation.sequence
    }

    /// Counts units that nobody can take back from an order any more.
    mutating func noteCancelled(_ quantity: Quantity, of order: UInt64) {
        cancelled.add(UInt64(quantity.units), to: Self.fingerprint(order))
    }

    /// Whether an order was made since the SKU came into the catalogue the last time, and it is still there.
    private func isOfThisLife(_ order: UInt64) -> Bool { isInCatalogue && order > begun }

    private static func fingerprint(_ order: UInt64) -> Fingerprint { Fingerprint(high: order, low: 0) }
}

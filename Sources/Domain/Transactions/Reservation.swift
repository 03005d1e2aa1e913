/// Units set aside for a transaction until it is decided: an order to be.
public struct Reservation: Sendable, Equatable {
    /// The order that it becomes; its number is the reservation's.
    public let purchase: Purchase
    /// The transaction.
    public let link: TransactionLink
    /// Whether the buyer's wallet pays for it.
    public let isPaid: Bool

    /// A reservation as it is told or was journaled.
    public init(purchase: Purchase, link: TransactionLink, isPaid: Bool) {
        self.purchase = purchase
        self.link = link
        self.isPaid = isPaid
    }
}

/// The end of a reservation: sold, or available again.
public struct Settlement: Sendable, Equatable {
    /// The number of the change that the reservation was.
    public let order: UInt64
    /// The transaction.
    public let link: TransactionLink
    /// Whether the units are sold; else they are available again.
    public let isSold: Bool
    /// Units: all that were set aside.
    public let quantity: Quantity
    /// Units available right after it.
    public let remaining: Int64
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A settlement as it is told or was journaled.
    public init(
        order: UInt64,
        link: TransactionLink,
        isSold: Bool,
        quantity: Quantity,
        remaining: Int64,
        sequence: UInt64,
        at: Instant
    ) {
        self.order = order
        self.link = link
        self.isSold = isSold
        self.quantity = quantity
        self.remaining = remaining
        self.sequence = sequence
        self.at = at
    }
}

extension SKUState {
    /// What the wish to set units aside for a transaction leads to.
    ///
    /// The reasons to refuse are those of a purchase, in the same order.
    ///
    /// - Parameters:
    ///   - buyer: for whom.
    ///   - quantity: how many units.
    ///   - link: the transaction.
    ///   - isPaid: whether the buyer's wallet pays.
    ///   - now: the moment of the decision.
    /// - Returns: the reservation that comes next, or why there is none.
    public func decideReservation(
        buyer: Fingerprint,
        quantity: Quantity,
        link: TransactionLink,
        isPaid: Bool,
        at now: Instant
    ) -> Result<Reservation, Refusal> {
        decidePurchase(buyer: buyer, quantity: quantity, at: now)
            .map { Reservation(purchase: $0, link: link, isPaid: isPaid) }
    }

    /// What the end of a transaction leads to.
    ///
    /// - Parameters:
    ///   - order: the number of the reservation.
    ///   - isSold: whether the transaction was decided; else it is undone.
    ///   - now: the moment.
    /// - Returns: the settlement that comes next; nil where nothing is set aside under that number.
    public func decideSettlement(of order: UInt64, isSold: Bool, at now: Instant) -> Settlement? {
        guard let reservation = reservation(order) else { return nil }
        let quantity = reservation.purchase.quantity
        return Settlement(
            order: order,
            link: reservation.link,
            isSold: isSold,
            quantity: quantity,
            remaining: levels.available + (isSold ? 0 : quantity.units),
            sequence: nextSequence,
            at: now
        )
    }

    /// The open reservation with a number.
    public func reservation(_ order: UInt64) -> Reservation? {
        reservations.find(order)
    }

    mutating func apply(_ reservation: Reservation) throws(Contradiction) {
        let purchase = reservation.purchase
        try checkNext(purchase.sequence)
        try checkInCatalogue()
        levels = try checked(levels.holding(purchase.quantity.units), remaining: purchase.remaining)
        sequence = purchase.sequence
        reservations.append(reservation)
    }

    /// What is undone counts as cancelled: nothing can be taken back from it once more.
    mutating func apply(_ settlement: Settlement) throws(Contradiction) {
        try checkNext(settlement.sequence)
        guard let reservation = reservations.find(settlement.order), reservation.link == settlement.link,
            reservation.purchase.quantity == settlement.quantity
        else { throw .reservation(order: settlement.order) }
        let quantity = settlement.quantity
        let next = settlement.isSold ? levels.confirming(quantity, of: quantity) : levels.holding(-quantity.units)
        levels = try checked(next, remaining: settlement.remaining)
        sequence = settlement.sequence
        reservations.remove(settlement.order)
        if settlement.isSold {
            buyers.add(UInt64(quantity.units), to: reservation.purchase.buyer)
        } else {
            noteCancelled(quantity, of: settlement.order)
        }
    }
}

extension Reservation {
    /// Hands the reservation over: number 8, transaction 16, coordinator 2, paid 1, buyer 16, quantity 4, unit price 8 and
    /// 3, remaining 8, time 8.
    func write<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(purchase.sequence)
        try sink.put(link.id.high)
        try sink.put(link.id.low)
        try sink.put(link.coordinator)
        try sink.put(UInt8(isPaid ? 1 : 0))
        try sink.put(purchase.buyer.high)
        try sink.put(purchase.buyer.low)
        try sink.put(UInt32(purchase.quantity.units))
        try sink.put(purchase.unitPrice.amount)
        let letters = purchase.unitPrice.currency.bytes
        for letter in [letters.0, letters.1, letters.2] { try sink.put(letter) }
        try sink.put(purchase.remaining)
        try sink.put(purchase.at.millisecondsSinceEpoch)
    }

    /// The reservation that was handed over.
    ///
    /// - Returns: nil where it can be none.
    static func read<Source: FlatSource>(from source: Source) throws(Source.Failure) -> Reservation? {
        let sequence = try source.take(UInt64.self)
        let id = TransactionID(high: try source.take(UInt64.self), low: try source.take(UInt64.self))
        let coordinator = try source.take(UInt16.self)
        let isPaid = try source.take(UInt8.self)
        let buyer = Fingerprint(high: try source.take(UInt64.self), low: try source.take(UInt64.self))
        let quantity = Quantity(Int64(try source.take(UInt32.self)))
        let amount = try source.take(Int64.self)
        let letters = [try source.take(UInt8.self), try source.take(UInt8.self), try source.take(UInt8.self)]
        let remaining = try source.take(Int64.self)
        let at = Instant(millisecondsSinceEpoch: try source.take(Int64.self))
        guard let currency = Currency(letters.span), let quantity, isPaid <= 1 else { return nil }
        let purchase = Purchase(
            buyer: buyer,
            quantity: quantity,
            unitPrice: Money(amount: amount, currency: currency),
            remaining: remaining,
            sequence: sequence,
            at: at
        )
        let link = TransactionLink(id: id, coordinator: coordinator)
        return Reservation(purchase: purchase, link: link, isPaid: isPaid == 1)
    }
}

extension SKUState {
    /// Hands the open reservations over, oldest first, behind their number 8.
    public func writeReservations<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(UInt64(reservations.count))
        try reservations.visit { (reservation: Reservation) throws(Sink.Failure) in try reservation.write(to: sink) }
    }

    /// Open reservations that were handed over.
    ///
    /// - Returns: nil where they can be none.
    public static func readReservations<Source: FlatSource>(
        from source: Source
    ) throws(Source.Failure) -> OpenReservations? {
        let count = try source.take(UInt64.self)
        guard count <= source.bytesLeftMax else { return nil }
        var reservations = OpenReservations()
        for _ in 0..<count {
            guard let reservation = try Reservation.read(from: source),
                reservation.purchase.sequence > reservations.lastNumber
            else { return nil }
            reservations.append(reservation)
        }
        return reservations
    }
}

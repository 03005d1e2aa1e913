import Domain
import Journal

/// The order that a cancellation concerns, as the cancellation's record repeats it: that alone gives the answer again.
public struct CancelledOrder: Sendable, Equatable {
    /// Where the order's own record stands.
    public let address: RecordAddress
    /// What was bought.
    public let purchase: Purchase
    /// Whether the buyer's wallet has paid for it.
    public let isPaid: Bool

    /// An order that was read at an address.
    public init(address: RecordAddress, purchase: Purchase, isPaid: Bool = false) {
        self.address = address
        self.purchase = purchase
        self.isPaid = isPaid
    }
}

extension SKURecord {
    static func placement(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ key: FingerprintKey,
        _ buyer: inout Range<Int>
    ) -> SKUEvent? {
        let place = reader.take(UInt32.self, bytes)
        let expiresAt = Instant(millisecondsSinceEpoch: reader.take(Int64.self, bytes))
        guard let sale = sale(&reader, bytes, head, key, &buyer), place < HoldTable.placesMax else { return nil }
        return .held(
            HoldPlacement(
                buyer: sale.buyer,
                quantity: sale.quantity,
                unitPrice: sale.unitPrice,
                expiresAt: expiresAt,
                place: place,
                remaining: sale.remaining,
                sequence: head.sequence,
                at: head.at
            )
        )
    }

    static func confirmation(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ key: FingerprintKey,
        _ buyer: inout Range<Int>
    ) -> SKUEvent? {
        let (hold, flag) = (holdName(&reader, bytes), reader.take(UInt8.self, bytes))
        let held = Quantity(Int64(reader.take(UInt32.self, bytes)))
        guard let purchase = sale(&reader, bytes, head, key, &buyer), let hold, let held, flag <= 1 else { return nil }
        return .confirmed(
            HoldConfirmation(hold: hold, purchase: purchase, held: held, isReacquired: flag == 1)
        )
    }

    static func ending(_ reader: inout PayloadReader, _ bytes: Span<UInt8>, _ head: RecordHead) -> SKUEvent? {
        let (hold, flag) = (holdName(&reader, bytes), reader.take(UInt8.self, bytes))
        let quantity = Quantity(Int64(reader.take(UInt32.self, bytes)))
        let remaining = reader.take(Int64.self, bytes)
        guard let hold, let quantity, flag <= 1 else { return nil }
        return .holdEnded(
            HoldEnding(
                hold: hold,
                isExpiry: flag == 1,
                quantity: quantity,
                remaining: remaining,
                sequence: head.sequence,
                at: head.at
            )
        )
    }

    static func prolongation(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ buyer: inout Range<Int>
    ) -> SKUEvent? {
        let (hold, flag) = (holdName(&reader, bytes), reader.take(UInt8.self, bytes))
        let expiresAt = Instant(millisecondsSinceEpoch: reader.take(Int64.self, bytes))
        let quantity = Quantity(Int64(reader.take(UInt32.self, bytes)))
        let remaining = reader.take(Int64.self, bytes)
        buyer = reader.takeShort(bytes)
        guard let hold, let quantity, flag <= 1 else { return nil }
        return .holdProlonged(
            HoldProlongation(
                hold: hold,
                expiresAt: expiresAt,
                isFreeze: flag == 1,
                quantity: quantity,
                remaining: remaining,
                sequence: head.sequence,
                at: head.at
            )
        )
    }

    static func cancellation(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ key: FingerprintKey,
        _ buyer: inout Range<Int>,
        _ order: inout CancelledOrder?,
        isPaid: Bool
    ) -> SKUEvent? {
        let quantity = Quantity(Int64(reader.take(UInt32.self, bytes)))
        let returned = reader.take(Int64.self, bytes)
        let left = Int64(reader.take(UInt32.self, bytes))
        let remaining = reader.take(Int64.self, bytes)
        let journal = reader.take(UInt16.self, bytes)
        let position = JournalPosition(rawValue: reader.take(UInt64.self, bytes))
        var placed = head
        placed.sequence = reader.take(UInt64.self, bytes)
        placed.at = Instant(millisecondsSinceEpoch: reader.take(Int64.self, bytes))
        let purchase = sale(&reader, bytes, placed, key, &buyer)
        let reason = try? CancelReason(reader.takeLong(bytes))
        guard let quantity, let purchase, let reason else { return nil }
        let address = RecordAddress(journal: journal, position: position)
        let refund = isPaid ? purchase.unitPrice.times(quantity) : nil
        guard isPaid == (refund != nil) else { return nil }
        order = CancelledOrder(address: address, purchase: purchase, isPaid: isPaid)
        return .cancelled(
            Cancellation(
                order: purchase.sequence,
                buyer: purchase.buyer,
                quantity: quantity,
                returned: returned,
                left: left,
                remaining: remaining,
                refund: refund,
                reason: reason,
                sequence: head.sequence,
                at: head.at
            )
        )
    }

    private static func holdName(_ reader: inout PayloadReader, _ bytes: Span<UInt8>) -> HoldName? {
        let name = HoldName(number: reader.take(UInt64.self, bytes), place: reader.take(UInt32.self, bytes))
        return name.place < HoldTable.placesMax ? name : nil
    }
}

extension PayloadWriter {
    /// Place 4, deadline 8, then as in a purchase.
    mutating func put(_ placement: HoldPlacement, buyer: Span<UInt8>) {
        put(placement.place)
        put(placement.expiresAt.millisecondsSinceEpoch)
        put(UInt32(placement.quantity.units))
        put(placement.unitPrice)
        put(placement.remaining)
        putShort(buyer)
    }

    /// The hold 12, 1 if it had expired, its units 4, then as in a purchase: the record is an order's.
    mutating func put(_ confirmation: HoldConfirmation, buyer: Span<UInt8>) {
        put(confirmation.hold)
        put(UInt8(confirmation.isReacquired ? 1 : 0))
        put(UInt32(confirmation.held.units))
        put(confirmation.purchase, buyer: buyer)
    }

    /// The hold 12, 1 if its time was over, quantity 4, remaining 8.
    mutating func put(_ ending: HoldEnding) {
        put(ending.hold)
        put(UInt8(ending.isExpiry ? 1 : 0))
        put(UInt32(ending.quantity.units))
        put(ending.remaining)
    }

    /// The hold 12, 1 if the clock was stopped, deadline 8, quantity 4, remaining 8, the buyer behind a one-byte count.
    mutating func put(_ prolongation: HoldProlongation, buyer: Span<UInt8>) {
        put(prolongation.hold)
        put(UInt8(prolongation.isFreeze ? 1 : 0))
        put(prolongation.expiresAt.millisecondsSinceEpoch)
        put(UInt32(prolongation.quantity.units))
        put(prolongation.remaining)
        putShort(buyer)
    }

    /// Quantity 4, returned 8, left 4, remaining 8, the order (journal 2, position 8, sequence 8, time 8, then as in a
    /// purchase), the reason.
    mutating func put(_ cancellation: Cancellation, of order: CancelledOrder, buyer: Span<UInt8>) {
        put(UInt32(cancellation.quantity.units))
        put(cancellation.returned)
        put(UInt32(cancellation.left))
        put(cancellation.remaining)
        put(order.address.journal)
        put(order.address.position.rawValue)
        put(order.purchase.sequence)
        put(order.purchase.at.millisecondsSinceEpoch)
        put(order.purchase, buyer: buyer)
        putLong(cancellation.reason.text)
    }

    /// Number 8, place 4.
    private mutating func put(_ hold: HoldName) {
        put(hold.number)
        put(hold.place)
    }
}

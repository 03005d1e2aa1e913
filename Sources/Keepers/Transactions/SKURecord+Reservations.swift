import Domain
import Journal

extension SKURecord {
    static func reservation(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ key: FingerprintKey,
        _ buyer: inout Range<Int>
    ) -> SKUEvent? {
        let link = reader.takeLink(bytes)
        let flag = reader.take(UInt8.self, bytes)
        guard let purchase = sale(&reader, bytes, head, key, &buyer), flag <= 1 else { return nil }
        return .reserved(Reservation(purchase: purchase, link: link, isPaid: flag == 1))
    }

    static func settlement(
        _ reader: inout PayloadReader,
        _ bytes: Span<UInt8>,
        _ head: RecordHead,
        _ buyer: inout Range<Int>
    ) -> SKUEvent? {
        let link = reader.takeLink(bytes)
        let order = reader.take(UInt64.self, bytes)
        let flag = reader.take(UInt8.self, bytes)
        let quantity = Quantity(Int64(reader.take(UInt32.self, bytes)))
        let remaining = reader.take(Int64.self, bytes)
        buyer = reader.takeShort(bytes)
        guard let quantity, flag <= 1 else { return nil }
        return .settled(
            Settlement(
                order: order,
                link: link,
                isSold: flag == 1,
                quantity: quantity,
                remaining: remaining,
                sequence: head.sequence,
                at: head.at
            )
        )
    }
}

extension PayloadWriter {
    /// The transaction 18, 1 if a wallet pays, then as in a purchase: the record is an order's.
    mutating func put(_ reservation: Reservation, buyer: Span<UInt8>) {
        put(reservation.link)
        put(UInt8(reservation.isPaid ? 1 : 0))
        put(reservation.purchase, buyer: buyer)
    }

    /// The transaction 18, the reservation's sequence 8, 1 if sold, quantity 4, remaining 8, the buyer behind a one-byte
    /// count (empty where it is not known any more).
    mutating func put(_ settlement: Settlement, buyer: Span<UInt8>) {
        put(settlement.link)
        put(settlement.order)
        put(UInt8(settlement.isSold ? 1 : 0))
        put(UInt32(settlement.quantity.units))
        put(settlement.remaining)
        putShort(buyer)
    }

    /// Id 16, coordinator 2.
    mutating func put(_ link: TransactionLink) {
        put(link.id)
        put(link.coordinator)
    }

    /// High 8, low 8.
    mutating func put(_ id: TransactionID) {
        put(id.high)
        put(id.low)
    }
}

extension PayloadReader {
    mutating func takeID(_ bytes: Span<UInt8>) -> TransactionID {
        TransactionID(high: take(UInt64.self, bytes), low: take(UInt64.self, bytes))
    }

    mutating func takeLink(_ bytes: Span<UInt8>) -> TransactionLink {
        TransactionLink(id: takeID(bytes), coordinator: take(UInt16.self, bytes))
    }
}

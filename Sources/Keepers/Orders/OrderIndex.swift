import Domain

/// Which orders a buyer has, in each journal: a read model that is built from the journals' records and from nothing else.
///
/// It holds places, no orders: these are read from the journals. It keeps at most so many, and lets go of the oldest half when
/// they are too many.
///
/// - Isolation: one thread.
public final class OrderIndex {
    /// Where a list of one journal's orders goes on.
    public struct Cursor: Sendable {
        fileprivate var isYoung: Bool
        fileprivate var link: OrderShelf.Link
    }

    private var young = OrderShelf()
    private var old = OrderShelf()
    private let shelfMax: Int

    /// An index of nothing.
    ///
    /// - Parameter ordersMax: most orders that it keeps; one that something was told of counts three times.
    public init(ordersMax: Int) {
        shelfMax = min(max(1, ordersMax / 2), OrderShelf.entriesMax)
    }

    /// Orders in it.
    public var count: Int { young.count + old.count }

    /// Orders that were let go of because there were too many.
    public private(set) var forgotten: UInt64 = 0

    /// Adds an order; those of a journal come in the order of its records.
    ///
    /// - Parameters:
    ///   - address: where its record stands.
    ///   - buyer: who bought.
    public func add(_ address: RecordAddress, of buyer: Fingerprint) {
        makeRoom()
        young.add(RecordPlace(retired: address), to: Self.chain(of: buyer, in: address.journal))
    }

    /// Notes that the record at an address is an order for certain, and that so many units of it are cancelled by now.
    public func tell(_ order: RecordAddress, cancelled units: Int64) {
        makeRoom()
        young.tell(RecordPlace(retired: order), cancelled: units)
    }

    /// How many units of an order are cancelled; nil where nothing was told of it.
    public func cancelledUnits(of order: RecordAddress) -> Int64? {
        let place = RecordPlace(retired: order)
        guard let earlier = old.cancelledUnits(of: place) else { return young.cancelledUnits(of: place) }
        return max(earlier, young.cancelledUnits(of: place) ?? 0)
    }

    /// Where the list of a buyer's orders in a journal begins: with the newest.
    public func begin(_ buyer: Fingerprint, in journal: UInt16) -> Cursor {
        Cursor(isYoung: true, link: young.newest(of: Self.chain(of: buyer, in: journal)))
    }

    /// The next older order of a list; nil at its end.
    ///
    /// - Parameters:
    ///   - cursor: where the list goes on, of this buyer and journal; good until the index is changed.
    ///   - buyer: whose list it is.
    ///   - journal: of which journal.
    /// - Returns: where the order's record stands: it may, very rarely, be somebody else's.
    public func next(_ cursor: inout Cursor, of buyer: Fingerprint, in journal: UInt16) -> RecordAddress? {
        if cursor.link == 0, cursor.isYoung {
            cursor = Cursor(isYoung: false, link: old.newest(of: Self.chain(of: buyer, in: journal)))
        }
        guard cursor.link != 0 else { return nil }
        let order = (cursor.isYoung ? young : old).order(at: cursor.link)
        cursor.link = order.before
        return order.place.address(seenFrom: journal)
    }

    private func makeRoom() {
        guard young.weight >= shelfMax else { return }
        forgotten += UInt64(old.count)
        old = young
        young = OrderShelf()
    }

    /// Of a keyed hash a part is as good as the whole; each journal has chains of its own, whose orders lie in their order.
    private static func chain(of buyer: Fingerprint, in journal: UInt16) -> UInt64 {
        buyer.low &+ UInt64(journal) &* 0x9E37_79B9_7F4A_7C15
    }
}

/// The open reservations of one SKU, oldest first.
///
/// They end nearly in the order in which they were made, and a hot SKU may have thousands: finding one is a binary search,
/// the oldest goes without the others being moved, and what a buyer has is counted.
public struct OpenReservations: ~Copyable, Sendable {
    /// By their numbers, which grow; nil where one has ended out of turn.
    ///
    /// Before `first` is nothing.
    private var places: [Reservation?] = []
    private var numbers: [UInt64] = []
    private var first = 0
    private var unitsByBuyer = FingerprintTable()

    /// How many are open.
    public private(set) var count = 0
    /// Units of all of them.
    public private(set) var units: Int64 = 0

    /// Places of ended ones that are kept at the most before the others move up.
    private static let endedMax = 64
    /// Buyers without a reservation who are kept at the most, so that the table is not made anew for each.
    private static let buyersKeptMax = 1_024

    /// None.
    public init() {}

    /// The number of the newest one that is kept; 0 where there is none.
    var lastNumber: UInt64 { numbers.last ?? 0 }

    /// Whether none is open.
    public var isEmpty: Bool { count == 0 }

    /// Units that are set aside for a buyer.
    func units(of buyer: Fingerprint) -> Int64 {
        isEmpty ? 0 : Int64(clamping: unitsByBuyer.find(buyer) ?? 0)
    }

    /// The open one with a number.
    func find(_ number: UInt64) -> Reservation? {
        place(of: number).flatMap { places[$0] }
    }

    /// Visits all, oldest first.
    public func visit<Failure: Error>(_ body: (Reservation) throws(Failure) -> Void) throws(Failure) {
        for place in first..<places.count {
            if let reservation = places[place] { try body(reservation) }
        }
    }

    /// Adds one whose number is above all others'.
    mutating func append(_ reservation: Reservation) {
        places.append(reservation)
        numbers.append(reservation.purchase.sequence)
        count += 1
        units += reservation.purchase.quantity.units
        unitsByBuyer.add(UInt64(reservation.purchase.quantity.units), to: reservation.purchase.buyer)
    }

    /// Takes the open one with a number out.
    mutating func remove(_ number: UInt64) {
        guard let place = place(of: number), let reservation = places[place] else { return }
        places[place] = nil
        count -= 1
        units -= reservation.purchase.quantity.units
        unitsByBuyer.subtract(UInt64(reservation.purchase.quantity.units), from: reservation.purchase.buyer)
        while first < places.count, places[first] == nil { first += 1 }
        if isEmpty {
            places.removeAll(keepingCapacity: true)
            numbers.removeAll(keepingCapacity: true)
            first = 0
            // Who has nothing set aside takes a place in the table all the same, until nobody has and it is large.
            if unitsByBuyer.count > Self.buyersKeptMax { unitsByBuyer = FingerprintTable() }
        } else if first >= Self.endedMax && first * 2 >= places.count {
            places.removeSubrange(..<first)
            numbers.removeSubrange(..<first)
            first = 0
        }
    }

    private func place(of number: UInt64) -> Int? {
        var low = first
        var high = numbers.count
        while low < high {
            let middle = (low + high) / 2
            if numbers[middle] < number { low = middle + 1 } else { high = middle }
        }
        return low < numbers.count && numbers[low] == number ? low : nil
    }
}

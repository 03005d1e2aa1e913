import Domain
import Journal

/// A SKU right after one of its changes, by the simulation's own count.
struct Moment {
    /// What the catalogue says; nil while the SKU is not in it.
    var details: SKUDetails?
    var available: Int64 = 0
    var sold: Int64 = 0
    var supplied: Int64 = 0
    /// Units of the purchase that led here; 0 where it was another change.
    var quantity: Int64 = 0
    /// The request that led here, where its record names it.
    var operation: Int?
    /// When it was decided.
    var at: Int64 = 0
    /// Where the record starts.
    var position: UInt64 = 0
    var change = Change.none

    enum Change {
        case none
        case purchased
        case created
        case detailed
        case adjusted
        case removed
    }
}

/// All moments of one SKU, in the order of its changes, made of the durable records alone.
final class History {
    let name: [UInt8]
    /// The one at 0 is before the first change.
    private(set) var moments = [Moment()]
    /// Units of each buyer since the SKU came into the catalogue.
    private var bought: [Fingerprint: Int64] = [:]
    /// The latest moment that any answer has shown: nothing may be shown that is older.
    var shown = 0

    init(name: [UInt8]) {
        self.name = name
    }

    /// The number of the last change.
    var last: Int { moments.count - 1 }
    var now: Moment { moments[moments.count - 1] }

    func bought(by buyer: Fingerprint) -> Int64 { bought[buyer] ?? 0 }

    /// Says whose change it is, where its record does not.
    func claim(_ number: Int, by operation: Int) { moments[number].operation = operation }

    /// Adds a change, and holds it against every rule of a sale.
    func add(_ event: SKUEvent, at position: UInt64, operation: Int?) throws(Violation) {
        try promise(event.sequence == UInt64(moments.count), "\(label): change \(event.sequence) follows \(last)")
        var next = now
        try promise(event.at.millisecondsSinceEpoch >= next.at, "\(label): time goes back at \(event.sequence)")
        next.at = event.at.millisecondsSinceEpoch
        next.position = position
        next.operation = operation
        next.quantity = 0
        switch event {
        case .purchased(let purchase): try sell(purchase, &next)
        case .created(let creation):
            try promise(next.details == nil, "\(label): created twice")
            next.details = creation.details
            next.available = creation.stock.units
            next.supplied = creation.stock.units
            next.change = .created
        case .replaced(let change), .amended(let change):
            try promise(next.details != nil, "\(label): details without a SKU")
            next.details = change.details
            next.change = .detailed
        case .stockAdjusted(let adjustment):
            try promise(next.details != nil, "\(label): stock without a SKU")
            next.available += adjustment.delta
            next.supplied += adjustment.delta
            try promise(next.available == adjustment.remaining, "\(label): \(event.sequence) leaves other stock")
            next.change = .adjusted
        case .removed:
            try promise(next.details != nil, "\(label): removed twice")
            next = Moment(at: next.at, position: position, change: .removed)
            bought = [:]
        case .held, .confirmed, .holdEnded, .holdProlonged, .cancelled, .reserved, .settled:
            throw Violation("\(label): a change that nobody asked for at \(event.sequence)")
        }
        try promise(next.available >= 0 && next.sold >= 0, "\(label): oversold at change \(event.sequence)")
        try promise(next.supplied == next.available + next.sold, "\(label): units do not add up at \(event.sequence)")
        moments.append(next)
    }

    private func sell(_ purchase: Purchase, _ next: inout Moment) throws(Violation) {
        guard let details = next.details else { throw Violation("\(label): sold and not in the catalogue") }
        let units = purchase.quantity.units
        try promise(!details.paused, "\(label): sold while paused")
        try promise(details.opensAt.map { $0 <= purchase.at } ?? true, "\(label): sold before it opens")
        try promise(details.closesAt.map { purchase.at < $0 } ?? true, "\(label): sold after it closes")
        try promise(purchase.unitPrice == details.price, "\(label): sold at another price")
        let total = bought(by: purchase.buyer) + units
        try promise(details.limitPerBuyer.map { total <= $0.units } ?? true, "\(label): a buyer above the limit")
        next.available -= units
        next.sold += units
        next.quantity = units
        next.change = .purchased
        try promise(next.available == purchase.remaining, "\(label): change \(purchase.sequence) leaves other stock")
        bought[purchase.buyer] = total
    }

    var label: String { String(decoding: name, as: UTF8.self) }
}

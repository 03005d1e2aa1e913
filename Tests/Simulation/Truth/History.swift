import Domain

/// What the server was told to allow of holds, in all lives of a run.
struct HoldRules {
    let openPerBuyerMax: Int
    /// 0 for as many as there are.
    let heldUnitsMax: Int64
    let extensionsMax: Int
    let rememberedMilliseconds: Int64
}

/// All moments of one SKU, in the order of its changes, made of the durable records alone.
final class History: Timeline {
    let label: String
    let name: [UInt8]
    let rules: HoldRules
    /// The one at 0 is before the first change.
    private(set) var moments = [Moment()]
    /// Units of each buyer since the SKU came into the catalogue.
    var bought: [Fingerprint: Int64] = [:]
    /// Cancellations of each order that is not whole, by the number of its change.
    var cancelled: [Int: [(change: Int, units: Int64)]] = [:]
    /// All holds there ever were, by the number of their placement.
    var holds: [Int: HoldStory] = [:]
    /// Those that are open.
    var open: [HoldStory] = []
    /// What is set aside for transactions.
    var reservations: [ReservationStory] = []
    /// Which hold has a place of the SKU's table.
    var places: [Int] = []
    /// Holds that clients were told of, by the number of their placement.
    var known: [Int: KnownHold] = [:]
    var shown = 0

    init(_ label: String, rules: HoldRules) {
        self.label = label
        name = Array(label.utf8)
        self.rules = rules
    }

    /// The number of the last change.
    var last: Int { moments.count - 1 }
    var now: Moment { moments[moments.count - 1] }
    /// Whether it is in the catalogue now.
    var isListed: Bool { moments[moments.count - 1].details != nil }

    func maker(of number: Int) -> Int? { moments[number].operation }
    func time(of number: Int) -> Int64 { moments[number].at }
    func claim(_ number: Int, by operation: Int) { moments[number].operation = operation }

    func bought(by buyer: Fingerprint) -> Int64 { bought[buyer] ?? 0 }

    /// Units of an order that were cancelled by a moment.
    func cancelled(ofOrder order: Int, at number: Int) -> Int64 {
        cancelled[order]?.last { $0.change <= number }?.units ?? 0
    }

    /// Adds a change, and holds it against every rule of a sale.
    func add(_ event: SKUEvent, at position: UInt64, operation: Int?, _ ledger: Ledger) throws(Violation) {
        try promise(event.sequence == UInt64(moments.count), "\(label): change \(event.sequence) follows \(last)")
        var next = now
        try promise(event.at.millisecondsSinceEpoch >= next.at, "\(label): time goes back at \(event.sequence)")
        next.number = moments.count
        next.at = event.at.millisecondsSinceEpoch
        next.position = position
        next.operation = operation
        next.quantity = 0
        next.buyer = nil
        next.hold = 0
        next.reservation = nil
        try apply(event, &next, ledger)
        next.open = open.count + reservations.count
        next.firstDeadline = open.reduce(.max) { min($0, $1.deadline) }
        let isSound = next.available >= 0 && next.held >= 0 && next.sold >= 0
        try promise(isSound, "\(label): oversold at change \(event.sequence)")
        try promise(
            next.supplied == next.available + next.held + next.sold,
            "\(label): units do not add up at \(event.sequence)"
        )
        moments.append(next)
    }

    private func apply(_ event: SKUEvent, _ next: inout Moment, _ ledger: Ledger) throws(Violation) {
        switch event {
        case .purchased(let purchase): try sell(purchase, &next)
        case .created(let creation):
            try promise(next.details == nil, "\(label): created twice")
            next.details = creation.details
            next.available = creation.stock.units
            next.supplied = creation.stock.units
            next.begun = next.number
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
            try promise(open.isEmpty && reservations.isEmpty, "\(label): removed while units are held")
            next = Moment(number: next.number, at: next.at, position: next.position, change: .removed)
            bought = [:]
        case .held(let placement): try place(placement, &next)
        case .confirmed(let confirmation): try confirm(confirmation, &next)
        case .holdEnded(let ending): try end(ending, &next)
        case .holdProlonged(let prolongation): try prolong(prolongation, &next)
        case .cancelled(let cancellation): try cancel(cancellation, &next)
        case .reserved(let reservation): try reserve(reservation, &next, ledger)
        case .settled(let settlement): try settle(settlement, &next, ledger)
        }
    }

    private func sell(_ purchase: Purchase, _ next: inout Moment) throws(Violation) {
        try sale(purchase.buyer, purchase.quantity, purchase.unitPrice, purchase.at, next)
        next.available -= purchase.quantity.units
        next.change = .purchased
        try book(purchase, &next)
    }

    /// The rules of a sale and of a hold.
    func sale(
        _ buyer: Fingerprint,
        _ quantity: Quantity,
        _ price: Money,
        _ at: Instant,
        _ next: Moment
    ) throws(Violation) {
        guard let details = next.details else { throw Violation("\(label): sold and not in the catalogue") }
        try promise(!details.paused, "\(label): sold while paused")
        try promise(details.opensAt.map { $0 <= at } ?? true, "\(label): sold before it opens")
        try promise(details.closesAt.map { at < $0 } ?? true, "\(label): sold after it closes")
        try promise(price == details.price, "\(label): sold at another price")
        try limit(buyer, quantity, details)
    }

    /// What a buyer has bought and holds is within the limit.
    func limit(_ buyer: Fingerprint, _ quantity: Quantity, _ details: SKUDetails) throws(Violation) {
        guard let limit = details.limitPerBuyer else { return }
        let held = open.reduce(0) { $0 + ($1.buyer == buyer ? $1.quantity : 0) }
        let reserved = reservations.reduce(0) { $0 + ($1.purchase.buyer == buyer ? $1.purchase.quantity.units : 0) }
        let total = bought(by: buyer) + held + reserved + quantity.units
        try promise(total <= limit.units, "\(label): a buyer above the limit")
    }

    /// Units become the buyer's.
    func book(_ purchase: Purchase, _ next: inout Moment) throws(Violation) {
        next.sold += purchase.quantity.units
        next.quantity = purchase.quantity.units
        next.buyer = purchase.buyer
        try promise(next.available == purchase.remaining, "\(label): change \(purchase.sequence) leaves other stock")
        bought[purchase.buyer, default: 0] += purchase.quantity.units
    }

    private func cancel(_ cancellation: Cancellation, _ next: inout Moment) throws(Violation) {
        let order = Int(clamping: cancellation.order)
        try promise(order > 0 && order <= last && moments[order].quantity > 0, "\(label): no such order is cancelled")
        let before = cancelled(ofOrder: order, at: last)
        let left = moments[order].quantity - before - cancellation.quantity.units
        try promise(left >= 0 && left == cancellation.left, "\(label): more of an order is cancelled than was bought")
        let isPaid = moments[order].reservation?.isPaid ?? false
        let refund = isPaid ? moments[order].reservation?.purchase.unitPrice.times(cancellation.quantity) : nil
        try promise(refund == cancellation.refund, "\(label): a cancellation pays back something else")
        try promise(moments[order].reservation?.isSold ?? true, "\(label): cancelled before it is bought")
        try promise(moments[order].buyer == cancellation.buyer, "\(label): another buyer's order is cancelled")
        let returned = next.details != nil && order > next.begun ? cancellation.quantity.units : 0
        try promise(returned == cancellation.returned, "\(label): other units come back")
        next.available += returned
        next.sold -= returned
        next.change = .cancelled
        try promise(next.available == cancellation.remaining, "\(label): a cancellation leaves other stock")
        bought[cancellation.buyer, default: 0] -= returned
        cancelled[order, default: []].append((next.number, before + cancellation.quantity.units))
    }
}

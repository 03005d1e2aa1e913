/// One line of a SKU's audit trail.
struct Change: Equatable, Sendable {
    let sequence: Int
    let type: String
    /// Milliseconds since 1970.
    let at: Int
    var hold: String?
    var order: String?
    var buyer: String?
    var quantity = 0
    /// When a hold that was placed ends, in milliseconds since 1970.
    var expiresAt: Int?
    /// Whether a hold was confirmed after its end.
    var isLate = false
    /// Units available before and after it.
    var before: Int
    var after: Int

    init(_ sequence: Int, _ type: String, at: Int, before: Int, after: Int) {
        self.sequence = sequence
        self.type = type
        self.at = at
        self.before = before
        self.after = after
    }

    init(_ json: JSON) throws {
        guard let sequence = json["sequence"]?.int, let type = json["type"]?.string,
            let at = json["at"]?.string, let after = json["available"]?.int ?? json["stock"]?.int
        else { throw HarnessFailure("not a change: \(json)") }
        let before = json["available_before"]?.int ?? 0
        self.init(sequence, type, at: try milliseconds(at), before: before, after: after)
        hold = json["hold"]?.string
        order = json["order"]?.string
        buyer = json["buyer"]?.string
        quantity = json["quantity"]?.int ?? 0
        expiresAt = try json["expires_at"]?.string.map(milliseconds)
        isLate = json["late"] == .bool(true)
    }
}

/// Milliseconds since 1970 of an RFC 3339 time, as the server writes it: 2026-01-31T23:59:59.999Z.
func milliseconds(_ text: String) throws -> Int {
    let digits = text.utf8.map { Int($0) - 0x30 }
    func number(_ range: Range<Int>) -> Int { digits[range].reduce(0) { $0 * 10 + $1 } }
    guard digits.count == 24 else { throw HarnessFailure("not a time: \(text)") }
    // Years begin in March, so that a leap day is the last (Hinnant, "days_from_civil").
    let month = (number(5..<7) + 9) % 12
    let year = number(0..<4) - (month >= 10 ? 1 : 0)
    let days = year * 365 + year / 4 - year / 100 + year / 400 + (month * 153 + 2) / 5 + number(8..<10) - 1 - 719_468
    let seconds = (number(11..<13) * 60 + number(14..<16)) * 60 + number(17..<19)
    return (days * 86_400 + seconds) * 1_000 + number(20..<23)
}

extension TestConnection {
    /// Every change of a SKU, oldest first.
    func trail(of sku: String) throws -> [Change] {
        var trail: [Change] = []
        while true {
            let after = trail.last?.sequence ?? 0
            let page = try Page(call(.get("/v1/skus/\(sku)/changes?after=\(after)&limit=500")))
            if page.items.isEmpty { return trail }
            trail += try page.items.map { try Change($0) }
        }
    }
}

/// One SKU's books, kept from its trail alone: every change must be one that can follow what came before it.
struct SKUBooks {
    /// A hold as the trail tells of it.
    struct Held: Equatable {
        let placement: Change
        /// held, confirmed, released or expired.
        var state = "held"
        /// What ended it.
        var end: Change?
    }

    /// An order as the trail tells of it.
    struct Ordered: Equatable {
        let change: Change
        var cancellations: [Change] = []

        var cancelled: Int { cancellations.reduce(0) { $0 + $1.quantity } }
    }

    private(set) var holds: [String: Held] = [:]
    private(set) var orders: [String: Ordered] = [:]
    private(set) var violations: [Violation] = []
    /// The counts after each change: those of number n stand at n - 1.
    private(set) var counts: [(available: Int, held: Int, sold: Int)] = []
    /// Units that transactions have sold.
    private(set) var soldTogether = 0
    private let sku: String
    private var supplied = 0

    init(_ sku: String, _ trail: [Change]) {
        self.sku = sku
        for change in trail { add(change) }
    }

    private mutating func add(_ change: Change) {
        var (available, held, sold) = counts.last ?? (0, 0, 0)
        let free = change.after - change.before
        let isNext = change.sequence == counts.count + 1 && (counts.isEmpty || change.before == available)
        let (moved, bought) = apply(change)
        available = change.after
        held += moved
        sold += bought
        if change.type == "created" { supplied = change.after }
        if !isNext || free != (change.type == "created" ? supplied : -moved - bought) {
            violations.append(.brokenTrail(sku: sku, change.sequence))
        }
        if min(available, held, sold) < 0 || available + held + sold != supplied {
            violations.append(.oversold(sku: sku))
        }
        counts.append((available, held, sold))
    }

    /// Notes what a change is about.
    ///
    /// - Returns: how many units more are held, and sold.
    private mutating func apply(_ change: Change) -> (held: Int, sold: Int) {
        switch (change.type, change.hold, change.order) {
        case ("created", nil, nil): return (0, 0)
        case ("purchased", nil, let order?):
            note(order, change)
            return (0, change.quantity)
        case ("reserved", nil, let order?):
            note(order, change)
            return (change.quantity, 0)
        case ("sold", nil, nil):
            soldTogether += change.quantity
            return (-change.quantity, change.quantity)
        case ("returned", nil, nil): return (-change.quantity, 0)
        case ("held", let hold?, nil):
            if holds[hold] != nil { violations.append(.doubledHold(hold)) }
            holds[hold] = Held(placement: change)
            return (change.quantity, 0)
        case ("hold_confirmed", let hold?, let order?):
            note(order, change)
            return (end(hold, "confirmed", change), change.quantity)
        case ("hold_released", let hold?, nil): return (end(hold, "released", change), 0)
        case ("hold_expired", let hold?, nil):
            if let due = holds[hold]?.placement.expiresAt, change.at < due { violations.append(.expiredEarly(hold)) }
            return (end(hold, "expired", change), 0)
        case ("order_cancelled", nil, let order?):
            orders[order]?.cancellations.append(change)
            let known = orders[order]
            if known.map({ $0.cancelled > $0.change.quantity }) ?? true { violations.append(.cancelledTwice(order)) }
            return (0, -change.quantity)
        default:
            violations.append(.brokenTrail(sku: sku, change.sequence))
            return (0, 0)
        }
    }

    private mutating func note(_ order: String, _ change: Change) {
        if orders[order] != nil { violations.append(.doubledOrder(order)) }
        orders[order] = Ordered(change: change)
    }

    /// A hold leaves `held` once; only one that has expired can be confirmed still, with units taken anew.
    ///
    /// - Returns: how many units more are held.
    private mutating func end(_ hold: String, _ state: String, _ change: Change) -> Int {
        guard let known = holds[hold] else {
            violations.append(.unknownHold(hold))
            return 0
        }
        let isLate = state == "confirmed" && known.state == "expired" && change.isLate
        if known.state != "held" && !isLate { violations.append(.resolvedTwice(hold)) }
        if change.quantity > known.placement.quantity
            || (state != "confirmed" && change.quantity != known.placement.quantity)
        {
            violations.append(.brokenTrail(sku: sku, change.sequence))
        }
        holds[hold]?.state = state
        holds[hold]?.end = change
        return known.state == "held" ? -known.placement.quantity : 0
    }
}

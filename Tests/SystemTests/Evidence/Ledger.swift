/// Deeds against the trails: each that is done stands there once, as its client was told, and nothing stands there that
/// nobody asked for.
struct Ledger {
    private(set) var violations: [Violation] = []
    private let books: [String: SKUBooks]
    private let aftermath: DeedAftermath
    private let holds: [String: SKUBooks.Held]
    private let orders: [String: SKUBooks.Ordered]
    /// What is in the trails and was asked for: orders, holds, and the holds and orders of releases and cancellations.
    private var claims: Set<Claim> = []

    private enum Claim: Hashable {
        case order(String)
        case hold(String)
        case release(String)
        case cancellation(String)
    }

    /// Of deeds whose outcome is known.
    init(_ settled: [Report], _ books: [String: SKUBooks], _ aftermath: DeedAftermath) {
        self.books = books
        self.aftermath = aftermath
        holds = books.values.reduce(into: [:]) { $0.merge($1.holds) { first, _ in first } }
        orders = books.values.reduce(into: [:]) { $0.merge($1.orders) { first, _ in first } }
        for report in settled where report.told.isDone { note(report) }
        for (sku, own) in books.sorted(by: { $0.key < $1.key }) { expectAsked(sku, own) }
    }

    private mutating func note(_ report: Report) {
        let json = report.told.json
        switch report.deed.wish {
        case .purchase(_, let quantity), .payment(_, let quantity): noteOrder(report, json, hold: nil, quantity)
        case .confirm(let hold, let quantity): noteOrder(report, json, hold: hold, quantity)
        case .cart(let lines, _):
            let orders = report.told.orders
            guard orders.map({ $0["sku"]?.string }) == lines.map(\.sku) else {
                return violations.append(.changedAnswer(key: report.deed.key))
            }
            for (line, order) in zip(lines, orders) { noteOrder(report, order, hold: nil, line.quantity) }
        case .hold(_, let quantity, _): noteHold(report, json, quantity)
        case .release(let hold):
            claims.insert(.release(hold))
            // Giving back what has expired is no mistake.
            let state = holds[hold]?.state
            if state != "released" && state != "expired" { violations.append(.lostRelease(hold)) }
        case .cancel(let order, let quantity):
            claims.insert(.cancellation(order))
            guard let known = orders[order], !known.cancellations.isEmpty else {
                return violations.append(.lostCancellation(order))
            }
            let wanted = quantity ?? known.change.quantity
            if known.cancellations.count > 1 || known.cancelled != wanted { violations.append(.cancelledTwice(order)) }
        case .deposit, .withdrawal: break
        }
    }

    private mutating func noteOrder(_ report: Report, _ json: JSON?, hold: String?, _ quantity: Int?) {
        guard let order = json?["order"]?.string else { return violations.append(.changedAnswer(key: report.deed.key)) }
        if !claims.insert(.order(order)).inserted { violations.append(.doubledOrder(order)) }
        guard let known = orders[order], let body = aftermath.orders[order] else {
            return violations.append(.lostOrder(order))
        }
        let wanted = quantity ?? hold.flatMap { holds[$0]?.placement.quantity }
        let isSame =
            known.change.hold == hold && known.change.buyer == report.deed.buyer
            && known.change.quantity == wanted && json?["sequence"]?.int == known.change.sequence
        if !isSame || !reads(body, as: report.told, json, known) { violations.append(.changedOrder(order)) }
        if json?["remaining"]?.int != known.change.after { violations.append(.wrongRemaining(order: order)) }
    }

    /// Whether an order reads as it was told, byte by byte or in a cart, but for what was cancelled since.
    private func reads(_ body: [UInt8], as told: Told, _ order: JSON?, _ known: SKUBooks.Ordered) -> Bool {
        if known.cancelled == 0, told == .done(201, body) { return true }
        guard let json = try? JSON(body) else { return false }
        if known.cancelled == 0 { return told.orders.count > 1 && json == order }
        let state = known.cancelled == known.change.quantity ? "cancelled" : "confirmed"
        return json["state"]?.string == state && json["cancelled_quantity"]?.int == known.cancelled
    }

    private mutating func noteHold(_ report: Report, _ json: JSON?, _ quantity: Int) {
        guard let hold = json?["hold"]?.string else { return violations.append(.changedAnswer(key: report.deed.key)) }
        if !claims.insert(.hold(hold)).inserted { violations.append(.doubledHold(hold)) }
        guard let known = holds[hold], let reading = aftermath.holds[hold] else {
            return violations.append(.lostHold(hold))
        }
        let isSame =
            known.placement.buyer == report.deed.buyer && known.placement.quantity == quantity
            && json?["remaining"]?.int == known.placement.after
            && known.placement.expiresAt == json?["expires_at"]?.string.flatMap { try? milliseconds($0) }
        // It may have expired between the reading and the trail.
        let isState = reading.state == known.state || (reading.state == "held" && known.state == "expired")
        if !isSame || !isState || reading.order != known.end?.order { violations.append(.changedHold(hold)) }
    }

    private mutating func expectAsked(_ sku: String, _ books: SKUBooks) {
        let together = books.orders.filter { $1.change.type == "reserved" && claims.contains(.order($0)) }
        if together.reduce(0, { $0 + $1.value.change.quantity }) != books.soldTogether {
            violations.append(.halfDone(sku: sku))
        }
        // What was set aside and given back is nobody's order.
        var changes: [(Claim, Change)] = books.orders.filter { $1.change.type != "reserved" }
            .map { (.order($0), $1.change) }
        changes += books.orders.flatMap { order, own in own.cancellations.map { (.cancellation(order), $0) } }
        changes += books.holds.map { (.hold($0), $1.placement) }
        changes += books.holds.compactMap { hold, own in
            own.state == "released" ? own.end.map { (.release(hold), $0) } : nil
        }
        let unclaimed = changes.filter { !claims.contains($0.0) }.map(\.1.sequence).sorted()
        violations += unclaimed.map { .unclaimedSequence(sku: sku, $0) }
    }
}

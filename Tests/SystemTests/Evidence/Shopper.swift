/// A client with a mind of its own: buys, holds, confirms, releases, cancels, pays in and out, one after the other.
struct Shopper: Sendable {
    /// What a client wants.
    enum Taste: Sendable {
        /// Everything that concerns one keeper.
        case mixed
        /// What several have to agree on: carts, payments by wallet, and cancellations of these.
        case bundles
    }

    let buyer: String
    private let taste: Taste
    private let skus: [String]
    private var random: SplitMix64
    private(set) var reports: [Report] = []
    /// Holds that it has not ended, as far as it knows.
    private var holds: [(id: String, quantity: Int)] = []
    /// Orders that it has not cancelled.
    private var orders: [(id: String, quantity: Int)] = []
    private var made = 0

    init(number: Int, skus: [String], seed: UInt64, taste: Taste = .mixed) {
        buyer = "shopper-\(number)"
        self.taste = taste
        self.skus = skus
        random = SplitMix64(seed: seed &+ UInt64(number) &* 0x1_0000_0001)
    }

    /// Does so many things, or as many as it can until the server is gone.
    mutating func run(_ port: UInt16, turns: Int, timeoutSeconds: Double, _ bell: AnswerBell) throws {
        guard let client = try? TestConnection(port: port, timeoutSeconds: timeoutSeconds) else { return }
        for _ in 0..<turns {
            made += 1
            let deed = Deed(buyer: buyer, wish: wish(), key: "\(buyer)-\(made)")
            let answer = try? client.call(deed.request)
            let told = try answer.map { try Told($0) } ?? .unknown
            reports.append(Report(deed: deed, told: told))
            if answer != nil { bell.ring() }
            guard told != .unknown else { return }
            note(deed.wish, told)
        }
    }

    private mutating func wish() -> Deed.Wish {
        switch taste {
        case .mixed: mixedWish()
        case .bundles: bundleWish()
        }
    }

    private mutating func bundleWish() -> Deed.Wish {
        switch choose(0...99) {
        case 0..<35: return .payment(sku: skus[choose(0...(skus.count - 1))], quantity: choose(1...3))
        case 35..<65:
            let chosen = skus.shuffled(using: &random).prefix(choose(2...4))
            let lines = chosen.map { Deed.Line(sku: $0, quantity: choose(1...3)) }
            return .cart(lines, isPaid: choose(0...3) > 0)
        case 65..<75:
            if let order = takeOrder() { return .cancel(order: order.id, quantity: part(of: order.quantity)) }
        default: break
        }
        return .deposit(choose(1...12) * 10_000)
    }

    private mutating func mixedWish() -> Deed.Wish {
        let sku = skus[choose(0...(skus.count - 1))]
        switch choose(0...99) {
        case 0..<20: return .purchase(sku: sku, quantity: choose(1...3))
        // Few enough of the long ones that the limit of open holds is not all that is met.
        case 20..<45: return .hold(sku: sku, quantity: choose(1...3), seconds: choose(0...9) < 7 ? 1 : 600)
        case 45..<60:
            if let hold = takeHold() { return .confirm(hold: hold.id, quantity: part(of: hold.quantity)) }
        case 60..<70:
            if let hold = takeHold() { return .release(hold: hold.id) }
        case 70..<80:
            if let order = takeOrder() { return .cancel(order: order.id, quantity: part(of: order.quantity)) }
        case 80..<90: return .deposit(choose(1...9))
        default: return .withdrawal(choose(1...9))
        }
        return .purchase(sku: sku, quantity: 1)
    }

    private mutating func note(_ wish: Deed.Wish, _ told: Told) {
        guard let json = told.json else { return }
        switch wish {
        case .purchase, .confirm, .payment, .cart:
            for order in told.orders {
                guard let id = order["order"]?.string, let quantity = order["quantity"]?.int else { continue }
                orders.append((id, quantity))
            }
        case .hold(_, let quantity, _):
            if let id = json["hold"]?.string { holds.append((id, quantity)) }
        case .release, .cancel, .deposit, .withdrawal: break
        }
    }

    private mutating func choose(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Mostly all of it.
    private mutating func part(of quantity: Int) -> Int? {
        quantity > 1 && choose(0...2) == 0 ? choose(1...(quantity - 1)) : nil
    }

    private mutating func takeHold() -> (id: String, quantity: Int)? {
        holds.isEmpty ? nil : holds.remove(at: choose(0...(holds.count - 1)))
    }

    private mutating func takeOrder() -> (id: String, quantity: Int)? {
        orders.isEmpty ? nil : orders.remove(at: choose(0...(orders.count - 1)))
    }

    /// Learns what came of the deeds that had no answer, from what the restarted server said.
    mutating func settle(by aftermath: DeedAftermath) {
        for (before, after) in zip(reports, reports.settled(by: aftermath)) where before.told == .unknown {
            note(after.deed.wish, after.told)
        }
        reports = reports.settled(by: aftermath)
    }
}

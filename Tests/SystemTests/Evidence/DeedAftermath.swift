import Platform
import Testing

/// What the restarted server says to clients who held, bought, cancelled and paid.
struct DeedAftermath: Sendable {
    /// What a hold reads like.
    struct HoldReading: Sendable {
        let state: String
        let order: String?
    }

    /// The answers to sending each deed again, by its key: one where it was done, two where its client had no answer.
    var echoes: [String: [Echo]] = [:]
    /// Every hold that was told of.
    var holds: [String: HoldReading] = [:]
    /// The bytes of every order that was told of.
    var orders: [String: [UInt8]] = [:]
    /// Each SKU; read before its trail.
    var stocks: [String: Stock] = [:]
    var trails: [String: [Change]] = [:]
    /// Balance and number of changes of each wallet that there is.
    var wallets: [String: Wallet] = [:]
    /// When all that was asked; milliseconds since 1970.
    var askedAt = 0

    struct Wallet: Equatable, Sendable {
        let balance: Int
        let sequence: Int
    }
}

extension DeedAftermath {
    /// Asks a server for everything that reports can be held against: first the deeds again, then reads.
    static func ask(port: UInt16, about reports: [Report], skus: [String]) throws -> DeedAftermath {
        var aftermath = DeedAftermath()
        // Refusals are not remembered: sent again, they would be deeds of their own.
        let again = reports.filter { $0.told.isDone || $0.told == .unknown }.map(\.deed)
        aftermath.echoes = try echoes(port, again)
        let unknown = reports.filter { $0.told == .unknown }.map(\.deed)
        for (key, second) in try echoes(port, unknown) { aftermath.echoes[key]? += second }
        let settled = reports.settled(by: aftermath)
        try aftermath.read(port, settled)
        let client = try TestConnection(port: port)
        let holds = reports.contains { if case .hold = $0.deed.wish { true } else { false } }
        // Where nobody holds anything, what is set aside for a cart is sold soon.
        for sku in skus { aftermath.stocks[sku] = try holds ? client.stock(of: sku) : client.settledStock(of: sku) }
        aftermath.askedAt = Int(SystemClock().wallMilliseconds())
        for sku in skus { aftermath.trails[sku] = try client.trail(of: sku) }
        return aftermath
    }

    private mutating func read(_ port: UInt16, _ settled: [Report]) throws {
        let told = settled.compactMap(\.told.json)
        let held = told.compactMap { $0["hold"]?.string }
        for (hold, answer) in zip(held, try Aftermath.send(port, held.map { .get("/v1/holds/\($0)") })) {
            guard answer.status == 200, let json = try? answer.json(), let state = json["state"]?.string else {
                continue
            }
            holds[hold] = HoldReading(state: state, order: json["order"]?.string)
        }
        let ordered = Set(settled.flatMap(\.told.orders).compactMap { $0["order"]?.string }).sorted()
        for (order, answer) in zip(ordered, try Aftermath.send(port, ordered.map { .get("/v1/orders/\($0)") }))
        where answer.status == 200 {
            orders[order] = answer.body
        }
        // Last: what a cancelled order brings back comes a moment after the answer.
        let buyers = Set(settled.filter { $0.deed.amount != nil }.map(\.deed.buyer)).sorted()
        for (buyer, answer) in zip(buyers, try Aftermath.send(port, buyers.map { .get("/v1/wallets/\($0)") })) {
            let json = answer.status == 200 ? try answer.json() : nil
            guard let balance = json?["balance"]?["amount"]?.int, let sequence = json?["sequence"]?.int else {
                continue
            }
            wallets[buyer] = Wallet(balance: balance, sequence: sequence)
        }
    }

    private static func echoes(_ port: UInt16, _ deeds: [Deed]) throws -> [String: [Echo]] {
        let answers = try Aftermath.send(port, deeds.map(\.request))
        let echoes = try answers.map { [Echo(told: try Told($0), isReplay: $0.isReplay)] }
        return Dictionary(zip(deeds.map(\.key), echoes), uniquingKeysWith: +)
    }
}

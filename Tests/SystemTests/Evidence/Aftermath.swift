import Testing

/// What the restarted server says to the clients who come back.
struct Aftermath: Sendable {
    /// One answer to a purchase that was sent again.
    struct Answer: Equatable, Sendable {
        let outcome: Outcome
        let isReplay: Bool
    }

    /// The bytes of each acknowledged order, by its id; absent where the server knows none.
    var orders: [String: [UInt8]] = [:]
    /// The answers to sending each purchase again, by its key: one where it had been sold, two where its client had no
    /// answer.
    var retries: [String: [Answer]] = [:]
    /// Each SKU, after all that.
    var stocks: [String: Stock] = [:]
}

extension Aftermath {
    /// Asks a server for everything that `history` can be held against: first reads, then the retries.
    static func ask(port: UInt16, about history: History) throws -> Aftermath {
        var aftermath = Aftermath()
        aftermath.orders = try orders(port, history)
        aftermath.retries = try retries(port, history)
        let connection = try TestConnection(port: port)
        for sku in history.created.keys { aftermath.stocks[sku] = try connection.stock(of: sku) }
        return aftermath
    }

    private static func orders(_ port: UInt16, _ history: History) throws -> [String: [UInt8]] {
        let orders = history.sales.map(\.order)
        let answers = try send(port, orders.map { .get("/v1/orders/\($0)") })
        return Dictionary(
            zip(orders, answers).filter { $0.1.status == 200 }.map { ($0, $1.body) },
            uniquingKeysWith: { first, _ in first }
        )
    }

    private static func retries(_ port: UInt16, _ history: History) throws -> [String: [Answer]] {
        // Refusals are not remembered: sent again, they would be purchases of their own.
        let again = history.attempts.filter { $0.outcome.sale != nil || $0.outcome == .unknown }.map(\.purchase)
        var retries = try answers(port, again)
        for (key, second) in try answers(port, history.unknown.map(\.purchase)) { retries[key]? += second }
        return retries
    }

    private static func answers(_ port: UInt16, _ purchases: [Purchase]) throws -> [String: [Answer]] {
        let responses = try send(port, purchases.map(\.request))
        let answers = try responses.map { Answer(outcome: try Outcome($0), isReplay: $0.isReplay) }
        return Dictionary(zip(purchases.map(\.key), answers.map { [$0] }), uniquingKeysWith: +)
    }

    /// Sends all requests, over several connections.
    ///
    /// - Returns: the answers, in the order of the requests.
    static func send(_ port: UInt16, _ requests: [TestRequest]) throws -> [TestResponse] {
        let threads = 4
        let share = (requests.count + threads - 1) / threads
        let parts = try inParallel(threads) { number in
            let range = min(number * share, requests.count)..<min((number + 1) * share, requests.count)
            return try TestConnection(port: port).pipeline(Array(requests[range]))
        }
        return parts.flatMap { $0 }
    }
}

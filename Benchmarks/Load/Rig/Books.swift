import Foundation
import Platform

/// What the clients were told, SKU by SKU, to be held against what the server says it sold.
struct Books {
    /// The members of `GET /v1/skus/{sku}` that the books are about.
    private struct State: Decodable {
        let available: UInt64
        let held: UInt64
        let sold: UInt64
        let supplied: UInt64
    }

    private let names: SKUNames
    private let stock: UInt64
    private var accepted: [UInt64]
    /// The wallets that pay for every sale, where any do.
    private let wallets: WalletBooks?

    /// Books on SKUs that were all created with the same stock.
    init(names: SKUNames, skus: Int, stock: UInt64, wallets: WalletBooks? = nil) {
        self.wallets = wallets
        self.names = names
        self.stock = stock
        accepted = [UInt64](repeating: 0, count: skus)
    }

    /// Units sold according to the answers.
    var total: UInt64 { accepted.reduce(0, +) }

    /// Adds the accepted purchases of a run.
    mutating func add(_ result: LoadResult) {
        for (sku, count) in result.accepted.enumerated() { accepted[sku] += count }
    }

    /// Holds every SKU's accepted answers against its state on the server.
    ///
    /// - Throws: `failed` at the first SKU where accepted answers, units sold and supplied - available differ, or where
    ///   the wallets have not paid exactly for them.
    func check(_ address: SocketAddress) throws(BenchError) {
        let client = try ControlClient(address)
        let requests = accepted.indices.map { ControlClient.Request(path: "/v1/skus/\(names.name($0))") }
        for (sku, answer) in try client.ask(requests).enumerated() {
            guard answer.status == 200, let state = try? JSONDecoder().decode(State.self, from: Data(answer.body))
            else {
                throw .failed("the books of \(names.name(sku)) cannot be read: status \(answer.status)")
            }
            try Self.compare(names.name(sku), state, accepted: accepted[sku], stock: stock)
        }
        try wallets?.check(address, sales: total)
    }

    private static func compare(
        _ name: String,
        _ state: State,
        accepted: UInt64,
        stock: UInt64
    ) throws(BenchError) {
        let gone = Int64(state.supplied) - Int64(state.available)
        guard state.supplied == stock, state.held == 0, state.sold == accepted, gone == Int64(accepted) else {
            throw .failed(
                "the books of \(name) do not balance: \(accepted) purchases were accepted; the server has "
                    + "sold \(state.sold), supplied \(state.supplied) (created with \(stock)), "
                    + "available \(state.available), held \(state.held)"
            )
        }
    }
}

extension LoadResult {
    /// - Throws: `failed` unless every request of the run was answered, and with the mix's expected status.
    func requireClean(_ plan: LoadPlan) throws(BenchError) {
        if connectionsLost > 0 { throw .failed("\(connectionsLost) connections were lost; the first: \(firstLoss)") }
        if unanswered + unsent > 0 { throw .failed("\(unanswered) requests unanswered, \(unsent) never sent") }
        let expected = statuses[plan.mix.expectedStatus]
        guard expected == answered, answered > 0 else {
            let counts = statuses.enumerated().filter { $0.element > 0 }.map { "\($0.offset): \($0.element)" }
            throw .failed(
                "\(plan.mix.rawValue) expects \(plan.mix.expectedStatus) only; it got \(counts.joined(separator: ", "))"
            )
        }
    }
}

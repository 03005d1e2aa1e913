import Foundation
import Platform

/// What the sale's command line decides.
struct SalePlan: Sendable {
    var connections: [Int]
    var rounds: Int
    var warmups: Int
    var seconds: Double
    var skus: Int
    var skew: Double
    var threads: Int
    /// Requests of each counted run (allocations, system calls).
    var countedRequests: UInt64
}

/// Runs the server and the ceiling by turns and compares them.
///
/// Every run against the server is followed by a look into its books.
struct Sale {
    static let stock: UInt64 = 1_000_000_000_000

    let rig: Rig
    let plan: SalePlan

    /// The figures of `scenario`.
    ///
    /// - Throws: `failed` when answers are not what they must be or the books do not balance; `cannotRun`.
    func run(_ scenario: Scenario) throws(BenchError) -> [Finding] {
        switch scenario {
        case .hot: try throughput(scenario, .purchaseHot, Goals.purchaseHot)
        case .zipf: try throughput(scenario, .purchaseZipf, Goals.purchaseZipf)
        case .soldOut: try throughput(scenario, .soldOut, Goals.soldOut)
        case .hold: try throughput(scenario, .hold, Goals.hold)
        case .walletOneLoop: try on(loops: 1).throughput(scenario, .wallet, Goals.walletOneLoop)
        case .walletTwoLoops: try on(loops: 2).throughput(scenario, .wallet, Goals.walletTwoLoops)
        case .cart: try throughput(scenario, .cart, Goals.cart)
        case .expiry: try expiry()
        case .get: try throughput(scenario, .get, Goals.get)
        case .latency: try latency()
        case .slowDisk: try slowDisk()
        case .syscalls: try syscalls()
        case .allocations: try allocations()
        }
    }

    private func on(loops: Int) -> Sale { Sale(rig: rig.with(loops: loops), plan: plan) }

    /// The load of one run against the server or the ceiling.
    func load(_ mix: Mix, _ address: SocketAddress, connections: Int) -> LoadPlan {
        var load = LoadPlan(address: address, mix: mix)
        load.connections = connections
        load.threads = min(plan.threads, connections)
        load.stop = .seconds(plan.seconds)
        load.skus = mix.isZipf ? plan.skus : mix.linesPerSale
        load.skew = plan.skew
        load.seed = .random(in: .min ... .max)
        return load
    }

    /// Creates the SKUs and wallets that a mix needs, and opens the books on them.
    func stockUp(_ mix: Mix, _ address: SocketAddress) throws(BenchError) -> Books {
        var create = load(.create, address, connections: 16)
        create.skus = mix.isZipf ? plan.skus : mix.linesPerSale
        create.stock = mix == .soldOut ? 0 : Self.stock
        create.stop = .requests(UInt64(create.skus))
        create.connections = min(16, create.skus)
        create.threads = 1
        try Load.run(create).requireClean(create)
        let wallets = mix.buyers.map(WalletBooks.init)
        try wallets?.fund(address)
        return Books(names: create.names, skus: create.skus, stock: create.stock, wallets: wallets)
    }

    /// One run against the server, and the look into its books.
    func runServer(_ load: LoadPlan, _ books: inout Books) throws(BenchError) -> LoadResult {
        let result = try Load.run(load)
        try result.requireClean(load)
        books.add(result)
        try books.check(load.address)
        return result
    }

    /// One run against the ceiling, which has no books.
    func runCeiling(_ load: LoadPlan) throws(BenchError) -> LoadResult {
        let result = try Load.run(load)
        try result.requireClean(load)
        return result
    }

    /// Starts a ceiling that answers as many bytes as the server does to the same request.
    func withMatchingCeiling<Result>(
        _ mix: Mix,
        _ server: Server,
        _ books: inout Books,
        _ body: (Server, inout Books) throws(BenchError) -> Result
    ) throws(BenchError) -> Result {
        var probe = load(mix, server.address, connections: 1)
        probe.stop = .requests(1)
        let answer = try runServer(probe, &books)
        return try rig.withCeiling(
            status: mix.expectedStatus,
            answerBytes: Int(answer.bytesReceived / max(1, answer.answered))
        ) { ceiling throws(BenchError) in try body(ceiling, &books) }
    }
}

/// What `sale` can measure, in the order in which it does.
enum Scenario: String, CaseIterable, Sendable {
    case hot
    case zipf
    case soldOut = "sold-out"
    case hold
    case walletOneLoop = "wallet-one-loop"
    case walletTwoLoops = "wallet-two-loops"
    case cart
    case get
    case latency
    case expiry
    case slowDisk = "slow-disk"
    case syscalls
    case allocations

    var title: String {
        switch self {
        case .hot: "purchase, one hot SKU"
        case .zipf: "purchase, Zipf over many SKUs"
        case .soldOut: "refusal, sold-out SKU"
        case .hold: "hold and confirm, one hot SKU"
        case .expiry: "p99 while 100,000 holds expire"
        case .walletOneLoop: "purchase paid from a wallet, one loop"
        case .walletTwoLoops: "purchase paid from a wallet, two loops"
        case .cart: "cart of three SKUs"
        case .get: "GET of a SKU"
        case .latency: "latency at half of maximum"
        case .slowDisk: "disk with a sync of 2 ms"
        case .syscalls: "system calls a purchase"
        case .allocations: "allocations a purchase"
        }
    }
}

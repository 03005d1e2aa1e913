import Foundation
import Platform
import Testing

/// A data folder through several lives of its server: what clients were told in all of them, and the verdict.
///
/// - Isolation: one thread.
final class CrashStory {
    let folder: DataFolder
    private(set) var history = History()
    /// Clients of a mixed load; each is one buyer through all lives.
    private(set) var shoppers: [Shopper] = []
    /// Every server that got ready, oldest first.
    private(set) var lives: [Life] = []

    /// A SKU that nobody buys.
    static let calm = "calm"

    let skus: [String]
    private let arguments: [String]
    private let environment: [String: String]
    private let seed: UInt64
    private var random: SplitMix64
    private var round = 0

    /// Creates the SKUs of the story with a good server, which is killed.
    ///
    /// With `shoppers` the load is mixed, and so many clients make it; else it is purchases.
    init(
        seed: UInt64,
        skus count: Int,
        stock: Int,
        arguments: [String] = [],
        environment: [String: String] = [:],
        shoppers: Int = 0,
        taste: Shopper.Taste = .mixed,
        in given: DataFolder? = nil
    ) throws {
        folder = try given ?? DataFolder()
        self.environment = environment
        skus = (0..<count).map { "sku-\($0)" }
        self.arguments = arguments
        self.seed = seed
        random = SplitMix64(seed: seed)
        self.shoppers = (0..<shoppers).map { [skus] in Shopper(number: $0, skus: skus, seed: seed, taste: taste) }
        let server = try start()
        let client = try server.connect()
        for sku in skus + [Self.calm] { history.created[sku] = try client.create(sku, stock: stock) }
        try server.kill()
    }

    func start(_ program: Program = .stockkeeper, _ more: [String] = []) throws -> ServerProcess {
        let started = Int(SystemClock().wallMilliseconds())
        let server = try ServerProcess(in: folder, options(program, more))
        lives.append(Life(started: started, ready: Int(SystemClock().wallMilliseconds())))
        return server
    }

    func options(_ program: Program = .stockkeeper, _ more: [String] = []) -> ServerOptions {
        ServerOptions(program: program, arguments: arguments + more, environment: environment)
    }

    /// A number chosen by the seed.
    func choose(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// Purchases by many clients until the server is gone, which is sent `signal` after `killAfter` answers.
    ///
    /// - Returns: how many answers there were.
    @discardableResult
    func load(
        _ server: ServerProcess,
        turns: Int = 1_000,
        killAfter: Int = .max,
        signal: Int32 = SIGKILL
    ) throws -> Int {
        try load(server, turns: turns, after: killAfter, server.sender(of: signal))
    }

    /// Purchases by many clients until nothing is sold any more; after so many answers, `fault` happens.
    ///
    /// - Returns: how many answers there were.
    @discardableResult
    func load(
        _ server: ServerProcess,
        turns: Int = 1_000,
        timeoutSeconds: Double = 15,
        after count: Int,
        _ fault: @escaping @Sendable () -> Void
    ) throws -> Int {
        guard shoppers.isEmpty else { return try shop(server, turns, timeoutSeconds, AnswerBell(at: count, fault)) }
        round += 1
        let (skus, round) = (skus, round)
        // Quantities depend on the number alone, not on which thread comes first.
        let quantities = (0..<64).map { _ in choose(1...3) }
        let load = Load(requestsPerConnection: turns, timeoutSeconds: timeoutSeconds) { number in
            Purchase(
                sku: skus[number % skus.count],
                buyer: "buyer-\(number % 97)",
                quantity: quantities[number % 64],
                key: "round-\(round)-\(number)"
            )
        }
        let attempts = try load.run(port: server.port, killAfter: count, kill: fault)
        history.attempts += attempts
        return attempts.filter { $0.outcome != .unknown }.count
    }

    /// All that shoppers want, until each has had so many turns or the server is gone.
    private func shop(
        _ server: ServerProcess,
        _ turns: Int,
        _ timeoutSeconds: Double,
        _ bell: AnswerBell
    ) throws -> Int {
        let before = shoppers
        shoppers = try inParallel(before.count) { [port = server.port] number in
            var shopper = before[number]
            try shopper.run(port, turns: turns, timeoutSeconds: timeoutSeconds, bell)
            return shopper
        }
        let reports = zip(before, shoppers).flatMap { $1.reports.dropFirst($0.reports.count) }
        return reports.count { $0.told != .unknown }
    }

    /// Starts the good server and holds it against everything that clients know.
    ///
    /// - Returns: every promise that it broke.
    func verdict() throws -> [Violation] {
        let server = try start()
        let found = try verdict(on: server)
        try server.kill()
        return found
    }

    /// Holds a server that runs against everything that clients know.
    func verdict(on server: ServerProcess) throws -> [Violation] {
        guard shoppers.isEmpty else { return try deedVerdict(on: server) }
        let aftermath = try Aftermath.ask(port: server.port, about: history)
        let found = violations(history, aftermath)
        history = history.settled(by: aftermath)
        return found
    }

    private func deedVerdict(on server: ServerProcess) throws -> [Violation] {
        let reports = shoppers.flatMap(\.reports)
        let aftermath = try DeedAftermath.ask(port: server.port, about: reports, skus: skus)
        for index in shoppers.indices { shoppers[index].settle(by: aftermath) }
        return violations(reports, lives, aftermath)
    }

    /// As `verdict`, which must find nothing; on a server that runs, or on one of its own.
    func expectKept(on server: ServerProcess? = nil, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let found = if let server { try verdict(on: server) } else { try verdict() }
        let shown = found.prefix(10)
        #expect(
            found.isEmpty,
            "\(found.count) violations, SYSTEM_TEST_SEED=\(seed): \(shown)",
            sourceLocation: sourceLocation
        )
    }
}

extension CrashStory {
    /// Starts a server and kills it wherever its recovery may be: at once, or when it listens and replays.
    func killWhileStarting() throws {
        let process = try ChildProcess(options(), in: folder)
        if choose(0...2) > 0 { _ = try process.waitForLine(with: "listening on", seconds: 10) }
        // Some bytes of work later rather than at once: spinning is as good a moment as any.
        for _ in 0..<choose(0...2_000_000) {}
        process.send(SIGKILL)
        _ = try process.waitForExit(seconds: 10)
    }
}

import Foundation
import Platform

/// `feed`: what it costs a sale that thousands watch its SKU.
enum FeedCommand {
    static let command = Command(
        name: "feed",
        brief: "purchases a second without and with thousands who watch the SKU, bytes a watcher",
        summary: """
            Sells one SKU by turns with nobody watching it and with many watchers on connections of their own, all of
            which read what they are told. The reading takes processor time of the same machine. The memory of a watcher
            is the server's, without the kernel's sockets.
            """,
        options: [
            Option("watchers", "N", "10000", "connections that watch"),
            Option("connections", "N", "64", "keep-alive connections that buy"),
            Option("seconds", "S", "5", "how long each round sells"),
            Option("rounds", "N", "5", "pairs of rounds"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        let watchers = try options.integer("watchers", 1...60_000) ?? 10_000
        let rounds = try options.integer("rounds", 1...100) ?? 5
        var load = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: .purchaseHot)
        load.connections = try options.integer("connections", 1...50_000) ?? 64
        load.stop = .seconds(try options.number("seconds", 0.1...600) ?? 5)
        let environment = ["STOCKKEEPER_STREAMS_WATCHERS_MAX": "\(watchers)"]
        let findings = try rig.withServer(environment: environment) { [load] server throws(BenchError) in
            var plan = load
            plan.address = server.address
            _ = try RecoveryCommand.stockUp(plan, server.address)
            _ = try sell(plan)
            var measured = Rounds()
            for _ in 0..<rounds { try measured.add(plan, watchers, server) }
            return measured.findings(plan.connections, watchers)
        }
        try FigureOutput.finish(findings, options)
    }

    fileprivate static func sell(_ plan: LoadPlan) throws(BenchError) -> Double {
        var round = plan
        round.keySpace = UInt64.random(in: .min ... .max)
        let result = try Load.run(round)
        try result.requireClean(round)
        return result.perSecond
    }
}

/// Pairs of rounds: without watchers, and with them.
private struct Rounds {
    private var alone: [Double] = []
    private var watched: [Double] = []
    private var bytesEach: [Double] = []
    private var eventsEach: [Double] = []

    mutating func add(_ plan: LoadPlan, _ watchers: Int, _ server: Server) throws(BenchError) {
        say("... round \(alone.count + 1)")
        alone.append(try FeedCommand.sell(plan))
        let before = ProcessFacts.residentBytes(server.child.pid)
        let crowd = try Crowd(watchers, of: "/v1/skus/\(plan.names.name(0))/feed", at: server.address)
        let grown = ProcessFacts.residentBytes(server.child.pid)
        bytesEach.append((Double(grown) - Double(before)) / Double(watchers))
        try crowd.start()
        defer { crowd.end() }
        let told = crowd.events
        let speed = try FeedCommand.sell(plan)
        guard crowd.losses == 0 else { throw .failed("\(crowd.losses) watchers were cut off") }
        watched.append(speed)
        eventsEach.append(Double(crowd.events - told) / Double(watchers))
    }

    func findings(_ connections: Int, _ watchers: Int) -> [Finding] {
        [
            Finding(
                "sale beside watchers",
                connections: connections,
                ceiling: Figure.count(alone.median) + "/s",
                server: Figure.count(watched.median) + "/s",
                values: zip(watched, alone).map { $0 / $1 },
                unit: "of the sale alone",
                goal: Goals.saleBesideWatchers,
                note: "\(watchers) watchers; each was told \(Figure.decimals(eventsEach.median, 1)) times a round",
                rounds: (alone, watched)
            ),
            Finding(
                "memory of a watcher",
                connections: watchers,
                server: "\(watchers) of them",
                // Later rounds use again what the first one has taken.
                values: [bytesEach[0]],
                unit: "bytes",
                goal: Goals.bytesPerWatcher,
                note: "resident memory with the watchers less that without, before they were told of the sale"
            ),
        ]
    }
}

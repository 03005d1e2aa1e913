/// Open loop at half of the server's own maximum: latency from the intended send time.
extension Sale {
    private static let connections = 64
    private static let searchRounds = 3

    func latency() throws(BenchError) -> [Finding] {
        try rig.withServer { server throws(BenchError) in
            var books = try stockUp(.purchaseHot, server.address)
            let maximum = try maximum(server, &books)
            return try withMatchingCeiling(.purchaseHot, server, &books) { ceiling, books throws(BenchError) in
                var above = LatencyRounds()
                var own = LatencyRounds()
                let rate = UInt64(max(1, maximum / 2))
                for round in 0..<(plan.warmups + plan.rounds) {
                    let ceilingResult = try runCeiling(paced(ceiling, rate))
                    let result = try runServer(paced(server, rate), &books)
                    guard round >= plan.warmups else { continue }
                    above.add(ceilingResult.latency)
                    own.add(result.latency)
                }
                return Self.findings(own, above, rate: rate)
            }
        }
    }

    private func maximum(_ server: Server, _ books: inout Books) throws(BenchError) -> Double {
        var speeds: [Double] = []
        for _ in 0..<Self.searchRounds {
            let run = load(.purchaseHot, server.address, connections: Self.connections)
            speeds.append(try runServer(run, &books).perSecond)
        }
        return speeds.median
    }

    private func paced(_ server: Server, _ rate: UInt64) -> LoadPlan {
        var run = load(.purchaseHot, server.address, connections: Self.connections)
        run.pace = .open(perSecond: rate)
        return run
    }

    private static func findings(_ own: LatencyRounds, _ above: LatencyRounds, rate: UInt64) -> [Finding] {
        let note =
            "at \(Figure.count(Double(rate)))/s; p99.9 ceiling \(Figure.decimals(above.p999.median, 2)) ms, "
            + "server \(Figure.decimals(own.p999.median, 2)) ms"
        return [
            finding("p50", own.p50, above.p50, Goals.latencyP50Milliseconds, note: ""),
            finding("p99", own.p99, above.p99, Goals.latencyP99Milliseconds, note: note),
        ]
    }

    private static func finding(
        _ name: String,
        _ own: [Double],
        _ above: [Double],
        _ goal: Double,
        note: String
    ) -> Finding {
        Finding(
            "\(Scenario.latency.title), \(name)",
            connections: connections,
            ceiling: Figure.decimals(above.median, 3) + " ms",
            server: Figure.decimals(own.median, 3) + " ms",
            values: own,
            unit: "ms",
            goal: Goal(.atMost(max(goal, above.median * Goals.latencyCeilingFactor))),
            note: note,
            rounds: (above, own)
        )
    }
}

/// Percentiles of several runs, in milliseconds.
struct LatencyRounds {
    private(set) var p50: [Double] = []
    private(set) var p99: [Double] = []
    private(set) var p999: [Double] = []

    mutating func add(_ histogram: Histogram) {
        p50.append(Double(histogram.percentile(0.5)) / 1e6)
        p99.append(Double(histogram.percentile(0.99)) / 1e6)
        p999.append(Double(histogram.percentile(0.999)) / 1e6)
    }
}

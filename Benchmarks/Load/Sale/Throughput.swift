/// Closed loop, as fast as it goes: requests per second as a share of the ceiling's.
extension Sale {
    func throughput(_ scenario: Scenario, _ mix: Mix, _ goal: Goal) throws(BenchError) -> [Finding] {
        try rig.withServer { server throws(BenchError) in
            var books = try stockUp(mix, server.address)
            return try withMatchingCeiling(mix, server, &books) { ceiling, books throws(BenchError) in
                var findings: [Finding] = []
                for connections in plan.connections {
                    let rounds = try rounds(mix, connections, server, ceiling, &books)
                    findings.append(rounds.finding(scenario.title, connections, goal))
                }
                return findings
            }
        }
    }

    /// Ceiling and server by turns; the warm-up rounds are dropped.
    func rounds(
        _ mix: Mix,
        _ connections: Int,
        _ server: Server,
        _ ceiling: Server,
        _ books: inout Books
    ) throws(BenchError) -> ThroughputRounds {
        var rounds = ThroughputRounds()
        for round in 0..<(plan.warmups + plan.rounds) {
            let ceilingLoad = load(mix, ceiling.address, connections: connections)
            let above = try measured(ceiling) { () throws(BenchError) in try runCeiling(ceilingLoad) }
            let serverLoad = load(mix, server.address, connections: connections)
            let own = try measured(server) { () throws(BenchError) in
                let result = try Load.run(serverLoad)
                try result.requireClean(serverLoad)
                books.add(result)
                return result
            }
            try books.check(server.address)
            let sales = Speed(
                perSecond: own.perSecond / mix.requestsPerSale,
                processorMicroseconds: own.processorMicroseconds
            )
            if round >= plan.warmups { rounds.add(ceiling: above, server: sales) }
        }
        return rounds
    }

    private func measured(
        _ server: Server,
        _ run: () throws(BenchError) -> LoadResult
    ) throws(BenchError) -> Speed {
        let before = ProcessFacts.processorSeconds(server.child.pid)
        let result = try run()
        let used = ProcessFacts.processorSeconds(server.child.pid) - before
        return Speed(perSecond: result.perSecond, processorMicroseconds: used * 1e6 / Double(result.answered))
    }
}

/// One run's speed: requests per second, and processor time of the server for each.
struct Speed {
    let perSecond: Double
    let processorMicroseconds: Double
}

/// The rounds of one comparison.
struct ThroughputRounds {
    private var ceiling: [Speed] = []
    private var server: [Speed] = []

    mutating func add(ceiling above: Speed, server own: Speed) {
        ceiling.append(above)
        server.append(own)
    }

    /// The ratios are formed in each round, so that a machine that slows down slows both sides.
    func finding(_ title: String, _ connections: Int, _ goal: Goal) -> Finding {
        let processor = [ceiling, server].map { Figure.decimals($0.map(\.processorMicroseconds).median, 2) }
        return Finding(
            title,
            connections: connections,
            ceiling: Figure.count(ceiling.map(\.perSecond).median) + "/s",
            server: Figure.count(server.map(\.perSecond).median) + "/s",
            values: zip(server, ceiling).map { $0.perSecond / $1.perSecond },
            unit: "of ceiling",
            goal: goal,
            note: "processor time a request: ceiling \(processor[0]) us, server \(processor[1]) us",
            rounds: (ceiling.map(\.perSecond), server.map(\.perSecond))
        )
    }
}

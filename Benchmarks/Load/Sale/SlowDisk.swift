import Foundation
import Platform

/// With a disk whose sync takes 2 ms: do many purchases share a sync, and do reads stay out of its way?
extension Sale {
    private static let purchaseConnections = [256, 1_024]
    private static let readConnections = 16
    private static let readsPerSecond: UInt64 = 1_000
    /// Purchases beside the reads: enough that a sync is always under way, few enough that the processor is not the
    /// reason for a slow read.
    private static let purchasesPerSecond: UInt64 = 10_000
    private static let unchanged = "unchanged-00000000"

    func slowDisk() throws(BenchError) -> [Finding] {
        try rig.withServer(slowSyncMicroseconds: Goals.slowSyncMicroseconds) { server throws(BenchError) in
            var books = try stockUp(.purchaseHot, server.address)
            var findings = try withMatchingCeiling(.purchaseHot, server, &books) { ceiling, own throws(BenchError) in
                var findings: [Finding] = []
                for connections in Self.purchaseConnections {
                    let rounds = try rounds(.purchaseHot, connections, server, ceiling, &own)
                    let goal = Goals.slowDiskPurchase(connections: connections)
                    findings.append(rounds.finding("\(Scenario.slowDisk.title), purchase", connections, goal))
                }
                return findings
            }
            findings.append(try reads(server, &books))
            return findings
        }
    }

    /// p99 of reading a SKU that does not change, without purchases of another one and with them, by turns.
    private func reads(_ server: Server, _ books: inout Books) throws(BenchError) -> Finding {
        try createUnchanged(server.address)
        var alone = LatencyRounds()
        var beside = LatencyRounds()
        for round in 0..<(plan.warmups + plan.rounds) {
            let quiet = try runReads(server)
            let busy = try withPurchases(server, &books) { () throws(BenchError) in try runReads(server) }
            guard round >= plan.warmups else { continue }
            alone.add(quiet.latency)
            beside.add(busy.latency)
        }
        return Finding(
            "\(Scenario.slowDisk.title), p99 of GET",
            connections: Self.readConnections,
            ceiling: Figure.decimals(alone.p99.median, 3) + " ms alone",
            server: Figure.decimals(beside.p99.median, 3) + " ms",
            values: zip(beside.p99, alone.p99).map { $0 / $1 },
            unit: "of alone",
            goal: Goals.slowDiskGetFactor,
            note: "\(Self.readsPerSecond) reads/s of an unchanged SKU, without and with "
                + "\(Self.purchasesPerSecond) purchases/s of another",
            rounds: (alone.p99, beside.p99)
        )
    }

    private func createUnchanged(_ address: SocketAddress) throws(BenchError) {
        var create = load(.create, address, connections: 1)
        create.names = SKUNames(prefix: String(Self.unchanged.dropLast(SKUNames.digits)))
        create.stop = .requests(1)
        try Load.run(create).requireClean(create)
    }

    private func runReads(_ server: Server) throws(BenchError) -> LoadResult {
        var read = load(.get, server.address, connections: Self.readConnections)
        read.sku = Self.unchanged
        read.threads = 1
        read.pace = .open(perSecond: Self.readsPerSecond)
        let result = try Load.run(read)
        try result.requireClean(read)
        return result
    }

    /// Runs `body` while purchases go on, begun a little before it and ended a little after it.
    private func withPurchases(
        _ server: Server,
        _ books: inout Books,
        _ body: () throws(BenchError) -> LoadResult
    ) throws(BenchError) -> LoadResult {
        var purchase = load(.purchaseHot, server.address, connections: 256)
        purchase.pace = .open(perSecond: Self.purchasesPerSecond)
        purchase.stop = .seconds(plan.seconds + 0.6)
        let outcomes = Outcomes()
        let thread = try attempt("a thread") { [purchase] () throws(SystemError) in
            try NativeThread(name: "purchases") {
                outcomes.add { () throws(BenchError) in try Load.run(purchase) }
            }
        }
        Thread.sleep(forTimeInterval: 0.3)
        let read = Result { () throws(BenchError) in try body() }
        thread.join()
        let purchases = try outcomes.total()
        try purchases.requireClean(purchase)
        books.add(purchases)
        try books.check(server.address)
        return try read.get()
    }
}

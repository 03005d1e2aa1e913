import Foundation
import Platform

/// What everybody else notices while many holds expire in the same second.
extension Sale {
    private static let holds: UInt64 = 100_000
    /// Holds are placed in so many parts, each with a shorter time than the one before.
    private static let parts = 8
    private static let connections = 64
    /// From the placement of the first hold to the end of all.
    private static let secondsAhead = 12.0

    func expiry() throws(BenchError) -> [Finding] {
        try rig.withServer { server throws(BenchError) in
            var books = try stockUp(.purchaseHot, server.address)
            let run = load(.purchaseHot, server.address, connections: Self.connections)
            let rate = UInt64(max(1, try runServer(run, &books).perSecond / 2))
            var with: [Double] = []
            var without: [Double] = []
            for round in 0..<(plan.warmups + plan.rounds) {
                let calm = try paced(server.address, rate, &books)
                let end = try place(server.address)
                while Date() < end.addingTimeInterval(-0.25) { usleep(1_000) }
                let busy = try paced(server.address, rate, &books, isCounted: false)
                while Date() < end.addingTimeInterval(3) { usleep(10_000) }
                try books.check(server.address)
                guard round >= plan.warmups else { continue }
                without.append(calm)
                with.append(busy)
            }
            return [finding(with, without, rate)]
        }
    }

    private func finding(_ with: [Double], _ without: [Double], _ rate: UInt64) -> Finding {
        Finding(
            Scenario.expiry.title,
            connections: Self.connections,
            ceiling: "without: " + Figure.decimals(without.median, 3) + " ms",
            server: Figure.decimals(with.median, 3) + " ms",
            values: zip(with, without).map { $0 - $1 },
            unit: "ms more",
            goal: Goals.expiryMilliseconds,
            note: "purchases at \(Figure.count(Double(rate)))/s, \(Self.holds) holds of the same SKU",
            rounds: (without, with)
        )
    }

    /// Purchases at a fixed rate for the time in which the holds expire.
    ///
    /// - Returns: the p99 in milliseconds.
    private func paced(
        _ address: SocketAddress,
        _ rate: UInt64,
        _ books: inout Books,
        isCounted: Bool = true
    ) throws(BenchError) -> Double {
        var run = load(.purchaseHot, address, connections: Self.connections)
        run.pace = .open(perSecond: rate)
        run.stop = .seconds(2)
        let result = try Load.run(run)
        try result.requireClean(run)
        books.add(result)
        if isCounted { try books.check(address) }
        return Double(result.latency.percentile(0.99)) / 1e6
    }

    /// Places all holds.
    ///
    /// - Returns: when the first of them expires; the last one does within a second or so.
    private func place(_ address: SocketAddress) throws(BenchError) -> Date {
        let end = Date(timeIntervalSinceNow: Self.secondsAhead)
        for _ in 0..<Self.parts {
            var run = load(.holdOnly, address, connections: Self.connections)
            run.stop = .requests(Self.holds / UInt64(Self.parts))
            run.holdSeconds = max(1, Int(end.timeIntervalSinceNow.rounded(.up)))
            let result = try Load.run(run)
            try result.requireClean(run)
        }
        return end
    }
}

import Foundation
import Platform

/// `snapshot`: what a purchase notices of a snapshot that is made beside it, and how soon a server is back with one.
enum SnapshotCommand {
    static let command = Command(
        name: "snapshot",
        brief: "latency of purchases while a snapshot is made, seconds to recover from it",
        summary: """
            Fills a server that makes no snapshots with purchases, kills it, and starts one that does: it begins at once
            to make one of all that is there. Purchases arrive at a fixed rate meanwhile, and afterwards for as long
            without it. Then the server is killed and recovers from the snapshot and the records behind it.
            """,
        options: [
            Option("count", "N", "10000000", "purchases to begin with, each with a unique Idempotency-Key"),
            Option("skus", "N", "1", "SKUs they are drawn from (Zipf)"),
            Option("rate", "N", "20000", "purchases per second beside the making"),
            Option("connections", "N", "64", "keep-alive connections"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    /// What is measured of one server, in slices of this length.
    private static let sliceSeconds = 1.0
    /// A record of a purchase is more than twice as long: what is bought while measuring makes no second one due.
    private static let bytesPerPurchase = 48
    /// A build that takes longer does not end.
    private static let slicesMax = 600

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        var load = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: .purchaseZipf)
        let count = try options.integer("count", 2_000_000...1_000_000_000) ?? 10_000_000
        load.skus = try options.integer("skus", 1...1_000_000) ?? 1
        load.connections = try options.integer("connections", 1...50_000) ?? 64
        let rate = UInt64(try options.integer("rate", 1...1_000_000) ?? 20_000)
        let findings = try rig.withFolder { folder throws(BenchError) in
            try measure(rig, folder, load, count: count, rate: rate)
        }
        try FigureOutput.finish(findings, options)
    }

    private static func measure(
        _ rig: Rig,
        _ folder: URL,
        _ load: LoadPlan,
        count: Int,
        rate: UInt64
    ) throws(BenchError) -> [Finding] {
        let never = ["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES": "0"]
        let first = try rig.startServer(in: folder, environment: never)
        var books = try RecoveryCommand.stockUp(load, first.address)
        say("... \(count) purchases")
        var fill = load
        fill.address = first.address
        fill.pipeline = 16
        fill.stop = .requests(UInt64(count))
        books.add(try purchases(fill, first))
        first.child.end(SIGKILL)

        say("... killed; making a snapshot beside \(rate) purchases/s")
        let every = ["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES": String(count * bytesPerPurchase)]
        let second = try rig.startServer(in: folder, patienceSeconds: 600, environment: every)
        var paced = load
        paced.address = second.address
        paced.pace = .open(perSecond: rate)
        paced.stop = .seconds(sliceSeconds)
        let beside = try slices(paced, second, &books)
        let build = Build(
            seconds: try MetricReader.maximum("stockkeeper_snapshot_build_seconds", second.address) ?? 0,
            bytes: try MetricReader.maximum("stockkeeper_snapshot_bytes", second.address) ?? 0,
            residentBytes: beside.residentBytes
        )
        say("... \(beside.count) s beside it; the same without")
        var without = LoadResult()
        for _ in 0..<beside.count { without.add(try purchases(paced, second)) }
        books.add(without)
        try books.check(second.address)
        second.child.end(SIGKILL)

        say("... killed; starting again")
        let third = try rig.startServer(in: folder, patienceSeconds: 600, environment: never)
        defer { third.child.end() }
        try books.check(third.address)
        let seconds = try MetricReader.maximum("stockkeeper_recovery_seconds", third.address) ?? third.readySeconds
        let tail = try MetricReader.maximum("stockkeeper_recovery_records", third.address) ?? 0
        return findings(beside.result, without, build, count: count, rate: rate, recovery: (seconds, tail))
    }

    private struct Build {
        let seconds: Double
        let bytes: Double
        let residentBytes: UInt64
    }

    private struct Slices {
        var result = LoadResult()
        var count = 0
        var residentBytes: UInt64 = 0
    }

    /// Purchases slice by slice until the snapshot is there; the slice in which it came is left out.
    private static func slices(_ paced: LoadPlan, _ server: Server, _ books: inout Books) throws(BenchError) -> Slices {
        var slices = Slices()
        for _ in 0..<slicesMax {
            let result = try purchases(paced, server)
            books.add(result)
            slices.residentBytes = max(slices.residentBytes, ProcessFacts.residentBytes(server.child.pid))
            if try MetricReader.maximum("stockkeeper_snapshots_built_total", server.address) ?? 0 > 0 {
                guard slices.count > 0 else { throw .failed("the snapshot was there before anything was measured") }
                return slices
            }
            slices.result.add(result)
            slices.count += 1
        }
        throw .failed("no snapshot was made")
    }

    private static func purchases(_ plan: LoadPlan, _ server: Server) throws(BenchError) -> LoadResult {
        var plan = plan
        plan.keySpace = .random(in: .min ... .max)
        return try server.child.watched { [plan] () throws(BenchError) in
            let result = try Load.run(plan)
            try result.requireClean(plan)
            return result
        }
    }

    private static func findings(
        _ beside: LoadResult,
        _ without: LoadResult,
        _ build: Build,
        count: Int,
        rate: UInt64,
        recovery: (seconds: Double, tail: Double)
    ) -> [Finding] {
        func percentiles(_ result: LoadResult) -> String {
            [0.5, 0.99, 0.999].map { Figure.decimals(Double(result.latency.percentile($0)) / 1e6, 2) }
                .joined(separator: ", ")
        }
        let ratio = Double(beside.latency.percentile(0.99)) / Double(max(1, without.latency.percentile(0.99)))
        return [
            Finding(
                "p99 beside a snapshot",
                connections: 0,
                server: "\(count) orders",
                values: [ratio],
                unit: "times",
                goal: Goals.latencyBesideSnapshot,
                note: "at \(rate)/s; p50, p99, p99.9 beside it \(percentiles(beside)) ms, "
                    + "without \(percentiles(without)) ms"
            ),
            Finding(
                "making a snapshot",
                connections: 0,
                server: "\(count) orders",
                values: [build.seconds],
                unit: "s",
                goal: Goal(.atMost(Goals.snapshotSecondsPerTenMillion * max(1, Double(count) / 1e7))),
                note: "\(Figure.count(build.bytes / 1_048_576)) MiB; the server held "
                    + "\(Figure.count(Double(build.residentBytes) / 1_048_576)) MiB meanwhile"
            ),
            Finding(
                "recovery from a snapshot",
                connections: 0,
                server: "\(count) orders",
                values: [recovery.seconds],
                unit: "s",
                goal: Goals.recoveryFromSnapshot(orders: Double(count), tail: recovery.tail),
                note: "with \(Figure.count(recovery.tail)) records behind it; the books balance"
            ),
        ]
    }
}

/// Reads single figures from `GET /metrics`.
enum MetricReader {
    /// The largest sample of a family; nil where there is none.
    static func maximum(_ family: String, _ address: SocketAddress) throws(BenchError) -> Double? {
        let answer = try ControlClient(address).ask(.init(path: "/metrics"))
        let lines = String(decoding: answer.body, as: UTF8.self).split(separator: "\n")
        return lines.filter { $0.hasPrefix(family + " ") || $0.hasPrefix(family + "{") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }
            .max()
    }
}

import Foundation
import Platform

/// `recovery`: how long a killed server takes to come back, and what a remembered order costs.
enum RecoveryCommand {
    static let command = Command(
        name: "recovery",
        brief: "seconds from SIGKILL to ready again, bytes a remembered order",
        summary: """
            Fills a server with purchases, kills it with SIGKILL, starts it again on the same data and holds the books
            against what the clients were told before. The journal is in the page cache then, as after a crash of the
            process; after a crash of the machine it would be read from the disk.
            """,
        options: [
            Option("count", "N", "10000000", "purchases, each with a unique Idempotency-Key"),
            Option("skus", "N", "1", "SKUs they are drawn from (Zipf)"),
            Option("connections", "N", "64", "keep-alive connections"),
            Option("pipeline", "N", "16", "requests in flight on each"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        var load = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: .purchaseZipf)
        let count = try options.integer("count", 1...1_000_000_000) ?? 10_000_000
        load.stop = .requests(UInt64(count))
        load.skus = try options.integer("skus", 1...1_000_000) ?? 1
        load.connections = try options.integer("connections", 1...50_000) ?? 64
        load.pipeline = try options.integer("pipeline", 1...1_024) ?? 16
        let findings = try rig.withFolder { folder throws(BenchError) in
            try measure(rig, folder, load, count: count)
        }
        try FigureOutput.finish(findings, options)
    }

    private static func measure(
        _ rig: Rig,
        _ folder: URL,
        _ load: LoadPlan,
        count: Int
    ) throws(BenchError) -> [Finding] {
        // What is measured is the replay of the whole journal.
        let never = ["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES": "0"]
        let first = try rig.startServer(in: folder, environment: never)
        var books = try stockUp(load, first.address)
        let before = ProcessFacts.residentBytes(first.child.pid)
        say("... \(count) purchases")
        var fill = load
        fill.address = first.address
        let result = try first.child.watched { [fill] () throws(BenchError) in
            let result = try Load.run(fill)
            try result.requireClean(fill)
            return result
        }
        books.add(result)
        try books.check(first.address)
        let filled = ProcessFacts.residentBytes(first.child.pid)
        first.child.end(SIGKILL)

        say("... killed; starting again")
        let second = try rig.startServer(in: folder, patienceSeconds: 600, environment: never)
        defer { second.child.end() }
        let recovered = ProcessFacts.residentBytes(second.child.pid)
        try books.check(second.address)
        let seconds = try MetricReader.maximum("stockkeeper_recovery_seconds", second.address)
        return findings(
            count,
            seconds: seconds ?? second.readySeconds,
            note: "ready \(Figure.decimals(second.readySeconds, 2)) s after its start; filled at "
                + "\(Figure.count(result.perSecond))/s; the books balance before and after",
            perOrder: Double(filled) - Double(before),
            recovered: recovered
        )
    }

    static func stockUp(_ load: LoadPlan, _ address: SocketAddress) throws(BenchError) -> Books {
        var create = load
        create.address = address
        create.mix = .create
        create.pipeline = 1
        create.stop = .requests(UInt64(load.skus))
        try Load.run(create).requireClean(create)
        return Books(names: create.names, skus: create.skus, stock: create.stock)
    }

    private static func findings(
        _ count: Int,
        seconds: Double,
        note: String,
        perOrder grown: Double,
        recovered: UInt64
    ) -> [Finding] {
        let goal = Goals.recoverySecondsPerTenMillion * max(1, Double(count) / 1e7)
        return [
            Finding(
                "recovery after SIGKILL",
                connections: 0,
                server: "\(count) purchases",
                values: [seconds],
                unit: "s",
                goal: Goal(.atMost(goal)),
                note: note
            ),
            Finding(
                "memory of an order",
                connections: 0,
                server: "\(count) purchases",
                values: [grown / Double(count)],
                unit: "bytes",
                goal: Goals.residentBytesPerOrder,
                note: "resident memory grown while selling; the recovered server holds "
                    + "\(Figure.count(Double(recovered) / 1_048_576)) MiB in all"
            ),
        ]
    }
}

/// How the two commands that measure single figures end.
enum FigureOutput {
    static func finish(_ findings: [Finding], _ options: Options) throws(BenchError) {
        say("\n" + Finding.table(findings))
        if let path = options.text("json") { try JSONText.write(findings, to: path) }
        if options.isOn("strict"), let missed = findings.first(where: { !$0.isMet }) {
            throw .failed("\(missed.scenario): the goal \(missed.goal) is missed")
        }
    }
}

import Foundation
import Platform

/// `idle`: what a SKU costs that nobody buys, and a hold that nobody confirms.
enum IdleCommand {
    static let command = Command(
        name: "idle",
        brief: "bytes a SKU that nobody buys, and a hold that nobody confirms",
        summary: """
            Creates many SKUs and reports the server's resident memory for each, as it stands after creating them and
            again after a restart on the same data. Then the same with many open holds of one SKU, each with a buyer
            and an Idempotency-Key of its own; 0 leaves one of the two out.
            """,
        options: [
            Option("skus", "N", "1000000", "SKUs to create"),
            Option("holds", "N", "1000000", "holds to place"),
            Option("connections", "N", "64", "keep-alive connections"),
            Option("pipeline", "N", "8", "requests in flight on each"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        var findings: [Finding] = []
        for subject in subjects {
            var plan = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: subject.mix)
            let count = try options.integer(subject.option, 0...SKUNames.countMax) ?? 1_000_000
            guard count > 0 else { continue }
            plan.skus = subject.mix == .create ? count : 1
            plan.stop = .requests(UInt64(count))
            plan.holdSeconds = holdSeconds
            plan.connections = try options.integer("connections", 1...50_000) ?? 64
            plan.pipeline = try options.integer("pipeline", 1...1_024) ?? 8
            findings += try rig.withFolder { [plan] folder throws(BenchError) in
                try measure(rig, folder, subject, count, plan)
            }
        }
        try FigureOutput.finish(findings, options)
    }

    /// What there is a million of.
    private struct Subject {
        let option: String
        let mix: Mix
        let name: String
        let goal: Goal
    }

    private static let subjects = [
        Subject(option: "skus", mix: .create, name: "idle SKU", goal: Goals.bytesPerIdleSKU),
        Subject(option: "holds", mix: .holdOnly, name: "open hold", goal: Goals.bytesPerOpenHold),
    ]

    /// No hold may end before it was counted.
    private static let holdSeconds = 3_600

    private static func measure(
        _ rig: Rig,
        _ folder: URL,
        _ subject: Subject,
        _ count: Int,
        _ plan: LoadPlan
    ) throws(BenchError) -> [Finding] {
        let first = try rig.startServer(in: folder)
        if subject.mix != .create { try createOne(plan, first.address) }
        let empty = ProcessFacts.residentBytes(first.child.pid)
        say("... \(count) of \(subject.name)")
        let result = try first.child.watched { () throws(BenchError) in
            var load = plan
            load.address = first.address
            let result = try Load.run(load)
            try result.requireClean(load)
            return result
        }
        let full = ProcessFacts.residentBytes(first.child.pid)
        first.child.end()
        say("... restarting")
        let second = try rig.startServer(in: folder, patienceSeconds: 600)
        defer { second.child.end() }
        let restarted = ProcessFacts.residentBytes(second.child.pid)
        let made = "made at \(Figure.count(result.perSecond))/s"
        let ready = "ready \(Figure.decimals(second.readySeconds, 2)) s after its start"
        return [
            finding(subject, "memory of an \(subject.name)", count, full - min(full, empty), made),
            finding(subject, "\(subject.name) after a restart", count, restarted - min(restarted, empty), ready),
        ]
    }

    /// The SKU that all holds are of.
    private static func createOne(_ plan: LoadPlan, _ address: SocketAddress) throws(BenchError) {
        var create = plan
        create.address = address
        create.mix = .create
        create.stop = .requests(1)
        create.connections = 1
        try Load.run(create).requireClean(create)
    }

    private static func finding(
        _ subject: Subject,
        _ name: String,
        _ count: Int,
        _ bytes: UInt64,
        _ note: String
    ) -> Finding {
        Finding(
            name,
            connections: 0,
            server: "\(count) of them",
            values: [Double(bytes) / Double(count)],
            unit: "bytes",
            goal: subject.goal,
            note: note
        )
    }
}

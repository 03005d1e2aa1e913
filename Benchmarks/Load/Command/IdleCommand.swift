import Foundation
import Platform

/// `idle`: what a SKU costs that nobody buys.
enum IdleCommand {
    static let command = Command(
        name: "idle",
        brief: "bytes a SKU that nobody buys",
        summary: """
            Creates many SKUs and reports the server's resident memory for each, as it stands after creating them and
            again after a restart on the same data.
            """,
        options: [
            Option("skus", "N", "1000000", "SKUs to create"),
            Option("connections", "N", "64", "keep-alive connections"),
            Option("pipeline", "N", "8", "requests in flight on each"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        var create = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: .create)
        create.skus = try options.integer("skus", 1...SKUNames.countMax) ?? 1_000_000
        create.stop = .requests(UInt64(create.skus))
        create.connections = try options.integer("connections", 1...50_000) ?? 64
        create.pipeline = try options.integer("pipeline", 1...1_024) ?? 8
        let findings = try rig.withFolder { folder throws(BenchError) in try measure(rig, folder, create) }
        try FigureOutput.finish(findings, options)
    }

    private static func measure(_ rig: Rig, _ folder: URL, _ plan: LoadPlan) throws(BenchError) -> [Finding] {
        var create = plan
        let first = try rig.startServer(in: folder)
        let empty = ProcessFacts.residentBytes(first.child.pid)
        create.address = first.address
        say("... \(create.skus) SKUs")
        let result = try first.child.watched { [create] () throws(BenchError) in
            let result = try Load.run(create)
            try result.requireClean(create)
            return result
        }
        let full = ProcessFacts.residentBytes(first.child.pid)
        first.child.end()
        say("... restarting")
        let second = try rig.startServer(in: folder, patienceSeconds: 600)
        defer { second.child.end() }
        let restarted = ProcessFacts.residentBytes(second.child.pid)
        return [
            finding(
                "memory of an idle SKU",
                create.skus,
                full,
                empty,
                "created at \(Figure.count(result.perSecond))/s"
            ),
            finding(
                "the same after a restart",
                create.skus,
                restarted,
                empty,
                "ready \(Figure.decimals(second.readySeconds, 2)) s after its start"
            ),
        ]
    }

    private static func finding(
        _ name: String,
        _ skus: Int,
        _ bytes: UInt64,
        _ empty: UInt64,
        _ note: String
    ) -> Finding {
        Finding(
            name,
            connections: 0,
            server: "\(skus) SKUs",
            values: [(Double(bytes) - Double(empty)) / Double(skus)],
            unit: "bytes",
            goal: Goals.bytesPerIdleSKU,
            note: note
        )
    }
}

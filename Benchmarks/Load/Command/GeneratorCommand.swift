import Foundation
import Platform

/// `generator`: whether the load generator itself is fast enough.
enum GeneratorCommand {
    /// Below this, a figure of the sale would say as much about the generator as about the server.
    private static let perSecondMin = 150_000.0

    static let command = Command(
        name: "generator",
        brief: "the load generator's own speed, beside wrk's",
        summary: """
            Measures how many requests a second one thread of the load generator gets out of the ceiling, in turns with
            wrk on the same requests where wrk is installed.
            """,
        options: [
            Option("connections", "N", "64", "keep-alive connections"),
            Option("rounds", "N", "5", "rounds, after one to warm up"),
            Option("seconds", "S", "3", "length of each run, whole seconds"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options.filter { $0.name == "data" },
        run: run
    )

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        let connections = try options.integer("connections", 1...50_000) ?? 64
        let rounds = try options.integer("rounds", 1...1_000) ?? 5
        let seconds = try options.integer("seconds", 1...3_600) ?? 3
        let findings = try rig.withCeiling(status: 201, answerBytes: 420) { ceiling throws(BenchError) in
            var load = LoadPlan(address: ceiling.address, mix: .purchaseHot)
            load.connections = connections
            load.stop = .seconds(Double(seconds))
            var own: [Double] = []
            var wrk: [Double] = []
            for round in 0...rounds {
                let result = try Load.run(load)
                try result.requireClean(load)
                let other = try rig.withFolder { folder throws(BenchError) in
                    try runWrk(load, seconds: seconds, in: folder)
                }
                guard round > 0 else { continue }
                own.append(result.perSecond)
                if let other { wrk.append(other) }
            }
            return [finding(connections, own, wrk)]
        }
        try FigureOutput.finish(findings, options)
    }

    private static func finding(_ connections: Int, _ own: [Double], _ wrk: [Double]) -> Finding {
        let ratios = zip(own, wrk).map { $0 / $1 }
        return Finding(
            "load generator",
            connections: connections,
            server: "ceiling",
            values: own,
            unit: "requests/s",
            goal: Goal(.atLeast(perSecondMin)),
            note: wrk.isEmpty
                ? "wrk is not installed"
                : "wrk -t1 \(Figure.count(wrk.median))/s; the generator's share of it: "
                    + "\(Figure.short(ratios.median)) (\(Figure.short(ratios.min() ?? 0)).."
                    + "\(Figure.short(ratios.max() ?? 0)))",
            rounds: (wrk, own)
        )
    }

    /// The requests per second that wrk reports for the same request; nil where wrk is not installed.
    private static func runWrk(_ load: LoadPlan, seconds: Int, in folder: URL) throws(BenchError) -> Double? {
        let program = URL(fileURLWithPath: "/usr/bin/wrk")
        guard FileManager.default.isExecutableFile(atPath: program.path) else { return nil }
        let script = folder.appendingPathComponent("purchase.lua")
        let text = """
            wrk.method = "POST"
            wrk.path = "/v1/skus/\(load.names.name(0))/purchases"
            wrk.headers["Content-Type"] = "application/json"
            wrk.headers["Idempotency-Key"] = "0123456789abcdef-0123456789abcdef"
            wrk.body = '{"buyer":"b000000001","quantity":1}'
            """
        do {
            try Data(text.utf8).write(to: script)
        } catch {
            throw .cannotRun("wrk's script cannot be written: \(error)")
        }
        let child = try Child(
            program,
            [
                "-t1", "-c\(load.connections)", "-d\(seconds)", "-s", script.path, "http://\(load.address)/",
            ],
            log: folder.appendingPathComponent("wrk.log")
        )
        try child.waitUntilEnd()
        let line = child.output.split(separator: "\n").first { $0.hasPrefix("Requests/sec:") }
        guard let value = line?.split(separator: " ").last.flatMap({ Double($0) }) else {
            throw .cannotRun("wrk reported no requests per second:\n\(child.output)")
        }
        return value
    }
}

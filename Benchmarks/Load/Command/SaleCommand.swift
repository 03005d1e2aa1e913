import Foundation

/// `sale`: everything that is compared, in one run.
enum SaleCommand {
    static let command = Command(
        name: "sale",
        summary: """
            Starts the server and the ceiling and compares them, run by run in turns. After each run the books are
            checked: accepted answers == units sold == supplied - available, for every SKU. Ends with an error when
            they do not balance, when a count exceeds its bound or when a ratio falls below its floor; a missed goal
            is printed, and is an error with --strict.
            """,
        options: [
            Option("short", "", "", "about a minute, for continuous integration: fewer and shorter rounds"),
            Option("only", "LIST", "", "some of: " + Scenario.allCases.map(\.rawValue).joined(separator: ",")),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
            Option("connections", "LIST", "64,256", "connections of the throughput scenarios"),
            Option("rounds", "N", "", "rounds that count (5; 3 with --short)"),
            Option("seconds", "S", "", "length of each run (3; 0.7 with --short)"),
            Option("skus", "N", "10000", "SKUs of the zipf scenario"),
            Option("skew", "X", "0.99", "its Zipf exponent"),
            Option("threads", "N", "1", "generator threads"),
        ] + Rig.options,
        run: run
    )

    private struct Report: Codable {
        let server: String
        let loops: Int
        let partitions: Int
        let findings: [Finding]
        let notMeasured: [String: String]
    }

    private static func run(_ options: Options) throws(BenchError) {
        let sale = Sale(rig: try Rig(options), plan: try plan(options))
        let chosen = try scenarios(options)
        var findings: [Finding] = []
        var notMeasured: [String: String] = [:]
        for scenario in chosen {
            say("... \(scenario.rawValue)")
            do {
                findings += try sale.run(scenario)
            } catch .cannotRun(let reason) {
                say("    not measured: \(reason)")
                notMeasured[scenario.rawValue] = reason
            }
        }
        if !findings.isEmpty { say("\n" + Finding.table(findings) + "\n") }
        if let path = options.text("json") {
            let rig = sale.rig
            try write(
                Report(
                    server: rig.server.path,
                    loops: rig.loops,
                    partitions: rig.partitions,
                    findings: findings,
                    notMeasured: notMeasured
                ),
                to: path
            )
        }
        try judge(findings, notMeasured, isStrict: options.isOn("strict"))
    }

    private static func judge(
        _ findings: [Finding],
        _ notMeasured: [String: String],
        isStrict: Bool
    ) throws(BenchError) {
        let broken = findings.filter { $0.brokenBound != nil || (isStrict && !$0.isMet) }
        if let first = broken.first {
            throw .failed("\(broken.count) figure(s) out of bounds; the first: \(first.scenario)")
        }
        let names = notMeasured.keys.sorted()
        if !names.isEmpty { throw .cannotRun("not measured: \(names.joined(separator: ", "))") }
        say("The books balanced after every run.")
    }

    private static func write(_ report: Report, to path: String) throws(BenchError) {
        let text = try JSONText.of(report)
        do {
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw .cannotRun("\(path) cannot be written: \(error)")
        }
    }

    private static func plan(_ options: Options) throws(BenchError) -> SalePlan {
        let isShort = options.isOn("short")
        return SalePlan(
            connections: try connections(options),
            rounds: try options.integer("rounds", 1...1_000) ?? (isShort ? 3 : 5),
            warmups: 1,
            seconds: try options.number("seconds", 0.05...3_600) ?? (isShort ? 0.7 : 3),
            skus: try options.integer("skus", 1...1_000_000) ?? 10_000,
            skew: try options.number("skew", 0...10) ?? 0.99,
            threads: try options.integer("threads", 1...64) ?? 1,
            countedRequests: isShort ? 100_000 : 400_000
        )
    }

    private static func connections(_ options: Options) throws(BenchError) -> [Int] {
        let words = (options.text("connections") ?? "").split(separator: ",")
        let numbers = words.compactMap { Int($0) }.filter { (1...50_000).contains($0) }
        guard numbers.count == words.count, !numbers.isEmpty else {
            throw .usage("--connections takes numbers such as 64,256")
        }
        return numbers
    }

    private static func scenarios(_ options: Options) throws(BenchError) -> [Scenario] {
        guard let list = options.text("only") else { return Scenario.allCases }
        var chosen: [Scenario] = []
        for word in list.split(separator: ",") {
            guard let scenario = Scenario(rawValue: String(word)) else {
                let names = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
                throw .usage("--only knows \(names), not '\(word)'")
            }
            chosen.append(scenario)
        }
        return chosen
    }
}

import Foundation

/// `sale`: everything that is compared, in one run.
enum SaleCommand {
    static let command = Command(
        name: "sale",
        brief: "server against ceiling, every comparison, books checked",
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

        init(_ rig: Rig, _ outcome: Outcome) {
            server = rig.server.path
            loops = rig.loops
            partitions = rig.partitions
            findings = outcome.findings
            notMeasured = outcome.notMeasured
        }
    }

    /// What the scenarios of one command came to.
    private struct Outcome {
        private(set) var findings: [Finding] = []
        /// The reason, by scenario.
        private(set) var notMeasured: [String: String] = [:]
        /// Left out because this machine lacks a tool, which nobody asked for by name: no error.
        private var leftOut: Set<String> = []

        mutating func measure(_ sale: Sale, _ scenarios: [Scenario], isChosen: Bool) throws(BenchError) {
            for scenario in scenarios {
                say("... \(scenario.rawValue)")
                do {
                    findings += try sale.run(scenario)
                } catch .cannotRun(let reason) {
                    say("    not measured: \(reason)")
                    notMeasured[scenario.rawValue] = reason
                    if scenario == .syscalls && !isChosen && SyscallCounter.findTool() == nil {
                        leftOut.insert(scenario.rawValue)
                    }
                }
            }
        }

        func judge(isStrict: Bool) throws(BenchError) {
            let broken = findings.filter { $0.brokenBound != nil || (isStrict && !$0.isMet) }
            if let first = broken.first {
                throw .failed("\(broken.count) figure(s) out of bounds; the first: \(first.scenario)")
            }
            let names = notMeasured.keys.filter { !leftOut.contains($0) }.sorted()
            if !names.isEmpty { throw .cannotRun("not measured: \(names.joined(separator: ", "))") }
            say("The books balanced after every run.")
        }
    }

    private static func run(_ options: Options) throws(BenchError) {
        let sale = Sale(rig: try Rig(options), plan: try plan(options))
        var outcome = Outcome()
        let failure: BenchError?
        do {
            try outcome.measure(sale, try scenarios(options), isChosen: options.text("only") != nil)
            failure = nil
        } catch {
            failure = error
        }
        // What was measured before a failure is shown too.
        if !outcome.findings.isEmpty { say("\n" + Finding.table(outcome.findings) + "\n") }
        if let failure { throw failure }
        if let path = options.text("json") { try JSONText.write(Report(sale.rig, outcome), to: path) }
        try outcome.judge(isStrict: options.isOn("strict"))
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

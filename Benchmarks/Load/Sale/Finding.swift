/// One figure with its goal: a line of the table.
struct Finding: Codable, Sendable {
    let scenario: String
    /// 0 where the figure has nothing to do with connections.
    let connections: Int
    /// What was measured at the ceiling and at the server, in words; empty where there is none.
    let ceiling: String
    let server: String
    /// The same as numbers, one for each round; empty where the figure is the server's own.
    let ceilingRounds: [Double]
    let serverRounds: [Double]
    /// The figure that has the goal, and its smallest and largest value over the rounds.
    let value: Double
    let low: Double
    let high: Double
    let unit: String
    let goal: String
    let isMet: Bool
    /// By how much the goal is met (positive) or missed (negative), in `unit`.
    let margin: Double
    /// The bound that the figure breaks; nil when it breaks none.
    let brokenBound: String?
    /// What helps to understand the figure, shown under the table.
    let note: String

    /// A figure from its rounds: the median of `values` counts; `rounds` is what they were made of.
    init(
        _ scenario: String,
        connections: Int,
        ceiling: String = "",
        server: String,
        values: [Double],
        unit: String,
        goal: Goal,
        note: String = "",
        rounds: (ceiling: [Double], server: [Double]) = ([], [])
    ) {
        self.scenario = scenario
        self.connections = connections
        self.ceiling = ceiling
        self.server = server
        ceilingRounds = rounds.ceiling
        serverRounds = rounds.server
        value = values.median
        low = values.min() ?? 0
        high = values.max() ?? 0
        self.unit = unit
        self.goal = goal.limit.text
        isMet = goal.limit.isKept(by: value)
        margin = goal.limit.margin(of: value)
        brokenBound = goal.bound.flatMap { [value] in $0.isKept(by: value) ? nil : $0.text }
        self.note = note
    }

    /// A table of findings, with their notes below it.
    static func table(_ findings: [Finding]) -> String {
        let heads = ["scenario", "conns", "ceiling", "server", "figure", "low..high", "goal", "verdict"]
        let rows = [heads] + findings.map(\.cells)
        let widths = heads.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        let lines = rows.map { row in
            row.indices
                .map { column in
                    column == 0 || column == heads.count - 1
                        ? row[column].padded(to: widths[column])
                        : row[column].leftPadded(to: widths[column])
                }
                .joined(separator: "  ")
        }
        let notes = findings.filter { !$0.note.isEmpty }
            .map { "  \($0.scenario)\($0.connections > 0 ? ", \($0.connections)" : ""): \($0.note)" }
        return (lines + (notes.isEmpty ? [] : ["", "Notes"] + notes)).joined(separator: "\n")
    }

    private var cells: [String] {
        [
            scenario, connections > 0 ? String(connections) : "", ceiling, server, "\(Figure.short(value)) \(unit)",
            "\(Figure.short(low))..\(Figure.short(high))", goal,
            (isMet ? "met" : "missed") + " by \(Figure.short(abs(margin)))"
                + (brokenBound.map { "; BOUND \($0) BROKEN" } ?? ""),
        ]
    }
}

extension [Double] {
    /// The middle value, the mean of the two middle ones for an even count; 0 for none.
    var median: Double {
        guard !isEmpty else { return 0 }
        let sorted = sorted()
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }
}

extension Figure {
    /// About three digits that matter, whatever the size.
    static func short(_ value: Double) -> String {
        let size = abs(value)
        return size >= 1_000 ? count(value) : decimals(value, size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3)
    }
}

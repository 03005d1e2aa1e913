import Foundation

/// What one run of the generator saw, for people and for programs; latencies are in microseconds.
struct LoadReport: Codable, Sendable {
    struct Latency: Codable, Sendable {
        let mean: Double
        let p50: Double
        let p90: Double
        let p99: Double
        let p999: Double
        let max: Double

        init(_ histogram: Histogram) {
            mean = histogram.mean / 1_000
            p50 = Double(histogram.percentile(0.5)) / 1_000
            p90 = Double(histogram.percentile(0.9)) / 1_000
            p99 = Double(histogram.percentile(0.99)) / 1_000
            p999 = Double(histogram.percentile(0.999)) / 1_000
            max = Double(histogram.max) / 1_000
        }
    }

    let mix: String
    let mode: String
    let connections: Int
    let threads: Int
    let pipeline: Int
    let seconds: Double
    let answered: UInt64
    let perSecond: Double
    /// Requests per second asked for; nil in a closed loop.
    let askedPerSecond: UInt64?
    let statuses: [String: UInt64]
    let accepted: UInt64
    let unanswered: UInt64
    let unsent: UInt64
    let connectionsLost: Int
    let bytesReceived: UInt64
    let latencyMicroseconds: Latency

    init(_ plan: LoadPlan, _ result: LoadResult) {
        mix = plan.mix.rawValue
        connections = plan.connections
        threads = plan.threads
        pipeline = plan.pipeline
        seconds = Double(result.elapsedNanoseconds) / 1e9
        answered = result.answered
        perSecond = result.perSecond
        switch plan.pace {
        case .closed:
            mode = "closed"
            askedPerSecond = nil
        case .open(let rate):
            mode = "open"
            askedPerSecond = rate
        }
        let counted = result.statuses.enumerated().filter { $0.element > 0 }
        statuses = Dictionary(uniqueKeysWithValues: counted.map { (String($0.offset), $0.element) })
        accepted = result.acceptedTotal
        unanswered = result.unanswered
        unsent = result.unsent
        connectionsLost = result.connectionsLost
        bytesReceived = result.bytesReceived
        latencyMicroseconds = Latency(result.latency)
    }

    /// The run as a few lines of text.
    var table: String {
        let latency = latencyMicroseconds
        let asked = askedPerSecond.map { " of \($0) asked for" } ?? ""
        let counts = statuses.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }
        return """
            \(mix), \(mode) loop, \(connections) connections, \(threads) thread(s), \(pipeline) in flight on each
              requests/s    \(Figure.count(perSecond))\(asked) over \(Figure.decimals(seconds, 2)) s
              answers       \(answered) (\(counts.joined(separator: ", ")))
              no answer     \(unanswered) unanswered, \(unsent) never sent, \(connectionsLost) connections lost
              latency us    p50 \(Figure.decimals(latency.p50, 0))  p90 \(Figure.decimals(latency.p90, 0))  \
            p99 \(Figure.decimals(latency.p99, 0))  p99.9 \(Figure.decimals(latency.p999, 0))  \
            max \(Figure.decimals(latency.max, 0))  mean \(Figure.decimals(latency.mean, 0))
            """
    }
}

/// Numbers as the tables show them.
enum Figure {
    /// With so many digits behind the point.
    static func decimals(_ value: Double, _ digits: Int) -> String {
        String(format: "%.\(digits)f", value)
    }

    /// A whole number with commas between thousands.
    static func count(_ value: Double) -> String {
        var digits = String(Int(value.rounded()))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits = String(digits.dropLast(3))
        }
        return ([digits] + groups).joined(separator: ",")
    }
}

/// JSON as this program writes it: sorted keys, in snake_case, one member a line.
enum JSONText {
    static func write(_ value: some Encodable, to path: String) throws(BenchError) {
        let text = try of(value)
        do {
            try Data((text + "\n").utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            throw .cannotRun("\(path) cannot be written: \(error)")
        }
    }

    static func of(_ value: some Encodable) throws(BenchError) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return String(decoding: try encoder.encode(value), as: UTF8.self)
        } catch {
            throw .cannotRun("the result cannot be written as JSON: \(error)")
        }
    }
}

/// Writes Prometheus' text format, version 0.0.4
/// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).
public struct PrometheusText: Sendable {
    /// The media type of `bytes`.
    public static let contentType: StaticString = "text/plain; version=0.0.4; charset=utf-8"

    /// What the numbers of a family mean.
    public enum Kind: String, Sendable {
        /// Only grows, until a restart.
        case counter
        /// Goes up and down.
        case gauge
        /// Durations or sizes in buckets.
        case histogram
    }

    /// Names and values of labels, in their order.
    public typealias Labels = KeyValuePairs<String, String>

    /// What was written so far.
    public private(set) var bytes: [UInt8] = []
    private var name = ""

    /// Nothing written yet.
    public init() {
        bytes.reserveCapacity(16_384)
    }

    /// Starts a family, once; its samples follow.
    ///
    /// - Parameters:
    ///   - name: `stockkeeper_<noun>_<unit>`, with `_total` at the end of a counter.
    ///   - kind: what its numbers mean.
    ///   - help: a sentence.
    public mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        write("# HELP \(name) \(help.replacing("\\", with: "\\\\").replacing("\n", with: "\\n"))\n")
        write("# TYPE \(name) \(kind.rawValue)\n")
    }

    /// A sample of the present family.
    public mutating func sample(_ value: UInt64, _ labels: Labels = [:]) {
        line("", labels, String(value))
    }

    /// A sample of the present family, in seconds or as a share.
    public mutating func sample(_ value: Double, _ labels: Labels = [:]) {
        line("", labels, Self.text(value))
    }

    /// The samples of the present family, which is a histogram.
    ///
    /// - Parameters:
    ///   - reading: the values.
    ///   - parts: how many of the values' unit make one of the family's: 1,000,000,000 where nanoseconds were counted.
    public mutating func histogram(_ reading: HistogramReading, parts: Double = 1) {
        var total: UInt64 = 0
        for (index, count) in reading.counts.enumerated() {
            total += count
            let bound = index < reading.bounds.count ? Self.text(Double(reading.bounds[index]) / parts) : "+Inf"
            line("_bucket", ["le": bound], String(total))
        }
        line("_sum", [:], Self.text(Double(reading.sum) / parts))
        line("_count", [:], String(total))
    }

    private mutating func line(_ suffix: String, _ labels: Labels, _ value: String) {
        let pairs = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
        write(name + suffix + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(value)\n")
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return String(value)
    }
}

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
        /// Durations in buckets.
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

    /// The samples of the present family, which is a histogram of seconds.
    public mutating func histogram(_ reading: HistogramReading, _ labels: Labels = [:]) {
        var total: UInt64 = 0
        for (index, count) in reading.counts.enumerated() {
            total += count
            let bound = index < reading.bounds.count ? Self.text(Self.seconds(reading.bounds[index])) : "+Inf"
            line("_bucket", labels, String(total), bound: bound)
        }
        line("_sum", labels, Self.text(Self.seconds(reading.sumNanoseconds)))
        line("_count", labels, String(total))
    }

    private mutating func line(_ suffix: String, _ labels: Labels, _ value: String, bound: String? = nil) {
        var pairs = labels.map { "\($0.key)=\"\(Self.escaped($0.value))\"" }
        if let bound { pairs.append("le=\"\(bound)\"") }
        write(name + suffix + (pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}") + " \(value)\n")
    }

    private mutating func write(_ text: String) {
        bytes.append(contentsOf: text.utf8)
    }

    private static func escaped(_ value: String) -> String {
        value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    private static func seconds(_ nanoseconds: UInt64) -> Double {
        Double(nanoseconds) / 1e9
    }

    private static func text(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return String(value)
    }
}

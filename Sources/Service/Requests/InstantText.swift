import Domain
import FoundationEssentials

extension Instant {
    /// A moment as RFC 3339 has it, at any offset, with or without a fraction; kept to the millisecond.
    ///
    /// - Parameter text: for example `2027-01-01T09:00:00.000Z`; nil for anything else.
    init?(rfc3339 text: String) {
        let plain = Date.ISO8601FormatStyle()
        let fractional = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        guard let date = (try? Date(text, strategy: fractional)) ?? (try? Date(text, strategy: plain)),
            abs(date.timeIntervalSince1970) < 60_000_000_000
        else { return nil }
        self.init(millisecondsSinceEpoch: Int64((date.timeIntervalSince1970 * 1_000).rounded()))
    }
}

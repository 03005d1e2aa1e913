/// Counts durations in buckets whose width grows with the value, 128 to each doubling.
///
/// A percentile is at most 1/128 (0.8 %) above the true one, from 1 ns to 68 s. Longer values count as the longest;
/// `max` stays exact.
struct Histogram: Sendable, Equatable {
    private static let subBits = 7
    private static let perDoubling = 1 << subBits
    private static let valueMax: UInt64 = (1 << 36) - 1

    private var counts = [UInt64](repeating: 0, count: Self.bucket(of: Self.valueMax) + 1)
    private(set) var total: UInt64 = 0
    private(set) var max: UInt64 = 0
    private var sum: UInt64 = 0

    /// The mean of what was recorded, in nanoseconds; 0 when nothing was.
    var mean: Double { total == 0 ? 0 : Double(sum) / Double(total) }

    /// Counts one duration in nanoseconds.
    mutating func record(_ nanoseconds: UInt64) {
        counts[Self.bucket(of: Swift.min(nanoseconds, Self.valueMax))] &+= 1
        total &+= 1
        sum &+= nanoseconds
        if nanoseconds > max { max = nanoseconds }
    }

    /// Adds what another histogram counted.
    mutating func add(_ other: Histogram) {
        for (index, count) in other.counts.enumerated() { counts[index] &+= count }
        total &+= other.total
        sum &+= other.sum
        max = Swift.max(max, other.max)
    }

    /// The smallest duration, up to a bucket's width, that `share` of all recorded ones do not exceed.
    ///
    /// - Parameter share: 0...1; 0.99 for p99.
    /// - Returns: nanoseconds, the bucket's upper end, never above `max`; 0 when nothing was recorded.
    func percentile(_ share: Double) -> UInt64 {
        let wanted = Swift.max(1, UInt64((Double(total) * share).rounded(.up)))
        var seen: UInt64 = 0
        for (index, count) in counts.enumerated() {
            seen += count
            if seen >= wanted && count > 0 { return Swift.min(Self.upperEnd(of: index), max) }
        }
        return max
    }

    private static func bucket(of value: UInt64) -> Int {
        guard value >= UInt64(perDoubling) else { return Int(value) }
        let shift = 63 - value.leadingZeroBitCount - subBits
        return (shift << subBits) + Int(value >> UInt64(shift))
    }

    private static func upperEnd(of bucket: Int) -> UInt64 {
        guard bucket >= perDoubling else { return UInt64(bucket) }
        let shift = (bucket >> subBits) - 1
        let leading = UInt64(bucket - (shift << subBits))
        return ((leading + 1) << UInt64(shift)) - 1
    }
}

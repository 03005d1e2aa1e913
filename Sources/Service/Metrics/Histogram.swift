/// How often something took how long, in fixed buckets.
///
/// - Isolation: `observe` by one thread at a time, `reading` by any.
public final class Histogram: Sendable {
    /// Rising upper bounds for what a disk or a network does, in nanoseconds.
    public static let latencyBounds: [UInt64] = [
        50_000, 100_000, 250_000, 500_000,
        1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000,
        1_000_000_000, 2_500_000_000, 5_000_000_000,
    ]

    private let bounds: [UInt64]
    /// One counter per bound, one for what is above them all, and the sum of nanoseconds.
    private let block: CounterBlock

    /// An empty histogram.
    ///
    /// - Parameter bounds: the inclusive upper bounds, rising, in nanoseconds.
    public init(bounds: [UInt64] = Histogram.latencyBounds) {
        self.bounds = bounds
        block = CounterBlock(count: bounds.count + 2)
    }

    /// Counts one duration.
    ///
    /// Cost: a walk over the bounds.
    public func observe(nanoseconds: UInt64) {
        var bucket = 0
        while bucket < bounds.count, nanoseconds > bounds[bucket] { bucket += 1 }
        block.add(at: bucket)
        block.add(nanoseconds, at: bounds.count + 1)
    }

    /// What was counted, as it was a moment ago; the buckets and their total always agree.
    public var reading: HistogramReading {
        HistogramReading(
            bounds: bounds,
            counts: (0...bounds.count).map { block.value(at: $0) },
            sumNanoseconds: block.value(at: bounds.count + 1)
        )
    }
}

/// What a histogram held at one moment.
public struct HistogramReading: Sendable, Equatable {
    /// The inclusive upper bounds, rising, in nanoseconds.
    public let bounds: [UInt64]
    /// How many fell between each bound and the one before; the last stands for those above all bounds.
    public let counts: [UInt64]
    /// All durations together, in nanoseconds.
    public let sumNanoseconds: UInt64

    /// A reading; `counts` has one number more than `bounds`.
    public init(bounds: [UInt64], counts: [UInt64], sumNanoseconds: UInt64) {
        precondition(counts.count == bounds.count + 1, "a histogram has one bucket more than bounds")
        self.bounds = bounds
        self.counts = counts
        self.sumNanoseconds = sumNanoseconds
    }
}

import Journal

/// What a histogram held at one moment.
public struct HistogramReading: Sendable, Equatable {
    /// The inclusive upper bounds, rising, in the unit in which was counted.
    public let bounds: [UInt64]
    /// How many fell between each bound and the one before; the last stands for those above all bounds.
    public var counts: [UInt64]
    /// All values together.
    public var sum: UInt64

    /// A reading; `counts` has one number more than `bounds`.
    public init(bounds: [UInt64], counts: [UInt64], sum: UInt64) {
        precondition(counts.count == bounds.count + 1, "a histogram has one bucket more than bounds")
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// What a journal counted; its last bucket has no upper bound.
    public init(_ histogram: JournalHistogram) {
        let last = JournalHistogram.bucketCount - 1
        self.init(
            bounds: (0..<last).map { histogram.upperBound($0) },
            counts: (0...last).map { histogram.count($0) },
            sum: histogram.sum
        )
    }

    /// Adds another histogram of the same bounds.
    mutating func add(_ other: Self) {
        precondition(bounds == other.bounds, "two histograms of different things")
        for index in counts.indices { counts[index] &+= other.counts[index] }
        sum &+= other.sum
    }
}

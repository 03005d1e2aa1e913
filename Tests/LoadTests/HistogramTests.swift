import Testing

@testable import stockkeeper_bench

@Suite("Histogram")
struct HistogramTests {
    @Test("a percentile is never below the true one and at most 1 % above it, from a nanosecond to a minute")
    func percentileError() {
        var value: UInt64 = 1
        while value <= 60_000_000_000 {
            for candidate in [value, value + 1, value + value / 3, value * 2 - 1] where candidate <= 60_000_000_000 {
                var histogram = Histogram()
                histogram.record(candidate)
                // A larger value keeps `max` from rounding the answer down to the exact one.
                histogram.record(68_000_000_000)
                let found = histogram.percentile(0.5)
                #expect(found >= candidate)
                #expect(Double(found) <= Double(candidate) * 1.01)
            }
            value *= 2
        }
    }

    @Test("percentiles of random values agree with sorting them", arguments: [1, 2, 3, 4, 5] as [UInt64])
    func againstSorting(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var histogram = Histogram()
        let values = (0..<10_000).map { _ in random.next() >> (28 + random.next() % 30) }
        for value in values { histogram.record(value) }
        let sorted = values.sorted()
        for share in [0.001, 0.5, 0.9, 0.99, 0.999, 1] {
            let exact = sorted[max(0, Int((Double(values.count) * share).rounded(.up)) - 1)]
            let found = histogram.percentile(share)
            #expect(found >= exact, "seed \(seed), share \(share)")
            #expect(Double(found) <= Double(exact) * 1.01 + 1, "seed \(seed), share \(share)")
        }
        #expect(histogram.max == sorted.last)
    }

    @Test("two histograms added count what one would have counted")
    func addition() {
        var left = Histogram()
        var right = Histogram()
        var both = Histogram()
        for value in stride(from: 1 as UInt64, to: 5_000_000, by: 7_919) {
            value % 2 == 0 ? left.record(value) : right.record(value)
            both.record(value)
        }
        left.add(right)
        #expect(left == both)
    }

    @Test("what is longer than the range counts as the longest, and max stays exact")
    func clamps() {
        var histogram = Histogram()
        histogram.record(200_000_000_000)
        #expect(histogram.total == 1)
        #expect(histogram.max == 200_000_000_000)
        #expect(histogram.percentile(1) > 60_000_000_000)
    }

    @Test("an empty histogram has percentiles of 0")
    func empty() {
        #expect(Histogram().percentile(0.99) == 0)
        #expect(Histogram().mean == 0)
    }
}

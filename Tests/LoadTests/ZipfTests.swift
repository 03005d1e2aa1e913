import Foundation
import Testing

@testable import stockkeeper_bench

@Suite("Zipf")
struct ZipfTests {
    @Test("the same seed draws the same ranks, another seed others")
    func deterministic() {
        #expect(draws(seed: 7) == draws(seed: 7))
        #expect(draws(seed: 7) != draws(seed: 8))
    }

    @Test(
        "the generator is SplitMix64 as published",
        arguments: [(0, 0xE220_A839_7B1D_CDAF), (1, 0x910A_2DEC_8902_5CC1)]
    )
    func knownNumbers(seed: UInt64, first: UInt64) {
        var random = SplitMix64(seed: seed)
        #expect(random.next() == first)
    }

    @Test("each rank is drawn as often as its weight says", arguments: [0, 0.5, 0.99, 1.5])
    func frequencies(skew: Double) {
        let count = 50
        let total = 400_000
        let sampler = ZipfSampler(count: count, skew: skew)
        var random = SplitMix64(seed: 42)
        var seen = [Int](repeating: 0, count: count)
        for _ in 0..<total { seen[sampler.next(&random)] += 1 }
        let weights = (1...count).map { pow(Double($0), -skew) }
        let sum = weights.reduce(0, +)
        for rank in 0..<count {
            let expected = Double(total) * weights[rank] / sum
            // Five standard deviations of a binomial count.
            #expect(abs(Double(seen[rank]) - expected) < 5 * expected.squareRoot() + 1, "rank \(rank)")
        }
    }

    @Test("one SKU is always that one")
    func single() {
        let sampler = ZipfSampler(count: 1, skew: 0.99)
        var random = SplitMix64(seed: 1)
        for _ in 0..<100 { #expect(sampler.next(&random) == 0) }
    }

    private func draws(seed: UInt64) -> [Int] {
        let sampler = ZipfSampler(count: 10_000, skew: 0.99)
        var random = SplitMix64(seed: seed)
        return (0..<1_000).map { _ in sampler.next(&random) }
    }
}

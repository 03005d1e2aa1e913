import Foundation

/// SplitMix64: a small generator that gives the same numbers for the same seed on every machine.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Draws ranks 0..<count where rank r has a weight of 1 / (r + 1)^skew: a few bestsellers among many articles.
///
/// A skew of 0 is uniform. Vose's alias method: two table look-ups a draw, whatever the count.
struct ZipfSampler: Sendable {
    private let keep: [UInt32]
    private let alias: [UInt32]

    /// - Parameters:
    ///   - count: 1...2^31.
    ///   - skew: 0 or more; web traffic is commonly near 1.
    init(count: Int, skew: Double) {
        let weights = (1...count).map { pow(Double($0), -skew) }
        let scale = Double(count) / weights.reduce(0, +)
        var share = weights.map { $0 * scale }
        var keep = [UInt32](repeating: .max, count: count)
        var alias = (0..<count).map(UInt32.init)
        var small = share.indices.filter { share[$0] < 1 }
        var large = share.indices.filter { share[$0] >= 1 }
        while let under = small.popLast(), let over = large.last {
            keep[under] = UInt32(share[under] * Double(UInt32.max))
            alias[under] = UInt32(over)
            share[over] -= 1 - share[under]
            if share[over] < 1 { small.append(large.removeLast()) }
        }
        self.keep = keep
        self.alias = alias
    }

    /// The next rank, from one number of the generator.
    func next(_ random: inout SplitMix64) -> Int {
        let bits = random.next()
        let column = Int((UInt64(keep.count) &* (bits >> 32)) >> 32)
        return UInt32(truncatingIfNeeded: bits) <= keep[column] ? column : Int(alias[column])
    }
}

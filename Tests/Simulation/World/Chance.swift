/// All randomness of a run: SplitMix64, so that a seed gives the same run on any machine.
final class Chance {
    private var state: UInt64

    init(seed: UInt64) {
        // The first draws of neighbouring seeds have nothing in common.
        state = seed &* 0x9e37_79b9_7f4a_7c15 ^ 0x5851_f42d_4c95_7f2d
    }

    func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }

    /// A number from 0 up to and without `bound`, which is at least 1.
    func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    func within(_ range: ClosedRange<Int>) -> Int { range.lowerBound + below(range.count) }

    /// True once in `times`.
    func oneIn(_ times: Int) -> Bool { below(times) == 0 }

    /// True in so many of a hundred cases.
    func percent(_ share: Int) -> Bool { below(100) < share }

    func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}

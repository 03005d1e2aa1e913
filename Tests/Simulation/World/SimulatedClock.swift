import Platform

/// Both clocks of the simulated machine; the scheduler moves them.
final class SimulatedClock: Clock, @unchecked Sendable {
    // SAFETY: a simulation is one thread.
    /// May jump.
    var wall: Int64 = 1_800_000_000_000 {
        didSet { latest = max(latest, wall) }
    }
    /// The latest time that a server may believe in: while the wall clock is behind, it goes on by the other one.
    private(set) var latest: Int64 = 1_800_000_000_000
    /// Only goes forward.
    ///
    /// Unit: nanoseconds.
    private(set) var monotonic: UInt64 = 1_000_000_000
    /// A planted bug: the server believes that no time passes.
    var hidesTime = false
    private var shown: UInt64 = 1_000_000_000

    func pass(milliseconds: Int) {
        latest += Int64(milliseconds)
        wall += Int64(milliseconds)
        monotonic += UInt64(milliseconds) * 1_000_000
    }

    func wallMilliseconds() -> Int64 { wall }

    func monotonicNanoseconds() -> UInt64 {
        if !hidesTime { shown = monotonic }
        return shown
    }
}

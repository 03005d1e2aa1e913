import Glibc

/// Where time enters: the wall clock for facts that are journaled, the monotonic one for deadlines and latencies.
public protocol Clock: Sendable {
    /// Milliseconds since 1970-01-01T00:00:00Z; may jump.
    func wallMilliseconds() -> Int64
    /// Nanoseconds since an arbitrary start; never goes back.
    func monotonicNanoseconds() -> UInt64
}

/// The machine's clocks.
public struct SystemClock: Clock {
    /// The clocks of this machine.
    public init() {}

    /// Milliseconds since 1970-01-01T00:00:00Z.
    public func wallMilliseconds() -> Int64 {
        let now = Self.read(CLOCK_REALTIME)
        return Int64(now.tv_sec) * 1_000 + Int64(now.tv_nsec) / 1_000_000
    }

    /// Nanoseconds since the machine's start.
    public func monotonicNanoseconds() -> UInt64 {
        let now = Self.read(CLOCK_MONOTONIC)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    private static func read(_ clock: clockid_t) -> timespec {
        var now = timespec()
        // SAFETY: the kernel fills the local structure; both clocks always exist.
        _ = unsafe clock_gettime(clock, &now)
        return now
    }
}

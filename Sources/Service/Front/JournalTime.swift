import Domain

/// The time that decisions are made by: the wall clock's; while that is behind what was decided before, time goes on by
/// the monotonic clock.
///
/// Journaled time never goes back. If it waited for a wall clock that was set back an hour, units would be held an hour
/// too long. So it goes on, a little slower, until the wall clock has caught up: otherwise a clock that had been set
/// forward by mistake would be believed for ever, and sales would open too early.
///
/// - Isolation: one loop.
struct JournalTime {
    /// While the wall clock is behind, one part in so many of the time that passes is left out.
    static let slowness: UInt64 = 16

    /// Now.
    private(set) var now: Instant
    /// What has passed since then.
    ///
    /// Unit: nanoseconds, less than a millisecond.
    private var fraction: UInt64 = 0
    private var monotonicNanoseconds: UInt64

    /// Begins at the wall clock's time.
    init(wallMilliseconds: Int64, monotonicNanoseconds: UInt64) {
        now = Instant(millisecondsSinceEpoch: wallMilliseconds)
        self.monotonicNanoseconds = monotonicNanoseconds
    }

    /// Goes on to what the clocks say.
    mutating func advance(wallMilliseconds: Int64, monotonicNanoseconds monotonic: UInt64) {
        let passed = monotonic - min(monotonic, monotonicNanoseconds)
        monotonicNanoseconds = monotonic
        fraction += passed - passed / Self.slowness
        now = now.adding(Int64(fraction / 1_000_000))
        fraction %= 1_000_000
        if wallMilliseconds > now.millisecondsSinceEpoch {
            now = Instant(millisecondsSinceEpoch: wallMilliseconds)
            fraction = 0
        }
    }

    /// Goes on from a later moment that a journal tells of.
    mutating func adopt(_ instant: Instant) {
        now = max(now, instant)
    }
}

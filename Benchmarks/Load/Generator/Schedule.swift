/// When each request of an open loop is meant to leave, whatever became of those before it.
///
/// Latency is counted from these times, not from the moment of sending: a server that stalls is charged for every
/// request that had to wait, also for those which a closed loop would never have sent ("coordinated omission").
struct Schedule: Sendable {
    /// Requests per second over all connections of this generator.
    let perSecond: UInt64
    /// Monotonic nanoseconds of request 0.
    let start: UInt64
    /// How many requests there are in all.
    let requests: UInt64

    /// The intended send time of a request, without drift, in monotonic nanoseconds.
    func time(of request: UInt64) -> UInt64 {
        let seconds = request / perSecond
        let rest = request % perSecond
        return start &+ seconds &* 1_000_000_000 &+ rest &* 1_000_000_000 / perSecond
    }

    /// How many requests are meant to have left by `now`.
    func due(by now: UInt64) -> UInt64 {
        guard now >= start else { return 0 }
        let elapsed = now - start
        let whole = elapsed / 1_000_000_000 &* perSecond
        let rest = ((elapsed % 1_000_000_000 &+ 1) &* perSecond &+ 999_999_999) / 1_000_000_000
        return min(whole &+ rest, requests)
    }
}

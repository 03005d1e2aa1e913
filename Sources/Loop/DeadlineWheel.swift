/// Coarse deadlines of many things, cheap to move: a hashed wheel that is looked at lazily.
///
/// A thing stands in one bucket at a time. Moving its deadline costs nothing here: when the bucket comes up, its owner
/// says when it really is due, and it is put into that bucket.
///
/// - Isolation: one thread.
public struct DeadlineWheel: ~Copyable {
    /// Width of a bucket: how late a deadline may be noticed.
    ///
    /// Unit: milliseconds.
    public static let tickMilliseconds: UInt64 = 256
    /// Buckets; a deadline further away than all of them is looked at once a round.
    private static let bucketCount = 512

    private var buckets = [[UInt64]](repeating: [], count: bucketCount)
    private var tick: UInt64

    /// - Parameter nowMilliseconds: of a monotonic clock.
    public init(nowMilliseconds: UInt64) {
        tick = nowMilliseconds / Self.tickMilliseconds
    }

    /// Puts `token` where it is looked at once `deadlineMilliseconds` has passed, or earlier.
    public mutating func schedule(_ token: UInt64, deadlineMilliseconds: UInt64) {
        let due = deadlineMilliseconds / Self.tickMilliseconds + 1
        // One that is further away than all buckets stands where it will be due, and comes up once a round until then.
        buckets[Int(max(due, tick + 1) % UInt64(Self.bucketCount))].append(token)
    }

    /// Turns the wheel, and takes every token whose bucket has come up.
    ///
    /// - Returns: the tokens; who wants to keep one schedules it again, under its real deadline.
    public mutating func advance(nowMilliseconds: UInt64) -> [UInt64] {
        var due: [UInt64] = []
        let target = nowMilliseconds / Self.tickMilliseconds
        guard target > tick else { return due }
        // After a long pause every bucket is due once; turning the wheel further would look at nothing new.
        tick = max(tick, target - min(target, UInt64(Self.bucketCount)))
        while tick < target {
            tick += 1
            let index = Int(tick % UInt64(Self.bucketCount))
            guard !buckets[index].isEmpty else { continue }
            due += buckets[index]
            buckets[index] = []
        }
        return due
    }
}

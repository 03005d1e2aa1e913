import Domain
import Loop

/// When to look at which hold: one wheel for all open holds of a partition.
///
/// A hold stands in it once, under a deadline that it had at some time. Nothing is moved when that changes: the hold is
/// looked at too early then, and put under its real deadline.
///
/// - Isolation: the partition's thread. Cost: 8 bytes a hold, 16 while a bucket grows.
package struct HoldTimers: ~Copyable {
    /// A hold as the timers know it: which keeper of the partition, and where in its table.
    struct Token {
        let keeper: Int
        let place: UInt32

        private static let placeBits: UInt64 = 26

        init(keeper: Int, place: UInt32) {
            self.keeper = keeper
            self.place = place
        }

        fileprivate init(_ bits: UInt64) {
            keeper = Int(bits >> Self.placeBits)
            place = UInt32(bits & (1 << Self.placeBits - 1))
        }

        fileprivate var bits: UInt64 { UInt64(keeper) << Self.placeBits | UInt64(place) }
    }

    private var wheel = DeadlineWheel(nowMilliseconds: 0)
    /// What has come up and was not looked at yet.
    private var due: [UInt64] = []
    private var next = 0

    /// Whether something has come up.
    package var isDue: Bool { next < due.count }

    /// What has come up first.
    var first: Token? { isDue ? Token(due[next]) : nil }

    /// Lets a hold come up once its deadline has passed, or earlier.
    mutating func schedule(_ token: Token, _ deadline: Instant) {
        wheel.schedule(token.bits, deadlineMilliseconds: Self.milliseconds(deadline))
    }

    /// Lets a hold come up at once.
    mutating func add(_ token: Token) {
        due.append(token.bits)
    }

    /// Lets what is due by now come up, once all that came up before was looked at.
    package mutating func advance(to now: Instant) {
        guard !isDue else { return }
        due = wheel.advance(nowMilliseconds: Self.milliseconds(now))
        next = 0
    }

    /// The first one was looked at.
    package mutating func removeFirst() {
        next += 1
    }

    private static func milliseconds(_ instant: Instant) -> UInt64 {
        UInt64(max(0, instant.millisecondsSinceEpoch))
    }
}

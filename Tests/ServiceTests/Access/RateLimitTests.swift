import Domain
import Platform
import Synchronization
import Testing

@testable import Service

@Suite("Rate limits")
struct RateLimitTests {
    /// A bucket that everybody understands: so many millionths of a token.
    private struct PlainBucket {
        let perSecond: UInt64
        let burst: UInt64
        var millionths: UInt64
        var since: UInt64 = 0

        init(perSecond: UInt64, burst: UInt64) {
            (self.perSecond, self.burst) = (perSecond, burst)
            millionths = burst * 1_000_000
        }

        mutating func take(at now: UInt64) -> Bool {
            millionths = min(burst * 1_000_000, millionths + (now - since) * perSecond)
            since = now
            guard millionths >= 1_000_000 else { return false }
            millionths -= 1_000_000
            return true
        }
    }

    private func name(_ number: UInt64) -> Fingerprint {
        var hasher = SipHasher128(key: FingerprintKey(first: 3, second: 4))
        hasher.update(integer: Int64(number))
        return hasher.finalize()
    }

    @Test(
        "every bucket gives what a plain token bucket gives",
        arguments: [(1, 1), (5, 20), (1_000, 3), (100_000, 50)]
    )
    func model(perSecond: Int, burst: Int) {
        let limit = RateLimit(.address, perSecond: perSecond, burst: burst, entries: 1_024)
        var plain: [UInt64: PlainBucket] = [:]
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 1...999_999_999, using: &random)
        var chance = SplitMix(state: seed)
        var now: UInt64 = 0
        var (granted, refused) = (0, 0)
        for round in 0..<10_000 {
            if chance.next() % 4 == 0 { now += chance.next() % (150_000 / UInt64(perSecond) + 2) }
            let who = chance.next() % 20
            let outcome = limit.take(name(who), atMicroseconds: now)
            let start = PlainBucket(perSecond: UInt64(perSecond), burst: UInt64(burst))
            let isGranted = plain[who, default: start].take(at: now)
            if isGranted { granted += 1 } else { refused += 1 }
            let wait = outcome.waitMicroseconds
            let isRight = isGranted ? wait == nil : wait.map { $0 > 0 && $0 <= UInt64(1_000_000 / perSecond) } == true
            guard isRight, !outcome.hasForgotten else {
                Issue.record("\(outcome) where \(isGranted) is right: seed \(seed), round \(round)")
                return
            }
        }
        #expect(granted > 100 && refused > 100)
    }

    @Test("whoever waits as long as he is told gets a token, and not a microsecond earlier")
    func wait() throws {
        let limit = RateLimit(.credential, perSecond: 3, burst: 2, entries: 8)
        for _ in 0..<2 { #expect(limit.take(name(1), atMicroseconds: 10).waitMicroseconds == nil) }
        let wait = try #require(limit.take(name(1), atMicroseconds: 10).waitMicroseconds)
        #expect(limit.take(name(1), atMicroseconds: 10 + wait - 1).waitMicroseconds == 1)
        #expect(limit.take(name(1), atMicroseconds: 10 + wait).waitMicroseconds == nil)
        #expect(limit.windowSeconds == 1)
    }

    @Test("more holders than places: nobody is refused who has asked too little, and what is forgotten is counted")
    func full() {
        let limit = RateLimit(.address, perSecond: 1, burst: 2, entries: 64)
        var (forgotten, refused) = (0, 0)
        for who in 0..<10_000 as Range<UInt64> {
            let outcome = limit.take(name(who), atMicroseconds: who)
            if outcome.waitMicroseconds != nil { refused += 1 }
            if outcome.hasForgotten { forgotten += 1 }
        }
        #expect(refused == 0)
        // A few share a place and its mark with somebody before them.
        #expect(forgotten > 9_900)
        // Full buckets are no loss.
        #expect(!limit.take(name(20_000), atMicroseconds: 100_000_000).hasForgotten)
    }

    @Test("threads that take at once get as many tokens as there are")
    func threads() throws {
        let limit = RateLimit(.address, perSecond: 1, burst: 5_000, entries: 8)
        let granted = Atomic<Int>(0)
        let who = name(1)
        let workers = try (0..<4)
            .map { _ in
                try NativeThread(name: "taker") {
                    for _ in 0..<2_500 where limit.take(who, atMicroseconds: 7).waitMicroseconds == nil {
                        granted.add(1, ordering: .relaxed)
                    }
                }
            }
        for worker in workers { worker.join() }
        #expect(granted.load(ordering: .relaxed) == 5_000)
    }
}

/// A generator whose choices a seed repeats.
private struct SplitMix {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

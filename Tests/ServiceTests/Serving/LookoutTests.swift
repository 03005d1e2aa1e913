import Loop
import Testing

@testable import Service

@Suite("Looking at deadlines")
struct LookoutTests {
    @Test("a deadline that moves away costs no token; one that comes nearer costs one")
    func moves() {
        var lookout = Lookout()
        let first = lookout.moved(to: 5_000, nowMilliseconds: 0)
        #expect(first == 5_000)
        for _ in 0..<1_000 {
            let later = lookout.moved(to: 9_000, nowMilliseconds: 100)
            #expect(later == nil)
        }
        let nearer = lookout.moved(to: 2_000, nowMilliseconds: 100)
        #expect(nearer == 2_000)
        let isNearerDue = lookout.isDue(nowMilliseconds: 2_100)
        #expect(isNearerDue)
        let next = lookout.moved(to: 9_000, nowMilliseconds: 2_100)
        #expect(next == 9_000)
        // The token for 5,000 is still in the wheel, and is nobody's now.
        let isOldDue = lookout.isDue(nowMilliseconds: 5_100)
        #expect(!isOldDue)
        let isNextDue = lookout.isDue(nowMilliseconds: 9_100)
        #expect(isNextDue)
    }

    @Test("tokens in the wheel stay few, however often requests arrive in pieces, and every deadline is looked at")
    func wheel() {
        var now: UInt64 = 0
        var wheel = DeadlineWheel(nowMilliseconds: 0)
        var lookout = Lookout()
        var deadline: UInt64 = 75_000
        var looks = 0
        if let look = lookout.moved(to: deadline, nowMilliseconds: now) {
            wheel.schedule(7, deadlineMilliseconds: look)
        }
        for round in 0..<20_000 {
            now += 100
            // A piece of a request, then the rest of it.
            if let look = lookout.moved(to: now + 10_000, nowMilliseconds: now) {
                wheel.schedule(7, deadlineMilliseconds: look)
            }
            if round < 19_000 { deadline = now + 75_000 }
            for token in wheel.advance(nowMilliseconds: now) {
                looks += 1
                guard lookout.isDue(nowMilliseconds: now) else { continue }
                if let look = lookout.moved(to: deadline, nowMilliseconds: now) {
                    wheel.schedule(token, deadlineMilliseconds: look)
                }
            }
        }
        // 2,000 seconds: a few looks in ten of them, and not one for each of 20,000 requests.
        #expect(looks > 100 && looks < 2_000, "\(looks) looks")
        #expect(now > deadline)
    }
}

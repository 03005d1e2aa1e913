import Loop
import Testing

@Suite("Deadline wheel")
struct DeadlineWheelTests {
    @Test("a token is looked at after its deadline and within two ticks of it")
    func due() {
        var wheel = DeadlineWheel(nowMilliseconds: 1_000_000)
        wheel.schedule(42, deadlineMilliseconds: 1_010_000)
        var firedAt: UInt64?
        for now in stride(from: UInt64(1_000_000), through: 1_020_000, by: 50) where firedAt == nil {
            for token in wheel.advance(nowMilliseconds: now) {
                #expect(token == 42)
                firedAt = now
            }
        }
        let fired = firedAt ?? 0
        #expect(fired >= 1_010_000 && fired <= 1_010_000 + 2 * DeadlineWheel.tickMilliseconds)
    }

    @Test("a deadline that moved is kept, and one further than the wheel is not forgotten")
    func moved() {
        var wheel = DeadlineWheel(nowMilliseconds: 0)
        wheel.schedule(1, deadlineMilliseconds: 1_000)
        wheel.schedule(2, deadlineMilliseconds: 3_600_000)
        var fired: [UInt64: UInt64] = [:]
        for now in stride(from: UInt64(0), through: 4_000_000, by: 100) {
            for token in wheel.advance(nowMilliseconds: now) {
                let real: UInt64 = token == 1 ? 5_000 : 3_600_000
                if now < real {
                    wheel.schedule(token, deadlineMilliseconds: real)
                } else {
                    fired[token] = now
                }
            }
        }
        #expect(fired[1].map { $0 >= 5_000 && $0 < 5_600 } == true)
        #expect(fired[2].map { $0 >= 3_600_000 && $0 < 3_600_600 } == true)
    }

    @Test("a pause longer than the wheel looks at everything once")
    func pause() {
        var wheel = DeadlineWheel(nowMilliseconds: 0)
        for token in 0..<1_000 { wheel.schedule(UInt64(token), deadlineMilliseconds: UInt64(token) * 100) }
        #expect(wheel.advance(nowMilliseconds: 86_400_000).sorted() == Array(0..<1_000))
        #expect(wheel.advance(nowMilliseconds: 86_500_000).isEmpty)
    }
}

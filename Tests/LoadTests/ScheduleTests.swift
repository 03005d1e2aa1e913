import Testing

@testable import stockkeeper_bench

@Suite("Schedule")
struct ScheduleTests {
    @Test("requests are evenly spaced and do not drift", arguments: [1, 3, 7, 1_000, 77_777, 1_000_003] as [UInt64])
    func spacing(rate: UInt64) {
        let schedule = Schedule(perSecond: rate, start: 5_000, requests: .max)
        #expect(schedule.time(of: 0) == 5_000)
        #expect(schedule.time(of: rate) == 1_000_005_000)
        #expect(schedule.time(of: rate * 86_400) == 86_400_000_005_000)
        for request in 0..<1_000 as Range<UInt64> {
            let gap = Double(schedule.time(of: request + 1) - schedule.time(of: request))
            #expect(abs(gap - 1e9 / Double(rate)) <= 1)
        }
    }

    @Test(
        "exactly the requests whose time has come are due",
        arguments: [1, 3, 7, 1_000, 77_777, 1_000_003, 999_999_999] as [UInt64]
    )
    func due(rate: UInt64) {
        let schedule = Schedule(perSecond: rate, start: 123_456_789, requests: .max)
        #expect(schedule.due(by: 0) == 0)
        #expect(schedule.due(by: 123_456_788) == 0)
        var random = SplitMix64(seed: rate)
        for _ in 0..<1_000 {
            let request = random.next() % 1_000_000_000
            let time = schedule.time(of: request)
            #expect(schedule.due(by: time) > request)
            if request > 0 { #expect(schedule.due(by: time - 1) <= request) }
        }
    }

    @Test("no more are due than there are")
    func bounded() {
        let schedule = Schedule(perSecond: 1_000, start: 0, requests: 10)
        #expect(schedule.due(by: 3_600_000_000_000) == 10)
    }
}

import Domain
import Testing

@testable import Service

@Suite("Journal time")
struct JournalTimeTests {
    private static let hour: Int64 = 3_600_000

    @Test("with clocks that agree it is the wall clock, however finely time passes")
    func steady() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var time = JournalTime(wallMilliseconds: 5_000, monotonicNanoseconds: 0)
        var passed: UInt64 = 0
        for _ in 0..<10_000 {
            passed += UInt64.random(in: 0...3_000_000, using: &random)
            let wall = 5_000 + Int64(passed / 1_000_000)
            time.advance(wallMilliseconds: wall, monotonicNanoseconds: passed)
            #expect(time.now.millisecondsSinceEpoch == wall, "seed \(seed)")
        }
    }

    @Test("while the wall clock is behind, it goes on a little slower than time passes, and waits for nothing else")
    func setBack() {
        var time = JournalTime(wallMilliseconds: 2 * Self.hour, monotonicNanoseconds: 0)
        let slowness = Int64(JournalTime.slowness)
        var worst: Int64 = 0
        for turn in 1...(16 * Self.hour / 250) {
            let passed = turn * 250
            time.advance(wallMilliseconds: Self.hour + passed, monotonicNanoseconds: UInt64(passed) * 1_000_000)
            let expected = max(2 * Self.hour + passed - passed / slowness, Self.hour + passed)
            worst = max(worst, abs(time.now.millisecondsSinceEpoch - expected))
        }
        #expect(worst <= 1)
        // The hour is made up for.
        #expect(time.now.millisecondsSinceEpoch == 17 * Self.hour)
    }

    @Test("it never goes back, whatever the clocks and the journal do")
    func jumps() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededGenerator(seed: seed)
        var time = JournalTime(wallMilliseconds: 0, monotonicNanoseconds: 0)
        var before = time.now
        var monotonic: UInt64 = 0
        for step in 0..<10_000 {
            let jumps: [Int64] = [.min, .max, -1, 0, Int64.random(in: -1_000_000...1_000_000, using: &random)]
            monotonic += UInt64.random(in: 0...1_000_000_000, using: &random)
            let wall = jumps[Int.random(in: step < 9_000 ? 2...4 : 0...4, using: &random)]
            time.advance(wallMilliseconds: wall, monotonicNanoseconds: monotonic)
            if step % 7 == 0 { time.adopt(Instant(millisecondsSinceEpoch: wall / 2)) }
            #expect(time.now >= before, "seed \(seed), step \(step)")
            before = time.now
        }
    }
    @Test(
        "a wall clock that is set back an hour makes no hold last longer, also across a restart",
        arguments: [false, true]
    )
    func hold(isRestarted: Bool) throws {
        let (folder, clock) = (TestDataFolder(), TestClock())
        var server: TestServer? = try TestServer(clock: clock, folder: folder)
        try server?.create("mug", stock: 1)
        let body = #"{"buyer":"ann","quantity":1,"ttl_seconds":300}"#
        let placed = try TestFailure.unwrap(server).call(.with("POST", "/v1/skus/mug/holds", body, ""))
        #expect(placed.status == 201)
        clock.setWallBack(milliseconds: Self.hour)
        if isRestarted {
            server?.stop()
            server = nil
            server = try TestServer(clock: clock, folder: folder)
        }
        let client = try TestFailure.unwrap(server).connect()
        clock.advance(milliseconds: 299_000)
        try client.send(.purchase("mug", buyer: "bob"))
        #expect(try client.answer().status == 409)
        // A sixteenth of the time is left out, and a second is the promise.
        clock.advance(milliseconds: 1_000 + 300_000 / 15 + 1_000)
        try client.waitUntilAvailable("mug")
        try client.send(.purchase("mug", buyer: "bob"))
        #expect(try client.answer().status == 201)
    }
}

extension TestClient {
    /// Reads a SKU until it has one unit, but not for ever.
    fileprivate func waitUntilAvailable(_ sku: String) throws {
        let deadline = ContinuousClock.now + .seconds(30)
        repeat {
            try send(.get("/v1/skus/\(sku)"))
            if try answer().body.contains("\"available\":1,") { return }
        } while ContinuousClock.now < deadline
        throw TestFailure("the units of \(sku) never came back")
    }
}

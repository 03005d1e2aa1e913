import Platform
import Synchronization
import Testing

@Suite("Parker")
struct ParkerTests {
    @Test("a wake before the wait is not lost, and counts once")
    func early() {
        let parker = Parker()
        parker.wake()
        parker.wake()
        parker.wait()
        parker.wait(timeoutNanoseconds: 1)
    }

    @Test("a wait ends by its timeout without news")
    func timeout() {
        Parker().wait(timeoutNanoseconds: 1_000)
    }

    @Test("no news is lost between two threads that take turns")
    func turns() throws {
        let rounds = 20_000
        let ball = Atomic<Int>(0)
        let ping = Parker()
        let pong = Parker()
        // Each side waits for its parity. A lost wake would stop the game for ever.
        let thread = try NativeThread(name: "pong") {
            for round in 0..<rounds {
                while ball.load(ordering: .acquiring) != 2 * round + 1 { pong.wait() }
                ball.store(2 * round + 2, ordering: .releasing)
                ping.wake()
            }
        }
        for round in 0..<rounds {
            ball.store(2 * round + 1, ordering: .releasing)
            pong.wake()
            while ball.load(ordering: .acquiring) != 2 * round + 2 { ping.wait() }
        }
        thread.join()
        #expect(ball.load(ordering: .relaxed) == 2 * rounds)
    }
}

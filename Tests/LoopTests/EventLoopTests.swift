import Loop
import Platform
import Synchronization
import Testing

private final class Quiet: LoopHandler {
    var hasWork: Bool { false }
    var sleepMillisecondsMax: Int32 { EventLoop.sleepMillisecondsMax }
    func ready(token: UInt64, readiness: Readiness) {}
    func turnEnded(wasIdle: Bool) {}
}

private actor Counter {
    private let executor: PlacedExecutor
    private(set) var value = 0
    nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe executor.asUnownedSerialExecutor() }

    init(executor: PlacedExecutor) { self.executor = executor }

    func add() -> UInt {
        value += 1
        return NativeThread.current
    }
}

/// What code on the owning thread does: no suspension, no queue.
private func callInPlace(_ counter: Counter) {
    let thread = counter.assumeIsolated { $0.add() }
    #expect(thread == NativeThread.current)
}

@Suite("Event loop")
struct EventLoopTests {
    @Test("actors placed on a loop run on its thread, whoever calls them")
    func executor() async throws {
        let loop = try EventLoop(index: 0)
        let executor = PlacedExecutor(loop: loop)
        let counter = Counter(executor: executor)
        callInPlace(counter)

        let loopThread = Mutex<UInt>(0)
        loop.submit {
            executor.place()
            loopThread.withLock { $0 = NativeThread.current }
        }
        let thread = try NativeThread(name: "loop") { try? loop.run(Quiet()) }
        var threads: Set<UInt> = []
        for _ in 0..<1_000 { threads.insert(await counter.add()) }
        #expect(await counter.value == 1_001)
        #expect(threads == [loopThread.withLock { $0 }])
        loop.stop()
        thread.join()
    }

    @Test("a wake is never lost between two threads that call each other")
    func pingPong() throws {
        let loops = [try EventLoop(index: 0), try EventLoop(index: 1)]
        let left = Atomic<Int>(20_000)
        @Sendable func hit(_ index: Int) {
            if left.subtract(1, ordering: .relaxed).newValue > 0 {
                loops[1 - index].submit { hit(1 - index) }
            } else {
                for loop in loops { loop.stop() }
            }
        }
        loops[0].submit { hit(0) }
        let threads = try loops.map { loop in try NativeThread(name: "loop") { try? loop.run(Quiet()) } }
        for thread in threads { thread.join() }
        #expect(left.load(ordering: .relaxed) == 0)
    }
}

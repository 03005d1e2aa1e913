import Platform
import Synchronization

/// Runs the work on the index of orders when nobody else wants the processor, and slowly enough to leave the disk to others.
///
/// - Isolation: its own thread runs `run`; `stop` from any.
final class IndexThread<D: Disk>: Sendable {
    private let work: IndexWork<D>
    private let parker = Parker()
    private let stopping = Atomic<Bool>(false)

    /// The rest after each step: with its bytes, at most 128 MiB a second are read.
    private static var restNanoseconds: Int64 { 1_000_000 }
    /// How often it looks whether there is something new: so late may a list be where nothing else holds it up.
    private static var lookNanoseconds: Int64 { 50_000_000 }

    init(_ work: IndexWork<D>) {
        self.work = work
    }

    /// The body of the thread.
    func run() {
        NativeThread.runWhenIdle()
        while !stopping.load(ordering: .acquiring) {
            let hasMore = work.step() && work.isBehind
            parker.wait(timeoutNanoseconds: hasMore ? Self.restNanoseconds : Self.lookNanoseconds)
        }
    }

    /// Ends `run` soon.
    func stop() {
        stopping.store(true, ordering: .releasing)
        parker.wake()
    }
}

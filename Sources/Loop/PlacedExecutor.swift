import Platform
import Synchronization

/// Whoever runs work that others leave with it: an event loop.
public protocol JobTaker: Wakeable {
    /// Runs `work` on the taker's thread soon.
    ///
    /// Any thread.
    func submit(_ work: @escaping @Sendable () -> Void)
}

/// The serial executor of one partition's actors: whichever thread the partition is placed on.
///
/// While a partition is replayed it belongs to the thread that replays it; then it is placed on its loop. Code that is
/// already on that thread calls the actors with `assumeIsolated`; everybody else's calls are queued to the loop.
public final class PlacedExecutor: SerialExecutor, Sendable {
    private let owner: Atomic<UInt>
    private let loop: any JobTaker

    /// Belongs to the calling thread until `place` gives it away.
    ///
    /// - Parameter loop: runs the jobs that other threads enqueue.
    public init(loop: any JobTaker) {
        self.loop = loop
        owner = Atomic(NativeThread.current)
    }

    /// From now on the actors belong to the calling thread.
    ///
    /// The giving thread must have stopped using them before.
    public func place() {
        owner.store(NativeThread.current, ordering: .sequentiallyConsistent)
    }

    /// Queues a job of the Swift runtime to the loop.
    ///
    /// Any thread.
    public func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        loop.submit { [self] in
            // SAFETY: the job is run exactly once, on the thread that this executor stands for.
            unsafe job.runSynchronously(on: asUnownedSerialExecutor())
        }
    }

    /// Stops the process where code claims an isolation that it does not have.
    public func checkIsolated() {
        precondition(isOwner, "a keeper was called from a thread that does not own its partition")
    }

    /// Whether the calling thread is the one the partition is placed on.
    public func isIsolatingCurrentContext() -> Bool? { isOwner }

    private var isOwner: Bool { owner.load(ordering: .relaxed) == NativeThread.current }
}

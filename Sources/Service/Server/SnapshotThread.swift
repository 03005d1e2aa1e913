import Journal
import Platform
import Synchronization

/// Runs the work on snapshots when nobody else wants the processor, and slowly enough to leave the disk to others.
///
/// - Isolation: its own thread runs `run`; `stop` from any.
final class SnapshotThread<D: Disk>: @unchecked Sendable {
    // SAFETY: `work` and `free` are used by the thread that runs only.
    private let work: SnapshotWork<D>
    /// Not the server's: a disk is given its rest in real time.
    private let clock = SystemClock()
    private let parker = Parker()
    private let stopping = Atomic<Bool>(false)
    /// When the bytes that were read and written so far are paid for, in nanoseconds of the monotonic clock.
    private var free: UInt64 = 0

    /// Bytes read and written a second: more than a journal grows by, and little enough to sleep most of the time.
    ///
    /// What a part of the work holds up (the disk, the caches, the kernel's locks) it holds up as long as it lasts.
    private static var bytesPerSecondMax: UInt64 { 32 << 20 }
    /// How often it looks whether there is work.
    private static var lookNanoseconds: Int64 { 1_000_000_000 }
    /// Shorter sleeps cost more than they give.
    private static var sleepNanosecondsMin: UInt64 { 1_000_000 }

    init(_ work: SnapshotWork<D>) {
        self.work = work
        work.pace = { [unowned self] (bytes) throws(JournalError) in try pay(bytes) }
    }

    /// The body of the thread.
    func run() {
        NativeThread.runWhenIdle()
        while !stopping.load(ordering: .acquiring) {
            if !work.step() { parker.wait(timeoutNanoseconds: Self.lookNanoseconds) }
        }
    }

    /// Ends `run` soon; a snapshot that is not finished is given up.
    func stop() {
        stopping.store(true, ordering: .releasing)
        parker.wake()
    }

    private func pay(_ bytes: Int) throws(JournalError) {
        let now = clock.monotonicNanoseconds()
        free = max(free, now) + UInt64(bytes) * 1_000_000_000 / Self.bytesPerSecondMax
        while !stopping.load(ordering: .acquiring) {
            let now = clock.monotonicNanoseconds()
            guard free > now + Self.sleepNanosecondsMin else { return }
            parker.wait(timeoutNanoseconds: Int64(free - now))
        }
        throw .stopped
    }
}

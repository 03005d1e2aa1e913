import Glibc
import Platform
import Synchronization

/// Counts what the whole process asks of its disk, and says when that goes wrong.
///
/// - Isolation: any thread.
final class Faults: Sendable {
    let options: FaultOptions

    private let operations = Atomic<Int>(0)
    private let syncs = Atomic<Int>(0)
    private let roomBytes: Mutex<Int?>
    /// When the disk is done with the syncs that it has been given, in nanoseconds of the monotonic clock.
    private let syncsEnd = Mutex<UInt64>(0)
    private let clock = SystemClock()
    private let last = Mutex<(@Sendable () -> Void)?>(nil)

    init(_ options: FaultOptions) {
        self.options = options
        roomBytes = Mutex(options.roomBytes)
    }

    /// Has something done when the process is about to kill itself.
    func beforeKill(_ action: @escaping @Sendable () -> Void) {
        last.withLock { $0 = action }
    }

    /// Kills the process if this is the operation to do it at; `half` is done before.
    func pass(
        _ operation: DiskOperation,
        on path: String,
        half: () throws(SystemError) -> Void = {}
    ) throws(SystemError) {
        guard let point = options.killAt, point.operation == operation,
            point.name.isEmpty || path.contains(point.name),
            operations.add(1, ordering: .relaxed).newValue == point.number
        else { return }
        try half()
        last.withLock { $0 }?()
        kill(getpid(), SIGKILL)
        // The signal may reach another thread first: nothing more is done on this one.
        while true { pause() }
    }

    /// Takes room for `count` bytes.
    ///
    /// - Returns: how many there is room for, at least 1.
    /// - Throws: `ENOSPC` where there is none.
    func takeRoom(_ count: Int, for path: String) throws(SystemError) -> Int {
        let taken = roomBytes.withLock { (room: inout Int?) -> Int in
            guard let left = room else { return count }
            room = left - min(left, count)
            return min(left, count)
        }
        if taken == 0 && count > 0 { throw SystemError("pwrite", code: ENOSPC, subject: path) }
        return taken
    }

    /// The room that is left; nil where there is no limit but the real one.
    var roomLeftBytes: Int? { roomBytes.withLock { $0 } }

    /// Waits as long as a sync takes on this disk, in the order of the calls.
    ///
    /// - Throws: `EIO` from the sync that fails on.
    func beforeSync(_ path: String) throws(SystemError) {
        if let failing = options.failingSync, syncs.add(1, ordering: .relaxed).newValue >= failing {
            throw SystemError("fdatasync", code: EIO, subject: path)
        }
        guard let microseconds = options.slowSyncMicroseconds else { return }
        let end = syncsEnd.withLock { end in
            end = max(end, clock.monotonicNanoseconds()) + UInt64(microseconds) * 1_000
            return end
        }
        sleep(until: end)
    }

    private func sleep(until end: UInt64) {
        while true {
            let now = clock.monotonicNanoseconds()
            guard now < end else { return }
            var left = timespec(tv_sec: Int((end - now) / 1_000_000_000), tv_nsec: Int((end - now) % 1_000_000_000))
            // SAFETY: a local structure is read; nothing is written back.
            unsafe nanosleep(&left, nil)
        }
    }
}

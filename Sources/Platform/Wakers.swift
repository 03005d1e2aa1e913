import CPlatform
import Glibc
import Synchronization

/// Wakes a thread that waits in epoll: an eventfd watched edge-triggered, so it is rung and never read.
public struct Doorbell: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// A bell that has not rung.
    public init() throws(SystemError) {
        let raw = cplatform_eventfd()
        guard raw >= 0 else { throw SystemError("eventfd") }
        descriptor = FileDescriptor(owning: raw)
    }

    /// The descriptor to watch with `[.readable, .edge]`.
    public var raw: Int32 { descriptor.raw }

    /// Wakes the waiter.
    ///
    /// Any thread.
    public borrowing func ring() {
        var one: UInt64 = 1
        // SAFETY: eight bytes of a local value are written.
        if unsafe write(descriptor.raw, &one, 8) < 0 && errno == EAGAIN {
            // The counter is full after 2^64-2 rings: it is emptied so that the next ring is an edge again.
            _ = unsafe read(descriptor.raw, &one, 8)
            one = 1
            _ = unsafe write(descriptor.raw, &one, 8)
        }
    }
}

/// Puts one thread to sleep until another has news for it; a wake before the sleep is not lost.
///
/// - Isolation: `wait` by one thread, `wake` by any.
public final class Parker: Sendable {
    private static let running: UInt32 = 0
    private static let parked: UInt32 = 1
    private static let notified: UInt32 = 2

    private let state = Atomic<UInt32>(running)

    /// Nobody sleeps yet.
    public init() {}

    /// Sleeps until `wake`, or returns at once if there was a `wake` since the last return.
    ///
    /// - Parameter timeoutNanoseconds: the longest sleep; negative: without end.
    public func wait(timeoutNanoseconds: Int64 = -1) {
        if state.compareExchange(expected: Self.notified, desired: Self.running, ordering: .acquiring).exchanged {
            return
        }
        guard
            state.compareExchange(expected: Self.running, desired: Self.parked, ordering: .acquiring).exchanged
        else {
            _ = state.exchange(Self.running, ordering: .acquiring)
            return
        }
        while state.load(ordering: .acquiring) == Self.parked {
            let outcome = unsafe withWord { word in
                // SAFETY: the word is this object's own atomic, alive for the call.
                unsafe cplatform_futex_wait(word, Self.parked, timeoutNanoseconds)
            }
            if outcome == ETIMEDOUT { break }
        }
        _ = state.exchange(Self.running, ordering: .acquiring)
    }

    /// Wakes the sleeper, or keeps the news for its next `wait`.
    ///
    /// Costs a system call only if it sleeps.
    public func wake() {
        if state.exchange(Self.notified, ordering: .acquiringAndReleasing) == Self.parked {
            unsafe withWord { word in
                // SAFETY: as above.
                _ = unsafe cplatform_futex_wake(word, 1)
            }
        }
    }

    private func withWord<Result>(_ body: (UnsafeMutablePointer<UInt32>) -> Result) -> Result {
        // SAFETY: Atomic<UInt32> has the layout of its value and a stable address inside this class; the kernel only
        // compares the word and never writes it.
        unsafe withUnsafePointer(to: state) { pointer in
            unsafe body(
                UnsafeMutableRawPointer(mutating: UnsafeRawPointer(pointer)).assumingMemoryBound(to: UInt32.self)
            )
        }
    }
}

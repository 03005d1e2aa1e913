import CPlatform

/// Wakes an epoll loop at a given moment, with a finer grain than the millisecond of its timeout.
///
/// It is watched with `[.readable, .edge]`: each expiry is an edge of its own, so it is armed again and never read.
public struct WakeTimer: ~Copyable, Sendable {
    private let descriptor: FileDescriptor

    /// A timer that is not armed.
    public init() throws(SystemError) {
        let raw = cplatform_timer()
        guard raw >= 0 else { throw SystemError("timerfd_create") }
        descriptor = FileDescriptor(owning: raw)
    }

    /// The descriptor to watch with `[.readable, .edge]`.
    public var raw: Int32 { descriptor.raw }

    /// Sets the one moment at which it expires; an earlier one is forgotten.
    ///
    /// The moment is as `Clock.monotonicNanoseconds` counts, at least 1; the past expires at once. Cost: one system
    /// call.
    public borrowing func arm(at monotonicNanoseconds: UInt64) throws(SystemError) {
        guard cplatform_timer_arm(descriptor.raw, monotonicNanoseconds) == 0 else {
            throw SystemError("timerfd_settime")
        }
    }
}

import CPlatform
import Glibc

/// What a descriptor is ready for.
public struct Readiness: OptionSet, Sendable {
    /// The kernel's bits.
    public let rawValue: UInt32

    /// The set with these bits.
    public init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// Bytes, a connection or an end of stream can be read.
    public static let readable = Self(rawValue: 0x001)
    /// Bytes can be written.
    public static let writable = Self(rawValue: 0x004)
    /// An error is pending.
    ///
    /// Always reported.
    public static let failed = Self(rawValue: 0x008)
    /// Both directions are shut.
    ///
    /// Always reported.
    public static let hungUp = Self(rawValue: 0x010)
    /// The peer has shut its writing side.
    public static let peerClosed = Self(rawValue: 0x2000)
    /// Wakes one of several waiters on the same descriptor.
    public static let exclusive = Self(rawValue: 1 << 28)
    /// Reported once per change, not as long as it holds.
    public static let edge = Self(rawValue: 1 << 31)
}

/// One epoll instance and the array that its waits fill.
///
/// - Isolation: one thread.
@safe public struct Epoll: ~Copyable {
    private let descriptor: FileDescriptor
    // SAFETY: the union inside each event is only read as the 64-bit member it was registered with.
    private var events: [epoll_event]

    /// `eventsMax`: most events that one wait returns.
    public init(eventsMax: Int = 512) throws(SystemError) {
        let raw = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard raw >= 0 else { throw SystemError("epoll_create1") }
        descriptor = FileDescriptor(owning: raw)
        unsafe events = [epoll_event](repeating: epoll_event(), count: eventsMax)
    }

    /// Watches `raw`; its events carry `token`.
    public borrowing func add(_ raw: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_ADD, raw, interest, token)
    }

    /// Changes what `raw` is watched for.
    public borrowing func modify(_ raw: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try control(EPOLL_CTL_MOD, raw, interest, token)
    }

    /// Stops watching `raw`.
    public borrowing func remove(_ raw: Int32) throws(SystemError) {
        try control(EPOLL_CTL_DEL, raw, [], 0)
    }

    private borrowing func control(
        _ operation: Int32,
        _ raw: Int32,
        _ interest: Readiness,
        _ token: UInt64
    ) throws(SystemError) {
        // SAFETY: the event lives on this frame for the length of the call; the union's 64-bit member is the one used.
        var event = unsafe epoll_event(events: interest.rawValue, data: epoll_data_t(u64: token))
        guard unsafe epoll_ctl(descriptor.raw, operation, raw, &event) == 0 else { throw SystemError("epoll_ctl") }
    }

    /// Waits for events.
    ///
    /// `timeoutMilliseconds`: -1 waits for ever, 0 does not wait.
    /// Returns: how many events are there to be read with `event(_:)`; 0 after a signal or the timeout.
    public mutating func wait(timeoutMilliseconds: Int32) throws(SystemError) -> Int {
        let limit = unsafe Int32(events.count)
        // SAFETY: the kernel writes at most `limit` entries, the array's count.
        let count = unsafe epoll_wait(descriptor.raw, &events, limit, timeoutMilliseconds)
        if count >= 0 { return Int(count) }
        if errno == EINTR { return 0 }
        throw SystemError("epoll_wait")
    }

    /// The event at `index`, below the count that the last wait returned.
    public borrowing func event(_ index: Int) -> (token: UInt64, readiness: Readiness) {
        let event = unsafe events[index]
        // SAFETY: every event was registered with the union's 64-bit member.
        return unsafe (event.data.u64, Readiness(rawValue: event.events))
    }
}

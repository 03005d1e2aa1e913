import CPlatform
import Glibc

/// One operating system thread that runs a closure once; it must be joined.
public final class NativeThread: @unchecked Sendable {
    // SAFETY: `handle` is written before the object is shared and only read by `join`.
    private var handle = pthread_t()

    private final class Start {
        let name: String
        let body: @Sendable () -> Void

        init(name: String, body: @escaping @Sendable () -> Void) {
            self.name = name
            self.body = body
        }
    }

    /// Starts `body` on a new thread.
    ///
    /// `name`: shown by `top` and `ps`; 15 bytes are kept.
    public init(name: String, _ body: @escaping @Sendable () -> Void) throws(SystemError) {
        let start = unsafe Unmanaged.passRetained(Start(name: name, body: body))
        // SAFETY: the retained start is taken back exactly once, by the new thread, or here if there is none.
        let failure = unsafe pthread_create(
            &handle,
            nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                let start = unsafe Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()
                unsafe cplatform_thread_name(start.name)
                start.body()
                return nil
            },
            start.toOpaque()
        )
        guard failure == 0 else {
            unsafe start.release()
            throw SystemError("pthread_create", code: failure, subject: name)
        }
    }

    /// Asks the scheduler to let the calling thread wait less for its turn, for no larger a share of the processor.
    ///
    /// For threads that others wait for. A kernel that knows nothing of it (before Linux 6.12) changes nothing.
    public static func shortenSlices() {
        _ = cplatform_thread_slice(100_000)
    }

    /// Lets the calling thread run only when no other one wants the processor.
    ///
    /// For work that nobody waits for. A kernel that refuses changes nothing.
    public static func runWhenIdle() {
        _ = cplatform_thread_idle()
    }

    /// Lets the calling thread have a small share of the processor while others want it.
    ///
    /// For work that somebody waits for, and others must not notice. A kernel that refuses changes nothing.
    public static func giveWay() {
        _ = cplatform_thread_nice(10)
    }

    /// Waits for the thread's end.
    ///
    /// Call it once.
    public func join() {
        _ = pthread_join(handle, nil)
    }

    /// A number that tells the calling thread from every other one alive.
    public static var current: UInt {
        UInt(bitPattern: Int(pthread_self()))
    }
}

import Glibc

/// The process's standard streams, unbuffered.
public enum StandardStreams {
    /// Writes all of `bytes`, as far as the stream takes them.
    ///
    /// - Returns: whether all were written.
    public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Bool {
        var done = 0
        while done < bytes.count {
            // SAFETY: the rest of the caller's bytes.
            let count = unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return false }
            done += count
        }
        return true
    }
}

/// The running process.
public enum CurrentProcess {
    /// The kernel's number of it.
    public static var id: Int32 { getpid() }

    /// Ends it at once with this status, whatever other threads are at; nothing is left to be flushed, because
    /// `StandardStreams` keep nothing.
    public static func exit(_ status: Int32) -> Never {
        Glibc._exit(status)
    }
}

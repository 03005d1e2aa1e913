import Glibc

/// The process's standard streams, unbuffered.
public enum StandardStreams {
    /// Writes all of `bytes`.
    ///
    /// - Throws: why the stream took no more of them; see `SystemError.isBrokenPipe`.
    public static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            // SAFETY: the rest of the caller's bytes.
            let count = unsafe Glibc.write(descriptor, bytes.baseAddress.map { unsafe $0 + done }, bytes.count - done)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { throw SystemError("write", subject: "descriptor \(descriptor)") }
            done += count
        }
    }

    /// Whether a person looks at the stream, not a file or another program.
    public static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Lets a write to a closed pipe fail, instead of ending the process.
    public static func surviveClosedPipes() {
        _ = signal(SIGPIPE, SIG_IGN)
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

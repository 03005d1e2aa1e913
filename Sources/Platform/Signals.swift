import CPlatform
import Glibc

/// The signals that ask a process to stop, taken by a thread that waits for them instead of by a handler.
public struct StopSignals: ~Copyable {
    /// The number of SIGHUP, which asks for the credentials to be read again.
    public static let hangUp = SIGHUP

    private let descriptor: FileDescriptor

    /// Takes SIGTERM, SIGINT and SIGHUP out of the hands of the kernel, for this thread and those that it starts later, and
    /// lets writes to closed pipes fail instead of ending the process.
    ///
    /// - Throws: what `signalfd` says when the process is out of descriptors.
    public init() throws(SystemError) {
        StandardStreams.surviveClosedPipes()
        let signals = [SIGTERM, SIGINT, SIGHUP]
        // SAFETY: two signals are read from the array.
        let raw = unsafe cplatform_signal_descriptor(signals, Int32(signals.count))
        guard raw >= 0 else { throw SystemError("signalfd") }
        descriptor = FileDescriptor(owning: raw)
    }

    /// Waits for the next of the signals.
    ///
    /// - Parameter timeoutMilliseconds: -1 waits for ever.
    /// - Returns: the signal's number; nil after the timeout.
    public borrowing func next(timeoutMilliseconds: Int32 = -1) -> Int32? {
        var waiting = pollfd(fd: descriptor.raw, events: Int16(POLLIN), revents: 0)
        // SAFETY: one pollfd is passed.
        guard unsafe poll(&waiting, 1, timeoutMilliseconds) > 0 else { return nil }
        // signalfd(2): 128 bytes, of which the first four are the signal's number.
        var info = [UInt32](repeating: 0, count: 32)
        // SAFETY: the kernel writes one structure, the array's size.
        let count = unsafe read(descriptor.raw, &info, 128)
        return count == 128 ? Int32(bitPattern: info[0]) : nil
    }
}

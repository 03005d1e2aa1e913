import HTTP
import Platform
import Synchronization

/// Lines that a thread has written and the log's writer has not taken.
///
/// Bounded: a line that finds no room is dropped, so that whoever reads the log too slowly delays nobody.
///
/// - Isolation: `add` by one thread, `take` by the writer.
@safe final class LogLines: @unchecked Sendable {
    // SAFETY: `filled` is touched under the lock only, `taken` by the writer only.
    private let turn = Mutex(())
    private var filled = ByteWriter(capacity: LogLines.bytesMax, bytesMax: LogLines.bytesMax)
    private var taken = ByteWriter(capacity: LogLines.bytesMax, bytesMax: LogLines.bytesMax)
    private let writer: Parker

    /// What gathers at most: at 250 bytes a line, 100,000 requests a second for 40 ms.
    ///
    /// Unit: bytes.
    static let bytesMax = 1 << 20
    /// No line is longer.
    ///
    /// Unit: bytes.
    static let lineBytesMax = 2_048

    /// - Parameter writer: woken before the buffer is full.
    init(writer: Parker) {
        self.writer = writer
    }

    /// Adds a line.
    ///
    /// - Parameter compose: appends it, with its end; not called where there is no room.
    /// - Returns: whether there was room.
    /// - Cost: a lock that nobody else has, but for the moment in which the writer takes what there is.
    @inline(__always)
    func add(_ compose: (inout ByteWriter) -> Void) -> Bool {
        var (isAdded, isHalfFull) = (false, false)
        turn.withLock { _ in
            let before = filled.count
            guard before + Self.lineBytesMax <= Self.bytesMax else { return }
            compose(&filled)
            isAdded = true
            isHalfFull = before < Self.bytesMax / 2 && filled.count >= Self.bytesMax / 2
        }
        if isHalfFull { writer.wake() }
        return isAdded
    }

    /// Hands everything that there is to `body`.
    ///
    /// - Returns: false where there is nothing.
    @discardableResult
    func take(_ body: (UnsafeRawBufferPointer) -> Void) -> Bool {
        turn.withLock { _ in swap(&filled, &taken) }
        guard !taken.isEmpty else { return false }
        unsafe taken.withUnsafeBytes { unsafe body($0) }
        taken.reset()
        return true
    }
}

/// The lines of all threads.
package final class LogBuffers: Sendable {
    /// One for each thread that answers.
    let lines: [LogLines]
    let format: LogFormat
    /// Where the writer sleeps.
    let writer = Parker()

    init(count: Int, _ format: LogFormat) {
        self.format = format
        let writer = writer
        lines = (0..<count).map { _ in LogLines(writer: writer) }
    }
}

/// The thread that brings the lines to standard output.
final class LogThread: Sendable {
    private let buffers: LogBuffers
    private let stopping = Atomic<Bool>(false)
    private let isDone = Atomic<Bool>(false)
    private let done = Parker()

    /// How late a line may be.
    private static let restNanoseconds: Int64 = 100_000_000
    /// How long the stop waits for whoever reads the log.
    private static let finishNanoseconds: Int64 = 1_000_000_000

    private init(_ buffers: LogBuffers) {
        self.buffers = buffers
    }

    /// Starts the thread; it is not joined, because a reader that has stopped reading would never let it end.
    static func start(_ buffers: LogBuffers) throws(SystemError) -> LogThread {
        let log = LogThread(buffers)
        _ = try NativeThread(name: "log") { log.run() }
        return log
    }

    private func run() {
        while true {
            // In this order: what was added before the stop is written.
            let isLast = stopping.load(ordering: .acquiring)
            for lines in buffers.lines { unsafe lines.take { unsafe LogStream.standardOutput.write($0) } }
            if isLast { break }
            buffers.writer.wait(timeoutNanoseconds: Self.restNanoseconds)
        }
        isDone.store(true, ordering: .releasing)
        done.wake()
    }

    /// Ends the thread once the lines that there are have been written, or nobody has taken them in time.
    func finish() {
        stopping.store(true, ordering: .releasing)
        buffers.writer.wake()
        if !isDone.load(ordering: .acquiring) { done.wait(timeoutNanoseconds: Self.finishNanoseconds) }
    }
}

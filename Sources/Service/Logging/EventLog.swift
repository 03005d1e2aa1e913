import HTTP
import Platform
import Synchronization

/// How lines of the log are written.
enum LogFormat: Sendable {
    /// To be read by people.
    case text
    /// An object each.
    case json

    /// The format that a configuration asks for.
    init(_ configuration: ServerConfiguration) {
        self = configuration.logFormat == "json" ? .json : .text
    }
}

/// A standard stream that several threads write lines to.
///
/// Unbuffered, so that whoever waits for a line gets it; a stream that takes nothing more is nobody's failure.
///
/// - Isolation: any thread; one waits for the other.
final class LogStream: Sendable {
    private let descriptor: Int32
    private let turn = Mutex(())

    /// Standard output: what the server does, and the access log.
    static let standardOutput = LogStream(1)
    /// Standard error: what is amiss.
    static let standardError = LogStream(2)

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    /// Writes whole lines.
    func write(_ text: String) {
        unsafe Array(text.utf8).withUnsafeBytes { unsafe write($0) }
    }

    /// Writes whole lines.
    func write(_ lines: UnsafeRawBufferPointer) {
        turn.withLock { _ in
            // SAFETY: the caller's bytes, for the call.
            try? unsafe StandardStreams.write(lines, to: descriptor)
        }
    }
}

/// What the server says of itself: a line each, seldom.
///
/// - Isolation: any thread.
struct EventLog: Sendable {
    private let format: LogFormat

    init(_ format: LogFormat) {
        self.format = format
    }

    /// Says what was done.
    func info(_ text: String) {
        LogStream.standardOutput.write(format == .json ? Self.object("info", text) : text + "\n")
    }

    /// Says what is amiss.
    func error(_ text: String) {
        LogStream.standardError.write(format == .json ? Self.object("error", text) : "\(Product.name): \(text)\n")
    }

    private static func object(_ level: String, _ text: String) -> String {
        var line = ByteWriter(capacity: 512, bytesMax: 65_536)
        line.append("{\"at\":\"")
        line.append(rfc3339: SystemClock().wallMilliseconds())
        line.append("\",\"level\":\"")
        line.append(Array(level.utf8).span)
        line.append("\",\"event\":\"message\",\"message\":\"")
        line.append(escaped: Array(text.utf8).span)
        line.append("\"}\n")
        return line.withSpan { String(decoding: $0.array, as: UTF8.self) }
    }
}

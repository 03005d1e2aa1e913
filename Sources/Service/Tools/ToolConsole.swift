import Domain
import HTTP
import Platform
import Synchronization

/// What a tool prints: results on standard output, everything else on standard error.
///
/// Lines are gathered and written in large pieces. Once nobody reads them any more, `isClosed` says so, and the tool ends
/// quietly.
///
/// - Isolation: one thread, but for `note`.
final class ToolConsole {
    /// Appended to by whoever prints; written when it has grown large.
    var output = ByteWriter(capacity: 2 * pieceBytes, bytesMax: 64 * pieceBytes)
    private(set) var failure: ToolError?

    private static let pieceBytes = 65_536

    init() {
        StandardStreams.surviveClosedPipes()
    }

    /// Whether output is not taken any more.
    var isClosed: Bool { failure != nil }

    /// Appends a line.
    func line(_ text: String) {
        output.append(Array(text.utf8).span)
        output.append(0x0A)
        writeIfLarge()
    }

    /// Writes what has gathered, if it is worth a call.
    func writeIfLarge() {
        if output.count >= Self.pieceBytes { flush() }
    }

    /// Writes what has gathered.
    func flush() {
        guard failure == nil else { return }
        do throws(SystemError) {
            // SAFETY: the writer's own bytes, for the length of the call.
            try unsafe output.withUnsafeBytes { (bytes) throws(SystemError) in
                try unsafe StandardStreams.write(bytes, to: 1)
            }
        } catch {
            // Whoever has seen enough closes the pipe: `| head -1` is no failure.
            failure = error.isBrokenPipe ? ToolError(.success, nil) : ToolError(.inputOutput, error.description)
        }
        output.reset()
    }

    /// Writes the rest.
    ///
    /// - Throws: why not everything could be written.
    func finish() throws(ToolError) {
        flush()
        if let failure { throw failure }
    }

    /// Writes a line to standard error at once.
    static func note(_ text: String) {
        Self.write("\(Product.name): \(text)\n")
    }

    fileprivate static func write(_ text: String) {
        unsafe Array(text.utf8)
            .withUnsafeBytes { bytes in
                // SAFETY: the bytes of a local array.
                try? unsafe StandardStreams.write(bytes, to: 2)
            }
    }
}

/// Tells on standard error how far a long work is: often on a terminal, rarely elsewhere, never when it is short.
///
/// - Isolation: any thread.
final class ToolProgress: Sendable {
    private let name: String
    private let total: UInt64
    private let clock: any Clock
    private let isTerminal: Bool
    private let done = Atomic<UInt64>(0)
    private let due: Atomic<UInt64>

    private static let terminalNanoseconds: UInt64 = 200_000_000
    private static let elsewhereNanoseconds: UInt64 = 10_000_000_000

    /// - Parameters:
    ///   - name: what is done.
    ///   - total: how much there is to be done.
    ///   - clock: tells when to say something.
    init(_ name: String, total: UInt64, clock: any Clock) {
        self.name = name
        self.total = max(1, total)
        self.clock = clock
        isTerminal = StandardStreams.isTerminal(2)
        let first = isTerminal ? 5 * Self.terminalNanoseconds : Self.elsewhereNanoseconds
        due = Atomic(clock.monotonicNanoseconds() + first)
    }

    /// So much more is done.
    func advance(_ amount: Int) {
        let done = done.add(UInt64(max(0, amount)), ordering: .relaxed).newValue
        let now = clock.monotonicNanoseconds()
        let due = due.load(ordering: .relaxed)
        guard now >= due else { return }
        let pause = isTerminal ? Self.terminalNanoseconds : Self.elsewhereNanoseconds
        let isMine = self.due.compareExchange(expected: due, desired: now + pause, ordering: .relaxed).exchanged
        guard isMine else { return }
        let percent = min(100, done * 100 / total)
        ToolConsole.write(isTerminal ? "\r\(name): \(percent)% " : "\(name): \(percent)%\n")
    }

    /// Takes the line back that a terminal shows.
    func clear() {
        if isTerminal { ToolConsole.write("\r\u{1B}[K") }
    }
}

/// Numbers as people read them.
enum ToolText {
    /// For example `1,234,567`.
    static func count(_ number: some BinaryInteger) -> String {
        let digits = String(number)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return text
    }

    /// For example `3 records`, or `1 record`.
    static func count(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(count(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// For example `1.21 GB`; decimal units.
    static func bytes(_ number: Double) -> String {
        for (unit, size) in [("GB", 1e9), ("MB", 1e6), ("kB", 1e3)] where number >= size {
            return "\(decimals(number / size)) \(unit)"
        }
        return "\(Int(number)) bytes"
    }

    /// Two digits behind the point.
    static func decimals(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        let fraction = hundredths % 100
        return "\(hundredths / 100).\(fraction < 10 ? "0" : "")\(fraction)"
    }
}

extension Instant {
    /// For example `2027-01-01T09:00:00.000Z`.
    var rfc3339: String {
        var writer = ByteWriter(capacity: 32, bytesMax: 32)
        writer.append(rfc3339: millisecondsSinceEpoch)
        return writer.withSpan { text in
            // SAFETY: the span's own bytes, copied during the call.
            unsafe text.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
        }
    }
}

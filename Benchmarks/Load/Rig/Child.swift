import Foundation
import Platform

/// A process that this program has started and that ends with it.
///
/// Its output goes to a file, whose end is shown when something is wrong.
final class Child {
    private let process = Process()
    private let log: URL
    private let name: String

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    /// - Throws: `cannotRun` when the program is not there or does not start.
    init(
        _ executable: URL,
        _ arguments: [String],
        environment: [String: String] = [:],
        log: URL
    ) throws(BenchError) {
        name = executable.lastPathComponent
        self.log = log
        guard FileManager.default.isExecutableFile(atPath: executable.path) else {
            throw .cannotRun("there is no program at \(executable.path); build it first: swift build -c release")
        }
        process.executableURL = executable
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        do {
            try Data().write(to: log)
            let output = try FileHandle(forWritingTo: log)
            process.standardInput = FileHandle.nullDevice
            process.standardOutput = output
            process.standardError = output
            try process.run()
        } catch {
            throw .cannotRun("\(name) does not start: \(error)")
        }
    }

    deinit {
        end(SIGKILL)
    }

    /// Sends a signal and waits for the end; one that does not end within 30 s is killed.
    func end(_ signal: Int32 = SIGTERM) {
        guard process.isRunning else { return }
        kill(pid, signal)
        for _ in 0..<3_000 where process.isRunning { Thread.sleep(forTimeInterval: 0.01) }
        if process.isRunning { kill(pid, SIGKILL) }
        process.waitUntilExit()
    }

    /// Runs `body`, which talks to this process; when that fails because the process is gone, the error says so.
    func watched<Result>(_ body: () throws(BenchError) -> Result) throws(BenchError) -> Result {
        do {
            return try body()
        } catch .failed(let reason) where hasEnded {
            throw .failed("\(reason)\n\(name) \(ending):\n\(lastLines)")
        } catch .cannotRun(let reason) where hasEnded {
            // A server that ends under load is a fault of the server, not of the measurement.
            throw .failed("\(reason)\n\(name) \(ending):\n\(lastLines)")
        }
    }

    /// Connections break a moment before the end of their process is noticed.
    private var hasEnded: Bool {
        for _ in 0..<20 where process.isRunning { Thread.sleep(forTimeInterval: 0.01) }
        return !process.isRunning
    }

    private var ending: String {
        process.terminationReason == .uncaughtSignal
            ? "was ended by signal \(process.terminationStatus)"
            : "ended by itself with status \(process.terminationStatus)"
    }

    /// Waits for the end of a process that ends by itself.
    func waitUntilEnd() throws(BenchError) {
        while process.isRunning {
            try Interruption.check()
            Thread.sleep(forTimeInterval: 0.01)
        }
    }

    /// Verifies that it has ended, and ended well.
    func requireSuccess() throws(BenchError) {
        guard !process.isRunning, process.terminationReason == .exit, process.terminationStatus == 0 else {
            throw .failed("\(name) \(ending):\n\(lastLines)")
        }
    }

    /// Everything that it has printed so far.
    var output: String {
        (try? String(contentsOf: log, encoding: .utf8)) ?? ""
    }

    /// Waits until `GET /readyz` is answered with a status in `statuses`.
    ///
    /// - Returns: seconds from the call to the answer.
    /// - Throws: `cannotRun` with the end of its output when it ends or is not ready in time.
    @discardableResult
    func waitUntilReady(
        _ address: SocketAddress,
        _ statuses: Range<Int>,
        seconds: Double
    ) throws(BenchError) -> Double {
        let clock = SystemClock()
        let start = clock.monotonicNanoseconds()
        while true {
            try Interruption.check()
            let status = (try? ControlClient(address).ask(.init(path: "/readyz")).status) ?? 0
            let elapsed = Double(clock.monotonicNanoseconds() - start) / 1e9
            if statuses.contains(status) { return elapsed }
            guard process.isRunning else { throw .cannotRun("\(name) ended by itself:\n\(lastLines)") }
            guard elapsed < seconds else {
                throw .cannotRun("\(name) was not ready after \(Int(seconds)) s (/readyz: \(status)):\n\(lastLines)")
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    private var lastLines: String {
        output.split(separator: "\n").suffix(10).map { "  | " + $0 }.joined(separator: "\n")
    }
}

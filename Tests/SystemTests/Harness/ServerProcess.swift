import Foundation

/// What the tests run.
enum Program: String {
    case stockkeeper
    /// The same server on a disk that misbehaves as its options say.
    case faultyServer = "faulty-server"
}

/// How a server is started.
struct ServerOptions {
    var program = Program.stockkeeper
    var arguments: [String] = []
    /// Settings by their variable, as `STOCKKEEPER_HTTP_REQUEST_TIMEOUT_SECONDS`.
    var environment: [String: String] = [:]

    /// So that starts are quick, and segments fill and follow each other in every test that writes much.
    static let smallSegments = [
        "STOCKKEEPER_JOURNAL_SEGMENT_BYTES": "262144", "STOCKKEEPER_JOURNAL_STAGING_BYTES": "262144",
    ]

    /// The smallest there are: a few hundred sales fill one.
    static let tinySegments = [
        "STOCKKEEPER_JOURNAL_SEGMENT_BYTES": "65536", "STOCKKEEPER_JOURNAL_STAGING_BYTES": "65536",
        "STOCKKEEPER_HTTP_BODY_BYTES_MAX": "16384",
    ]

    /// The good server.
    static func good(_ arguments: String..., environment: [String: String] = [:]) -> Self {
        Self(arguments: arguments, environment: environment)
    }

    /// The server on a faulty disk.
    static func faulty(_ arguments: String...) -> Self {
        Self(program: .faultyServer, arguments: arguments)
    }
}

/// A server that is ready, on a port that the kernel chose; it is killed with this object.
///
/// - Isolation: one thread; what `sender` returns may be called on any while the owner keeps this alive.
final class ServerProcess {
    let port: UInt16
    let folder: DataFolder

    private let process: ChildProcess

    /// Starts a server and waits until it has recovered and is ready.
    ///
    /// - Throws: `StartFailure` when it ended before that.
    convenience init(in folder: DataFolder, _ options: ServerOptions = ServerOptions()) throws {
        try self.init(ChildProcess(options, in: folder), in: folder)
    }

    /// Waits until a server that was started is ready.
    ///
    /// - Throws: `StartFailure` when it ended before that.
    init(_ started: ChildProcess, in folder: DataFolder) throws {
        self.folder = folder
        process = started
        let behind = try process.waitForLine(with: "listening on 127.0.0.1:", seconds: 30)
        let isReady = try process.waitForLine(with: "ready: ", seconds: 30) != nil
        guard isReady, let port = behind.flatMap({ UInt16($0.prefix { $0.isNumber }) }) else {
            throw StartFailure(
                exit: try process.waitForExit(seconds: 10),
                output: process.output,
                errors: folder.errorText
            )
        }
        self.port = port
        try ServedDescription.load(from: port)
    }

    /// Starts a server that is expected not to get ready.
    static func refusal(in folder: DataFolder, _ options: ServerOptions) throws -> StartFailure {
        do {
            _ = try ServerProcess(in: folder, options)
        } catch let failure as StartFailure {
            return failure
        }
        throw HarnessFailure("the server started, and it should not have")
    }

    /// What it has printed up to readiness, or to its end once that was waited for.
    var output: String { process.output }

    var identifier: pid_t { process.identifier }

    /// Sends a signal from any thread.
    func sender(of signal: Int32) -> @Sendable () -> Void {
        { [identifier = process.identifier] in _ = Foundation.kill(identifier, signal) }
    }

    /// Waits until the server has printed a line with `text` in it.
    func waitForLine(_ text: String) throws {
        guard try process.waitForLine(with: text, seconds: 10) != nil else {
            throw HarnessFailure("the server ended without saying `\(text)`: \(output)")
        }
    }

    func terminate() { process.send(SIGTERM) }

    /// SIGKILL, and waits for the end.
    @discardableResult
    func kill() throws -> Exit {
        process.send(SIGKILL)
        return try process.waitForExit(seconds: 10)
    }

    func waitForExit(seconds: Double = 20) throws -> Exit {
        do {
            return try process.waitForExit(seconds: seconds)
        } catch {
            throw HarnessFailure("\(error)\nstandard output: \(output)\nstandard error: \(folder.errorText)")
        }
    }

    /// A connection, which also keeps the server from being killed with its last owner.
    func connect(timeoutSeconds: Double = 15) throws -> TestConnection {
        try TestConnection(port: port, timeoutSeconds: timeoutSeconds, keeping: self)
    }

    /// What the process has in memory, in bytes.
    func residentBytes() throws -> Int {
        let fields = try String(contentsOfFile: "/proc/\(identifier)/statm", encoding: .utf8).split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { throw HarnessFailure("statm: \(fields)") }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// How many sockets the process holds; its files come and go with the segments that its threads read and prepare.
    func openSockets() throws -> Int {
        let folder = "/proc/\(identifier)/fd"
        let numbers = try FileManager.default.contentsOfDirectory(atPath: folder)
        // One that was closed meanwhile has no target.
        let targets = numbers.map { try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\($0)") }
        return targets.count { $0?.hasPrefix("socket:") ?? false }
    }
}

extension ChildProcess {
    /// Starts a server and waits for nothing.
    convenience init(_ options: ServerOptions, in folder: DataFolder) throws {
        try self.init(
            TestRun.executable(options.program.rawValue),
            ["serve", "--listen", "127.0.0.1:0", "--data", folder.data] + options.arguments,
            environment: ServerOptions.smallSegments.merging(options.environment) { _, given in given },
            errors: folder.errors
        )
    }
}

/// A server that ended before it was ready.
struct StartFailure: Error, CustomStringConvertible {
    let exit: Exit
    let output: String
    let errors: String

    var description: String { "the server ended with \(exit) before it was ready\n\(output)\n\(errors)" }
}

/// Runs `body` with a fresh server and one connection to it.
@discardableResult
func withServer<Result>(
    _ options: ServerOptions = ServerOptions(),
    _ body: (ServerProcess, TestConnection) throws -> Result
) throws -> Result {
    let server = try ServerProcess(in: DataFolder(), options)
    do {
        return try body(server, try server.connect())
    } catch {
        print("standard error of the server: \(server.folder.errorText)")
        throw error
    }
}

import Foundation
import Platform

/// Where the programs and the data of a measurement are, and how the server is to be started.
struct Rig {
    let server: URL
    let ceiling: URL
    let faultyServer: URL
    let allocationCounter: URL
    /// Holds one folder for each server, removed when it ends; on a real disk, or the syncs cost nothing.
    let dataRoot: URL
    private(set) var loops: Int
    private(set) var partitions: Int

    static let options = [
        Option("server", "PATH", "", "the server's program (stockkeeper beside this one)"),
        Option("loops", "N", "1", "the server's loops; the ceiling has one thread"),
        Option("partitions", "N", "1", "the server's partitions"),
        Option("data", "DIR", ".build/bench-data", "where data folders are made and removed; a real disk"),
    ]

    init(_ options: Options) throws(BenchError) {
        let here = Self.ownFolder
        server = options.text("server").map { URL(fileURLWithPath: $0) } ?? here.appendingPathComponent("stockkeeper")
        ceiling = here.appendingPathComponent("ceiling")
        faultyServer = here.appendingPathComponent("faulty-server")
        allocationCounter = here.appendingPathComponent("liballocation-counter.so")
        dataRoot = URL(fileURLWithPath: options.text("data") ?? ".build/bench-data")
        loops = try options.integer("loops", 1...256) ?? 1
        partitions = try options.integer("partitions", 1...16_384) ?? 1
    }

    /// The same with so many loops, and a partition for each.
    func with(loops: Int) -> Rig {
        var rig = self
        rig.loops = loops
        rig.partitions = loops
        return rig
    }

    private static var ownFolder: URL {
        let path = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        return URL(fileURLWithPath: path).deletingLastPathComponent()
    }

    /// Calls `body` with a new folder that is gone afterwards, whatever happens.
    func withFolder<Result>(_ body: (URL) throws(BenchError) -> Result) throws(BenchError) -> Result {
        let folder = dataRoot.appendingPathComponent("run-\(ProcessInfo.processInfo.processIdentifier)-\(UUID())")
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        } catch {
            throw .cannotRun("the folder \(folder.path) cannot be made: \(error)")
        }
        defer {
            try? FileManager.default.removeItem(at: folder)
            // Only goes when no other measurement uses it: rmdir leaves a folder that is not empty.
            // SAFETY: the path is copied for the length of the call.
            _ = unsafe rmdir(dataRoot.path)
        }
        return try body(folder)
    }

    /// Starts the server on a folder that may hold data, and waits until it is ready.
    func startServer(
        in folder: URL,
        patienceSeconds: Double = 30,
        slowSyncMicroseconds: Int? = nil,
        environment: [String: String] = [:]
    ) throws(BenchError) -> Server {
        let address = try Self.freeAddress()
        var arguments = ["serve"]
        if let slowSyncMicroseconds { arguments += ["--slow-sync-us", String(slowSyncMicroseconds)] }
        arguments += ["--listen", address.description, "--data", folder.appendingPathComponent("data").path]
        arguments += ["--loops", String(loops), "--partitions", String(partitions)]
        let child = try Child(
            slowSyncMicroseconds == nil ? server : faultyServer,
            arguments,
            environment: environment,
            log: folder.appendingPathComponent("server.log")
        )
        let seconds = try child.waitUntilReady(address, 200..<300, seconds: patienceSeconds)
        return Server(child: child, address: address, readySeconds: seconds)
    }

    /// Calls `body` with a fresh server, which is stopped and whose data is removed afterwards.
    func withServer<Result>(
        slowSyncMicroseconds: Int? = nil,
        environment: [String: String] = [:],
        _ body: (Server) throws(BenchError) -> Result
    ) throws(BenchError) -> Result {
        try withFolder { folder throws(BenchError) in
            let server = try startServer(
                in: folder,
                slowSyncMicroseconds: slowSyncMicroseconds,
                environment: environment
            )
            defer { server.child.end() }
            return try server.child.watched { () throws(BenchError) in try body(server) }
        }
    }

    /// Calls `body` with a ceiling that answers `status` with `answerBytes`, head and body together.
    func withCeiling<Result>(
        status: Int,
        answerBytes: Int,
        _ body: (Server) throws(BenchError) -> Result
    ) throws(BenchError) -> Result {
        try withFolder { folder throws(BenchError) in
            let address = try Self.freeAddress()
            let child = try Child(
                ceiling,
                ["--port", "\(address.port)", "--status", "\(status)", "--answer-bytes", "\(answerBytes)"],
                log: folder.appendingPathComponent("ceiling.log")
            )
            let seconds = try child.waitUntilReady(address, 100..<600, seconds: 10)
            defer { child.end() }
            let server = Server(child: child, address: address, readySeconds: seconds)
            return try child.watched { () throws(BenchError) in try body(server) }
        }
    }

    /// A port that was free a moment ago; the kernel hands it out again last.
    private static func freeAddress() throws(BenchError) -> SocketAddress {
        let port = try attempt("a free port") { () throws(SystemError) in
            let listener = try Socket.listen(SocketAddress(host: "127.0.0.1", port: 0), backlog: 1)
            let port = Socket.localPort(listener.raw)
            try listener.close()
            return port
        }
        return SocketAddress(host: "127.0.0.1", port: port)
    }
}

/// A server (or the ceiling) that runs and answers.
struct Server {
    let child: Child
    let address: SocketAddress
    /// From the process's start to its first readiness.
    let readySeconds: Double
}

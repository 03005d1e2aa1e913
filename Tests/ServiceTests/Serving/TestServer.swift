import Foundation
import Platform
import Synchronization

@testable import Service

/// A server inside the test's process, on a disk behind a gate, in a folder of its own.
final class TestServer {
    let disk = GateDisk()
    let clock: any Clock
    private let server: Server<GateDisk>
    private let folder: TestDataFolder
    private var isStopped = false

    init(
        loops: Int = 1,
        partitions: Int = 1,
        clock: any Clock = SystemClock(),
        folder: TestDataFolder = TestDataFolder(),
        configure: (inout ServerConfiguration) -> Void = { _ in },
        onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        self.folder = folder
        var configuration = ServerConfiguration()
        configuration.listen = SocketAddress(host: "127.0.0.1", port: 0)
        configuration.data = folder.path
        configuration.loops = loops
        configuration.partitions = partitions
        configuration.journal.segmentBytes = 1 << 20
        configuration.journal.stagingBytes = 1 << 18
        configure(&configuration)
        self.clock = clock
        server = try Server.start(configuration, disk: disk, clock: clock, onNotice: onNotice)
    }

    deinit {
        disk.gate.open()
        stop()
    }

    func connect() throws -> TestClient { try TestClient(port: server.report.address.port) }

    /// Stops as SIGTERM does: waits for what is in flight.
    func stop() {
        guard !isStopped else { return }
        isStopped = true
        server.stop()
    }

    /// Stops on another thread.
    func beginStop() throws -> NativeThread {
        isStopped = true
        let server = self.server
        return try NativeThread(name: "stop") { server.stop() }
    }

    /// Sends one request on a connection of its own.
    func call(_ request: String) throws -> TestAnswer {
        let client = try connect()
        try client.send(request)
        return try client.answer()
    }

    /// Makes SKUs with `stock` units.
    func create(_ skus: String..., stock: Int = 100, description: String = "") throws {
        for sku in skus {
            let body = """
                {"title":"t","price":{"amount":100,"currency":"USD"},"stock":\(stock),"description":"\(description)"}
                """
            let answer = try call(.put("/v1/skus/\(sku)", body))
            guard answer.status == 201 else { throw TestFailure("\(answer)") }
        }
    }
}

/// A folder that goes with the last server on it.
final class TestDataFolder {
    let path = FileManager.default.temporaryDirectory.appending(path: "stockkeeper-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A clock that the test moves.
final class TestClock: Clock {
    private let milliseconds = Atomic<Int64>(1_800_000_000_000)
    /// How far the wall clock is behind where it began.
    private let lost = Atomic<Int64>(0)

    func advance(milliseconds more: Int64) { milliseconds.add(more, ordering: .sequentiallyConsistent) }
    func setWallBack(milliseconds less: Int64) { lost.add(less, ordering: .sequentiallyConsistent) }
    func wallMilliseconds() -> Int64 {
        milliseconds.load(ordering: .sequentiallyConsistent) - lost.load(ordering: .sequentiallyConsistent)
    }
    func monotonicNanoseconds() -> UInt64 {
        UInt64(milliseconds.load(ordering: .sequentiallyConsistent)) * 1_000_000
    }
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

struct TestAnswer: CustomStringConvertible {
    let status: Int
    let head: String
    let body: String
    var description: String { "\(head)\r\n\r\n\(body)" }
}

extension String {
    static func get(_ path: String, _ fields: String = "") -> String {
        "GET \(path) HTTP/1.1\r\nHost: x\r\n\(fields)\r\n"
    }

    static func put(_ path: String, _ body: String) -> String { with("PUT", path, body, "") }

    static func purchase(_ sku: String, buyer: String = "ann", _ fields: String = "") -> String {
        with("POST", "/v1/skus/\(sku)/purchases", "{\"buyer\":\"\(buyer)\",\"quantity\":1}", fields)
    }

    static func restock(_ sku: String, _ delta: Int, _ fields: String = "") -> String {
        with("POST", "/v1/skus/\(sku)/stock", "{\"delta\":\(delta),\"reason\":\"test\"}", fields)
    }

    static func with(_ method: String, _ path: String, _ body: String, _ fields: String) -> String {
        "\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: \(body.utf8.count)\r\n\(fields)\r\n\(body)"
    }
}

/// A connection that waits at most so long as a test may hang.
final class TestClient {
    private let socket: FileDescriptor
    private var received: [UInt8] = []
    private static let patienceMilliseconds: Int32 = 8_000

    init(port: UInt16) throws {
        socket = try Socket.connect(SocketAddress(host: "127.0.0.1", port: port))
        try wait(for: POLLOUT)
    }

    func send(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            // SAFETY: the slice's own bytes, for the length of the call.
            switch unsafe rest.withUnsafeBytes({ unsafe Socket.write(socket.raw, $0) }) {
            case .bytes(let count): rest = rest.dropFirst(count)
            case .wouldBlock: try wait(for: POLLOUT)
            case .ended, .failed: throw TestFailure("the server closed while it was sent to")
            }
        }
    }

    /// The next answer, interim ones included.
    func answer() throws -> TestAnswer {
        while true {
            if let end = headEnd, let answer = take(end) { return answer }
            guard try fill() else {
                throw TestFailure("closed after: \(String(decoding: received.prefix(400), as: UTF8.self))")
            }
        }
    }

    func answers(_ count: Int) throws -> [TestAnswer] { try (0..<count).map { _ in try answer() } }

    /// Whether anything can be read at this moment.
    func hasNews() throws -> Bool {
        var request = pollfd(fd: socket.raw, events: Int16(POLLIN), revents: 0)
        // SAFETY: one local structure is read and written.
        return unsafe poll(&request, 1, 0) > 0 || !received.isEmpty
    }

    /// What comes until it is enough.
    func text(until isEnough: (String) -> Bool) throws -> String {
        while true {
            let text = String(decoding: received, as: UTF8.self)
            if isEnough(text) { return text }
            guard try fill() else { throw TestFailure("closed behind: \(text.suffix(200))") }
        }
    }

    /// What comes until the server closes.
    func rest() throws -> String {
        while try fill() {}
        defer { received = [] }
        return String(decoding: received, as: UTF8.self)
    }

    private var headEnd: Int? {
        guard received.count >= 4 else { return nil }
        return (0...received.count - 4).first { received[$0..<$0 + 4].elementsEqual([13, 10, 13, 10]) }
    }

    private func take(_ end: Int) -> TestAnswer? {
        let head = String(decoding: received[..<end], as: UTF8.self)
        let lines = head.split(separator: "\r\n")
        let status = Int(lines[0].split(separator: " ")[1]) ?? 0
        let length = lines.first { $0.hasPrefix("Content-Length: ") }.flatMap { Int($0.dropFirst(16)) } ?? 0
        guard received.count >= end + 4 + length else { return nil }
        let body = String(decoding: received[(end + 4)..<(end + 4 + length)], as: UTF8.self)
        received.removeFirst(end + 4 + length)
        return TestAnswer(status: status, head: head, body: body)
    }

    private func fill() throws -> Bool {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            // SAFETY: as above.
            switch unsafe chunk.withUnsafeMutableBytes({ unsafe Socket.read(socket.raw, into: $0) }) {
            case .bytes(let count):
                received += chunk[..<count]
                return true
            case .wouldBlock: try wait(for: POLLIN)
            case .ended, .failed: return false
            }
        }
    }

    private func wait(for event: Int32) throws {
        var request = pollfd(fd: socket.raw, events: Int16(event), revents: 0)
        // SAFETY: as above.
        guard unsafe poll(&request, 1, Self.patienceMilliseconds) > 0 else {
            throw TestFailure("no news; received: \(String(decoding: received.prefix(400), as: UTF8.self))")
        }
    }
}

import Platform
import Synchronization

/// Many connections that follow a stream each, and one thread that reads them.
///
/// - Isolation: made and ended by one thread; its own thread reads in between. The counts are anybody's.
final class Crowd: @unchecked Sendable {
    // SAFETY: `connections`, `epoll` and `input` are its own thread's from `start` to `end`, and its maker's before and after.
    private var connections: [Connection] = []
    private var epoll: Epoll
    /// The last byte that each connection has received.
    private var last: [UInt8] = []
    private var input = [UInt8](repeating: 0, count: 256 * 1_024)
    private var thread: NativeThread?
    private let stopping = Atomic<Bool>(false)
    private let eventCount = Atomic<Int>(0)
    private let byteCount = Atomic<Int>(0)
    private let lossCount = Atomic<Int>(0)

    /// Connections made at once, so that the server's backlog holds them.
    private static let wave = 256
    private static let patienceNanoseconds: UInt64 = 10_000_000_000

    /// Connects, and waits until each has its first event.
    ///
    /// - Throws: `cannotRun` where the machine or the server refuse one.
    init(_ count: Int, of path: String, at address: SocketAddress) throws(BenchError) {
        epoll = try attempt("a crowd") { () throws(SystemError) in try Epoll() }
        let request = Array("GET \(path) HTTP/1.1\r\nHost: \(address)\r\nAccept: text/event-stream\r\n\r\n".utf8)
        while connections.count < count {
            let first = connections.count
            for number in first..<min(count, first + Self.wave) {
                let descriptor = try attempt("connecting") { () throws(SystemError) in try Socket.connect(address) }
                let connection = Connection(owning: descriptor, number: number)
                connections.append(connection)
                last.append(0)
                do {
                    try epoll.add(connection.raw, [.writable], token: UInt64(number))
                } catch {
                    throw .cannotRun(error.description)
                }
            }
            try ask(request, first, address)
        }
    }

    deinit {
        for connection in connections where connection.isOpen { _ = FileDescriptor(owning: connection.raw) }
    }

    /// Events that came, all connections together, with those without data.
    var events: Int { eventCount.load(ordering: .relaxed) }
    /// Bytes that came.
    var bytes: Int { byteCount.load(ordering: .relaxed) }
    /// Connections that the server has closed.
    var losses: Int { lossCount.load(ordering: .relaxed) }

    /// Reads what comes, on a thread of its own.
    func start() throws(BenchError) {
        thread = try attempt("a crowd") { () throws(SystemError) in
            try NativeThread(name: "crowd") { [self] in
                while !stopping.load(ordering: .relaxed) { try? turn { _, _ in } }
            }
        }
    }

    /// Ends the thread.
    func end() {
        stopping.store(true, ordering: .relaxed)
        thread?.join()
        thread = nil
    }

    /// Sends the requests of a wave, and waits for their first events.
    private func ask(_ request: [UInt8], _ first: Int, _ address: SocketAddress) throws(BenchError) {
        let clock = SystemClock()
        let limit = clock.monotonicNanoseconds() + Self.patienceNanoseconds
        var waiting = Set(first..<connections.count)
        while !waiting.isEmpty {
            try Interruption.check()
            guard clock.monotonicNanoseconds() < limit, losses == 0 else {
                throw .cannotRun("\(waiting.count) of \(connections.count) streams from \(address) have not begun")
            }
            var failure: SystemError?
            try turn { index, readiness in
                if readiness.contains(.writable) {
                    let raw = connections[index].raw
                    // SAFETY: the array's own bytes, for the length of the call.
                    _ = unsafe request.withUnsafeBytes { unsafe Socket.write(raw, $0) }
                    do throws(SystemError) {
                        try epoll.modify(raw, [.readable], token: UInt64(index))
                    } catch {
                        failure = error
                    }
                } else {
                    waiting.remove(index)
                }
            }
            if let failure { throw .cannotRun(failure.description) }
        }
    }

    /// Waits a moment for news, and reads them.
    ///
    /// `note`: gets each connection that may be written, or has received events.
    private func turn(_ note: (Int, Readiness) -> Void) throws(BenchError) {
        let count = try attempt("waiting") { () throws(SystemError) in try epoll.wait(timeoutMilliseconds: 100) }
        for place in 0..<count {
            let event = epoll.event(place)
            let index = Int(event.token)
            if event.readiness.contains(.readable) {
                if receive(index) > 0 { note(index, .readable) }
            } else {
                note(index, event.readiness)
            }
        }
    }

    /// - Returns: how many events came.
    private func receive(_ index: Int) -> Int {
        let raw = connections[index].raw
        // SAFETY: the array's own bytes, for the length of the call.
        switch unsafe input.withUnsafeMutableBytes({ unsafe Socket.read(raw, into: $0) }) {
        case .bytes(let count):
            byteCount.add(count, ordering: .relaxed)
            var events = 0
            var before = last[index]
            for place in 0..<count {
                if input[place] == 0x0A && before == 0x0A { events += 1 }
                before = input[place]
            }
            last[index] = before
            eventCount.add(events, ordering: .relaxed)
            return events
        case .wouldBlock: return 0
        case .ended, .failed:
            try? epoll.remove(raw)
            lossCount.add(1, ordering: .relaxed)
            return 0
        }
    }
}

import Glibc
import Platform

/// All connections between the clients and the server, and the listener's backlog.
///
/// - Isolation: a simulation is one thread.
final class SimulatedNetwork {
    /// The connections by number; a closed one's number comes back, as a descriptor's does.
    private(set) var wires: [Wire] = []
    private var freeNumbers: [Int32] = []
    /// Waiting to be accepted.
    private(set) var backlog: [Wire] = []
    private var backlogHead = 0
    var isListening = false
    /// Whether a client that reads may find anything that it has not read.
    var hasArrivals = false
    /// A planted bug: a request is handed over twice.
    var handsOverTwice: Chance?

    var hasBacklog: Bool { backlogHead < backlog.count }

    /// A client's new connection; nil where nobody listens.
    func connect(capacity: Int) -> Wire? {
        guard isListening else { return nil }
        let wire: Wire
        if let number = freeNumbers.popLast() {
            wire = Wire(number: number, capacity: capacity)
            wires[Int(number)] = wire
        } else {
            wire = Wire(number: Int32(wires.count), capacity: capacity)
            wires.append(wire)
        }
        backlog.append(wire)
        return wire
    }

    func accept() -> Wire? {
        while hasBacklog {
            let wire = backlog[backlogHead]
            backlogHead += 1
            if !hasBacklog {
                backlog.removeAll(keepingCapacity: true)
                backlogHead = 0
            }
            if !wire.isReset { return wire }
            release(wire)
        }
        return nil
    }

    /// The server closes its end: the number is free.
    func release(_ wire: Wire) {
        wire.serverClosed()
        hasArrivals = true
        freeNumbers.append(wire.number)
    }

    /// The server is gone: every connection breaks.
    func breakAll() {
        for wire in wires where !wire.isClosed { wire.breakDown() }
        hasArrivals = true
        backlog.removeAll()
        backlogHead = 0
        wires.removeAll()
        freeNumbers.removeAll()
        isListening = false
    }
}

/// One connection, as both its ends see it.
final class Wire {
    let number: Int32
    /// What the client has sent and the server has not read.
    private(set) var toServer = ByteQueue()
    /// What the server has written and the client has not read.
    private(set) var toClient = ByteQueue()
    /// Most bytes on their way to the client.
    private let capacity: Int
    /// What has changed since the server was last told.
    private(set) var news: Readiness = []
    /// Who hears of it; nil before it is watched.
    private(set) var watcher: (loop: SimulatedTransport, token: UInt64)?
    /// The client sends no more.
    private(set) var hasClientEnded = false
    /// The client is gone.
    private(set) var isReset = false
    /// The server writes no more.
    private(set) var hasServerEnded = false
    /// The server has closed its end, or is gone.
    private(set) var isClosed = false
    private var isBlocked = false
    private var isQueued = false

    init(number: Int32, capacity: Int) {
        self.number = number
        self.capacity = capacity
    }

    // MARK: - The client's end

    func send(_ bytes: ArraySlice<UInt8>) {
        guard !isClosed else { return }
        toServer.append(bytes)
        tell(.readable)
    }

    /// What there is, at most `limit` bytes.
    func receive(limit: Int, into target: inout [UInt8]) -> Int {
        let count = toClient.take(limit, into: &target)
        if count > 0 && isBlocked {
            isBlocked = false
            tell(.writable)
        }
        return count
    }

    /// Says that no more will be sent.
    func endSending() {
        hasClientEnded = true
        tell([.readable, .peerClosed])
    }

    /// Goes without a word.
    func reset() {
        isReset = true
        tell([.failed, .hungUp])
    }

    /// Nothing more can come.
    var isOver: Bool { toClient.isEmpty && (hasServerEnded || isClosed) }

    // MARK: - The server's end

    func watch(_ loop: SimulatedTransport, token: UInt64) {
        watcher = (loop, token)
        tell(.writable)
        if !toServer.isEmpty { tell(.readable) }
        if hasClientEnded { tell([.readable, .peerClosed]) }
        if isReset { tell([.failed, .hungUp]) }
    }

    func takeNews() -> Readiness {
        defer { news = [] }
        isQueued = false
        return news
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, twice: Chance?) -> Transfer {
        if isReset { return .failed(ECONNRESET) }
        if toServer.isEmpty { return hasClientEnded ? .ended : .wouldBlock }
        return .bytes(unsafe toServer.take(into: buffer, twice: twice))
    }

    func write(_ buffer: UnsafeRawBufferPointer) -> Transfer {
        if isReset { return .failed(EPIPE) }
        let room = capacity - toClient.count
        guard room > 0 else {
            isBlocked = true
            return .wouldBlock
        }
        let count = min(room, buffer.count)
        unsafe toClient.append(UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        return .bytes(count)
    }

    func serverEnded() { hasServerEnded = true }

    func serverClosed() {
        isClosed = true
        hasServerEnded = true
        watcher = nil
        news = []
    }

    /// The server is gone with what it had not sent.
    func breakDown() {
        serverClosed()
        toClient = ByteQueue()
    }

    private func tell(_ change: Readiness) {
        guard let watcher, !isClosed else { return }
        news.formUnion(change)
        if !isQueued {
            isQueued = true
            watcher.loop.queue(self)
        }
    }
}

/// Bytes on their way.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var head = 0

    var count: Int { bytes.count - head }
    var isEmpty: Bool { head == bytes.count }

    mutating func append(_ more: ArraySlice<UInt8>) { bytes += more }
    mutating func append(_ more: UnsafeRawBufferPointer) { unsafe bytes.append(contentsOf: more) }

    mutating func take(_ limit: Int, into target: inout [UInt8]) -> Int {
        let taken = min(limit, count)
        guard taken > 0 else { return 0 }
        target += bytes[head..<head + taken]
        consume(taken)
        return taken
    }

    mutating func take(into buffer: UnsafeMutableRawBufferPointer, twice: Chance?) -> Int {
        let taken = min(buffer.count, count)
        unsafe bytes.withUnsafeBytes { source in
            let part = unsafe UnsafeRawBufferPointer(rebasing: source[head..<head + taken])
            // SAFETY: `taken` bytes exist on both sides.
            unsafe buffer.copyMemory(from: part)
        }
        if let twice, twice.oneIn(50) { return taken }
        consume(taken)
        return taken
    }

    private mutating func consume(_ taken: Int) {
        head += taken
        if head == bytes.count {
            bytes.removeAll(keepingCapacity: true)
            head = 0
        }
    }
}

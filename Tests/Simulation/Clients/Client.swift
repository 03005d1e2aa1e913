/// One client: a connection, the requests on it that wait for their answers, and its manners.
final class Client {
    let number: Int
    private(set) var wire: Wire?
    /// Requests without an answer, in their order.
    private(set) var attempts: [Attempt] = []
    private var outgoing: [UInt8] = []
    private var sentBytes = 0
    private var madeBytes = 0
    var incoming: [UInt8] = []
    /// How many requests it has under way at most.
    private(set) var depth = 1
    /// It will not send or read any more, nor go.
    private(set) var isStalled = false
    /// The last thing that it did or got.
    ///
    /// Unit: milliseconds of the monotonic clock.
    var activeAt: UInt64 = 0
    /// It does not read for now.
    var isDeaf = false
    /// It has sent a request in parts.
    var hasSplit = false
    /// It has said that it sends no more.
    private(set) var hasEnded = false

    init(number: Int) {
        self.number = number
    }

    var isConnected: Bool { wire != nil }
    var hasUnsent: Bool { sentBytes < madeBytes }
    var mayAsk: Bool { attempts.count < depth && !isStalled && !hasEnded && !hasUnsent }
    /// Whether the server has all of at least one request that it has not answered.
    var isOwedAnswer: Bool { attempts.first.map { $0.end <= sentBytes } ?? false }

    func connect(_ wire: Wire, depth: Int) {
        self.wire = wire
        self.depth = depth
        isStalled = false
        hasEnded = false
        hasSplit = false
        sentBytes = 0
        madeBytes = 0
        outgoing.removeAll(keepingCapacity: true)
        incoming.removeAll(keepingCapacity: true)
    }

    /// Puts a request behind the others.
    func ask(_ operation: Operation, floors: [Int]) {
        operation.attempts += 1
        operation.attemptsOpen += 1
        outgoing += operation.request
        madeBytes += operation.request.count
        attempts.append(Attempt(operation: operation, floors: floors, end: madeBytes))
    }

    /// Sends some of what has not been sent.
    func send(_ count: Int) {
        let start = outgoing.count - (madeBytes - sentBytes)
        wire?.send(outgoing[start..<start + count])
        sentBytes += count
        if sentBytes == madeBytes { outgoing.removeAll(keepingCapacity: true) }
    }

    var unsentBytes: Int { madeBytes - sentBytes }

    func stall() { isStalled = true }

    func endSending() {
        hasEnded = true
        wire?.endSending()
    }

    /// The next request has its answer.
    func answered() {
        attempts.removeFirst().operation.attemptsOpen -= 1
    }

    /// The connection is gone; what had no answer may have happened or not.
    func disconnect() -> [Operation] {
        let lost = attempts.map(\.operation)
        for operation in lost {
            operation.attemptsOpen -= 1
            operation.isUncertain = true
        }
        attempts.removeAll(keepingCapacity: true)
        wire = nil
        isStalled = false
        isDeaf = false
        return lost
    }
}

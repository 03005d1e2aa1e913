/// One client: a connection, the requests on it that wait for their answers, and its manners.
final class Client {
    let number: Int
    private(set) var wire: Wire?
    /// Requests without an answer, in their order.
    private(set) var attempts: [Attempt] = []
    private var outgoing: [UInt8] = []
    private var sentBytes = 0
    private var madeBytes = 0
    /// Ends of heads behind which it waits for 100 Continue, in all that it has made.
    private var pauses: [Int] = []
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
    var hasUnsent: Bool { unsentBytes > 0 }
    var mayAsk: Bool { attempts.count < depth && !isStalled && !hasEnded && sentBytes == madeBytes }
    /// Whether it has sent a head and waits before it sends the content.
    var isPaused: Bool { !hasUnsent && !pauses.isEmpty }
    /// Whether the server has the head of the next request to be answered, and nothing of its content.
    var isOwedContinue: Bool { isPaused && isFirst(pauses[0]) }
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
        pauses.removeAll()
        outgoing.removeAll(keepingCapacity: true)
        incoming.removeAll(keepingCapacity: true)
    }

    /// Puts a request behind the others.
    func ask(_ operation: Operation, floors: Attempt.Floors, at now: Int64, setbacks: Int) {
        operation.attempts += 1
        operation.attemptsOpen += 1
        if let pause = operation.pauseAt {
            pauses.append(madeBytes + pause)
            hasSplit = true
        }
        let request = operation.takeRequest()
        outgoing += request
        madeBytes += request.count
        attempts.append(Attempt(operation: operation, floors: floors, end: madeBytes, askedAt: now, setbacks: setbacks))
    }

    /// Sends some of what has not been sent.
    func send(_ count: Int) {
        let start = outgoing.count - (madeBytes - sentBytes)
        wire?.send(outgoing[start..<start + count])
        sentBytes += count
        if sentBytes == madeBytes { outgoing.removeAll(keepingCapacity: true) }
    }

    /// What it can send now.
    var unsentBytes: Int { (pauses.first ?? madeBytes) - sentBytes }

    /// Waits no longer for 100 Continue.
    func goOn() { pauses.removeFirst() }

    /// 100 Continue has come for the next request to be answered.
    func continues() {
        if let pause = pauses.first, isFirst(pause) { goOn() }
    }

    /// Whether a pause is in the next request to be answered.
    private func isFirst(_ pause: Int) -> Bool { attempts.first.map { pause < $0.end } ?? false }

    func stall() { isStalled = true }

    func endSending() {
        hasEnded = true
        wire?.endSending()
    }

    /// The next request has its answer.
    ///
    /// - Returns: whether its content will never be sent, so that the connection is of no use any more.
    func answered() -> Bool {
        let isCut = pauses.first.map(isFirst) ?? false
        attempts.removeFirst().operation.attemptsOpen -= 1
        return isCut
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

import Platform

/// Sends a plan's requests over many connections from one thread, and counts what comes back.
///
/// One read and one write a request, no allocation, one reading of the clock: it must be able to ask for more than any
/// server answers.
///
/// - Isolation: one thread.
struct Generator: ~Copyable {
    /// No answer at all for this long ends a run; what is in flight then counts as unanswered.
    static let patienceNanoseconds: UInt64 = 30_000_000_000
    private static let timerToken = UInt64.max
    private static let inputBytes = 256 * 1_024

    private let plan: LoadPlan
    private let thread: Int
    private let clock = SystemClock()
    private var epoll: Epoll
    private var connections: [Connection] = []
    // Start time and SKU of each request in flight, `pipeline` slots for each connection.
    private var startTimes: [UInt64]
    private var startSKUs: [Int]
    private var source: RequestSource
    private var input = [UInt8](repeating: 0, count: Self.inputBytes)
    private var result = LoadResult()

    private var schedule: Schedule?
    private var timer: WakeTimer?
    private var scheduled: UInt64 = 0
    private var deadline = UInt64.max
    private var left = UInt64.max
    private var inFlight = 0
    private var openConnections = 0
    private var lastAnswer: UInt64 = 0

    /// - Throws: `cannotRun` where the machine gives no epoll.
    init(_ plan: LoadPlan, thread: Int) throws(BenchError) {
        let count = plan.connectionShare(thread: thread)
        epoll = try attempt("the load generator") { () throws(SystemError) in try Epoll() }
        self.plan = plan
        self.thread = thread
        startTimes = [UInt64](repeating: 0, count: count * plan.pipeline)
        startSKUs = [Int](repeating: 0, count: count * plan.pipeline)
        source = RequestSource(plan, thread: thread)
        if plan.mix.isPurchase {
            result.accepted = [UInt64](repeating: 0, count: max(plan.skus, plan.mix.linesPerSale))
        }
    }

    deinit {
        for connection in connections where connection.isOpen { _ = FileDescriptor(owning: connection.raw) }
    }

    /// Connects all of this thread's connections, then runs the plan to its end.
    ///
    /// Call it once.
    ///
    /// - Throws: `cannotRun` when a connection cannot be made, `interrupted`.
    mutating func run() throws(BenchError) -> LoadResult {
        try connectAll(plan.connectionShare(thread: thread))
        let start = clock.monotonicNanoseconds()
        lastAnswer = start
        plan(from: start)
        if schedule == nil {
            for index in connections.indices { fill(index, now: start) }
        } else {
            try makeTimer()
            try sendDue()
        }
        while !isOver(clock.monotonicNanoseconds()) {
            try Interruption.check()
            try turn()
        }
        finish(start)
        return result
    }

    // MARK: - Beginning and end

    private mutating func connectAll(_ count: Int) throws(BenchError) {
        for index in 0..<count {
            let descriptor = try attempt("connecting") { () throws(SystemError) in try Socket.connect(plan.address) }
            let connection = Connection(owning: descriptor, number: index)
            connections.append(connection)
            try watch(connection.raw, [.writable], UInt64(index))
        }
        let limit = clock.monotonicNanoseconds() + 10_000_000_000
        var pending = count
        while pending > 0 {
            try Interruption.check()
            guard clock.monotonicNanoseconds() < limit else {
                throw .cannotRun("\(pending) of \(count) connections to \(plan.address) were not made within 10 s")
            }
            for event in 0..<(try wait()) {
                try completeConnect(Int(epoll.event(event).token))
                pending -= 1
            }
        }
        openConnections = count
    }

    private mutating func completeConnect(_ index: Int) throws(BenchError) {
        let raw = connections[index].raw
        let failure = Socket.pendingError(raw)
        guard failure == 0 else {
            throw .cannotRun("\(SystemError("connect", code: failure, subject: plan.address.description))")
        }
        try interest(raw, [.readable], index)
    }

    private mutating func plan(from start: UInt64) {
        switch plan.stop {
        case .seconds(let seconds): deadline = start + UInt64(seconds * 1e9)
        case .requests(let total): left = plan.share(of: total, thread: thread)
        }
        guard case .open(let perSecond) = plan.pace else { return }
        let rate = plan.share(of: perSecond, thread: thread)
        let requests = min(left, deadline == .max ? .max : UInt64(Double(deadline - start) * Double(rate) / 1e9))
        // The threads' requests interleave instead of leaving in the same instant.
        let phase = UInt64(thread) * 1_000_000_000 / perSecond
        schedule = Schedule(perSecond: rate, start: start + phase, requests: requests)
    }

    /// An open loop needs a finer clock than epoll's millisecond.
    private mutating func makeTimer() throws(BenchError) {
        let timer = try attempt("the schedule's timer") { () throws(SystemError) in try WakeTimer() }
        try watch(timer.raw, [.readable, .edge], Self.timerToken)
        self.timer = consume timer
    }

    private func isOver(_ now: UInt64) -> Bool {
        if openConnections == 0 || now > lastAnswer + Self.patienceNanoseconds { return true }
        guard inFlight == 0 else { return false }
        if let schedule { return result.sent >= schedule.requests || openConnections < connections.count }
        return left == 0 || now >= deadline
    }

    private mutating func finish(_ start: UInt64) {
        let end = deadline == .max || openConnections == 0 ? lastAnswer : deadline
        result.elapsedNanoseconds = end - start
        result.unanswered += UInt64(inFlight)
        if let schedule { result.unsent = schedule.requests - min(result.sent, schedule.requests) }
    }

    // MARK: - The loop

    private mutating func turn() throws(BenchError) {
        for index in 0..<(try wait()) {
            let event = epoll.event(index)
            guard event.token != Self.timerToken else { continue }
            let connection = Int(event.token)
            guard connections[connection].isOpen else { continue }
            if event.readiness.contains(.writable) { flush(connection) }
            if event.readiness != [.writable] { receive(connection) }
        }
        if schedule != nil { try sendDue() }
    }

    /// Sends what has become due on connections that are free (a busy one sends when its answer comes), and sees to it
    /// that the loop wakes for the next.
    private mutating func sendDue() throws(BenchError) {
        guard let schedule else { return }
        let now = clock.monotonicNanoseconds()
        let due = schedule.due(by: now)
        while scheduled < due {
            fill(Int(scheduled % UInt64(connections.count)), now: now)
            scheduled += 1
        }
        guard scheduled < schedule.requests else { return }
        do {
            try timer?.arm(at: schedule.time(of: scheduled))
        } catch {
            throw .cannotRun(error.description)
        }
    }

    private mutating func receive(_ index: Int) {
        let carried = connections[index].carried.count
        if carried > 0 { restoreCarried(index) }
        let raw = connections[index].raw
        let transfer = unsafe input.withUnsafeMutableBytes { buffer in
            // SAFETY: the part behind the carried bytes, inside the buffer.
            unsafe Socket.read(raw, into: UnsafeMutableRawBufferPointer(rebasing: buffer[carried...]))
        }
        switch transfer {
        case .bytes(let count):
            let now = clock.monotonicNanoseconds()
            result.bytesReceived &+= UInt64(count)
            if consume(index, carried + count, now) { fill(index, now: now) }
        case .wouldBlock:
            if carried > 0 { connections[index].carried = Array(input[..<carried]) }
        case .ended:
            lose(index, "the server closed it")
        case .failed(let code):
            lose(index, SystemError("read", code: code).description)
        }
    }

    private mutating func restoreCarried(_ index: Int) {
        let carried = connections[index].carried
        input.replaceSubrange(..<carried.count, with: carried)
        connections[index].carried.removeAll()
    }

    /// Reads the answers in `input[..<end]`.
    ///
    /// - Returns: false when the connection was lost.
    private mutating func consume(_ index: Int, _ end: Int, _ now: UInt64) -> Bool {
        var at = 0
        while at < end {
            if connections[index].bodyLeft > 0 {
                let taken = min(connections[index].bodyLeft, end - at)
                connections[index].bodyLeft -= taken
                at += taken
                if connections[index].bodyLeft == 0 { complete(index, now) }
                continue
            }
            guard connections[index].inFlight > 0 else {
                lose(index, "an answer without a request")
                return false
            }
            switch AnswerHead.read(input.span, from: at, to: end) {
            case .head(let head):
                if plan.mix == .hold, !connections[index].isConfirming {
                    if let hold = Connection.hold(in: input.span.extracting(at..<(at + head.headBytes))) {
                        connections[index].hold = hold
                        connections[index].hasHold = true
                    }
                }
                at += head.headBytes
                connections[index].bodyLeft = head.bodyBytes
                connections[index].status = head.status
                if head.bodyBytes == 0 { complete(index, now) }
            case .incomplete where end - at < Self.inputBytes / 2:
                connections[index].carried = Array(input[at..<end])
                return true
            case .incomplete, .malformed:
                lose(index, "an answer that is not HTTP/1.1 with a Content-Length")
                return false
            }
        }
        return true
    }

    private mutating func complete(_ index: Int, _ now: UInt64) {
        let status = connections[index].status
        let slot = index &* plan.pipeline &+ connections[index].oldest
        connections[index].oldest = (connections[index].oldest + 1) % plan.pipeline
        connections[index].inFlight -= 1
        inFlight -= 1
        lastAnswer = now
        result.statuses[min(status, result.statuses.count - 1)] &+= 1
        result.latency.record(now &- startTimes[slot])
        if now <= deadline { result.answeredInTime &+= 1 }
        let isSale = plan.mix.isPurchase && (plan.mix.requestsPerSale == 1 || connections[index].isConfirming)
        connections[index].isConfirming = false
        if status == 201 && isSale {
            for line in 0..<plan.mix.linesPerSale { result.accepted[startSKUs[slot] &+ line] &+= 1 }
        }
    }

    // MARK: - Sending

    /// Sends as many requests as the plan and the connection's pipeline allow now.
    private mutating func fill(_ index: Int, now: UInt64) {
        guard connections[index].isOpen, connections[index].unsent.isEmpty else { return }
        if connections[index].hasHold { return confirm(index, now) }
        var made = 0
        while connections[index].inFlight < plan.pipeline, let start = takeStart(index, now) {
            let place = (connections[index].oldest + connections[index].inFlight) % plan.pipeline
            let slot = index &* plan.pipeline &+ place
            startTimes[slot] = start
            startSKUs[slot] = source.make(slot: made)
            connections[index].inFlight += 1
            made += 1
        }
        guard made > 0 else { return }
        inFlight += made
        result.sent &+= UInt64(made)
        write(index, source.bytes, made * source.requestBytes)
    }

    /// Confirms the hold that the connection has just placed, also when the run's time is over.
    private mutating func confirm(_ index: Int, _ now: UInt64) {
        source.makeConfirmation(of: connections[index].hold)
        connections[index].hasHold = false
        connections[index].isConfirming = true
        startTimes[index &* plan.pipeline &+ connections[index].oldest] = now
        connections[index].inFlight += 1
        inFlight += 1
        result.sent &+= 1
        write(index, source.confirmation, source.confirmation.count)
    }

    /// The time from which the next request's latency counts; nil when none may leave now.
    private mutating func takeStart(_ index: Int, _ now: UInt64) -> UInt64? {
        if let schedule {
            let next = connections[index].next
            guard next < schedule.requests else { return nil }
            let time = schedule.time(of: next)
            guard time <= now else { return nil }
            connections[index].next = next + UInt64(connections.count)
            return time
        }
        guard left > 0, now < deadline else { return nil }
        left -= 1
        return now
    }

    private mutating func write(_ index: Int, _ bytes: [UInt8], _ count: Int) {
        let raw = connections[index].raw
        let transfer = unsafe bytes.withUnsafeBytes { buffer in
            // SAFETY: `count` is a whole number of the buffer's requests.
            unsafe Socket.write(raw, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        switch transfer {
        case .bytes(count): break
        case .bytes(let sent): keepUnsent(index, Array(bytes[sent..<count]))
        case .wouldBlock: keepUnsent(index, Array(bytes[..<count]))
        case .ended: lose(index, "the server closed it")
        case .failed(let code): lose(index, SystemError("write", code: code).description)
        }
    }

    private mutating func keepUnsent(_ index: Int, _ bytes: [UInt8]) {
        connections[index].unsent = bytes
        setInterest(index, [.readable, .writable])
    }

    private mutating func flush(_ index: Int) {
        let raw = connections[index].raw
        let transfer = unsafe connections[index].unsent.withUnsafeBytes { unsafe Socket.write(raw, $0) }
        switch transfer {
        case .bytes(let sent): connections[index].unsent.removeFirst(sent)
        case .wouldBlock: return
        case .ended: lose(index, "the server closed it")
        case .failed(let code): lose(index, SystemError("write", code: code).description)
        }
        if connections[index].isOpen && connections[index].unsent.isEmpty { setInterest(index, [.readable]) }
    }

    private mutating func setInterest(_ index: Int, _ readiness: Readiness) {
        do {
            try interest(connections[index].raw, readiness, index)
        } catch {
            lose(index, error.description)
        }
    }

    /// A lost connection stays lost: against a healthy server there is none, so it is counted, not mended.
    private mutating func lose(_ index: Int, _ reason: String) {
        if result.firstLoss.isEmpty { result.firstLoss = reason }
        result.connectionsLost += 1
        result.unanswered += UInt64(connections[index].inFlight)
        inFlight -= connections[index].inFlight
        connections[index].inFlight = 0
        connections[index].close()
        openConnections -= 1
    }

    // MARK: - Epoll

    private mutating func wait() throws(BenchError) -> Int {
        do {
            return try epoll.wait(timeoutMilliseconds: 100)
        } catch {
            throw .cannotRun(error.description)
        }
    }

    private func watch(_ raw: Int32, _ interest: Readiness, _ token: UInt64) throws(BenchError) {
        do {
            try epoll.add(raw, interest, token: token)
        } catch {
            throw .cannotRun(error.description)
        }
    }

    private func interest(_ raw: Int32, _ readiness: Readiness, _ index: Int) throws(BenchError) {
        do {
            try epoll.modify(raw, readiness, token: UInt64(index))
        } catch {
            throw .cannotRun(error.description)
        }
    }
}

import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform

/// One loop's front: its connections, the partitions placed on it, and the mail to and from the other threads.
///
/// The work is spread over extensions: sockets (`Front+Sockets`), requests (`Front+Requests`), answers that wait
/// (`Front+Gates`), and mail (`Front+Mail`).
///
/// - Isolation: the loop's thread, once the loop runs.
@safe package final class Front<T: Transport> {
    /// The loop's number, from 0.
    let index: Int
    let transport: T
    let hub: Hub
    let serving: Serving
    /// Judges requests before they are handled; nil where nothing is asked of anybody.
    let doorkeeper: Doorkeeper?
    /// Most bytes that wait to be understood on one connection.
    let inputBytesMax: Int
    let composer: Composer
    let metrics: LoopMetrics
    /// Partitions placed here.
    var partitions: [Partition] = []
    /// Where all partitions are; nil until recovery is done.
    var placement: Placement?
    /// Mail from the other threads, by their station number.
    var inboxes: [Mailbox] = []
    /// The one of them that parts of streams come by.
    var partsInbox: Mailbox?
    /// Mail to the other threads, by their station number; an own number has none that is used.
    var outboxes: [Mailbox?] = []

    var connections: [Connection] = []
    var freePlaces: [UInt32] = []
    var openCount = 0
    var wheel: DeadlineWheel
    var isDraining = false
    /// Whether the listener is watched; accepting pauses when descriptors or places run out.
    var isAccepting = false
    /// Things that wait at a gate and are no connection of this loop's.
    var parked = ParkingLot()
    /// Replies that found a full mailbox.
    var unsent: [(station: Int, reply: Parked)] = []
    /// Requests whose transactions are under way, by their tokens.
    var transactionRequests: [UInt64: TransactionRequest] = [:]
    var lastToken: UInt64 = 0
    /// Transactions' mail for partitions of this loop.
    var localMail: [TransactionMail] = []
    /// Transactions' mail that found a full mailbox.
    var unsentMail: [TransactionMail] = []
    /// Lists without entries, kept for their memory.
    var emptyMail: [TransactionMail] = []
    var emptyFinished: [(token: UInt64, outcome: TransactionOutcome)] = []
    /// What the thread of events could not be told of its streams yet.
    var unreported: [(ticket: Ticket, isOpen: Bool)] = []
    /// Feeds of the SKUs of this loop.
    var desk = FeedDesk()
    /// Connections of this loop that watch, by the SKU's feed.
    var groups: [WatcherGroup] = []
    /// Those of them whose watchers are being told.
    var telling: [WatcherGroup] = []
    /// Watchers in all groups.
    var watcherCount = 0
    /// When the feeds are looked at next.
    var nextLookMilliseconds: UInt64 = 0
    /// Called once no hold is due any more that expired while the server was down.
    var whenSettled: (() -> Void)?
    let outputs: OutputPool
    /// The page of the catalogue that is being gathered.
    var page = ByteWriter(capacity: 16_384, bytesMax: Composer.bodyBytesMax)

    // SAFETY: allocated here, given back in deinit, and used by this loop only.
    /// Where bytes are read into before anybody owns them.
    let scratch: UnsafeMutableBufferPointer<UInt8>
    /// Bytes that one read takes at most.
    static var readBytesMax: Int { 64 * 1_024 }

    /// Turns for which records have been gathering.
    private var gatheredTurns = 0
    /// The most of them before the disk gets what there is.
    private static var gatheredTurnsMax: Int { 3 }
    /// Records that are worth a sync without looking for more.
    private static var gatheredRecordsMax: Int { 64 }

    var nowMilliseconds: UInt64
    /// The time that the partitions here decide by.
    private var time: JournalTime
    var now: Instant { time.now }
    /// Whether the clocks have been read since the loop last slept.
    private var isTimeFresh = false
    /// When the deadlines were looked at last.
    private var tickMilliseconds: UInt64 = 0
    /// Connections that had more to read than one turn gives to each.
    var unread: [Ticket] = []

    init(index: Int, transport: T, hub: Hub, metrics: LoopMetrics, idPrefix: UInt64) {
        self.index = index
        self.transport = transport
        self.hub = hub
        self.metrics = metrics
        let wall = hub.clock.wallMilliseconds()
        composer = Composer(metrics: metrics, idPrefix: idPrefix, nowMilliseconds: wall)
        doorkeeper = Doorkeeper(hub.access, metrics)
        composer.variesByOrigin = doorkeeper?.checksOrigin ?? false
        if let log = hub.log {
            composer.accessLog = AccessLog(log.lines[index], log.format, metrics, doorkeeper?.callers)
        }
        serving = Serving(composer: composer, hub.configuration, doorkeeper?.callers)
        inputBytesMax = hub.limits.requestBytesMax + Self.readBytesMax
        let monotonic = hub.clock.monotonicNanoseconds()
        time = JournalTime(wallMilliseconds: wall, monotonicNanoseconds: monotonic)
        nowMilliseconds = monotonic / 1_000_000
        wheel = DeadlineWheel(nowMilliseconds: nowMilliseconds)
        outputs = OutputPool(bytesMax: hub.outputBytesMax)
        unsafe scratch = .allocate(capacity: Self.readBytesMax)
    }

    deinit {
        unsafe scratch.deallocate()
    }

    /// Something that no descriptor tells: mail, or answers that became durable.
    package var hasWork: Bool {
        if !unsent.isEmpty || !unread.isEmpty || hasUnpublished || hasTransactionMail { return true }
        if !unreported.isEmpty || !telling.isEmpty { return true }
        for inbox in inboxes where !inbox.isEmpty { return true }
        for partition in partitions where partition.hasRelease || partition.mayExpire || partition.hasTransactionWork {
            return true
        }
        return false
    }

    /// The connection watched with `token` is ready.
    package func ready(token: UInt64, readiness: Readiness) {
        if !isTimeFresh { readClocks() }
        if token == Ticket.listener { return acceptWaiting() }
        let ticket = Ticket(bits: token)
        guard let connection = connection(ticket) else { return }
        if readiness.contains(.failed) || readiness.contains(.hungUp) {
            return perform(connection.state.failed(), connection)
        }
        if readiness.contains(.readable) || readiness.contains(.peerClosed) { connection.mayHaveInput = true }
        if readiness.contains(.peerClosed) { connection.peerClosed = true }
        if readiness.contains(.writable) { perform(connection.state.writable(), connection) }
        if connection.peerClosed, connection.state.isStreaming {
            return perform(connection.state.ended(), connection)
        }
        receive(connection)
    }

    /// Everything that was ready in this turn has been handled; `wasIdle`: nothing was.
    package func turnEnded(wasIdle: Bool) {
        if !isTimeFresh { readClocks() }
        readOn()
        takeMail()
        // Answers first: what their clients ask next may still join the batch.
        release()
        expireHolds()
        driveTransactions()
        driveFeeds()
        publish(wasIdle: wasIdle)
        sendMail()
        tick()
        isTimeFresh = false
    }

    /// Gives the disk what has gathered, once nothing more is ready to join it.
    ///
    /// Nobody is waited for. But a sync costs as much processor time as ten requests, so what is ready now is looked at
    /// again before it is paid; a few turns or a fair batch at most, so that the disk never waits long.
    private func publish(wasIdle: Bool) {
        gatheredTurns = hasUnpublished ? gatheredTurns + 1 : 0
        let isLate = wasIdle || gatheredTurns >= Self.gatheredTurnsMax
        for partition in partitions where isLate || partition.unpublished >= Self.gatheredRecordsMax {
            partition.publish()
        }
    }

    private var hasUnpublished: Bool {
        for partition in partitions where partition.unpublished > 0 { return true }
        return false
    }

    /// The time of a turn: read after the sleep, so that nothing is decided by a time before its request came.
    func readClocks() {
        let wall = hub.clock.wallMilliseconds()
        let monotonic = hub.clock.monotonicNanoseconds()
        time.advance(wallMilliseconds: wall, monotonicNanoseconds: monotonic)
        composer.date.update(milliseconds: wall)
        composer.accessLog?.nowMilliseconds = wall
        nowMilliseconds = monotonic / 1_000_000
        isTimeFresh = true
    }

    /// Time goes on from the last decision of all partitions, wherever they are placed, so that loops agree about it.
    func adoptTime(of placement: Placement) {
        time.adopt(placement.latest)
    }

    private func tick() {
        guard tickMilliseconds != nowMilliseconds else { return }
        tickMilliseconds = nowMilliseconds
        for token in wheel.advance(nowMilliseconds: nowMilliseconds) {
            if let deadline = deadline(of: Ticket(bits: token)) {
                wheel.schedule(token, deadlineMilliseconds: deadline)
            }
        }
        resumeAccepting()
    }

    /// The connection that a ticket is for, unless it has gone.
    func connection(_ ticket: Ticket) -> Connection? {
        let place = Int(ticket.connection)
        guard place < connections.count else { return nil }
        let connection = connections[place]
        return connection.generation == ticket.generation && connection.socket >= 0 ? connection : nil
    }

    func ticket(_ connection: Connection) -> Ticket {
        Ticket(loop: index, generation: connection.generation, connection: connection.index)
    }
}

/// Output buffers that connections borrow while they have answers to send.
///
/// - Isolation: one loop.
final class OutputPool {
    private var free: [Output] = []
    private let bytesMax: Int

    /// Buffers that are kept; what bursts beyond it is given back to the system.
    private static let keptMax = 4_096
    /// A buffer that has grown beyond this is not kept.
    private static let keptBytesMax = 8_192

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    func take() -> Output {
        free.popLast() ?? Output(bytesMax: bytesMax)
    }

    func give(_ output: consuming Output) {
        guard free.count < Self.keptMax, output.bytes.capacity <= Self.keptBytesMax else { return }
        output.bytes.reset()
        free.append(output)
    }
}

/// Bytes on their way to a socket.
final class Output {
    /// Answers gathered before they are sent.
    ///
    /// Unit: bytes. With one more answer they fit the output.
    static let gatheredBytesMax = 64 * 1_024

    var bytes: ByteWriter

    init(bytesMax: Int) {
        bytes = ByteWriter(capacity: 1_024, bytesMax: bytesMax)
    }
}

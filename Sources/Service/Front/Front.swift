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
@safe final class Front: LoopHandler {
    let loop: EventLoop
    let hub: Hub
    let composer: Composer
    let metrics: LoopMetrics
    /// Partitions placed here.
    var partitions: [Partition] = []
    /// Where all partitions are; nil until recovery is done.
    var placement: Placement?
    /// Mail from the other threads, by their station number.
    var inboxes: [Mailbox] = []
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
    let outputs: OutputPool
    /// The page of the catalogue that is being gathered.
    var page = ByteWriter(capacity: 16_384, bytesMax: Composer.bodyBytesMax)

    // SAFETY: allocated here, given back in deinit, and used by this loop only.
    /// Where bytes are read into before anybody owns them.
    let scratch: UnsafeMutableBufferPointer<UInt8>
    /// Bytes that one read takes at most.
    static let readBytesMax = 64 * 1_024

    var nowMilliseconds: UInt64
    var now: Instant
    /// Whether the clocks have been read since the loop last slept.
    private var isTimeFresh = false
    /// When the deadlines were looked at last.
    private var tickMilliseconds: UInt64 = 0
    /// Connections that had more to read than one turn gives to each.
    var unread: [Ticket] = []

    init(loop: EventLoop, hub: Hub, metrics: LoopMetrics, idPrefix: UInt64) {
        self.loop = loop
        self.hub = hub
        self.metrics = metrics
        let wall = hub.clock.wallMilliseconds()
        composer = Composer(metrics: metrics, idPrefix: idPrefix, nowMilliseconds: wall)
        now = Instant(millisecondsSinceEpoch: wall)
        nowMilliseconds = hub.clock.monotonicNanoseconds() / 1_000_000
        wheel = DeadlineWheel(nowMilliseconds: nowMilliseconds)
        outputs = OutputPool(bytesMax: hub.outputBytesMax)
        unsafe scratch = .allocate(capacity: Self.readBytesMax)
    }

    deinit {
        unsafe scratch.deallocate()
    }

    /// Something that no descriptor tells: mail, or answers that became durable.
    var hasWork: Bool {
        if !unsent.isEmpty || !unread.isEmpty { return true }
        for inbox in inboxes where !inbox.isEmpty { return true }
        for partition in partitions where partition.hasRelease { return true }
        return false
    }

    func ready(token: UInt64, readiness: Readiness) {
        if !isTimeFresh { readClocks() }
        if token == Self.listenerToken { return acceptWaiting() }
        let ticket = Ticket(bits: token)
        guard let connection = connection(ticket) else { return }
        if readiness.contains(.failed) || readiness.contains(.hungUp) {
            return perform(connection.state.failed(), connection)
        }
        if readiness.contains(.readable) || readiness.contains(.peerClosed) { connection.mayHaveInput = true }
        if readiness.contains(.peerClosed) { connection.peerClosed = true }
        if readiness.contains(.writable) { perform(connection.state.writable(), connection) }
        receive(connection)
    }

    func turnEnded() {
        if !isTimeFresh { readClocks() }
        readOn()
        takeMail()
        // First the disk, then the sockets: while answers of earlier batches leave, this turn's batch is written.
        publish()
        release()
        publish()
        sendMail()
        tick()
        isTimeFresh = false
    }

    private func publish() {
        for partition in partitions { partition.publish() }
    }

    /// The time of a turn: read after the sleep, so that nothing is decided by a time before its request came.
    private func readClocks() {
        let wall = hub.clock.wallMilliseconds()
        now = Instant(millisecondsSinceEpoch: wall)
        composer.date.update(milliseconds: wall)
        nowMilliseconds = hub.clock.monotonicNanoseconds() / 1_000_000
        isTimeFresh = true
    }

    private func tick() {
        guard tickMilliseconds != nowMilliseconds else { return }
        tickMilliseconds = nowMilliseconds
        wheel.advance(nowMilliseconds: nowMilliseconds) { token in deadline(of: Ticket(bits: token)) }
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
        Ticket(loop: loop.index, generation: connection.generation, connection: connection.index)
    }
}

/// Output buffers that connections borrow while they have answers to send.
///
/// - Isolation: one loop.
final class OutputPool {
    private var free: Output?
    private var freeCount = 0
    private let bytesMax: Int

    /// Buffers that are kept; what bursts beyond it is given back to the system.
    private static let keptMax = 4_096
    /// A buffer that has grown beyond this is not kept.
    private static let keptBytesMax = 8_192

    init(bytesMax: Int) {
        self.bytesMax = bytesMax
    }

    func take() -> Output {
        guard let output = free else { return Output(bytesMax: bytesMax) }
        free = output.next
        output.next = nil
        freeCount -= 1
        return output
    }

    func give(_ output: Output) {
        guard freeCount < Self.keptMax, output.bytes.capacity <= Self.keptBytesMax else { return }
        output.bytes.reset()
        output.next = free
        free = output
        freeCount += 1
    }
}

/// Bytes on their way to a socket.
final class Output {
    var bytes: ByteWriter
    fileprivate var next: Output?

    init(bytesMax: Int) {
        bytes = ByteWriter(capacity: 1_024, bytesMax: bytesMax)
    }
}

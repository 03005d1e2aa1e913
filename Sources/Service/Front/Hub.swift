import Domain
import HTTP
import Keepers
import Platform
import Synchronization

/// What all threads of one server share: constants, the phase, and where each partition is.
///
/// - Isolation: any thread.
package final class Hub: Sendable {
    /// A loop may have so many more connections than another before new ones go to that.
    private static let loopImbalanceMax = 2

    /// Whether requests can be served.
    package enum Phase: Int, AtomicRepresentable {
        /// The journals are being replayed.
        case recovering
        /// Everything is served.
        case serving
        /// The server is about to stop.
        case draining
    }

    package let configuration: ServerConfiguration
    /// What is asked of those who call.
    package let access: Access
    let connectionsMax: Int
    let loopCount: Int
    let clock: any Clock
    let limits: HTTP.HTTPLimits
    let metrics: ServerMetrics
    /// What the server says of itself.
    let documents: Documents
    /// Where the lines of requests are gathered; nil where nobody wants them.
    let log: LogBuffers?
    /// Where each transaction fails; nil but in tests.
    let transactionFault: TransactionFault?
    private let phaseCell = Atomic<Phase>(.recovering)
    private let connectionCount = Atomic<Int>(0)
    private let placed = Mutex<Placement?>(nil)
    private let connectionsByLoop: LoopTally
    private let startedMilliseconds: Int64
    private let descriptorsMax: Int
    private let diskFreeBytes: @Sendable () -> UInt64?

    /// The number of the archive among the threads that exchange mail: behind the loops.
    var archiveStation: Int { loopCount }

    /// The number of the thread that tells of events.
    var eventsStation: Int { loopCount + 1 }

    /// Who reads something.
    func station(of read: ArchiveRead) -> Int {
        if case .events = read { eventsStation } else { archiveStation }
    }

    /// Streams of events.
    let eventPlaces: StreamPlaces
    /// Watchers of SKUs.
    let watcherPlaces: StreamPlaces

    /// The most that waits to be sent on one connection: the gathered answers of a pipeline, or one long one.
    var outputBytesMax: Int { Output.gatheredBytesMax + Self.answerBytesMax }

    /// The longest answer: its body and its head.
    static let answerBytesMax = Composer.bodyBytesMax + 16 * 1_024

    package init(
        _ configuration: ServerConfiguration,
        _ capacity: ServerCapacity,
        clock: any Clock,
        descriptorsMax: Int,
        access: Access = Access(),
        transactionFault: TransactionFault? = nil,
        diskFreeBytes: @escaping @Sendable () -> UInt64? = { nil }
    ) {
        self.diskFreeBytes = diskFreeBytes
        connectionsByLoop = LoopTally(count: capacity.loops)
        self.configuration = configuration
        self.access = access
        self.transactionFault = transactionFault
        self.clock = clock
        documents = Documents(configuration)
        let format = LogFormat(configuration)
        log = configuration.accessLog ? LogBuffers(count: capacity.loops + 2, format) : nil
        self.descriptorsMax = descriptorsMax
        connectionsMax = capacity.connectionsMax
        loopCount = capacity.loops
        var limits = HTTP.HTTPLimits()
        limits.headBytesMax = configuration.http.headBytesMax
        limits.targetBytesMax = min(limits.targetBytesMax, configuration.http.headBytesMax)
        limits.bodyBytesMax = configuration.http.bodyBytesMax
        self.limits = limits
        eventPlaces = StreamPlaces(most: configuration.streams.eventsMax)
        watcherPlaces = StreamPlaces(most: configuration.streams.watchersMax)
        // Two blocks of counters more than loops: the archive and the thread of events write answers too.
        metrics = ServerMetrics(loops: capacity.loops + 2)
        startedMilliseconds = clock.wallMilliseconds()
    }

    package var phase: Phase {
        get { phaseCell.load(ordering: .acquiring) }
        set { phaseCell.store(newValue, ordering: .releasing) }
    }

    /// Where the partitions are; nil until recovery is done.
    var placement: Placement? { placed.withLock { $0 } }

    /// Makes the recovered partitions known and begins to serve.
    package func serve(_ placement: Placement) {
        placed.withLock { $0 = placement }
        _ = phaseCell.compareExchange(expected: .recovering, desired: .serving, ordering: .acquiringAndReleasing)
    }

    /// Takes a place for one more connection; false where all are taken.
    func admit() -> Bool {
        if connectionCount.add(1, ordering: .relaxed).newValue <= connectionsMax { return true }
        connectionCount.subtract(1, ordering: .relaxed)
        return false
    }

    /// Gives a connection's place back.
    func dismiss() {
        connectionCount.subtract(1, ordering: .relaxed)
    }

    /// The loop that should take the next connection: one that has clearly fewer, else the one that asks.
    func lightestLoop(than index: Int) -> Int {
        var best = index
        var fewest = max(0, connectionsByLoop.value(of: index) - Self.loopImbalanceMax)
        for other in 0..<loopCount where connectionsByLoop.value(of: other) < fewest {
            best = other
            fewest = connectionsByLoop.value(of: other)
        }
        return best
    }

    /// Counts a connection for the loop that will serve it.
    func noteAdopted(by index: Int) { connectionsByLoop.add(1, to: index) }

    /// Counts a connection of the loop as gone.
    func noteClosed(by index: Int) { connectionsByLoop.add(-1, to: index) }

    /// Whether another connection would be admitted.
    var hasPlace: Bool { connectionCount.load(ordering: .relaxed) < connectionsMax }

    /// Connections open now, over all loops.
    package var connectionsOpen: Int { connectionCount.load(ordering: .relaxed) }

    /// The text for `GET /metrics`.
    func metricsText() -> [UInt8] {
        let process = ProcessReading.current(startedMilliseconds: startedMilliseconds, descriptorsMax: descriptorsMax)
        var readings = ServerReadings(process: process)
        readings.phase = phase.label
        readings.diskFreeBytes = diskFreeBytes()
        readings.eventStreams = UInt64(eventPlaces.count)
        readings.watchers = UInt64(watcherPlaces.count)
        if let placement {
            readings.journals = placement.partitions.compactMap(\.journalReading)
            readings.skus = placement.partitions.reduce(0) { $0 + $1.skuCount }
            readings.wallets = placement.partitions.reduce(0) { $0 + $1.walletCount }
            readings.ordersRemembered = placement.partitions.reduce(0) { $0 + $1.keyCount }
            readings.holdsOpen = UInt64(max(0, placement.partitions.reduce(0) { $0 + $1.openHolds }))
            readings.holdsKept = UInt64(max(0, placement.partitions.reduce(0) { $0 + $1.keptHolds }))
            readings.transactions = TransactionReading(placement.partitions.map(\.transactions))
            readings.recovery = placement.recovery
            readings.index = placement.index?.reading(placement.partitions.map { ($0.journalNumber, $0.durable) })
            readings.snapshots = placement.snapshots.map { $0.reading(at: clock) }
        }
        return metrics.render(readings)
    }
}

extension Hub.Phase {
    fileprivate var label: PhaseLabel {
        switch self {
        case .recovering: .recovering
        case .serving: .serving
        case .draining: .draining
        }
    }
}

/// A number for each loop that any thread changes.
private final class LoopTally: Sendable {
    private let numbers: [Cell]

    private final class Cell: Sendable {
        let number = Atomic<Int>(0)
    }

    init(count: Int) {
        numbers = (0..<count).map { _ in Cell() }
    }

    func value(of index: Int) -> Int { numbers[index].number.load(ordering: .relaxed) }

    func add(_ amount: Int, to index: Int) { numbers[index].number.add(amount, ordering: .relaxed) }
}

/// Where the partitions of a recovered folder are.
package final class Placement: Sendable {
    package let partitions: [Partition]
    /// What has become of their snapshots.
    let snapshots: [SnapshotTally]
    let slots: Slots
    let key: FingerprintKey
    let recovery: RecoveryReading
    /// When the last decision was made before this start.
    let latest: Instant
    /// How far the index of orders has come; nil where there is none.
    let index: IndexTally?
    private let loopCount: Int

    init(
        partitions: [Partition],
        snapshots: [SnapshotTally],
        key: FingerprintKey,
        loopCount: Int,
        recovery: RecoveryReading,
        index: IndexTally?
    ) {
        self.partitions = partitions
        self.snapshots = snapshots
        self.key = key
        self.loopCount = loopCount
        self.recovery = recovery
        self.index = index
        latest = partitions.reduce(Instant(millisecondsSinceEpoch: .min)) { max($0, $1.latest) }
        slots = Slots(partitions: partitions.count)
    }

    /// The loop that a partition is placed on.
    func loop(ofPartition index: Int) -> Int { index % loopCount }

    /// The partition whose slots hold a SKU.
    func partition(of sku: Span<UInt8>) -> Int { slots.partition(of: sku) }
}

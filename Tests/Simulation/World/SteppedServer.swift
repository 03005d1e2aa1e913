import Domain
import Journal
import Keepers
import Loop
import Platform
import Service

/// A server without threads: the parts that threads run elsewhere, each stepped by the scheduler.
///
/// - Isolation: a simulation is one thread.
final class SteppedServer {
    private let hub: Hub
    private let folder: DataFolder<SimulatedDisk>
    private let parts: ServerParts<SimulatedDisk, SimulatedTransport>
    private let loops: [SteppedLoop]
    private let transports: [SimulatedTransport]
    private let recovered: [RecoveredPartition<SimulatedDisk>]
    private let snapshots: SnapshotWork<SimulatedDisk>
    private let clock: SimulatedClock
    private let plant: Plant?
    /// Whether a batch of the partition has been written and not synced.
    private(set) var isBetween: [Bool]

    /// Replays the journals in the folder and begins to serve.
    ///
    /// - Throws: as a server's start.
    init(
        _ configuration: ServerConfiguration,
        disk: SimulatedDisk,
        clock: SimulatedClock,
        network: SimulatedNetwork,
        chance: Chance,
        plant: Plant?
    ) throws(StartError) {
        self.plant = plant
        self.clock = clock
        let descriptors = 4_096
        let capacity: ServerCapacity
        do throws(ConfigurationError) {
            capacity = try ServerCapacity(configuration, cores: 1, descriptorsMax: descriptors)
        } catch {
            throw .configuration(error)
        }
        folder = try Server.openFolder(configuration, capacity, disk, clock) { chance.next() }
        hub = Hub(configuration, capacity, clock: clock, descriptorsMax: descriptors) { nil }
        loops = (0..<capacity.loops).map { _ in SteppedLoop() }
        transports = loops.map { _ in SimulatedTransport(network) }
        do throws(SystemError) {
            parts = try ServerParts(hub: hub, loops: loops, transports: transports, idPrefix: chance.next())
        } catch {
            throw .machine(error)
        }
        let recovery = PartitionRecovery(hub: hub, folder: folder, disk: disk, loops: loops)
        var recovered: [RecoveredPartition<SimulatedDisk>] = []
        for index in 0..<folder.description.partitions { recovered.append(try recovery.recover(index)) }
        self.recovered = recovered
        isBetween = recovered.map { _ in false }
        let targets = recovered.map { plant == .keyForgottenInSnapshot ? $0.snapshots.forgetful : $0.snapshots }
        snapshots = SnapshotWork(
            targets,
            retired: RetiredJournal.all(of: folder, disk),
            SnapshotRules(configuration),
            clock: clock
        ) { _ in }
        let records = recovered.reduce(0) { $0 + $1.opening.report.records }
        let reading = RecoveryReading(seconds: 0, records: records, tornBytes: 0)
        guard let placement = parts.placement(of: recovered, reading, folder, disk) else { return }
        let unsettled = Tally(parts.fronts.count)
        for front in parts.fronts {
            front.startAccepting()
            front.place(placement) { [hub] in
                unsettled.count -= 1
                if unsettled.count == 0 { hub.serve(placement) }
            }
        }
        network.isListening = true
    }

    deinit { parts.disconnect() }

    var loopCount: Int { loops.count }
    /// The folder's secret.
    var key: FingerprintKey { recovered[0].partition.key }
    /// Where the partitions' journals are.
    var journals: [(directory: String, id: JournalID)] {
        recovered.indices.map { (folder.journalDirectory(partition: $0), folder.journalID(partition: $0)) }
    }
    var partitions: [Partition] { recovered.map(\.partition) }
    /// Records that the start replayed.
    var replayed: UInt64 { recovered.reduce(0) { $0 + $1.opening.report.records } }
    /// Bytes that the start cut off.
    var tornBytes: UInt64 { recovered.reduce(0) { $0 + $1.opening.report.tornBytes } }
    /// Whether a partition's disk refuses writes.
    var isReadOnly: Bool { recovered.contains { $0.partition.isReadOnly } }
    var connectionsOpen: Int { hub.connectionsOpen }

    /// Whether a connection has something for its loop.
    var hasNews: Bool { transports.contains { $0.hasNews } }

    /// Whether a front's turn would find something.
    func hasWork(_ index: Int) -> Bool { transports[index].hasNews || parts.fronts[index].hasWork }

    /// One turn of a loop, as its thread would take it.
    ///
    /// - Returns: how many events it had.
    func turn(_ index: Int, _ chance: Chance) -> Int {
        if let plant { sabotage(plant, index, chance) }
        let ready = transports[index].takeReady(chance)
        let front = parts.fronts[index]
        for event in ready { front.ready(token: event.token, readiness: event.readiness) }
        loops[index].runSubmitted()
        front.turnEnded(wasIdle: ready.isEmpty)
        return ready.count
    }

    /// Does what a planted bug in the keepers of a loop would do.
    private func sabotage(_ plant: Plant, _ loop: Int, _ chance: Chance) {
        guard chance.oneIn(20) else { return }
        for partition in partitions where partition.index % loops.count == loop {
            switch plant {
            case .lostHoldTimer:
                partition.holdTimers.advance(to: Instant(millisecondsSinceEpoch: clock.wallMilliseconds()))
                if partition.holdTimers.isDue { partition.holdTimers.removeFirst() }
            case .doubleApplyInKeeper:
                guard let keeper = partition.keepers.first else { continue }
                keeper.assumeIsolated { keeper in
                    let buyer = Fingerprint(high: 1, low: 1)
                    let decided = keeper.state.decidePurchase(buyer: buyer, quantity: .one, at: partition.latest)
                    if case .success(let purchase) = decided { try? keeper.state.apply(.purchased(purchase)) }
                }
            case .answerBeforeSync, .missingChecksum, .keyForgotten, .keyForgottenInSnapshot, .doubleApply, .lostTimer:
                break
            }
        }
    }

    /// One half of a step of a partition's writer: a write, or the sync of what was written.
    ///
    /// - Returns: what was done; nil where there was nothing to do.
    func write(_ partition: Int) -> WriterStep? {
        let writer = recovered[partition].opening.writer
        if isBetween[partition] {
            isBetween[partition] = false
            writer.sync()
            return .sync
        }
        guard writer.write() else { return nil }
        isBetween[partition] = true
        return .write
    }

    /// Notes how far a partition's journal is durable, as its idle writer does.
    ///
    /// - Returns: false where the writer is not idle.
    func settle(_ partition: Int) -> Bool {
        guard !isBetween[partition] else { return false }
        recovered[partition].opening.writer.settle()
        return true
    }

    /// Makes a partition's next segment.
    ///
    /// - Returns: whether there was something to do.
    func prepare(_ partition: Int) -> Bool {
        (try? recovered[partition].opening.preparer.prepare()) ?? false
    }

    /// The next piece of work on snapshots, or on segments whose time is over.
    func workOnSnapshots() -> Bool { snapshots.step() }

    /// Where a partition's snapshots are; a start reads nothing of the journal that is before them.
    func snapshot(of partition: Int) -> UInt64 { recovered[partition].snapshots.tally.position }

    /// Lets the archive answer what waits for it.
    func read() -> Bool { parts.archive.step() }

    /// What SIGTERM begins: nothing more is accepted.
    func drain() {
        hub.phase = .draining
        for front in parts.fronts { front.drain() }
    }

    /// The end of an orderly stop.
    func finish() {
        for (index, entry) in recovered.enumerated() {
            if isBetween[index] { entry.opening.writer.sync() }
            entry.opening.writer.finish()
        }
        folder.close()
    }
}

extension SnapshotTarget<SimulatedDisk> {
    /// A planted bug: the keys of what is replayed into a snapshot are forgotten a millisecond later.
    fileprivate var forgetful: SnapshotTarget {
        let live = partition
        return SnapshotTarget(partition: live, place: place, tally: tally, oldestRemembered: oldestRemembered) {
            Partition(
                index: live.index,
                journalNumber: live.journalNumber,
                executor: PlacedExecutor(loop: SteppedLoop()),
                key: live.key,
                windowMilliseconds: 1,
                keysMax: 1 << 20
            )
        }
    }
}

/// Half of what a journal's writer does with a batch.
enum WriterStep {
    case write
    case sync
}

/// A number that several closures change.
private final class Tally {
    var count: Int

    init(_ count: Int) { self.count = count }
}

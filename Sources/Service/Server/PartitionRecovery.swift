import Domain
import Journal
import Keepers
import Loop
import Platform
import Synchronization

/// A partition whose journal has been replayed, not yet placed on its loop.
package struct RecoveredPartition<D: Disk>: Sendable {
    /// The partition, its journal replayed.
    package let partition: Partition
    /// The journal's ends.
    package let opening: JournalOpening<D>
    /// Its snapshots: the one it began from, and those to be made.
    package let snapshots: SnapshotTarget<D>
    /// The newer snapshots that could not be used.
    package let flaws: [SnapshotFlaw]
}

/// A partition's snapshot in numbers.
package struct SnapshotFacts: Sendable, Equatable {
    /// The position it stands for.
    package var position: JournalPosition
    /// When it was made, in milliseconds since 1970.
    package var createdMilliseconds: Int64
    /// The size of its file.
    ///
    /// Unit: bytes.
    package var bytes: UInt64
}

/// Replays the journals of all partitions, as many at a time as there are loops.
package struct PartitionRecovery<D: Disk>: Sendable {
    let hub: Hub
    let folder: DataFolder<D>
    let disk: D
    /// Where the partitions will be placed.
    let loops: [any JobTaker]

    /// A recovery that is not begun; the arguments are the fields.
    package init(hub: Hub, folder: DataFolder<D>, disk: D, loops: [any JobTaker]) {
        self.hub = hub
        self.folder = folder
        self.disk = disk
        self.loops = loops
    }

    private final class Progress: Sendable {
        let next = Atomic<Int>(0)
        let results: Mutex<[Int: Result<RecoveredPartition<D>, StartError>]> = Mutex([:])
    }

    /// Replays everything, on threads of its own.
    ///
    /// - Returns: the partitions in their order; none of them belongs to a thread that is still alive.
    /// - Throws: the first partition's reason, by number.
    func run() throws(StartError) -> [RecoveredPartition<D>] {
        let count = folder.description.partitions
        let progress = Progress()
        var workers: [NativeThread] = []
        do throws(SystemError) {
            for _ in 0..<min(count, hub.loopCount) {
                workers.append(try NativeThread(name: "recovery") { work(progress, count) })
            }
        } catch {
            if workers.isEmpty { throw .machine(error) }
        }
        for worker in workers { worker.join() }
        let results = progress.results.withLock { $0 }
        var recovered: [RecoveredPartition<D>] = []
        for index in 0..<count {
            guard let result = results[index] else { continue }
            recovered.append(try result.get())
        }
        return recovered
    }

    private func work(_ progress: Progress, _ count: Int) {
        while true {
            let index = progress.next.add(1, ordering: .relaxed).oldValue
            guard index < count else { return }
            let result: Result<RecoveredPartition<D>, StartError>
            do throws(StartError) {
                result = .success(try recover(index))
            } catch {
                result = .failure(error)
            }
            progress.results.withLock { $0[index] = result }
        }
    }

    /// Recovers one partition, from its newest whole snapshot, then from the records behind that, on the calling thread,
    /// to which the partition belongs until it is placed.
    ///
    /// - Throws: why it cannot be used.
    package func recover(_ index: Int) throws(StartError) -> RecoveredPartition<D> {
        let loop = loops[index % hub.loopCount]
        guard let factory = PartitionFactory(hub, folder) else { throw .machine(SystemError("secret", code: 22)) }
        let place = JournalPlace(folder, index, disk)
        do throws(JournalError) {
            let recovered = try place.recover(
                limits: hub.configuration.journalLimits,
                clock: hub.clock,
                onProgress: { loop.wake() },
                make: { factory.make(index, on: loop) }
            )
            recovered.partition.connect(recovered.opening.appender)
            let tally = SnapshotTally(
                recovered.snapshot.map(SnapshotFacts.init),
                damaged: recovered.flaws.count
            )
            return RecoveredPartition(
                partition: recovered.partition,
                opening: recovered.opening,
                snapshots: SnapshotTarget(
                    partition: recovered.partition,
                    place: place,
                    tally: tally,
                    // Snapshots tell of the own journal.
                    oldestRemembered: folder.retired.isEmpty ? [:] : recovered.partition.oldestRemembered
                ) { factory.make(index, on: loop) },
                flaws: recovered.flaws
            )
        } catch {
            throw .journal(error)
        }
    }
}

/// Makes empty partitions of one folder, as they are configured.
struct PartitionFactory: Sendable {
    private let key: FingerprintKey
    private let description: FolderDescription
    private let memory: ServerConfiguration.IdempotencyMemory
    private let holds: ServerConfiguration.Holds
    private let ownName: [UInt8]

    /// nil where the folder's secret is none.
    init?<D: Disk>(_ hub: Hub, _ folder: DataFolder<D>) {
        description = folder.description
        let secret = description.secret
        guard let key = FingerprintKey(secret.span) else { return nil }
        self.key = key
        memory = hub.configuration.idempotency
        holds = hub.configuration.holds
        ownName = hub.access.credentials == nil ? [] : Credential.serverName
    }

    /// An empty partition that belongs to the calling thread.
    func make(_ index: Int, on loop: any JobTaker) -> Partition {
        let partition = Partition(
            index: index,
            journalNumber: description.journalNumber(partition: index),
            executor: PlacedExecutor(loop: loop),
            key: key,
            windowMilliseconds: Int64(memory.windowHours) * 3_600_000,
            keysMax: memory.keysMax
        )
        partition.holdLimits = HoldLimits(
            openPerBuyerMax: holds.openPerBuyerMax,
            heldUnitsMax: holds.heldUnitsMax == 0 ? nil : Int64(holds.heldUnitsMax),
            extensionsMax: holds.extensionsMax,
            rememberedMilliseconds: Int64(holds.rememberedHours) * 3_600_000
        )
        partition.holdsKeptMax = holds.keptMax
        partition.ownName = ownName
        return partition
    }
}

extension JournalPlace {
    /// The journal of a partition of `folder`.
    init(_ folder: DataFolder<D>, _ partition: Int, _ disk: D) {
        self.init(folder, journal: folder.description.firstJournal + partition, on: disk)
    }
}

extension SnapshotFacts {
    init(_ source: SnapshotSource) {
        position = source.header.start.position
        createdMilliseconds = source.header.createdMilliseconds
        bytes = source.fileBytes
    }
}

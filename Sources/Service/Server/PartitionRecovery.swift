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

    /// Replays one partition's journal on the calling thread, to which the partition belongs until it is placed.
    ///
    /// - Throws: why it cannot be used.
    package func recover(_ index: Int) throws(StartError) -> RecoveredPartition<D> {
        let loop = loops[index % hub.loopCount]
        let memory = hub.configuration.idempotency
        let secret = folder.description.secret
        guard let key = FingerprintKey(secret.span) else {
            throw .machine(SystemError("secret", code: 22))
        }
        let partition = Partition(
            index: index,
            journalNumber: folder.description.journalNumber(partition: index),
            executor: PlacedExecutor(loop: loop),
            key: key,
            windowMilliseconds: Int64(memory.windowHours) * 3_600_000,
            keysMax: memory.keysMax
        )
        do throws(JournalError) {
            let opening = try Journal.open(
                disk: disk,
                directory: folder.journalDirectory(partition: index),
                journal: folder.journalID(partition: index),
                limits: hub.configuration.journalLimits,
                clock: hub.clock,
                onProgress: { loop.wake() },
                replay: { (position, type, payload) throws(JournalError) in
                    do throws(ReplayError) {
                        try partition.replay(type: type, payload, start: position)
                    } catch {
                        throw .refused(at: error.position, reason: error.sentence)
                    }
                }
            )
            do throws(ReplayError) {
                try partition.finishReplay()
            } catch {
                throw .refused(at: error.position, reason: error.sentence)
            }
            partition.connect(opening.appender)
            return RecoveredPartition(partition: partition, opening: opening)
        } catch {
            throw .journal(error)
        }
    }
}

extension ReplayError {
    fileprivate var sentence: String {
        switch reason {
        case .unreadable(let type): "the payload of its type \(type) cannot be read"
        case .contradiction(let contradiction): "\(contradiction)"
        }
    }
}

import Domain
import Journal

/// Ends what a crash, or a stop, has left of transactions, before any request is served: by records like those of a live
/// server, so that a crash in the midst of it changes nothing.
///
/// What was decided is finished, and what was not is undone; owed refunds are given. Then nobody will ask any more, and
/// that is journaled last.
///
/// - Isolation: one thread, to which the partitions belong until they are placed.
public struct TransactionRecovery {
    private let partitions: [Partition]
    private let write: (Int) -> Void

    /// A recovery that has not begun.
    ///
    /// - Parameters:
    ///   - partitions: all of the folder's, by their numbers, replayed and connected to their journals.
    ///   - write: makes what was published of a partition's journal durable; does nothing where the disk refuses.
    public init(_ partitions: [Partition], write: @escaping (Int) -> Void) {
        self.partitions = partitions
        self.write = write
    }

    /// Settles everything that is open.
    ///
    /// Where a disk refuses writes, what its partition has open stays so: it takes no request that changes anything.
    ///
    /// - Parameters:
    ///   - wall: the wall clock.
    ///   - seed: random, for the ids of transactions to come.
    public func run(at wall: Instant, seed: UInt64) {
        for partition in partitions {
            partition.transactions.slots = Slots(partitions: partitions.count)
            partition.transactions.seed = seed
        }
        // Nothing here is before anything that it may follow from, in whatever journal.
        let wall = partitions.reduce(wall) { max($0, $1.latest) }
        settle(at: wall)
        refund(at: wall)
        finish(at: wall)
        guard !partitions.contains(where: \.isReadOnly) else { return discard() }
        // A participant no longer asks; now those that it could have asked may forget.
        for partition in partitions {
            let known = partition.transactions
            known.closing = (known.decided.keys.sorted() + known.dues.keys.sorted()).map { ($0, nil) }
        }
        finish(at: wall)
        guard !partitions.contains(where: \.isReadOnly) else { return discard() }
        for partition in partitions {
            partition.transactions.closing = partition.transactions.credits.sorted().map { ($0, nil) }
        }
        finish(at: wall)
        discard()
    }

    private func settle(at wall: Instant) {
        for partition in partitions {
            for (id, part) in partition.transactions.parts.sorted(by: { $0.key < $1.key }) {
                let coordinator =
                    partitions.indices.contains(part.coordinator) ? partitions[part.coordinator] : partition
                let isSold = coordinator.transactions.decided[id] != nil
                partition.transactions.settle(id, isSold: isSold, at: wall)
            }
        }
    }

    private func refund(at wall: Instant) {
        for partition in partitions {
            for (id, due) in partition.transactions.dues.sorted(by: { $0.key < $1.key }) {
                let wallet = partitions[Slots(partitions: partitions.count).partition(of: due.buyer.span)]
                wallet.transactions.credit(id, from: partition.index, due, at: wall)
            }
        }
    }

    /// Makes everything durable, what found no room included.
    private func finish(at wall: Instant) {
        for partition in partitions {
            let transactions = partition.transactions
            repeat {
                transactions.retry(at: wall)
                transactions.close(at: wall)
                if partition.unpublished > 0 {
                    partition.publish()
                    write(partition.index)
                }
            } while !partition.isReadOnly && (!transactions.postponed.isEmpty || !transactions.closing.isEmpty)
        }
    }

    private func discard() {
        for partition in partitions { partition.transactions.discardMail() }
    }
}

import Domain
import Journal
import Platform

/// Shares the SKUs, the wallets and the remembered keys of a folder's partitions out among new partitions, whose journals are empty.
///
/// The old partitions must be as their journals say, with everything on disk, and are empty afterwards.
public enum Repartition {
    /// Why partitions cannot be shared out.
    public enum Failure: Error {
        /// A journal cannot be read.
        case journal(JournalError)
        /// What a key remembers is not the record that it was used for.
        case keyWithoutRecord(RecordAddress)
        /// The partition's state contradicts itself.
        case contradiction(partition: Int, sku: [UInt8], Contradiction)
    }

    /// A remembered key on its way to its new partition.
    private struct Key {
        let fingerprint: Fingerprint
        let address: RecordAddress
        var since = Instant(millisecondsSinceEpoch: 0)
    }

    /// Moves everything from `old` to `new`, both in the order of their numbers.
    ///
    /// A key cannot be told the SKU or buyer it belongs to, so the records of all remembered keys are read, in the order in which
    /// they stand on disk.
    ///
    /// - Parameters:
    ///   - old: the partitions so far.
    ///   - new: empty partitions; their journals have higher numbers than those of `old`. What `old` remembers they
    ///     remember at first even if it is older than their window.
    ///   - records: reads the journals of `old` and the retired ones.
    ///   - progress: called now and then with the number of keys that have been moved.
    /// - Throws: why it cannot be; both are useless then.
    ///
    /// Cost: while it runs, 80 bytes of memory a key.
    public static func run<D: Disk>(
        from old: [Partition],
        to new: [Partition],
        records: RecordFinder<D>,
        progress: (Int) -> Void = { _ in }
    ) throws(Failure) {
        let slots = Slots(partitions: new.count)
        for partition in old {
            for keeper in partition.keepers {
                if let contradiction = keeper.assumeIsolated({ $0.violatedInvariant() }) {
                    throw .contradiction(partition: partition.index, sku: keeper.name, contradiction)
                }
                let name = keeper.name
                new[slots.partition(of: name.span)].adopt(keeper)
            }
            for wallet in partition.wallets.all {
                let buyer = wallet.buyer
                new[slots.partition(of: buyer.span)].adopt(wallet)
            }
            for successor in new { successor.adoptTime(of: partition) }
        }
        var keys: [[Key]] = new.map { _ in [] }
        var moved = 0
        for partition in old { try sort(partition, slots, records, into: &keys, &moved, progress) }
        for index in new.indices { hand(&keys[index], to: new[index]) }
        progress(moved)
    }

    private static let keysPerProgress = 65_536

    /// Reads whose the keys of a partition are, and since when.
    private static func sort<D: Disk>(
        _ partition: Partition,
        _ slots: Slots,
        _ records: RecordFinder<D>,
        into keys: inout [[Key]],
        _ moved: inout Int,
        _ progress: (Int) -> Void
    ) throws(Failure) {
        var found: [Key] = []
        found.reserveCapacity(Int(partition.keyCount))
        partition.visitKeys { found.append(Key(fingerprint: $0, address: $1)) }
        found.sort { ($0.address.journal, $0.address.position) < ($1.address.journal, $1.address.position) }
        for var key in found {
            let record = try reading { () throws(JournalError) in try records.findHead(key.address) }
            guard let record else {
                // The retention of records is longer than that of keys.
                if try isGone(key.address, records) { continue }
                throw .keyWithoutRecord(key.address)
            }
            guard record.head.key?.fingerprint == key.fingerprint else { throw .keyWithoutRecord(key.address) }
            key.since = record.head.at
            // A cart's decision has no name; whoever has its key looks for it by that alone.
            let slot = record.name.isEmpty ? Slots.slot(of: key.fingerprint) : Slots.slot(of: record.name.span)
            keys[slots.partition(ofSlot: slot)].append(key)
            moved += 1
            if moved % keysPerProgress == 0 { progress(moved) }
        }
    }

    /// Whether a journal begins behind the address by now.
    private static func isGone<D: Disk>(_ address: RecordAddress, _ records: RecordFinder<D>) throws(Failure) -> Bool {
        try reading { () throws(JournalError) in try records.start(ofJournal: address.journal) ?? .start }
            > address.position
    }

    private static func reading<Result>(_ body: () throws(JournalError) -> Result) throws(Failure) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .journal(error)
        }
    }

    /// Gives a partition its keys, the oldest first, so that it forgets them in their time.
    private static func hand(_ keys: inout [Key], to partition: Partition) {
        keys.sort { $0.since < $1.since }
        for key in keys {
            partition.adopt(key.fingerprint, RecordPlace(retired: key.address), since: key.since)
        }
        keys = []
    }
}

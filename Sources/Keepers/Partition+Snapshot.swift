import Domain
import Journal

// The body of a partition's snapshot. Integers are little endian; `table` is as in FingerprintTable+Flat.swift.
//
//     format 4 (2; 1 has neither reservations nor transactions), latest instant 8, number of SKUs 8,
//     for each SKU, in the order in which they came into being:
//         size of what follows 4, then: name behind a one-byte count, start of the last record 8 (all ones: none),
//             sequence 8, available 8, held 8, sold 8, supplied 8, number of the change that brought it into
//             the catalogue 8, 1 if in the catalogue, and then the details as in its record
//         number of trail positions 8, each 8
//         buyers: table
//         holds: number 8, where the search for a place goes on 8, each as in HolderNames.swift with the buyer's name
//             behind a one-byte count
//         cancelled orders: table
//         reservations: number 8, each as in Reservation.swift
//     wallets: see Wallets+Snapshot.swift
//     memory of idempotency keys: see GenerationalTable.write
//     transactions: see Transactions+Snapshot.swift

// What is added here must be shared out by `Repartition`, too.

extension SnapshotSink: FlatSink {}
extension SnapshotSource: FlatSource {}

extension Partition {
    /// The form of the body that this build writes, and the latest that it reads.
    private static let bodyFormat: UInt32 = 2

    /// Puts the whole state into a snapshot's body: what all records replayed so far add up to.
    ///
    /// The same state gives the same bytes. Nothing may be held back by `replay`: see `finishReplay`.
    public func write(to sink: SnapshotSink) throws(JournalError) {
        try sink.put(Self.bodyFormat)
        try sink.put(latest.millisecondsSinceEpoch)
        try sink.put(UInt64(keepers.count))
        for keeper in keepers {
            let result = keeper.assumeIsolated { keeper -> Result<Void, JournalError> in
                do throws(JournalError) {
                    return .success(try keeper.write(to: sink))
                } catch {
                    return .failure(error)
                }
            }
            try result.get()
        }
        try writeWallets(to: sink)
        try remembered.write(to: sink)
        try writeTransactions(to: sink)
    }

    /// Fills the empty partition with what a snapshot's body says.
    ///
    /// - Throws: `JournalError.damaged` where the body says what cannot be; the partition is of no use then.
    public func read(from source: SnapshotSource) throws(JournalError) {
        precondition(keepers.isEmpty, "only an empty partition is filled from a snapshot")
        let format = try source.take(UInt32.self)
        guard format <= Self.bodyFormat else { throw source.newer(format: format) }
        guard format >= 1 else { throw source.damage("there is no such format") }
        latest = Instant(millisecondsSinceEpoch: try source.take(Int64.self))
        let count = try source.take(UInt64.self)
        for _ in 0..<min(count, source.bytesLeftMax) {
            let keeper = try SKUKeeper.read(from: source, into: self, hasReservations: format > 1)
            let name = keeper.name
            guard self.keeper(of: name.span) == nil else { throw source.damage("a SKU stands in it twice") }
            add(keeper)
        }
        guard UInt64(keepers.count) == count else { throw source.damage("SKUs are missing") }
        try readWallets(from: source)
        guard try remembered.read(from: source) else {
            throw source.damage("the memory of idempotency keys is no such table")
        }
        noteKeys()
        if format > 1 { try readTransactions(from: source) }
    }

    /// Where the oldest record of each journal starts that answers a remembered idempotency key, by the journal's number.
    ///
    /// Cost: a walk over all keys.
    public var oldestRemembered: [UInt16: JournalPosition] {
        var oldest: [UInt16: JournalPosition] = [:]
        var own: UInt64?
        remembered.visit { _, value, _ in
            let place = RecordPlace(rawValue: value)
            if place.isOwn {
                own = min(own ?? value, value)
            } else {
                let address = place.address(seenFrom: journalNumber)
                oldest[address.journal] = min(oldest[address.journal] ?? address.position, address.position)
            }
        }
        oldest[journalNumber] = own.map { JournalPosition(rawValue: $0) }
        return oldest
    }

    /// Puts a block that `body` writes into a snapshot, behind its size.
    func putBlock(to sink: SnapshotSink, _ body: (inout PayloadWriter) -> Void) throws(JournalError) {
        payload.reset()
        body(&payload)
        try payload.withSpan { (span: Span<UInt8>) throws(JournalError) -> Void in
            try sink.put(UInt32(span.count))
            try sink.put(span)
        }
    }
}

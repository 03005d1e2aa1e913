import Domain
import Journal
import Loop
import Platform

/// Gives a data folder another number of partitions, while nobody else has the folder.
///
/// The new partitions' journals begin with a snapshot each; the journals so far stay as they are, and are only read from
/// then on. Whenever a crash comes, the folder has the old partitions or the new ones as a whole.
public struct FolderRepartition<D: Disk> {
    private let folder: DataFolder<D>
    private let disk: D
    private let limits: JournalLimits
    private let windowMilliseconds: Int64
    private let clock: any Clock
    private let onStage: (RepartitionStage) -> Void

    /// A repartition of a folder that the caller has opened, and closes.
    ///
    /// - Parameters:
    ///   - folder: the folder, locked.
    ///   - disk: where it is.
    ///   - limits: the sizes of the new journals.
    ///   - windowMilliseconds: how long servers on the folder remember a key at least. With a wrong one no key is
    ///     forgotten sooner than without a repartition, but some later.
    ///   - clock: tells when the snapshots were made.
    ///   - onStage: called with what is being done.
    public init(
        _ folder: DataFolder<D>,
        disk: D,
        limits: JournalLimits,
        windowMilliseconds: Int64,
        clock: any Clock,
        onStage: @escaping (RepartitionStage) -> Void = { _ in }
    ) {
        self.folder = folder
        self.disk = disk
        self.limits = limits
        self.windowMilliseconds = windowMilliseconds
        self.clock = clock
        self.onStage = onStage
    }

    /// Shares everything out among `partitions` new partitions and makes them the folder's.
    ///
    /// - Throws: why the folder has the partitions that it had; a torn tail of a journal may have been cut.
    public func run(_ partitions: Int) throws(RepartitionFailure) -> RepartitionSummary {
        let present = folder.description
        guard partitions != present.partitions else { throw .sameNumber }
        guard let next = present.repartitioned(partitions) else { throw .numbersUsedUp }
        let makeOld = try maker(present, windowMilliseconds: .max)
        let makeNew = try maker(next, windowMilliseconds: windowMilliseconds)
        let old = try present.journals.map { (number) throws(RepartitionFailure) in try read(number, makeOld) }
        try settleTransactions(of: old)
        let new = next.journals.map(makeNew)
        let total = counts(old.map(\.partition))
        try share(old.map(\.partition), among: new)
        precondition(counts(new) == total, "a SKU or wallet was left behind")
        let bytes = try onJournals { () throws(JournalError) in
            let bytes: UInt64
            do throws(JournalError) {
                try folder.makeJournals(of: next, on: disk, limits: limits)
                var written: UInt64 = 0
                for partition in new { written += try write(partition, makeNew) }
                bytes = written
            } catch {
                // The next start would do it; a full disk needs the room now.
                try? folder.discardJournals(of: next, on: disk)
                throw error
            }
            try folder.adopt(next, on: disk)
            return bytes
        }
        return RepartitionSummary(
            description: next,
            records: old.reduce(0) { $0 + $1.report.records },
            tornBytes: old.reduce(0) { $0 + $1.report.tornBytes },
            flaws: old.flatMap(\.flaws),
            skus: new.reduce(0) { $0 + $1.skuCount },
            wallets: new.reduce(0) { $0 + $1.walletCount },
            keys: new.reduce(0) { $0 + $1.keyCount },
            snapshotBytes: bytes
        )
    }

    private func counts(_ partitions: [Partition]) -> [UInt64] {
        [partitions.reduce(0) { $0 + $1.skuCount }, partitions.reduce(0) { $0 + $1.walletCount }]
    }

    /// A partition as its journal says.
    private struct Old {
        let partition: Partition
        let writer: JournalWriter<D>
        let report: JournalReport
        let flaws: [SnapshotFlaw]
    }

    /// Makes empty partitions that write the journals of a description, by their numbers.
    private func maker(
        _ description: FolderDescription,
        windowMilliseconds: Int64
    ) throws(RepartitionFailure) -> (Int) -> Partition {
        guard let key = FingerprintKey(description.secret.span) else {
            throw .journal(.damaged(file: "\(folder.path)/FOLDER", offset: 0, reason: "the secret has a wrong length"))
        }
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop(index: 0)
        } catch {
            throw .machine(error)
        }
        return { number in
            Partition(
                index: number - description.firstJournal,
                journalNumber: UInt16(number),
                executor: PlacedExecutor(loop: loop),
                key: key,
                windowMilliseconds: windowMilliseconds,
                keysMax: .max
            )
        }
    }

    private func place(_ number: Int) -> JournalPlace<D> {
        JournalPlace(folder, journal: number, on: disk)
    }

    /// Recovers a partition as a start would, and cuts off what a crash tore.
    ///
    /// A key that this memory could have forgotten too soon is not: its window never ends.
    private func read(_ number: Int, _ make: (Int) -> Partition) throws(RepartitionFailure) -> Old {
        onStage(.reading(journal: number))
        return try onJournals { () throws(JournalError) in
            let recovered = try place(number).recover(limits: limits, clock: clock) { make(number) }
            recovered.partition.connect(recovered.opening.appender)
            return Old(
                partition: recovered.partition,
                writer: recovered.opening.writer,
                report: recovered.opening.report,
                flaws: recovered.flaws
            )
        }
    }

    /// Ends what a stop has left of transactions, as a start would, so that none has to move; then writes down how far the
    /// journals are durable: nobody will look for their ends again.
    private func settleTransactions(of old: [Old]) throws(RepartitionFailure) {
        let now = Instant(millisecondsSinceEpoch: clock.wallMilliseconds())
        TransactionRecovery(old.map(\.partition)) { index in while old[index].writer.step() {} }.run(at: now, seed: 0)
        for entry in old {
            entry.writer.finish()
            if entry.partition.isReadOnly { throw .journal(.system(SystemError("fdatasync", code: 5))) }
        }
    }

    private func share(_ old: [Partition], among new: [Partition]) throws(RepartitionFailure) {
        var readers: [UInt16: JournalReader<D>] = [:]
        for number in folder.retired + Array(folder.description.journals) {
            readers[UInt16(number)] = folder.reader(journal: number, on: disk, following: nil)
        }
        guard let key = new.first?.key else { return }
        let keys = old.reduce(0) { $0 + Int($1.keyCount) }
        do throws(Repartition.Failure) {
            try Repartition.run(from: old, to: new, records: RecordFinder(readers, key: key)) { done in
                onStage(.sharing(keys: done, of: keys))
            }
        } catch {
            throw .sharing(error)
        }
    }

    /// Writes the snapshot that a new partition's journal begins with, and reads it again.
    private func write(_ partition: Partition, _ make: (Int) -> Partition) throws(JournalError) -> UInt64 {
        let number = Int(partition.journalNumber)
        onStage(.writing(journal: number))
        let snapshots = place(number).snapshots
        let bytes = try snapshots.write(
            at: .beginning,
            createdMilliseconds: clock.wallMilliseconds()
        ) { (sink) throws(JournalError) in try partition.write(to: sink) }
        let source = try snapshots.open(.start)
        let again = make(number)
        try again.read(from: source)
        try source.finish()
        let isSame =
            again.skuCount == partition.skuCount && again.walletCount == partition.walletCount
            && again.keyCount == partition.keyCount
        guard isSame else {
            throw .damaged(file: snapshots.path(.start), offset: 0, reason: "it does not hold what was written")
        }
        return bytes
    }

    private func onJournals<Result>(_ body: () throws(JournalError) -> Result) throws(RepartitionFailure) -> Result {
        do throws(JournalError) {
            return try body()
        } catch {
            throw .journal(error)
        }
    }
}

/// Why a folder stays as it is.
public enum RepartitionFailure: Error {
    /// The folder has that many partitions already.
    case sameNumber
    /// So many more journals would need numbers above `FolderDescription.journalMax`.
    case numbersUsedUp
    /// A journal or the disk does not allow it.
    case journal(JournalError)
    /// The machine refuses descriptors.
    case machine(SystemError)
    /// What the journals say cannot be shared out.
    case sharing(Repartition.Failure)
}

/// What is being done, for whoever waits.
public enum RepartitionStage: Sendable {
    /// A journal, by its number, is being read.
    case reading(journal: Int)
    /// So many of all keys have found their partition.
    case sharing(keys: Int, of: Int)
    /// A journal, by its number, is being made.
    case writing(journal: Int)
}

/// What was done.
public struct RepartitionSummary: Sendable {
    /// What the folder is now.
    public let description: FolderDescription
    /// Records replayed, behind the snapshots that there were.
    public let records: UInt64
    /// Bytes of batches that a crash had torn and nobody had been told of: they were cut off.
    public let tornBytes: UInt64
    /// Snapshots that could not be used.
    public let flaws: [SnapshotFlaw]
    /// SKUs that have moved.
    public let skus: UInt64
    /// Wallets that have moved.
    public let wallets: UInt64
    /// Idempotency keys that have moved.
    public let keys: UInt64
    /// Bytes of the new snapshots.
    public let snapshotBytes: UInt64
}

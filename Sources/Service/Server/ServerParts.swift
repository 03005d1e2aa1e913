import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform

/// What a server is made of, whoever runs it: a front for each loop, the archive, and the mailboxes between them.
///
/// Threads run it (`ServerThreads`), or a simulation steps it.
package struct ServerParts<D: Disk, T: Transport>: @unchecked Sendable {
    // SAFETY: each front belongs to its loop and the archive to its own thread; whoever runs them hands them over.
    /// What all of them share.
    package let hub: Hub
    /// One for each loop, in their order.
    package let fronts: [Front<T>]
    /// Reads records back.
    package let archive: Archive<D>
    /// Tells of events, on a thread of its own: who reads all of them must not keep others from their orders.
    package let events: Archive<D>
    /// Random, of this start.
    private let idPrefix: UInt64
    /// From whoever reads the journals for the index of orders to the archive; nil where there is no index.
    private let notes: Mailbox?

    /// Makes the parts and connects them.
    ///
    /// - Parameters:
    ///   - hub: shared by all.
    ///   - loops: woken by their mail.
    ///   - transports: one for each loop.
    ///   - idPrefix: random, for request ids.
    /// - Throws: what the machine says when it lacks memory.
    package init(
        hub: Hub,
        loops: [any Wakeable],
        transports: [T],
        idPrefix: UInt64
    ) throws(SystemError) {
        self.hub = hub
        self.idPrefix = idPrefix
        fronts = transports.enumerated()
            .map { index, transport in
                Front(
                    index: index,
                    transport: transport,
                    hub: hub,
                    metrics: hub.metrics.loops[index],
                    idPrefix: idPrefix &+ UInt64(index)
                )
            }
        archive = Self.archive(hub, station: hub.archiveStation, idPrefix)
        events = Self.archive(hub, station: hub.eventsStation, idPrefix)
        notes =
            hub.configuration.index.ordersMax == 0
            ? nil : try Mailbox(capacityBytes: IndexMail.mailboxBytes, receiver: archive)
        try connectMailboxes(loops)
    }

    private static func archive(_ hub: Hub, station: Int, _ idPrefix: UInt64) -> Archive<D> {
        let composer = Composer(
            metrics: hub.metrics.loops[station],
            idPrefix: idPrefix &+ UInt64(station),
            nowMilliseconds: hub.clock.wallMilliseconds()
        )
        composer.variesByOrigin = hub.access.origins != nil
        let callers = hub.access.credentials.map(Callers.init)
        composer.accessLog = hub.log.map { AccessLog($0.lines[station], $0.format, composer.metrics, callers) }
        return Archive(
            composer: composer,
            clock: hub.clock,
            outputBytesMax: hub.outputBytesMax,
            streamPlaces: hub.eventPlaces
        )
    }

    /// Lets go of what holds the parts together; nobody may be running or stepping them.
    package func disconnect() {
        archive.disconnect()
        events.disconnect()
    }

    /// One mailbox from each thread to each other one.
    private func connectMailboxes(_ loops: [any Wakeable]) throws(SystemError) {
        let bytes = hub.configuration.mailboxBytes
        for (front, loop) in zip(fronts, loops) {
            for (other, otherLoop) in zip(fronts, loops) where other !== front {
                let mailbox = try Mailbox(capacityBytes: bytes, receiver: otherLoop)
                other.inboxes.append(mailbox)
                front.outboxes.append(mailbox)
            }
            front.outboxes.insert(nil, at: front.index)
            for archive in [archive, events] {
                let toArchive = try Mailbox(capacityBytes: bytes, receiver: archive)
                archive.inboxes.append(toArchive)
                front.outboxes.append(toArchive)
                let fromArchive = try Mailbox(capacityBytes: bytes, receiver: loop)
                archive.outboxes.append(fromArchive)
                front.inboxes.append(fromArchive)
                if archive === events { front.partsInbox = fromArchive }
            }
        }
    }

    /// Lets the archive read the recovered journals, before the first request for them can come.
    ///
    /// - Returns: where the partitions belong: each front takes its own with `place`, then the hub serves.
    package func placement(
        of recovered: [RecoveredPartition<D>],
        _ reading: RecoveryReading,
        _ folder: DataFolder<D>,
        _ disk: D
    ) -> Placement? {
        guard let key = recovered.first?.partition.key else { return nil }
        let tally = notes.map { _ in
            IndexTally(
                journals: recovered.map(\.partition.journalNumber),
                retired: Self.ends(ofRetired: folder, disk)
            )
        }
        settleTransactions(of: recovered)
        let placement = Placement(
            partitions: recovered.map(\.partition),
            snapshots: recovered.map(\.snapshots.tally),
            key: key,
            loopCount: hub.loopCount,
            recovery: reading,
            index: tally
        )
        var kept: KeptOrders?
        if let notes, let tally {
            let index = OrderIndex(ordersMax: hub.configuration.index.ordersMax)
            kept = KeptOrders(index: index, tally: tally, inbox: notes)
        }
        archive.connect(
            RecordFinder(Self.readers(recovered, folder, disk), key: key),
            Self.sources(recovered, folder, disk),
            placement,
            kept
        )
        events.connect(RecordFinder([:], key: key), Self.sources(recovered, folder, disk), placement, nil)
        return placement
    }

    /// Ends what a crash has left of transactions; the calling thread has the partitions until they are placed.
    private func settleTransactions(of recovered: [RecoveredPartition<D>]) {
        let partitions = recovered.map(\.partition)
        for partition in partitions { partition.executor.place() }
        TransactionRecovery(partitions) { index in while recovered[index].opening.writer.step() {} }
            .run(at: Instant(millisecondsSinceEpoch: hub.clock.wallMilliseconds()), seed: idPrefix)
        for partition in partitions { partition.transactions.fault = hub.transactionFault }
    }

    /// Makes the work that the index of orders is built by; nil where the configuration wants none.
    ///
    /// - Parameters:
    ///   - recovered: the partitions.
    ///   - folder: where their journals are, and the retired ones.
    ///   - disk: the folder's.
    ///   - notice: gets a line for the operator.
    /// - Returns: work that has not begun.
    package func indexWork(
        of recovered: [RecoveredPartition<D>],
        _ folder: DataFolder<D>,
        _ disk: D,
        notice: @escaping @Sendable (String) -> Void
    ) -> IndexWork<D>? {
        guard let notes, let key = recovered.first?.partition.key else { return nil }
        return IndexWork(Self.sources(recovered, folder, disk), key: key, into: notes, clock: hub.clock, notice: notice)
    }

    /// All journals, by their numbers.
    private static func sources(
        _ recovered: [RecoveredPartition<D>],
        _ folder: DataFolder<D>,
        _ disk: D
    ) -> [JournalSource<D>] {
        let retired = ends(ofRetired: folder, disk).sorted { $0.key < $1.key }
        return retired.map { number, end in
            JournalSource(JournalPlace(folder, journal: Int(number), on: disk), retired: number, upTo: end)
        } + recovered.map { JournalSource($0.snapshots.place, of: $0.partition) }
    }

    /// Where the retired journals end, by their numbers.
    ///
    /// One whose mark cannot be read is left out of the lists: nobody knows how far it may be believed.
    private static func ends(ofRetired folder: DataFolder<D>, _ disk: D) -> [UInt16: JournalPosition] {
        var ends: [UInt16: JournalPosition] = [:]
        for number in folder.retired {
            ends[UInt16(number)] = try? JournalPlace(folder, journal: number, on: disk).segments.settled()
        }
        return ends
    }

    /// Readers of the partitions' journals and of the retired ones, by number.
    private static func readers(
        _ recovered: [RecoveredPartition<D>],
        _ folder: DataFolder<D>,
        _ disk: D
    ) -> [UInt16: JournalReader<D>] {
        var readers: [UInt16: JournalReader<D>] = [:]
        for number in folder.retired {
            readers[UInt16(number)] = folder.reader(journal: number, on: disk, following: nil)
        }
        for entry in recovered {
            let number = entry.partition.journalNumber
            readers[number] = folder.reader(journal: Int(number), on: disk, following: entry.opening.appender)
        }
        return readers
    }
}

extension Front {
    /// Takes the partitions that are placed on this loop, and learns where the others are.
    ///
    /// Nothing may be answered before `whenSettled` was called: the holds whose time was over meanwhile have expired then.
    package func place(_ placement: Placement, whenSettled: @escaping () -> Void) {
        readClocks()
        for partition in placement.partitions where placement.loop(ofPartition: partition.index) == index {
            partition.executor.place()
            partitions.append(partition)
        }
        adoptTime(of: placement)
        for partition in partitions { partition.armHolds(at: now) }
        self.placement = placement
        if hub.configuration.demo { createDemo(placement) }
        self.whenSettled = whenSettled
        settle()
    }

    /// Accepts nothing more; connections with nothing under way are closed, the others after their answer.
    package func drain() {
        isDraining = true
        stopAccepting()
        for connection in connections where connection.socket >= 0 {
            if connection.state.isStreaming {
                end(connection, .draining)
            } else {
                perform(connection.state.drain(), connection)
            }
        }
    }
}

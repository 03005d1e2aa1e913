import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform
import Synchronization

/// Why a server did not start.
public enum StartError: Error {
    /// The configuration does not fit the machine, or the credentials are wrong.
    case configuration(ConfigurationError)
    /// The data folder has another number of partitions than the configuration asks for.
    case otherPartitions(folder: String, has: Int, asked: Int)
    /// The data folder or a journal cannot be opened.
    case journal(JournalError)
    /// The address cannot be listened on.
    case address(SystemError)
    /// The machine refuses a thread, a descriptor or memory.
    case machine(SystemError)
}

/// What a start found, for the operator.
public struct StartReport: Sendable {
    /// Where the server listens, with the port the kernel chose.
    public let address: SocketAddress
    /// Where the operator's routes are served; nil where `address` serves all.
    public let operatorAddress: SocketAddress?
    /// Partitions of the folder.
    public let partitions: Int
    /// Threads that serve connections.
    public let loops: Int
    /// Records replayed.
    public let records: UInt64
    /// Partitions that began from a snapshot.
    public let snapshots: Int
    /// Why newer snapshots could not be used.
    public let flaws: [SnapshotFlaw]
    /// Bytes of batches that a crash had torn and nobody had been told of.
    public let tornBytes: UInt64
    /// What recovery took.
    ///
    /// Unit: seconds.
    public let recoverySeconds: Double
    /// Where the folder's records come from, in words; nil where it wrote all of them itself.
    public let restoration: String?
}

/// A running server on one data folder and one disk.
///
/// - Isolation: `start` and `stop` by one thread; everything inside lives on the server's own threads.
public final class Server<D: Disk>: Sendable {
    private let hub: Hub
    private let folder: DataFolder<D>
    private let threads: ServerThreads<D>
    private let listener: FileDescriptor
    private let operatorListener: FileDescriptor?
    /// What the start found.
    public let report: StartReport

    private init(
        hub: Hub,
        folder: DataFolder<D>,
        threads: ServerThreads<D>,
        listener: consuming FileDescriptor,
        operatorListener: consuming FileDescriptor?,
        report: StartReport
    ) {
        self.hub = hub
        self.folder = folder
        self.threads = threads
        self.listener = listener
        self.operatorListener = operatorListener
        self.report = report
    }

    /// Opens the folder, listens, replays the journals and serves.
    ///
    /// From the moment it listens it answers: 503 `recovering` until the journals are replayed.
    ///
    /// `transactionFault`: where each transaction is to fail, for tests.
    /// `onListening`: called with the address as soon as connections are accepted.
    /// `onNotice`: called on any thread with a line for the operator, when something is amiss that stops nobody.
    /// Throws: why it cannot; nothing is left running.
    public static func start(
        _ configuration: ServerConfiguration,
        disk: D,
        clock: any Clock = SystemClock(),
        random: () -> UInt64 = { UInt64.random(in: 0 ... .max) },
        transactionFault: TransactionFault? = nil,
        onListening: (SocketAddress) -> Void = { _ in },
        onNotice: @escaping @Sendable (String) -> Void = { _ in }
    ) throws(StartError) -> Server {
        let descriptorsMax: Int
        do throws(SystemError) {
            descriptorsMax = try ProcessDescriptors.raiseLimit()
        } catch {
            throw .machine(error)
        }
        let capacity = try onMachine(configuration, descriptorsMax)
        let access = try access(configuration, clock, random)
        let folder = try openFolder(configuration, capacity, disk, clock, random)
        try expect(configuration.partitions, of: folder)
        let listener = try listen(configuration.listen)
        let address = SocketAddress(host: configuration.listen.host, port: Socket.localPort(listener.raw))
        var operatorListener: FileDescriptor?
        var operatorAddress: SocketAddress?
        var listeners = Listeners(main: listener.raw, operators: nil)
        if let wanted = configuration.listenOperator {
            let second = try listen(wanted)
            operatorAddress = SocketAddress(host: wanted.host, port: Socket.localPort(second.raw))
            listeners = Listeners(main: listener.raw, operators: second.raw)
            operatorListener = consume second
        }
        let hub = Hub(
            configuration,
            capacity,
            clock: clock,
            descriptorsMax: descriptorsMax,
            access: access,
            transactionFault: transactionFault,
            diskFreeBytes: { try? disk.freeBytes(configuration.data) }
        )
        let threads: ServerThreads<D>
        do throws(SystemError) {
            threads = try ServerThreads(hub: hub, listeners: listeners, idPrefix: random())
        } catch {
            throw .machine(error)
        }
        onListening(address)
        let report = try recover(hub, folder, threads, disk, (address, operatorAddress), onNotice)
        return Server(
            hub: hub,
            folder: folder,
            threads: threads,
            listener: listener,
            operatorListener: operatorListener,
            report: report
        )
    }

    /// Stops: accepts nothing more, answers what is in flight, makes the journals durable, and closes the folder.
    public func stop() {
        hub.phase = .draining
        threads.drain()
        let clock = hub.clock
        let deadline =
            clock.monotonicNanoseconds() + UInt64(hub.configuration.drainTimeoutSeconds) * 1_000_000_000
        while hub.connectionsOpen > 0, clock.monotonicNanoseconds() < deadline {
            threads.pause(milliseconds: 5)
        }
        if hub.connectionsOpen > 0 { hub.metrics.loops.last?.reached(.drainTimeout) }
        threads.stop()
        folder.close()
    }

    /// Reads the credentials again, if there are any.
    ///
    /// - Returns: how many tokens there are; nil without credentials.
    /// - Throws: what is wrong with their file: then all stays as it was.
    public func reloadCredentials() throws(ConfigurationError) -> Int? {
        try hub.access.credentials?.reload()
        return hub.access.credentials?.tokens
    }

    private static func access(
        _ configuration: ServerConfiguration,
        _ clock: any Clock,
        _ random: () -> UInt64
    ) throws(StartError) -> Access {
        do throws(ConfigurationError) {
            return try Access(configuration, clock, random)
        } catch {
            throw .configuration(error)
        }
    }

    private static func onMachine(
        _ configuration: ServerConfiguration,
        _ descriptorsMax: Int
    ) throws(StartError) -> ServerCapacity {
        do throws(ConfigurationError) {
            return try ServerCapacity(
                configuration,
                cores: ServerCapacity.cores,
                descriptorsMax: descriptorsMax
            )
        } catch {
            throw .configuration(error)
        }
    }

    private static func listen(_ address: SocketAddress) throws(StartError) -> FileDescriptor {
        do throws(SystemError) {
            return try Socket.listen(address, backlog: 4_096)
        } catch {
            throw .address(error)
        }
    }

    /// Opens the data folder, and makes it if there is none.
    package static func openFolder(
        _ configuration: ServerConfiguration,
        _ capacity: ServerCapacity,
        _ disk: D,
        _ clock: any Clock,
        _ random: () -> UInt64
    ) throws(StartError) -> DataFolder<D> {
        let halves = [random(), random()]
        let secret = halves.flatMap { half in
            stride(from: UInt64(0), to: 64, by: 8).map { UInt8(truncatingIfNeeded: half >> $0) }
        }
        let id = JournalID(low: random(), high: random())
        do throws(JournalError) {
            return try DataFolder.open(
                disk: disk,
                path: configuration.data,
                holder: "process \(CurrentProcess.id)",
                limits: configuration.journalLimits
            ) {
                FolderDescription(
                    partitions: capacity.partitions,
                    id: id,
                    secret: secret,
                    createdMilliseconds: clock.wallMilliseconds()
                )
            }
        } catch {
            throw .journal(error)
        }
    }

    /// A number that was asked for and is not the folder's must not be passed over in silence.
    private static func expect(_ partitions: Int, of folder: DataFolder<D>) throws(StartError) {
        let has = folder.description.partitions
        guard partitions == 0 || partitions == has else {
            throw .otherPartitions(folder: folder.path, has: has, asked: partitions)
        }
    }

    private static func recover(
        _ hub: Hub,
        _ folder: DataFolder<D>,
        _ threads: ServerThreads<D>,
        _ disk: D,
        _ addresses: (main: SocketAddress, operators: SocketAddress?),
        _ onNotice: @escaping @Sendable (String) -> Void
    ) throws(StartError) -> StartReport {
        let begun = hub.clock.monotonicNanoseconds()
        do throws(StartError) {
            let recovered = try PartitionRecovery(hub: hub, folder: folder, disk: disk, loops: threads.loops).run()
            let seconds = Double(hub.clock.monotonicNanoseconds() - begun) / 1e9
            let records = recovered.reduce(0) { $0 + $1.opening.report.records }
            let tornBytes = recovered.reduce(0) { $0 + $1.opening.report.tornBytes }
            let reading = RecoveryReading(seconds: seconds, records: records, tornBytes: tornBytes)
            try threads.place(recovered, reading, folder, disk)
            try threads.keepSnapshots(of: recovered, folder, disk, onNotice)
            try threads.keepIndex(of: recovered, folder, disk, onNotice)
            return StartReport(
                address: addresses.main,
                operatorAddress: addresses.operators,
                partitions: recovered.count,
                loops: hub.loopCount,
                records: records,
                snapshots: recovered.count { $0.snapshots.tally.position > 0 },
                flaws: recovered.flatMap(\.flaws),
                tornBytes: tornBytes,
                recoverySeconds: seconds,
                restoration: folder.description.restoration?.words(folder.description)
            )
        } catch {
            threads.stop()
            throw error
        }
    }
}

extension ServerConfiguration {
    /// The sizes of the journals.
    var journalLimits: JournalLimits {
        JournalLimits(segmentBytes: journal.segmentBytes, stagingBytes: journal.stagingBytes)
    }
}

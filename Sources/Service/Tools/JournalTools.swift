import Domain
import Journal
import Keepers
import Loop
import Platform

/// Runs the tools of `stockkeeper journal` on one disk.
struct JournalTools<D: Disk> {
    let disk: D
    let clock: any Clock
    let random: () -> UInt64
    /// The variables that settings are read from.
    let environment: [String: String]

    /// Runs one command to its end.
    ///
    /// - Throws: why it has ended early, or what it has found.
    func run(_ command: JournalCommand) throws(ToolError) -> ExitCode {
        let console = ToolConsole()
        switch command {
        case .verify(let folder, let replays):
            return try verify(try open(folder), replays: replays, console)
        case .inspect(let folder, let options):
            try Inspection(try open(folder), options, console).run()
        case .replay(let folder, let options):
            try replay(try open(folder), options, console)
        case .snapshot(let folder):
            try snapshot(folder, console)
        case .repartition(let folder, let options):
            try repartition(folder, options, try configuration(options.configurationFile), console)
        case .backup(let folder, let target):
            try backup(try open(folder), to: target, console)
        case .restore(let backup, let target, let until):
            try restore(try open(backup), to: target, until: until, console)
        }
        try console.finish()
        return .success
    }

    /// The settings of the servers on the folder.
    private func configuration(_ file: String?) throws(ToolError) -> ServerConfiguration {
        var options = ServeOptions()
        options.configurationFile = file
        do throws(ConfigurationError) {
            return try ServerConfiguration.load(options, environment: environment)
        } catch {
            throw ToolError(error.exitCode, error.description)
        }
    }

    /// The name under which a tool holds a lock.
    func holder(_ tool: JournalTool) -> String { "stockkeeper journal \(tool.rawValue), process \(CurrentProcess.id)" }

    func open(_ path: String) throws(ToolError) -> FolderReader<D> {
        try reading { () throws(JournalError) in try FolderReader(disk: disk, path: path) }
    }

    /// Seconds since `start`, never none.
    func seconds(since start: UInt64) -> Double {
        max(1e-9, Double(clock.monotonicNanoseconds() - start) / 1e9)
    }
}

extension FolderReader {
    /// The folder's secret.
    func key() throws(ToolError) -> FingerprintKey {
        guard let key = FingerprintKey(description.secret.span) else {
            throw ToolError(.dataDamaged, "\(path)/FOLDER has a secret of a wrong length")
        }
        return key
    }

    /// Makes partitions for the records of its journals.
    func partitionFactory(
        keyWindowMilliseconds: Int64 = ToolPartitions.shortestWindowMilliseconds
    ) throws(ToolError) -> ToolPartitions {
        let loop: EventLoop
        do throws(SystemError) {
            loop = try EventLoop(index: 0)
        } catch {
            throw ToolError(.internal, error.description)
        }
        return ToolPartitions(loop: loop, key: try key(), keyWindowMilliseconds: keyWindowMilliseconds)
    }
}

/// Makes empty partitions that belong to the thread that asks for them.
struct ToolPartitions: Sendable {
    let loop: EventLoop
    let key: FingerprintKey
    let keyWindowMilliseconds: Int64

    /// Nobody asks a tool that only reads for the answer to a key: the shortest memory does.
    static let shortestWindowMilliseconds: Int64 = 1

    func make(_ journal: Int) -> Partition {
        Partition(
            index: journal,
            journalNumber: UInt16(journal),
            executor: PlacedExecutor(loop: loop),
            key: key,
            windowMilliseconds: keyWindowMilliseconds,
            keysMax: .max
        )
    }
}

extension JournalView {
    /// The state of the newest whole snapshot that comes before the cut, and where the replay goes on.
    ///
    /// - Throws: where there is none and the journal's beginning is not there any more.
    func restored(
        _ journal: Int,
        _ partitions: ToolPartitions,
        before cut: CutOff = .end
    ) throws(JournalError) -> (Partition, JournalStart) {
        for position in try snapshots.positions() where cut.mayContain(journal, position) {
            do throws(JournalError) {
                let partition = partitions.make(journal)
                let source = try snapshots.open(position)
                try partition.read(from: source)
                try source.finish()
                if cut.keeps(journal, .start, at: partition.latest) { return (partition, source.header.start) }
            } catch .damaged(_, _, _) {
                continue
            } catch .system(let error) where error.isMissingFile {
                continue
            }
        }
        guard beginsWithNothing else {
            throw damage(
                at: start,
                "the journal begins here only, and no snapshot that is whole is from before the point"
            )
        }
        return (partitions.make(journal), .beginning)
    }
}

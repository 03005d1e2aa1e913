import Journal
import Keepers
import Platform

/// What `repartition` is to do.
public struct RepartitionOptions: Equatable, Sendable {
    /// How many partitions there are to be.
    var partitions: Int
    /// The server's configuration file; nil for what the environment and the defaults say.
    var configurationFile: String?
}

extension JournalTools {
    /// Gives a folder that nobody uses another number of partitions.
    func repartition(
        _ path: String,
        _ options: RepartitionOptions,
        _ configuration: ServerConfiguration,
        _ console: ToolConsole
    ) throws(ToolError) {
        let begun = clock.monotonicNanoseconds()
        let folder = try reading { () throws(JournalError) in
            try DataFolder.openFinished(disk: disk, path: path, holder: holder(.repartition))
        }
        defer { folder.close() }
        let partitions = folder.description.partitions
        guard options.partitions != partitions else {
            console.line("\(path): has \(ToolText.count(UInt64(partitions), "partition")) already, nothing was changed")
            return
        }
        let progress = RepartitionProgress(clock: clock)
        let summary: RepartitionSummary
        do throws(RepartitionFailure) {
            summary = try FolderRepartition(
                folder,
                disk: disk,
                limits: configuration.journalLimits,
                windowMilliseconds: Int64(configuration.idempotency.windowHours) * 3_600_000,
                clock: clock,
                onStage: progress.show
            )
            .run(options.partitions)
        } catch {
            progress.clear()
            throw ToolError(error, folder.description)
        }
        progress.clear()
        tell(summary, path, from: partitions, seconds: seconds(since: begun), console)
    }

    private func tell(
        _ summary: RepartitionSummary,
        _ path: String,
        from partitions: Int,
        seconds: Double,
        _ console: ToolConsole
    ) {
        for flaw in summary.flaws { console.line("left a snapshot aside: \(flaw.error.description)") }
        if summary.tornBytes > 0 {
            let bytes = ToolText.count(summary.tornBytes, "byte")
            console.line("cut off \(bytes) that a crash had torn; nobody had been told of them")
        }
        let journals = summary.description.journals
        console.line(
            "\(path): \(ToolText.count(UInt64(summary.description.partitions), "partition")) instead of \(partitions), in "
                + "the journals \(journals.lowerBound) to \(journals.upperBound - 1), with "
                + "\(ToolText.count(summary.skus, "SKU")), \(ToolText.count(summary.wallets, "wallet")) and "
                + "\(ToolText.count(summary.keys, "remembered key")), in "
                + "\(ToolText.decimals(seconds)) s; the journals before stay, for orders and trails"
        )
    }
}

/// Tells on standard error how far a repartition is.
private final class RepartitionProgress {
    private let clock: any Clock
    private var keys: (progress: ToolProgress, done: Int)?

    init(clock: any Clock) {
        self.clock = clock
    }

    func show(_ stage: RepartitionStage) {
        switch stage {
        case .reading, .writing:
            clear()
        case .sharing(let done, let total):
            let before = keys ?? (ToolProgress("sharing keys out", total: UInt64(total), clock: clock), 0)
            before.progress.advance(done - before.done)
            keys = (before.progress, done)
        }
    }

    func clear() {
        keys?.progress.clear()
        keys = nil
    }
}

extension ToolError {
    /// Why a folder keeps its partitions.
    fileprivate init(_ failure: RepartitionFailure, _ description: FolderDescription) {
        switch failure {
        case .sameNumber:
            self.init(.usage, "the folder has that many partitions already")
        case .numbersUsedUp:
            self.init(
                .usage,
                "the folder's journals are numbered up to \(description.journals.upperBound - 1), and "
                    + "\(FolderDescription.journalMax) is the last number: there are not as many left"
            )
        case .journal(let error):
            self.init(error)
        case .machine(let error):
            self.init(.internal, error.description)
        case .sharing(.journal(let error)):
            self.init(error)
        case .sharing(.keyWithoutRecord(let address)):
            self.init(
                .dataDamaged,
                "journal \(address.journal): a key is remembered, and its record at position \(address.position) is not there"
            )
        case .sharing(.contradiction(let partition, let sku, let contradiction)):
            self.init(
                .dataDamaged,
                "partition \(partition): the records of \(String(decoding: sku, as: UTF8.self)) do not add up: "
                    + "\(contradiction)"
            )
        }
    }
}

import Domain
import Journal
import Keepers
import Platform

/// What is made and kept of snapshots and segments, as configured.
package struct SnapshotRules: Sendable {
    /// A snapshot is due when so many bytes have been sealed since the last one; 0: never.
    var everyBytes: UInt64
    /// Snapshots kept of each partition.
    var kept: Int
    /// How long segments are kept, in days; 0: for ever.
    var retentionDays: Int

    /// As configured.
    package init(_ configuration: ServerConfiguration) {
        everyBytes = UInt64(configuration.journal.snapshotEveryBytes)
        kept = configuration.journal.snapshotsKept
        retentionDays = configuration.journal.retentionDays
    }

    /// With a retention, a snapshot is due after this time as well, so that segments can go.
    static let retentionIntervalMilliseconds: Int64 = 86_400_000
    /// After a failure nothing is tried for so long: what failed as a rule takes an operator to mend.
    static let retryNanoseconds: UInt64 = 60_000_000_000
}

/// Makes the snapshots of all partitions beside the live server, one partition at a time, and then deletes the segments
/// whose time is over.
///
/// It never touches a live keeper: it reads what is sealed. A failure is counted, told, and tried again later; the live
/// server does not notice.
///
/// - Isolation: whoever calls `step`, always on the same thread; one call is a bounded piece of work.
package final class SnapshotWork<D: Disk>: @unchecked Sendable {
    // SAFETY: made by one thread, which hands it over to the one that steps it.
    private enum Task {
        case building(SnapshotBuild<D>, since: UInt64)
        case deleting(SegmentRetention<D>)
    }

    private let targets: [SnapshotTarget<D>]
    private let rules: SnapshotRules
    private let clock: any Clock
    private let notice: @Sendable (String) -> Void
    /// Called after each part of the work: see `JournalPace`.
    package var pace: JournalPace = { _ in }
    /// The target of the task, or the one to look at next.
    private var index = 0
    private var task: Task?

    /// Work that has not begun.
    ///
    /// - Parameters:
    ///   - targets: the partitions; at least one.
    ///   - rules: as configured.
    ///   - clock: the server's.
    ///   - notice: gets a line for the operator.
    package init(
        _ targets: [SnapshotTarget<D>],
        _ rules: SnapshotRules,
        clock: any Clock,
        notice: @escaping @Sendable (String) -> Void
    ) {
        self.targets = targets
        self.rules = rules
        self.clock = clock
        self.notice = notice
    }

    /// Does the next piece of work, if there is any.
    ///
    /// - Returns: whether there was; if not, ask again after a while.
    package func step() -> Bool {
        let target = targets[index]
        do throws(JournalError) {
            switch task {
            case .building(let build, let since): try advance(build, since: since, of: target)
            case .deleting(let retention): try delete(retention, of: target)
            case nil: return try begin()
            }
        } catch {
            fail(error, of: target)
        }
        return true
    }

    /// Looks at each partition once, and begins with the first one that is due.
    private func begin() throws(JournalError) -> Bool {
        for _ in targets {
            let target = targets[index]
            if let limit = try due(target) {
                let build = SnapshotBuild(
                    target.place,
                    upTo: limit,
                    clock: clock,
                    pace: { [unowned self] (bytes) throws(JournalError) in try pace(bytes) },
                    makePartition: target.makePartition
                )
                task = .building(build, since: clock.monotonicNanoseconds())
                return true
            }
            index = (index + 1) % targets.count
        }
        return false
    }

    /// Where the next snapshot of a partition would end; nil while none is due.
    private func due(_ target: SnapshotTarget<D>) throws(JournalError) -> JournalPosition? {
        guard rules.everyBytes > 0, clock.monotonicNanoseconds() >= target.retryAt else { return nil }
        let last = target.tally.position
        let durable = target.partition.durable.rawValue
        let isLate =
            rules.retentionDays > 0 && target.tally.age(at: clock) > SnapshotRules.retentionIntervalMilliseconds
        guard durable > last, isLate || durable - last >= rules.everyBytes else { return nil }
        let sealed = try target.place.segments.sealedEnd(durable: JournalPosition(rawValue: durable))
        guard sealed.rawValue > last, isLate || sealed.rawValue - last >= rules.everyBytes else { return nil }
        return sealed
    }

    private func advance(
        _ build: SnapshotBuild<D>,
        since: UInt64,
        of target: SnapshotTarget<D>
    ) throws(JournalError) {
        if try build.step() { return }
        guard let result = build.result else { return }
        for flaw in result.flaws { notice("left a snapshot aside: \(flaw.error.description)") }
        target.tally.built(
            SnapshotFacts(
                position: result.position,
                createdMilliseconds: clock.wallMilliseconds(),
                bytes: result.bytes
            ),
            nanoseconds: clock.monotonicNanoseconds() - since
        )
        let kept = try target.place.snapshots.prune(keeping: rules.kept, flawed: Set(result.flaws.map(\.position)))
        task = retention(target, result, oldestKept: kept.last ?? .start).map { .deleting($0) }
        if task == nil { index = (index + 1) % targets.count }
    }

    /// What may be deleted after a snapshot; nil where everything is kept.
    ///
    /// Time is the journal's own, and the clock's only where that is behind: a clock that leaps ahead deletes nothing.
    private func retention(
        _ target: SnapshotTarget<D>,
        _ result: SnapshotBuild<D>.Result,
        oldestKept: JournalPosition
    ) -> SegmentRetention<D>? {
        guard rules.retentionDays > 0 else { return nil }
        let now = min(result.latest.millisecondsSinceEpoch, clock.wallMilliseconds())
        return SegmentRetention(
            target.place,
            before: min(oldestKept, result.oldestRemembered ?? oldestKept),
            olderThan: Instant(millisecondsSinceEpoch: now - Int64(rules.retentionDays) * 86_400_000),
            pace: { [unowned self] (bytes) throws(JournalError) in try pace(bytes) }
        )
    }

    private func delete(_ retention: SegmentRetention<D>, of target: SnapshotTarget<D>) throws(JournalError) {
        let isMore = try retention.step { target.partition.journalStart = $0 }
        if isMore {
            target.tally.deletedSegment()
            target.partition.appender?.counters.segments.add(-1)
        } else {
            task = nil
            index = (index + 1) % targets.count
        }
    }

    private func fail(_ error: JournalError, of target: SnapshotTarget<D>) {
        task = nil
        index = (index + 1) % targets.count
        if case .stopped = error { return }
        target.tally.failed()
        target.retryAt = clock.monotonicNanoseconds() + SnapshotRules.retryNanoseconds
        notice("no new snapshot of partition \(target.partition.index): \(error.description)")
    }
}

/// A partition as the work on snapshots sees it.
package final class SnapshotTarget<D: Disk>: @unchecked Sendable {
    // SAFETY: of the live partition only what any thread may use is used; `retryAt` is the stepping thread's.
    package let partition: Partition
    package let place: JournalPlace<D>
    package let tally: SnapshotTally
    /// An empty partition like the live one, of the calling thread.
    let makePartition: () -> Partition
    /// The earliest moment of the next attempt, in nanoseconds of the monotonic clock.
    var retryAt: UInt64 = 0

    /// The fields.
    package init(
        partition: Partition,
        place: JournalPlace<D>,
        tally: SnapshotTally,
        makePartition: @escaping () -> Partition
    ) {
        self.partition = partition
        self.place = place
        self.tally = tally
        self.makePartition = makePartition
    }
}

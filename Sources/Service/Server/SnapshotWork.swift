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
        /// In retired journals, of which the first is the one that is at work.
        case clearing([SegmentRetention<D>])
    }

    private let targets: [SnapshotTarget<D>]
    private let retired: [RetiredJournal<D>]
    private let rules: SnapshotRules
    private let clock: any Clock
    private let notice: @Sendable (String) -> Void
    /// Called after each part of the work: see `JournalPace`.
    package var pace: JournalPace = { _ in }
    /// The target of the task, or the one to look at next.
    private var index = 0
    private var task: Task?
    /// When the retired journals are looked at next, in nanoseconds of the monotonic clock.
    private var clearAt: UInt64 = 0

    /// Work that has not begun.
    ///
    /// - Parameters:
    ///   - targets: the partitions; at least one.
    ///   - retired: the journals that were theirs before.
    ///   - rules: as configured.
    ///   - clock: the server's.
    ///   - notice: gets a line for the operator.
    package init(
        _ targets: [SnapshotTarget<D>],
        retired: [RetiredJournal<D>],
        _ rules: SnapshotRules,
        clock: any Clock,
        notice: @escaping @Sendable (String) -> Void
    ) {
        self.targets = targets
        self.retired = retired
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
            case .clearing(let retentions): try clear(retentions)
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
        return try beginClearing()
    }

    /// Begins with the retired journals once a day, where there is a retention.
    private func beginClearing() throws(JournalError) -> Bool {
        let now = clock.monotonicNanoseconds()
        guard rules.retentionDays > 0, !retired.isEmpty, now >= clearAt else { return false }
        clearAt = now + UInt64(SnapshotRules.retentionIntervalMilliseconds) * 1_000_000
        var retentions: [SegmentRetention<D>] = []
        for journal in retired {
            // A part of a journal can be checked and replayed only from a snapshot on.
            guard let snapshot = try journal.place.snapshots.prune(keeping: rules.kept).last else { continue }
            let needed = targets.compactMap { $0.oldestRemembered[journal.number] }.min() ?? snapshot
            let latest = targets.map(\.latest).max() ?? Instant(millisecondsSinceEpoch: 0)
            retentions.append(retention(journal.place, before: min(snapshot, needed), latest: latest))
        }
        if !retentions.isEmpty { task = .clearing(retentions) }
        return task != nil
    }

    private func clear(_ retentions: [SegmentRetention<D>]) throws(JournalError) {
        guard let first = retentions.first else {
            task = nil
            return
        }
        if try first.step(willRemove: { _ in }) {
            targets[index].tally.deletedSegment()
        } else {
            task = .clearing(Array(retentions.dropFirst()))
        }
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
        target.latest = result.latest
        target.oldestRemembered = result.oldestRemembered
        guard rules.retentionDays > 0 else {
            task = nil
            index = (index + 1) % targets.count
            return
        }
        let oldestKept = kept.last ?? .start
        let needed = result.oldestRemembered[target.partition.journalNumber] ?? oldestKept
        task = .deleting(retention(target.place, before: min(oldestKept, needed), latest: result.latest))
    }

    /// What may be deleted of a journal.
    ///
    /// Time is the journals' own, and the clock's only where that is behind: a clock that leaps ahead deletes nothing.
    private func retention(
        _ place: JournalPlace<D>,
        before: JournalPosition,
        latest: Instant
    ) -> SegmentRetention<D> {
        let now = min(latest.millisecondsSinceEpoch, clock.wallMilliseconds())
        return SegmentRetention(
            place,
            before: before,
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
    /// The time of the partition's last record that a snapshot, or the start, has seen.
    var latest: Instant
    /// What the partition needed then of each journal, by its number, and so the most that it needs since.
    package internal(set) var oldestRemembered: [UInt16: JournalPosition]

    /// The fields; `oldestRemembered` is of the partition as it is now.
    package init(
        partition: Partition,
        place: JournalPlace<D>,
        tally: SnapshotTally,
        oldestRemembered: [UInt16: JournalPosition],
        makePartition: @escaping () -> Partition
    ) {
        self.partition = partition
        self.place = place
        self.tally = tally
        self.oldestRemembered = oldestRemembered
        latest = partition.latest
        self.makePartition = makePartition
    }
}

/// A journal that nobody writes any more, since the number of partitions was changed.
package struct RetiredJournal<D: Disk>: Sendable {
    /// Its number.
    package let number: UInt16
    /// Where it is.
    package let place: JournalPlace<D>

    /// Those of a folder.
    package static func all(of folder: DataFolder<D>, _ disk: D) -> [RetiredJournal] {
        folder.retired.map { number in
            RetiredJournal(number: UInt16(number), place: JournalPlace(folder, journal: number, on: disk))
        }
    }
}

import Domain
import Journal
import Platform

/// Makes a partition's next snapshot from the one before it and the records behind that: beside the live partition,
/// which it never touches, through the same `Partition.replay`.
///
/// It does so in steps, each a bounded piece of work, so that whoever runs it decides when. While it is at work it holds
/// the whole state a second time; most of that are the tables of buyers and keys, 27 to 40 bytes an entry each.
///
/// - Isolation: one thread, from `init` to the last step.
public final class SnapshotBuild<D: Disk> {
    /// What a build has made.
    public struct Result: Sendable {
        /// The position that the snapshot belongs to.
        public let position: JournalPosition
        /// The size of its file; 0 where the newest snapshot was of that position already.
        public let bytes: UInt64
        /// Records replayed.
        public let records: UInt64
        /// The time of the last of all records up to there.
        public let latest: Instant
        /// Where the oldest record of each journal starts that answers a remembered key, by the journal's number.
        public let oldestRemembered: [UInt16: JournalPosition]
        /// The snapshots that could not be used.
        public let flaws: [SnapshotFlaw]
    }

    private enum Phase {
        case restoring
        case replaying(JournalStretch<D>)
        case writing(JournalStart, records: UInt64)
        case done(Result)
    }

    private let place: JournalPlace<D>
    private let limit: JournalPosition
    private let clock: any Clock
    private let pace: JournalPace
    private let makePartition: () -> Partition
    private var partition: Partition
    private var newest: JournalPosition?
    private var flaws: [SnapshotFlaw] = []
    private var phase = Phase.restoring

    /// A build that has not begun.
    ///
    /// - Parameters:
    ///   - place: the journal.
    ///   - limit: where the snapshot ends: the beginning of a segment or record, or the journal's end, everything before
    ///     which is durable.
    ///   - clock: tells when the snapshot was made.
    ///   - pace: called after each part of the work.
    ///   - makePartition: an empty partition like the one that the journal belongs to.
    public init(
        _ place: JournalPlace<D>,
        upTo limit: JournalPosition,
        clock: any Clock,
        pace: @escaping JournalPace = { _ in },
        makePartition: @escaping () -> Partition
    ) {
        self.place = place
        self.limit = limit
        self.clock = clock
        self.pace = pace
        self.makePartition = makePartition
        partition = makePartition()
    }

    /// What was made; nil before the last step.
    public var result: Result? {
        if case .done(let result) = phase { return result }
        return nil
    }

    /// Does the next piece of work: restores the snapshot before, replays a segment, or writes the snapshot.
    ///
    /// - Returns: whether there is more to do.
    /// - Throws: why there will be no snapshot; the ones before are as they were, and the build is over.
    public func step() throws(JournalError) -> Bool {
        switch phase {
        case .restoring: try restore()
        case .replaying(let stretch): try replay(stretch)
        case .writing(let start, let records): try write(start, records)
        case .done: return false
        }
        return result == nil
    }

    private func restore() throws(JournalError) {
        let makePartition = makePartition
        let restored = try place.snapshots.restoreNewest(pace: pace) { (source) throws(JournalError) in
            let partition = makePartition()
            try partition.read(from: source)
            return partition
        }
        flaws = restored.flaws
        if let state = restored.state {
            partition = state
            newest = restored.start.position
        }
        guard restored.start.position < limit else {
            phase = .done(summary(restored.start.position, bytes: 0, records: 0))
            return
        }
        phase = .replaying(
            try JournalStretch(
                disk: place.disk,
                directory: place.directory,
                journal: place.journal,
                from: restored.start,
                upTo: limit
            )
        )
    }

    private func replay(_ stretch: JournalStretch<D>) throws(JournalError) {
        var bytes = 0
        let partition = partition
        let isMore = try stretch.step { (position, type, payload) throws(JournalError) in
            bytes += payload.count
            if bytes >= Self.paceBytes {
                try pace(bytes)
                bytes = 0
            }
            try partition.replayRecord(type: type, payload, start: position)
        }
        try pace(bytes)
        if isMore { return }
        try partition.finishRecords()
        phase = .writing(stretch.end, records: stretch.records)
    }

    private func write(_ start: JournalStart, _ records: UInt64) throws(JournalError) {
        let partition = partition
        let bytes = try place.snapshots.write(
            at: start,
            createdMilliseconds: clock.wallMilliseconds(),
            pace: pace
        ) { (sink) throws(JournalError) in try partition.write(to: sink) }
        phase = .done(summary(start.position, bytes: bytes, records: records))
    }

    private func summary(_ position: JournalPosition, bytes: UInt64, records: UInt64) -> Result {
        Result(
            position: position,
            bytes: bytes,
            records: records,
            latest: partition.latest,
            oldestRemembered: partition.oldestRemembered,
            flaws: flaws
        )
    }

    /// Bytes of payloads between two calls of `pace`: less than a millisecond's work.
    private static var paceBytes: Int { 128 << 10 }
}

/// Where a journal is: what everything that reads it beside its writer needs to know.
public struct JournalPlace<D: Disk>: Sendable {
    /// The disk.
    public let disk: D
    /// The journal's directory.
    public let directory: String
    /// The journal's id.
    public let journal: JournalID
    /// Whether a snapshot tells what there is before its first record.
    public let beginsWithSnapshot: Bool

    /// A journal's place.
    public init(disk: D, directory: String, journal: JournalID, beginsWithSnapshot: Bool = false) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
        self.beginsWithSnapshot = beginsWithSnapshot
    }

    /// The place of a partition's journal, or of one with a higher number, which is to become one.
    public init(_ folder: DataFolder<D>, journal number: Int, on disk: D) {
        self.init(
            disk: disk,
            directory: folder.journalDirectory(number: number),
            journal: folder.description.journalID(number),
            beginsWithSnapshot: folder.description.beginsWithSnapshot(number)
        )
    }

    /// The journal's snapshots.
    public var snapshots: JournalSnapshots<D> {
        JournalSnapshots(
            disk: disk,
            directory: directory,
            journal: journal,
            beginsWithSnapshot: beginsWithSnapshot
        )
    }
}

extension Partition {
    /// `replay` for whoever reads a journal: what cannot be replayed is the journal's error.
    public func replayRecord(type: UInt8, _ bytes: Span<UInt8>, start: JournalPosition) throws(JournalError) {
        do throws(ReplayError) {
            try replay(type: type, bytes, start: start)
        } catch {
            throw .refused(at: error.position, reason: error.sentence)
        }
    }

    /// `finishReplay` for whoever reads a journal.
    public func finishRecords() throws(JournalError) {
        do throws(ReplayError) {
            try finishReplay()
        } catch {
            throw .refused(at: error.position, reason: error.sentence)
        }
    }
}

import Journal
import Platform

/// What a recovery has made of a journal.
public struct JournalRecovery<D: Disk> {
    /// What all its records add up to; it is not connected to the journal yet.
    public let partition: Partition
    /// The journal's ends.
    public let opening: JournalOpening<D>
    /// The snapshot that it began from; nil where it was replayed from the journal's beginning.
    public let snapshot: SnapshotSource?
    /// The newer snapshots that could not be used.
    public let flaws: [SnapshotFlaw]
}

extension JournalPlace {
    /// Recovers the partition that writes the journal, and opens the journal: from the newest whole snapshot, then from the
    /// records behind that.
    ///
    /// - Parameters:
    ///   - limits: sizes for new segments and for the staging.
    ///   - clock: measures the syncs.
    ///   - onProgress: called on the writer's thread after each batch.
    ///   - make: makes an empty partition that belongs to the calling thread.
    /// - Returns: the partition and its journal's ends.
    /// - Throws: why the journal must not be used.
    public func recover(
        limits: JournalLimits,
        clock: any Clock,
        onProgress: @escaping @Sendable () -> Void = {},
        make: () -> Partition
    ) throws(JournalError) -> JournalRecovery<D> {
        let restored = try snapshots.restoreNewest { (source) throws(JournalError) in
            let partition = make()
            try partition.read(from: source)
            return partition
        }
        let partition = restored.state ?? make()
        let opening = try Journal.open(
            disk: disk,
            directory: directory,
            journal: journal,
            limits: limits,
            from: restored.start,
            clock: clock,
            onProgress: onProgress,
            replay: { (position, type, payload) throws(JournalError) in
                try partition.replayRecord(type: type, payload, start: position)
            }
        )
        try partition.finishRecords()
        partition.journalStart = opening.report.first
        return JournalRecovery(
            partition: partition,
            opening: opening,
            snapshot: restored.source,
            flaws: restored.flaws
        )
    }
}

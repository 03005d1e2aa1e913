import Platform

/// Finds the end of a journal, repairs what a crash left there, and refuses what no crash leaves.
///
/// The order is: look at everything, decide, and only then change anything. See FORMAT.md for the reasons.
struct Recovery<D: Disk> {
    let disk: D
    let directory: String
    let journal: JournalID
    let limits: JournalLimits

    /// What is needed to go on with the journal.
    struct Recovered {
        let tail: JournalTail
        let open: Segment<D>
        let mark: SettledMark<D>
        let preparer: SegmentPreparer<D>
        let report: JournalReport
    }

    /// Recovers the journal; see `Journal.open`.
    func run(from: JournalStart, _ replay: JournalReplay) throws(JournalError) -> Recovered {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        let mark = try SettledMark.read(disk: disk, directory: directory, journal: journal)
        let entries = try SegmentEntry.list(disk: disk, directory: directory, names: names, journal: journal)
        let end = try findEnd(entries, mark: mark?.settled ?? 0, from: from, replay)
        // Up to here nothing was changed.
        let spare = try onDisk { () throws(SystemError) in
            try removeUnfinished(names)
            return try JournalRepair(disk: disk, directory: directory, entries: entries, end: end)
                .run(capacity: UInt64(limits.segmentCapacity))
        }
        return try reopen(entries, end, mark: mark, spare: spare)
    }

    /// Reads all records and decides whether what follows them was torn by a crash or is damage.
    private func findEnd(
        _ entries: [SegmentEntry],
        mark: UInt64,
        from: JournalStart,
        _ replay: JournalReplay
    ) throws(JournalError) -> JournalEnd {
        let seed = RecordFormat.seed(journal)
        let window = RecordWindow(for: entries, seed: seed)
        var walk = try JournalWalk(
            disk: disk,
            directory: directory,
            entries: entries,
            start: from,
            seed: seed,
            window: window
        )
        var stop = try walk.step(replay)
        while case .segment = stop { stop = try walk.step(replay) }
        let scan = try TailScan(disk: disk, entries[walk.index...], start: walk.position, window: window)
        let proven = max(scan.settled, mark, from.position.rawValue)
        guard proven <= walk.position else {
            let entry = entries[walk.index]
            let reason = "\(stop), yet everything before position \(proven) was durable once"
            throw .damaged(file: entry.path, offset: entry.offset(walk.position), reason: reason)
        }
        return JournalEnd(
            position: walk.position,
            index: walk.index,
            chain: walk.chain ?? seed,
            records: walk.records,
            settled: max(walk.settled, mark, from.position.rawValue),
            scan: scan
        )
    }

    private func removeUnfinished(_ names: [String]) throws(SystemError) {
        for name in names where name.hasSuffix(SegmentName.unfinishedSuffix) {
            try disk.unlink("\(directory)/\(name)")
        }
    }

    /// Opens the last segment for writing, as a new writer with an epoch of its own.
    private func reopen(
        _ entries: [SegmentEntry],
        _ end: JournalEnd,
        mark: SettledMark<D>?,
        spare: D.File?
    ) throws(JournalError) -> Recovered {
        let latest = entries.map(\.header.epoch.rawValue).max() ?? 0
        let epoch = WriterEpoch(rawValue: max(latest, mark?.epoch.rawValue ?? 0) + 1)
        let open = try Segment(disk: disk, entries[end.index], .readWrite)
        let openEnd = open.entry.header.end
        let preparer = SegmentPreparer(
            disk: disk,
            directory: directory,
            template: SegmentHeader(
                journal: journal,
                first: openEnd,
                capacity: UInt64(limits.segmentCapacity),
                epoch: epoch
            ),
            ready: spare,
            segments: end.index + 1
        )
        return Recovered(
            tail: JournalTail(end: end.position, chain: end.chain, segmentEnd: openEnd),
            open: open,
            mark: try onDisk { () throws(SystemError) in try settle(mark, at: end.position, epoch: epoch) },
            preparer: preparer,
            report: JournalReport(
                records: end.records,
                first: JournalPosition(rawValue: entries.first?.header.first ?? 0),
                end: JournalPosition(rawValue: end.position),
                tornBytes: end.tornBytes(entries),
                segments: end.index + 1,
                epoch: epoch
            )
        )
    }

    /// Notes that everything recovered is durable, and that this opening is the latest.
    private func settle(
        _ mark: SettledMark<D>?,
        at position: UInt64,
        epoch: WriterEpoch
    ) throws(SystemError) -> SettledMark<D> {
        let kept: SettledMark<D>
        if let mark {
            kept = mark
        } else {
            kept = try SettledMark.create(disk: disk, directory: directory, journal: journal)
            try disk.syncDirectory(directory)
        }
        try kept.write(settled: position, epoch: epoch)
        return kept
    }
}

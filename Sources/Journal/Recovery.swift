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

    /// Bytes read at a time: enough to make the calls cheap, little enough to stay in the processor's cache.
    private static var windowBytes: Int { 256 << 10 }

    /// Recovers the journal; see `Journal.open`.
    func run(from: UInt64, _ replay: JournalReplay) throws(JournalError) -> Recovered {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        let mark = try SettledMark.read(disk: disk, directory: directory, journal: journal)
        let segments = try SegmentList(
            disk: disk,
            directory: directory,
            names: names,
            journal: journal,
            access: .readWrite
        )
        .segments
        let window = window(segments)
        var walk = try startWalk(segments, from: from, window: window)
        let flaw = try walk.run(replay)
        // The scan uses the walk's window, and moves it.
        let stop = walk.position
        let scan = try TailScan(segments[walk.index...], start: stop, window: window)
        let proven = max(scan.settled, mark?.settled ?? 0, from)
        guard proven <= stop else {
            let end = segments[walk.index]
            let reason = "\(flaw), yet everything before position \(proven) was durable once"
            throw .damaged(file: end.path, offset: end.offset(stop), reason: reason)
        }
        let end = JournalEnd(
            position: stop,
            index: walk.index,
            settled: max(walk.settled, mark?.settled ?? 0),
            scan: scan
        )
        let spare = try onDisk { () throws(SystemError) in
            try removeUnfinished(names)
            return try JournalRepair(disk: disk, directory: directory, segments: segments, end: end)
                .run(capacity: UInt64(limits.segmentCapacity))
        }
        return try finish(walk, segments, end, mark: mark, spare: spare)
    }

    private func window(_ segments: [Segment<D>]) -> RecordWindow {
        let largest = segments.map(\.header.capacity).max() ?? 0
        return RecordWindow(capacity: min(Self.windowBytes, Int(largest)), seed: RecordFormat.seed(journal))
    }

    /// Starts in the segment that holds the byte before `from`: the next record's chain value must become known.
    private func startWalk(
        _ segments: [Segment<D>],
        from: UInt64,
        window: RecordWindow
    ) throws(JournalError) -> JournalWalk<D> {
        let index = from == 0 ? 0 : segments.lastIndex { $0.header.first < from }
        guard let index, let first = segments.first?.header.first, first == 0 || from > 0 else {
            throw .missingSegment(directory: directory, first: 0)
        }
        return JournalWalk(segments, index: index, from: from, seed: RecordFormat.seed(journal), window: window)
    }

    private func removeUnfinished(_ names: [String]) throws(SystemError) {
        for name in names where name.hasSuffix(SegmentName.unfinishedSuffix) {
            try disk.unlink("\(directory)/\(name)")
        }
    }

    private func finish(
        _ walk: JournalWalk<D>,
        _ segments: [Segment<D>],
        _ end: JournalEnd,
        mark: SettledMark<D>?,
        spare: D.File?
    ) throws(JournalError) -> Recovered {
        let open = segments[end.index]
        let latest = segments.map(\.header.epoch).max() ?? WriterEpoch(rawValue: 0)
        let epoch = WriterEpoch(rawValue: max(latest, mark?.epoch ?? latest).rawValue + 1)
        let mark = try onDisk { () throws(SystemError) in
            try settle(mark, at: end.position, epoch: epoch)
        }
        let template = SegmentHeader(
            journal: journal,
            first: 0,
            capacity: UInt64(limits.segmentCapacity),
            epoch: epoch
        )
        return Recovered(
            tail: JournalTail(
                end: end.position,
                chain: walk.chain ?? RecordFormat.seed(journal),
                segmentEnd: open.header.end
            ),
            open: open,
            mark: mark,
            preparer: SegmentPreparer(
                disk: disk,
                directory: directory,
                template: template,
                first: open.header.end,
                ready: spare
            ),
            report: JournalReport(
                records: walk.records,
                end: JournalPosition(rawValue: end.position),
                tornBytes: end.tornBytes(segments),
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

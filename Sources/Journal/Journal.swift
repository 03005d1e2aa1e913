import Platform

/// An opened journal: its two ends, and what opening it found.
public struct JournalOpening<D: Disk>: Sendable {
    /// The loop's end.
    public let appender: JournalAppender
    /// The writing end; somebody has to run or step it.
    public let writer: JournalWriter<D>
    /// Makes segments ahead of their use; somebody should run or step it.
    public let preparer: SegmentPreparer<D>
    /// What recovery found.
    public let report: JournalReport
}

/// What recovery found, for the operator's log.
public struct JournalReport: Equatable, Sendable {
    /// Records replayed.
    public let records: UInt64
    /// The beginning of the oldest segment: records before it are not kept any more.
    public let first: JournalPosition
    /// The journal's end, where the next record goes.
    public let end: JournalPosition
    /// Bytes of batches that a crash tore and that nobody was told of: they were cut off.
    public let tornBytes: UInt64
    /// Segments, the open one included.
    public let segments: Int
    /// The number of this opening.
    public let epoch: WriterEpoch
}

/// Makes and opens the journal of one partition: a directory of segments.
public enum Journal {
    /// Makes an empty journal in the empty directory `directory`; durable on return.
    ///
    /// - Throws: `JournalError.damaged` where the directory holds records already: nothing is ever overwritten.
    public static func create<D: Disk>(
        disk: D,
        directory: String,
        journal: JournalID,
        limits: JournalLimits
    ) throws(JournalError) {
        try clear(disk: disk, directory: directory)
        let header = SegmentHeader(
            journal: journal,
            first: 0,
            capacity: UInt64(limits.segmentCapacity),
            epoch: WriterEpoch(rawValue: 0)
        )
        try onDisk { () throws(SystemError) in
            try SegmentMaker(disk: disk, directory: directory).make(header).close()
            try SettledMark.create(disk: disk, directory: directory, journal: journal).close()
            try disk.syncDirectory(directory)
        }
    }

    /// Recovers the journal in `directory` and opens it for appending.
    ///
    /// Reads and verifies every record from `from` on. What a crash tore is cut off and reported;
    /// damage, which no crash leaves, is refused, and nothing is changed then. What was read is durable on return.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's, as `create` has made it.
    ///   - journal: its id.
    ///   - limits: sizes for new segments and for the staging.
    ///   - from: where the replay begins: where a snapshot ends, or the journal's beginning.
    ///   - clock: measures the syncs.
    ///   - onProgress: called on the writer's thread after each batch, and when the journal fails: rings the loop.
    ///   - replay: called for each record in order, on the calling thread. What it throws ends the opening.
    /// - Returns: the ends of the journal. The caller must keep every other process from opening it: see `DataFolder`.
    /// - Throws: what `replay` threw, or why the journal must not be used.
    public static func open<D: Disk>(
        disk: D,
        directory: String,
        journal: JournalID,
        limits: JournalLimits = JournalLimits(),
        from: JournalStart = .beginning,
        clock: any Clock = SystemClock(),
        onProgress: @escaping @Sendable () -> Void = {},
        replay: JournalReplay
    ) throws(JournalError) -> JournalOpening<D> {
        let recovery = Recovery(disk: disk, directory: directory, journal: journal, limits: limits)
        let recovered = try recovery.run(from: from, replay)
        let staging = try onDisk { () throws(SystemError) in
            try Staging(
                capacity: limits.stagingBytes,
                start: recovered.tail.end,
                segments: recovered.preparer.segments
            )
        }
        let store = SegmentStore(
            file: recovered.open.file,
            segment: recovered.open.entry.header,
            end: recovered.tail.end,
            epoch: recovered.report.epoch,
            preparer: recovered.preparer,
            counters: staging.counters,
            clock: clock
        )
        let writer = JournalWriter(
            staging: staging,
            store: store,
            mark: recovered.mark,
            settleAfterNanoseconds: limits.settleAfterNanoseconds,
            clock: clock,
            onProgress: onProgress
        )
        return JournalOpening(
            appender: JournalAppender(staging: staging, journal: journal, tail: recovered.tail, limits: limits),
            writer: writer,
            preparer: recovered.preparer,
            report: recovered.report
        )
    }

    /// Takes away what an unfinished `create` left.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - beginsWithSnapshot: whether it may have a snapshot at its beginning.
    /// - Throws: `JournalError.damaged` where it has records, or another snapshot: somebody has worked with it.
    static func clear<D: Disk>(
        disk: D,
        directory: String,
        beginsWithSnapshot: Bool = false
    ) throws(JournalError) {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        for name in names where SegmentName.first(name) != nil {
            try refuseRecords(disk, "\(directory)/\(name)", isFirst: SegmentName.first(name) == 0)
        }
        for name in names where SnapshotName.position(name).map({ $0 > 0 || !beginsWithSnapshot }) ?? false {
            let path = "\(directory)/\(name)"
            throw .damaged(file: path, offset: 0, reason: "a snapshot in a folder that was never finished")
        }
        try onDisk { () throws(SystemError) in
            for name in names where SegmentName.isOurs(name) || SnapshotName.isOurs(name) || name == SettledMark<D>.name
            {
                try disk.unlink("\(directory)/\(name)")
            }
        }
    }

    private static func refuseRecords<D: Disk>(_ disk: D, _ path: String, isFirst: Bool) throws(JournalError) {
        let bytes = try onDisk { () throws(SystemError) in
            try disk.open(path, .read)
                .bytes(at: UInt64(JournalFormat.headerBytes), count: RecordFormat.headerBytes)
        }
        guard isFirst, bytes.allSatisfy({ $0 == 0 }) else {
            throw .damaged(file: path, offset: 0, reason: "records in a folder that was never finished")
        }
    }
}

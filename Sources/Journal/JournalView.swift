import Platform

/// One journal as it is found in a folder that is only read; whoever writes it may go on.
///
/// - Isolation: any thread; each call has descriptors and memory of its own.
public struct JournalView<D: Disk>: Sendable {
    let disk: D
    /// The journal's directory.
    public let directory: String
    let journal: JournalID
    /// Whether there is something before its first record, which a snapshot tells.
    public let beginsWithSnapshot: Bool
    let entries: [SegmentEntry]
    /// How far the journal was known to be durable when it was listed, and by which opening.
    let settled: UInt64
    let epoch: WriterEpoch

    /// A listing that finds segments deleted under it is made again this often.
    private static var listingsMax: Int { 8 }

    /// Lists the journal and verifies the headers of its segments.
    ///
    /// - Throws: `JournalError.damaged` where a segment is missing or its header is damaged.
    init(
        disk: D,
        directory: String,
        journal: JournalID,
        beginsWithSnapshot: Bool = false
    ) throws(JournalError) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
        self.beginsWithSnapshot = beginsWithSnapshot
        let mark = try SettledMark.read(disk: disk, directory: directory, journal: journal, .read)
        settled = mark?.settled ?? 0
        epoch = mark?.epoch ?? WriterEpoch(rawValue: 0)
        mark?.close()
        entries = try Self.list(disk, directory, journal)
        guard !entries.isEmpty else { throw .missingSegment(directory: directory, first: 0) }
    }

    /// Segments may be deleted, oldest first, between being listed and being opened.
    private static func list(
        _ disk: D,
        _ directory: String,
        _ journal: JournalID
    ) throws(JournalError) -> [SegmentEntry] {
        var tries = listingsMax
        while true {
            let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
            do {
                return try SegmentEntry.list(disk: disk, directory: directory, names: names, journal: journal)
            } catch .system(let error) where error.isMissingFile && tries > 0 {
                tries -= 1
            }
        }
    }

    /// Where the oldest record that is kept may start.
    public var start: JournalPosition { JournalPosition(rawValue: entries[0].header.first) }

    /// Whether a replay may begin at the first record, with nothing before it.
    public var beginsWithNothing: Bool { start == .start && !beginsWithSnapshot }

    /// How many segments there are.
    public var segmentCount: Int { entries.count }

    /// The bytes that reading all segments takes.
    public func bytes() throws(JournalError) -> UInt64 {
        var bytes: UInt64 = 0
        for entry in entries {
            do throws(SystemError) {
                bytes += try disk.open(entry.path, .read).size()
            } catch  where error.isMissingFile {
                continue
            } catch {
                throw .system(error)
            }
        }
        return bytes
    }

    /// What is wrong at a position, with its file and offset.
    public func damage(at position: JournalPosition, _ reason: String) -> JournalError {
        let place = position.rawValue
        let entry = entries.last { $0.header.first <= place } ?? entries[0]
        let offset = place < entry.header.first ? 0 : entry.offset(place)
        return .damaged(file: entry.path, offset: offset, reason: reason)
    }

    func makeWindow() -> RecordWindow { RecordWindow(for: entries, seed: RecordFormat.seed(journal)) }

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

/// How a reader finds the end of a journal.
public enum JournalEnding: Equatable, Sendable {
    /// The journal ends here; so many bytes behind it are what a crash tore, or a batch that is being written.
    case end(JournalPosition, tornBytes: UInt64)
    /// Whoever writes the journal has gone on meanwhile; everything before this position was read.
    case moving(JournalPosition)
    /// The reader wanted no more.
    case stopped

    /// Everything before it was read; nil where the reader wanted no more.
    public var position: JournalPosition? {
        switch self {
        case .end(let position, _), .moving(let position): position
        case .stopped: nil
        }
    }
}

extension JournalView {
    /// Reads records in order, without changing or locking anything.
    ///
    /// - Parameters:
    ///   - from: the first record that is handed over; those before it in its segment are checked, and those of earlier
    ///     segments are not read.
    ///   - replay: called for each record; ends the reading with `JournalError.stopped`.
    /// - Returns: where and how the reading has ended.
    /// - Throws: `JournalError.damaged` with file and offset, once everything before it was handed over.
    public func read(from: JournalPosition = .start, _ replay: JournalReplay) throws(JournalError) -> JournalEnding {
        let entry = entries.last { $0.header.first <= from.rawValue } ?? entries[0]
        let begin = JournalStart(position: JournalPosition(rawValue: entry.header.first), chain: nil)
        return try read(from: begin) { (position, type, payload) throws(JournalError) in
            if position >= from { try replay(position, type, payload) }
        }
    }

    /// Reads records in order from where a snapshot ends, or from the journal's beginning.
    ///
    /// - Parameters:
    ///   - start: the snapshot's place; what was there before it is proven to be durable.
    ///   - replay: called for each record; ends the reading with `JournalError.stopped`.
    /// - Returns: where and how the reading has ended.
    /// - Throws: `JournalError.damaged` with file and offset, once everything before it was handed over.
    public func read(from start: JournalStart, _ replay: JournalReplay) throws(JournalError) -> JournalEnding {
        let window = makeWindow()
        var walk = try JournalWalk(
            disk: disk,
            directory: directory,
            entries: entries,
            start: start,
            seed: RecordFormat.seed(journal),
            window: window
        )
        do {
            var stop = try walk.step(replay)
            while case .segment = stop { stop = try walk.step(replay) }
            return try ending(
                at: walk.position,
                "\(stop)",
                segment: walk.index,
                chain: walk.chain,
                window,
                proven: start.position.rawValue
            )
        } catch .stopped {
            return .stopped
        } catch .damaged(let file, _, _) where file == entries[walk.index].nextPath && hasGrown(behind: walk.index) {
            return .moving(JournalPosition(rawValue: entries[walk.index].header.end))
        }
    }

    /// Reads the record that starts at a position; see `JournalReader.read`.
    public func record(at position: JournalPosition, into payload: inout [UInt8]) throws(JournalError) -> UInt8 {
        try JournalReader(disk: disk, directory: directory, journal: journal, following: nil)
            .read(at: position, into: &payload)
    }

    /// Where the last segment begins that holds a record, or the first one of all.
    ///
    /// Cost: a read of each segment that is made ahead.
    public func lastWritten() throws(JournalError) -> JournalPosition {
        let window = makeWindow()
        for entry in entries.dropFirst().reversed() {
            let segment = try Segment(disk: disk, entry, .read)
            defer { segment.close() }
            window.restart(at: entry.header.first)
            try segment.fill(window)
            if case .valid = window.check() { return JournalPosition(rawValue: entry.header.first) }
        }
        return start
    }

    /// Whether a segment has come since the listing, behind the last one of it.
    func hasGrown(behind index: Int) -> Bool {
        guard index == entries.count - 1 else { return false }
        return (try? disk.open(entries[index].nextPath, .read).close()) != nil
    }

    /// Decides what it means that no next record is at `position`, as a start of the server would; see FORMAT.md.
    ///
    /// What proves that the place was once durable is looked at first and the place itself last: a writer that goes on
    /// meanwhile never looks like damage.
    ///
    /// - Parameters:
    ///   - position: where no next record was found.
    ///   - flaw: what was found there.
    ///   - index: the segment of `position`.
    ///   - chain: the last record's checksum, if it is known.
    ///   - window: memory to read into.
    ///   - elsewhere: everything before it is known to have been durable, from what was read before.
    /// - Returns: the journal's end, or that it has moved on.
    /// - Throws: `JournalError.damaged` where something that was durable is gone.
    func ending(
        at position: UInt64,
        _ flaw: String,
        segment index: Int,
        chain: UInt32?,
        _ window: RecordWindow,
        proven elsewhere: UInt64 = 0
    ) throws(JournalError) -> JournalEnding {
        let entry = entries[index]
        var proven = max(settled, elsewhere)
        if proven <= position {
            let scan = try TailScan(disk: disk, entries[index...], start: position, window: window)
            proven = scan.settled
            if proven <= position {
                let torn = scan.writtenBytes(entries[index...], from: position)
                return .end(JournalPosition(rawValue: position), tornBytes: torn)
            }
        }
        if try isRecord(at: position, entry, chain: chain, window) {
            return .moving(JournalPosition(rawValue: position))
        }
        let reason = "\(flaw), yet everything before position \(proven) was durable once"
        throw .damaged(file: entry.path, offset: entry.offset(position), reason: reason)
    }

    private func isRecord(
        at position: UInt64,
        _ entry: SegmentEntry,
        chain: UInt32?,
        _ window: RecordWindow
    ) throws(JournalError) -> Bool {
        guard position < entry.header.end else { return false }
        let segment = try Segment(disk: disk, entry, .read)
        defer { segment.close() }
        window.restart(at: position)
        try segment.fill(window)
        guard case .valid(let header) = window.check() else { return false }
        return chain == nil || chain == header.chain
    }
}

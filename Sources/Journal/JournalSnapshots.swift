import Platform

/// Called by long work after each part of it with the number of bytes read or written: it may sleep, so that the disk
/// is left to others, or throw `JournalError.stopped`.
public typealias JournalPace = (Int) throws(JournalError) -> Void

/// The snapshots of one journal: files beside its segments, each named by the position that its state belongs to.
///
/// - Isolation: any thread; one at a time may write or remove.
public struct JournalSnapshots<D: Disk>: Sendable {
    private let disk: D
    private let directory: String
    private let journal: JournalID
    private let beginsWithSnapshot: Bool

    /// The snapshots of the journal in `directory`.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - journal: its id.
    ///   - beginsWithSnapshot: whether there is something before its first record, which a snapshot at its beginning tells.
    public init(disk: D, directory: String, journal: JournalID, beginsWithSnapshot: Bool = false) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
        self.beginsWithSnapshot = beginsWithSnapshot
    }

    /// The positions of all snapshots, the newest first.
    public func positions() throws(JournalError) -> [JournalPosition] {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        return names.compactMap(SnapshotName.position).sorted(by: >).map { JournalPosition(rawValue: $0) }
    }

    /// Where the snapshot of a position is.
    public func path(_ position: JournalPosition) -> String {
        "\(directory)/\(SnapshotName.of(position.rawValue))"
    }

    /// Opens the snapshot of a position, and verifies its header.
    public func open(
        _ position: JournalPosition,
        pace: @escaping JournalPace = { _ in }
    ) throws(JournalError)
        -> SnapshotSource
    {
        let path = path(position)
        let file = try onDisk { () throws(SystemError) in try disk.open(path, .read) }
        let size = try onDisk { () throws(SystemError) in try file.size() }
        let source = try unsafe SnapshotSource(file: path, fileBytes: size, journal: journal) {
            (offset, bytes) throws(JournalError) in
            let count = try onDisk { () throws(SystemError) in try unsafe file.readFully(at: offset, into: bytes) }
            try pace(count)
            return count
        }
        guard source.header.start.position == position else {
            throw .damaged(file: path, offset: 32, reason: "the snapshot is misnamed")
        }
        return source
    }

    /// Restores a state from the newest snapshot that is whole.
    ///
    /// - Parameters:
    ///   - pace: called after each chunk.
    ///   - restore: makes a state of a snapshot's body; called for one snapshot after the other until it succeeds.
    /// - Returns: the state, or none where the journal must be replayed from its beginning; and why newer snapshots were
    ///   left aside.
    /// - Throws: where a snapshot is of a later format or another journal, which is for the operator to decide; and where
    ///   neither a whole snapshot nor the journal's beginning is there.
    public func restoreNewest<State>(
        pace: @escaping JournalPace = { _ in },
        _ restore: (SnapshotSource) throws(JournalError) -> State
    ) throws(JournalError) -> SnapshotRestoration<State> {
        var flaws: [SnapshotFlaw] = []
        for position in try positions() {
            do throws(JournalError) {
                let source = try open(position, pace: pace)
                let state = try restore(source)
                try source.finish()
                return SnapshotRestoration(state: state, start: source.header.start, source: source, flaws: flaws)
            } catch {
                switch error {
                case .damaged, .system: flaws.append(SnapshotFlaw(position: position, error: error))
                case .newerFormat, .olderFormat, .foreign, .inUse, .noRecord, .stopped, .refused, .marked, .notEmpty:
                    throw error
                }
            }
        }
        try requireBeginning(flaws)
        return SnapshotRestoration(state: nil, start: .beginning, source: nil, flaws: flaws)
    }

    /// Without a snapshot the journal's first segment must be there, which retention may have deleted, and nothing before
    /// its first record.
    private func requireBeginning(_ flaws: [SnapshotFlaw]) throws(JournalError) {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        let first = names.compactMap(SegmentName.first).min() ?? 0
        guard first > 0 || beginsWithSnapshot else { return }
        let gone =
            first > 0
            ? "the journal begins at position \(first) only, and no snapshot is left to begin from"
            : "the journal begins with a snapshot, and none is left"
        guard let newest = flaws.first else {
            let (missing, what) =
                first > 0 ? (SegmentName.of(first: 0), "segment") : (SnapshotName.of(0), "snapshot")
            throw .damaged(file: "\(directory)/\(missing)", offset: 0, reason: "the \(what) is missing: \(gone)")
        }
        if case .damaged(let file, let offset, let reason) = newest.error {
            throw .damaged(file: file, offset: offset, reason: "\(reason); \(gone)")
        }
        throw newest.error
    }

    /// Writes the snapshot of `start`: nobody sees it before it is whole and durable.
    ///
    /// - Parameters:
    ///   - start: the place that the state belongs to; everything before it must be durable.
    ///   - createdMilliseconds: the time, in milliseconds since 1970.
    ///   - pace: called after each part has reached the disk.
    ///   - body: puts the state into the sink.
    /// - Returns: the file's size in bytes.
    /// - Throws: what the disk or `pace` said; no snapshot is there then but the ones before.
    @discardableResult
    public func write(
        at start: JournalStart,
        createdMilliseconds: Int64,
        pace: @escaping JournalPace = { _ in },
        _ body: (SnapshotSink) throws(JournalError) -> Void
    ) throws(JournalError) -> UInt64 {
        precondition(start.position > .start || beginsWithSnapshot, "there is nothing before the journal's beginning")
        let header = SnapshotHeader(journal: journal, start: start, createdMilliseconds: createdMilliseconds)
        let name = path(start.position)
        let unfinished = name + SegmentName.unfinishedSuffix
        let file = try onDisk { () throws(SystemError) in try disk.createAnew(unfinished) }
        do throws(JournalError) {
            let size = try fill(file, header, pace: pace, body)
            try onDisk { () throws(SystemError) in
                try disk.rename(unfinished, to: name)
                try disk.syncDirectory(directory)
            }
            return size
        } catch {
            try? file.close()
            try? disk.unlink(unfinished)
            throw error
        }
    }

    /// Whether the journal's first segment is there still.
    private func hasBeginning() throws(JournalError) -> Bool {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        return names.contains(SegmentName.of(first: 0))
    }

    private func fill(
        _ file: D.File,
        _ header: SnapshotHeader,
        pace: @escaping JournalPace,
        _ body: (SnapshotSink) throws(JournalError) -> Void
    ) throws(JournalError) -> UInt64 {
        let page = header.encoded
        let slices = SlicedFile(file: file, pace: pace)
        try slices.append(page.span)
        let sink = SnapshotSink(checksum: SnapshotHeader.checksum(page.span)) { (bytes) throws(JournalError) in
            try slices.append(bytes)
        }
        try body(sink)
        try sink.finish()
        return try slices.finish()
    }

    /// Removes the snapshots that are not needed: flawed ones, and all but the newest `keeping` of the others.
    ///
    /// The one that the journal begins with stays as long as its first segment, too: with the records behind it, it can
    /// stand for all others.
    ///
    /// - Parameters:
    ///   - keeping: how many stay; at least 1.
    ///   - flawed: those that were found damaged.
    /// - Returns: the positions of the newest ones that stay, the newest first: what is needed of the segments.
    /// - Throws: what the disk said.
    public func prune(
        keeping: Int,
        flawed: Set<JournalPosition> = []
    ) throws(JournalError) -> [JournalPosition] {
        precondition(keeping >= 1, "the newest snapshot stays")
        let all = try positions()
        let kept = Array(all.filter { !flawed.contains($0) }.prefix(keeping))
        let keepsBeginning = beginsWithSnapshot ? try hasBeginning() : false
        let superfluous = all.filter { !kept.contains($0) && !($0 == .start && keepsBeginning) }
        // Without a good one nothing is better than a flawed one, whose place an operator may want to see.
        guard !kept.isEmpty, !superfluous.isEmpty else { return kept }
        try onDisk { () throws(SystemError) in
            for position in superfluous { try disk.unlink(path(position)) }
            try disk.syncDirectory(directory)
        }
        return kept
    }
}

/// What `JournalSnapshots.restoreNewest` has found.
public struct SnapshotRestoration<State> {
    /// The state; nil where no snapshot is whole.
    public let state: State?
    /// Where the replay goes on.
    public let start: JournalStart
    /// The snapshot it came from.
    public let source: SnapshotSource?
    /// The newer snapshots that could not be used, the newest first.
    public let flaws: [SnapshotFlaw]
}

/// A snapshot that cannot be used, and why.
public struct SnapshotFlaw: Equatable, Sendable {
    /// The position it stands for.
    public let position: JournalPosition
    /// Names the file, and where it is damaged.
    public let error: JournalError
}

/// A file that grows in slices, each brought to the disk, so that nobody's sync has to wait for much of it.
///
/// A slice is not synced: each sync of a file that grows commits the file system's own journal, for which the next write to
/// any file may have to wait. The one at the end is enough.
private final class SlicedFile<File: DiskFile> {
    private let file: File
    private let pace: JournalPace
    private var size: UInt64 = 0
    /// What of it has reached the disk.
    private var written: UInt64 = 0

    private static var sliceBytes: UInt64 { 256 << 10 }

    init(file: File, pace: @escaping JournalPace) {
        self.file = file
        self.pace = pace
    }

    func append(_ bytes: Span<UInt8>) throws(JournalError) {
        try onDisk { () throws(SystemError) in try file.writeFully(bytes, at: size) }
        size += UInt64(bytes.count)
        guard size - written >= Self.sliceBytes else { return }
        let slice = written..<size
        try onDisk { () throws(SystemError) in try file.writeBack(slice) }
        written = size
        try pace(slice.count)
    }

    func finish() throws(JournalError) -> UInt64 {
        try onDisk { () throws(SystemError) in
            try file.sync()
            try file.close()
        }
        return size
    }
}

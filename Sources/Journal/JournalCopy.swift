import Platform

/// Copies a journal as it is, byte by byte, while it may be written to.
///
/// - Isolation: one thread.
struct JournalCopy<D: Disk> {
    let source: JournalView<D>
    /// An empty directory.
    let target: String

    private static var chunkBytes: Int { 1 << 20 }

    private var disk: D { source.disk }

    /// Copies everything before a position; durable on return.
    ///
    /// - Parameters:
    ///   - end: where a record of the journal ends, or its beginning.
    ///   - onBytes: told how many bytes were read, every now and then.
    /// - Throws: `JournalError.damaged` where the journal does not reach so far, or does not begin any more where it did;
    ///   other damage is for a check of the copy.
    func run(upTo end: JournalPosition, _ onBytes: (Int) -> Void) throws(JournalError) {
        // What is open now can be read to its end, whatever is deleted meanwhile.
        let snapshots = try openSnapshots(upTo: end)
        let end = end.rawValue
        guard end >= source.entries[0].header.first else { throw deleted }
        let tail = source.entries.lastIndex { $0.header.first < end } ?? 0
        // What was read may be in the page cache only: the copy must hold nothing that the original could still lose.
        try onDisk { () throws(SystemError) in
            let file = try disk.open(source.entries[tail].path, .read)
            try file.sync()
            try file.close()
        }
        for snapshot in snapshots {
            try onDisk { () throws(SystemError) in
                try copy(snapshot.file, to: SnapshotName.of(snapshot.position.rawValue), onBytes: onBytes)
            }
        }
        var first = 0
        for index in 0...tail {
            let entry = source.entries[index]
            let isKept = try copy(entry, upTo: entry.offset(min(end, entry.header.end)), onBytes)
            if !isKept {
                try forget(source.entries[...index])
                first = index + 1
            }
        }
        try requireBeginning(first, snapshots.map(\.position))
        if end == source.entries[tail].header.end { try copyNext(source.entries[tail]) }
        try onDisk { () throws(SystemError) in
            let mark = try SettledMark.create(disk: disk, directory: target, journal: source.journal)
            try mark.write(settled: end, epoch: source.epoch)
            mark.close()
            try disk.syncDirectory(target)
        }
    }

    private func openSnapshots(
        upTo end: JournalPosition
    ) throws(JournalError) -> [(position: JournalPosition, file: D.File)] {
        var open: [(position: JournalPosition, file: D.File)] = []
        for position in try source.snapshots.positions() where position <= end {
            do throws(SystemError) {
                open.append((position, try disk.open(source.snapshots.path(position), .read)))
            } catch  where error.isMissingFile {
                continue
            } catch {
                throw .system(error)
            }
        }
        return open
    }

    /// Records that were deleted while they were to be copied must be in a snapshot that was copied.
    private func requireBeginning(_ first: Int, _ snapshots: [JournalPosition]) throws(JournalError) {
        guard first > 0 || !source.beginsWithNothing else { return }
        let start = first < source.entries.count ? source.entries[first].header.first : .max
        guard !snapshots.contains(where: { $0.rawValue >= start }) else { return }
        guard first == 0, source.beginsWithSnapshot else { throw deleted }
        throw .damaged(
            file: source.directory,
            offset: 0,
            reason: "the snapshot that it begins with is missing"
        )
    }

    private var deleted: JournalError {
        .damaged(
            file: source.directory,
            offset: 0,
            reason: "its segments were deleted faster than they could be copied: try again"
        )
    }

    /// Copies the first bytes of a segment.
    ///
    /// - Returns: false where it was deleted meanwhile, as old ones are, oldest first.
    private func copy(
        _ entry: SegmentEntry,
        upTo size: UInt64,
        _ onBytes: (Int) -> Void = { _ in }
    ) throws(JournalError) -> Bool {
        do throws(SystemError) {
            let name = SegmentName.of(first: entry.header.first)
            try copy(try disk.open(entry.path, .read), to: name, upTo: size, onBytes: onBytes)
            return true
        } catch  where error.isMissingFile {
            return false
        } catch {
            throw .system(error)
        }
    }

    /// Copies the first bytes of an open file.
    private func copy(
        _ from: D.File,
        to name: String,
        upTo size: UInt64 = .max,
        onBytes: (Int) -> Void
    ) throws(SystemError) {
        let to = try disk.open("\(target)/\(name)", .create)
        var offset: UInt64 = 0
        while offset < size {
            let bytes = try from.bytes(at: offset, count: Int(min(UInt64(Self.chunkBytes), size - offset)))
            // What a file lacks reads as zeros, in the copy too.
            if bytes.isEmpty { break }
            try to.writeFully(bytes.span, at: offset)
            offset += UInt64(bytes.count)
            onBytes(bytes.count)
        }
        try to.sync()
        try to.close()
        try from.close()
    }

    private func forget(_ entries: ArraySlice<SegmentEntry>) throws(JournalError) {
        for entry in entries {
            do throws(SystemError) {
                try disk.unlink("\(target)/\(SegmentName.of(first: entry.header.first))")
            } catch  where error.isMissingFile {
                continue
            } catch {
                throw .system(error)
            }
        }
    }

    /// The segment that a seal points to, with nothing in it.
    private func copyNext(_ entry: SegmentEntry) throws(JournalError) {
        let next = try Segment.open(
            disk: disk,
            directory: source.directory,
            first: entry.header.end,
            journal: source.journal
        )
        next.close()
        _ = try copy(next.entry, upTo: UInt64(JournalFormat.headerBytes))
    }
}

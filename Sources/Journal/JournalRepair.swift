import Platform

/// Where a journal ends, and what recovery has found before and behind that place.
struct JournalEnd {
    /// Where the next record goes.
    let position: UInt64
    /// The segment that `position` is in.
    let index: Int
    /// The last record's checksum.
    let chain: UInt32
    /// How many records were handed over.
    let records: UInt64
    /// Everything before it is known to be on disk; what follows may be in the page cache only.
    let settled: UInt64
    let scan: TailScan

    /// How many bytes behind the end are to be cut off.
    func tornBytes(_ entries: [SegmentEntry]) -> UInt64 {
        scan.writtenBytes(entries[index...], from: position)
    }
}

/// Brings a journal that a crash has left into the state that an orderly stop leaves: all that recovery has read is
/// durable, and behind it there are only zeros, so that nothing stale can ever follow the chain.
///
/// A crash in the middle leaves a journal that recovers to the same end.
struct JournalRepair<D: Disk> {
    let disk: D
    let directory: String
    let entries: [SegmentEntry]
    let end: JournalEnd

    /// Repairs the journal.
    ///
    /// - Parameter capacity: what a new segment's would be.
    /// - Returns: the segment behind the open one, if there is one that can be used.
    /// - Throws: what the disk said; the journal recovers to the same end then.
    func run(capacity: UInt64) throws(SystemError) -> D.File? {
        let spare = try removeLater(capacity: capacity)
        for entry in entries[...end.index] where entry.header.end > end.settled {
            try rewrite(entry)
        }
        try blankTail()
        return spare
    }

    /// Takes the segments behind the open one away, the last one first, so that a crash leaves no gap between them.
    private func removeLater(capacity: UInt64) throws(SystemError) -> D.File? {
        for index in entries.indices[(end.index + 1)...].reversed() {
            let entry = entries[index]
            let isBlank = end.scan.writtenEnds[index - end.index] == nil
            if index == end.index + 1 && isBlank && entry.header.capacity == capacity {
                let file = try disk.open(entry.path, .readWrite)
                if try file.size() == entry.fileBytes { return file }
                try file.close()
            }
            try disk.unlink(entry.path)
            try disk.syncDirectory(directory)
        }
        return nil
    }

    /// Writes again what is not known to be on disk.
    ///
    /// A sync alone would not do: after a failed one, the kernel may hold pages that it takes for clean and that never
    /// reached the disk.
    private func rewrite(_ entry: SegmentEntry) throws(SystemError) {
        var position = max(end.settled, entry.header.first)
        let limit = min(end.position, entry.header.end)
        guard position < limit else { return }
        let file = try disk.open(entry.path, .readWrite)
        while position < limit {
            let bytes = try file.bytes(at: entry.offset(position), count: Int(min(1 << 20, limit - position)))
            guard !bytes.isEmpty else { break }
            try file.writeFully(bytes.span, at: entry.offset(position))
            position += UInt64(bytes.count)
        }
        try file.sync()
        try file.close()
    }

    /// Fills the open segment with zeros behind the journal's end, and gives a file that was cut its size back.
    private func blankTail() throws(SystemError) {
        let entry = entries[end.index]
        let file = try disk.open(entry.path, .readWrite)
        let size = try file.size()
        let writtenEnd = end.scan.writtenEnds[0]
        if let writtenEnd {
            try file.zeroFill(entry.offset(end.position)..<entry.offset(writtenEnd))
        }
        if size < entry.fileBytes {
            try file.zeroFill(size..<entry.fileBytes)
        }
        if writtenEnd != nil || size < entry.fileBytes {
            try file.sync()
        }
        try file.close()
    }
}

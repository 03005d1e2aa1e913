import Platform

/// Where a journal ends, and what recovery has found behind that place.
struct JournalEnd {
    /// Where the next record goes.
    let position: UInt64
    /// The segment that `position` is in.
    let index: Int
    /// Everything before it is known to be on disk; what follows may be in the page cache only.
    let settled: UInt64
    let scan: TailScan

    /// How many bytes behind the end are to be cut off.
    func tornBytes<D: Disk>(_ segments: [Segment<D>]) -> UInt64 {
        var bytes: UInt64 = 0
        for (segment, writtenEnd) in zip(segments[index...], scan.writtenEnds) {
            if let writtenEnd { bytes += writtenEnd - max(position, segment.header.first) }
        }
        return bytes
    }
}

/// Brings a journal that a crash has left into the state that an orderly stop leaves: all that recovery has read is
/// durable, and behind it there are only zeros, so that nothing stale can ever follow the chain.
///
/// A crash in the middle leaves a journal that recovers to the same end.
struct JournalRepair<D: Disk> {
    let disk: D
    let directory: String
    let segments: [Segment<D>]
    let end: JournalEnd

    /// Repairs the journal.
    ///
    /// - Parameter capacity: what a new segment's would be.
    /// - Returns: the segment behind the open one, if there is one that can be used.
    /// - Throws: what the disk said; the journal recovers to the same end then.
    func run(capacity: UInt64) throws(SystemError) -> D.File? {
        let spare = try removeLater(capacity: capacity)
        for segment in segments[...end.index] where segment.header.end > end.settled {
            try rewrite(segment)
        }
        try blankTail()
        return spare
    }

    /// Takes the segments behind the open one away, the last one first, so that a crash leaves no gap between them.
    private func removeLater(capacity: UInt64) throws(SystemError) -> D.File? {
        for index in segments.indices[(end.index + 1)...].reversed() {
            let segment = segments[index]
            let isWhole = try segment.file.size() == UInt64(JournalFormat.headerBytes) + segment.header.capacity
            let isBlank = end.scan.writtenEnds[index - end.index] == nil
            if index == end.index + 1 && isBlank && isWhole && segment.header.capacity == capacity {
                return segment.file
            }
            try segment.file.close()
            try disk.unlink(segment.path)
            try disk.syncDirectory(directory)
        }
        return nil
    }

    /// Writes again what is not known to be on disk.
    ///
    /// A sync alone would not do: after a failed one, the kernel may hold pages that it takes for clean and that never
    /// reached the disk.
    private func rewrite(_ segment: Segment<D>) throws(SystemError) {
        var position = max(end.settled, segment.header.first)
        let limit = min(end.position, segment.header.end)
        guard position < limit else { return }
        while position < limit {
            let bytes = try segment.file.bytes(at: segment.offset(position), count: Int(min(1 << 20, limit - position)))
            guard !bytes.isEmpty else { break }
            try segment.file.writeFully(bytes.span, at: segment.offset(position))
            position += UInt64(bytes.count)
        }
        try segment.file.sync()
    }

    /// Fills the open segment with zeros behind the journal's end, and gives a file that was cut its size back.
    private func blankTail() throws(SystemError) {
        let segment = segments[end.index]
        let size = try segment.file.size()
        let fullSize = segment.offset(segment.header.end)
        let writtenEnd = end.scan.writtenEnds[0]
        guard writtenEnd != nil || size < fullSize else { return }
        if let writtenEnd {
            try segment.file.zeroFill(segment.offset(end.position)..<segment.offset(writtenEnd))
        }
        if size < fullSize {
            try segment.file.zeroFill(size..<fullSize)
        }
        try segment.file.sync()
    }
}

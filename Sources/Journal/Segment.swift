import Platform

/// A segment as the directory lists it, its header verified.
struct SegmentEntry: Equatable {
    let path: String
    let header: SegmentHeader

    /// Where the byte at `position` lies, in bytes from the file's start.
    func offset(_ position: UInt64) -> UInt64 {
        UInt64(JournalFormat.headerBytes) + (position - header.first)
    }

    /// Where the segment behind it is.
    var nextPath: String {
        String(path.dropLast(SegmentName.of(first: header.first).count)) + SegmentName.of(first: header.end)
    }

    /// The size of the whole file in bytes.
    var fileBytes: UInt64 { offset(header.end) }

    /// Lists the segments among `names`, which `directory` holds: verifies their headers, and that none is missing
    /// between them.
    static func list<D: Disk>(
        disk: D,
        directory: String,
        names: [String],
        journal: JournalID
    ) throws(JournalError) -> [SegmentEntry] {
        var entries: [SegmentEntry] = []
        for first in names.compactMap(SegmentName.first).sorted() {
            let segment = try Segment.open(disk: disk, directory: directory, first: first, journal: journal)
            try onDisk { () throws(SystemError) in try segment.file.close() }
            if let expected = entries.last?.header.end, expected != first {
                throw .missingSegment(directory: directory, first: expected)
            }
            entries.append(segment.entry)
        }
        return entries
    }
}

/// An open segment.
struct Segment<D: Disk> {
    let entry: SegmentEntry
    let file: D.File

    /// Opens a segment that was listed.
    init(disk: D, _ entry: SegmentEntry, _ access: DiskAccess) throws(JournalError) {
        self.entry = entry
        file = try onDisk { () throws(SystemError) in try disk.open(entry.path, access) }
    }

    private init(entry: SegmentEntry, file: D.File) {
        self.entry = entry
        self.file = file
    }

    /// Opens the segment that starts at `first` for reading, and verifies its header.
    static func open(
        disk: D,
        directory: String,
        first: UInt64,
        journal: JournalID
    ) throws(JournalError) -> Segment {
        let path = "\(directory)/\(SegmentName.of(first: first))"
        let file = try onDisk { () throws(SystemError) in try disk.open(path, .read) }
        let block = try onDisk { () throws(SystemError) in try file.bytes(at: 0, count: JournalFormat.headerBytes) }
        let header = try SegmentHeader(block.span, file: path, journal: journal)
        guard header.first == first else {
            throw .damaged(file: path, offset: 32, reason: "the segment is misnamed: it starts at \(header.first)")
        }
        return Segment(entry: SegmentEntry(path: path, header: header), file: file)
    }

    /// Reads from `position` on into `buffer`, but not beyond the segment's end; what the file lacks reads as zeros.
    ///
    /// - Returns: how many bytes of `buffer` are filled.
    @unsafe
    func read(at position: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(JournalError) -> Int {
        let count = min(buffer.count, Int(entry.header.end - position))
        // SAFETY: the first `count` bytes of the caller's buffer.
        let wanted = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        let read = try onDisk { () throws(SystemError) in
            try unsafe file.readFully(at: entry.offset(position), into: wanted)
        }
        if read < count {
            let missing = unsafe UnsafeMutableRawBufferPointer(rebasing: wanted[read...])
            unsafe missing.initializeMemory(as: UInt8.self, repeating: 0)
        }
        return count
    }

    /// Fills `window` with what follows the bytes that it holds, as far as there is room in it.
    func fill(_ window: RecordWindow) throws(JournalError) {
        let next = window.position + UInt64(window.count)
        try unsafe window.fill(limit: Int(entry.header.end - next)) { (free) throws(JournalError) in
            try unsafe read(at: next, into: free)
        }
    }

    /// Throws unless there are only zeros from where `window` stands to the segment's end.
    ///
    /// What the file lacks is not read: a segment that stands for positions that were skipped costs nothing.
    func expectZeros(_ window: RecordWindow) throws(JournalError) {
        let size = try onDisk { () throws(SystemError) in try file.size() }
        repeat {
            window.skipZeros()
            if window.count > 0 {
                let offset = entry.offset(window.position)
                throw .damaged(file: entry.path, offset: offset, reason: "the sealed segment goes on after its seal")
            }
            guard entry.offset(window.position) < size else { return }
            try fill(window)
        } while window.count > 0
    }

    /// Closes the file, of which only was read.
    func close() {
        try? file.close()
    }
}

extension JournalError {
    static func missingSegment(directory: String, first: UInt64) -> Self {
        .damaged(file: "\(directory)/\(SegmentName.of(first: first))", offset: 0, reason: "the segment is missing")
    }
}

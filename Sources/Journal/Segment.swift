import Platform

/// An open segment: its file and its verified header.
struct Segment<D: Disk>: Sendable {
    let path: String
    let file: D.File
    let header: SegmentHeader

    /// Where the byte at `position` lies, in bytes from the file's start.
    func offset(_ position: UInt64) -> UInt64 {
        UInt64(JournalFormat.headerBytes) + (position - header.first)
    }

    /// Opens the segment called `name`, and verifies its header.
    static func open(
        disk: D,
        directory: String,
        name: String,
        journal: JournalID,
        access: DiskAccess
    ) throws(JournalError) -> Segment {
        let path = "\(directory)/\(name)"
        let file = try onDisk { () throws(SystemError) in try disk.open(path, access) }
        let block = try onDisk { () throws(SystemError) in try file.bytes(at: 0, count: JournalFormat.headerBytes) }
        let header = try SegmentHeader(block.span, file: path, journal: journal)
        guard SegmentName.of(first: header.first) == name else {
            throw .damaged(file: path, offset: 32, reason: "the segment is misnamed: it starts at \(header.first)")
        }
        return Segment(path: path, file: file, header: header)
    }

    /// Reads from `position` on into `buffer`, but not beyond the segment's end; what the file lacks reads as zeros.
    ///
    /// - Returns: how many bytes of `buffer` are filled.
    @unsafe
    func read(at position: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws(JournalError) -> Int {
        let count = min(buffer.count, Int(header.end - position))
        // SAFETY: the first `count` bytes of the caller's buffer.
        let wanted = unsafe UnsafeMutableRawBufferPointer(rebasing: buffer[..<count])
        let read = try onDisk { () throws(SystemError) in
            try unsafe file.readFully(at: offset(position), into: wanted)
        }
        if read < count {
            unsafe UnsafeMutableRawBufferPointer(rebasing: wanted[read...])
                .initializeMemory(as: UInt8.self, repeating: 0)
        }
        return count
    }
}

/// The segments of a journal, in order and without gaps.
struct SegmentList<D: Disk> {
    let segments: [Segment<D>]

    /// Opens all segments among `names`, which `directory` holds; verifies their headers, and that none is missing
    /// between them.
    init(
        disk: D,
        directory: String,
        names: [String],
        journal: JournalID,
        access: DiskAccess
    ) throws(JournalError) {
        var segments: [Segment<D>] = []
        for first in names.compactMap(SegmentName.first).sorted() {
            let segment = try Segment.open(
                disk: disk,
                directory: directory,
                name: SegmentName.of(first: first),
                journal: journal,
                access: access
            )
            if let expected = segments.last?.header.end, expected != first {
                throw .missingSegment(directory: directory, first: expected)
            }
            segments.append(segment)
        }
        self.segments = segments
    }
}

extension JournalError {
    static func missingSegment(directory: String, first: UInt64) -> Self {
        .damaged(file: "\(directory)/\(SegmentName.of(first: first))", offset: 0, reason: "the segment is missing")
    }
}

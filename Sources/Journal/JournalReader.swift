import Platform

/// Reads single records of a journal by their position, while it is being written too.
///
/// It has descriptors of its own, of which it keeps a few open, and does not disturb the writer.
///
/// - Isolation: one thread at a time.
public final class JournalReader<D: Disk> {
    private let disk: D
    private let directory: String
    private let journal: JournalID
    private let follows: JournalAppender?
    private let seed: UInt32

    /// The first positions of all known segments, ascending.
    private var firsts: [UInt64] = []
    /// Open segments, the one used last at the end.
    private var open: [Segment<D>] = []
    private let window: RecordWindow

    private static var openSegmentsMax: Int { 4 }
    /// The first read of a record: enough for most.
    private static var firstReadBytes: Int { 512 }

    /// A reader of the journal in `directory`.
    ///
    /// - Parameters:
    ///   - disk: where the journal is.
    ///   - directory: the journal's.
    ///   - journal: its id.
    ///   - appender: the live journal's, so that nothing is read that a crash could still undo; nil where nobody writes.
    public init(disk: D, directory: String, journal: JournalID, following appender: JournalAppender?) {
        self.disk = disk
        self.directory = directory
        self.journal = journal
        follows = appender
        seed = RecordFormat.seed(journal)
        window = RecordWindow(capacity: 0, seed: seed)
    }

    /// Reads the record that starts at `position`.
    ///
    /// Its checksum covers the journal's id and the position, so a position that a client made up cannot pass bytes of
    /// some payload off as a record.
    ///
    /// - Parameters:
    ///   - position: what `JournalAppender.append` returned, or anything else.
    ///   - payload: replaced by the record's payload; its memory is used again.
    /// - Returns: the record's type.
    /// - Throws: `JournalError.noRecord` where no record of the caller's starts, and where one is not durable yet.
    public func read(at position: JournalPosition, into payload: inout [UInt8]) throws(JournalError) -> UInt8 {
        let place = position.rawValue
        guard place % UInt64(JournalFormat.alignment) == 0, isDurable(place), let segment = try segment(place) else {
            throw .noRecord(at: position)
        }
        window.restart(at: place)
        var wanted = Self.firstReadBytes
        while true {
            let before = window.count
            try unsafe window.fill(limit: wanted - before) { (free) throws(JournalError) in
                try unsafe segment.read(at: place + UInt64(before), into: free)
            }
            switch window.check() {
            case .cut(let neededBytes) where neededBytes > wanted:
                wanted = neededBytes
            case .valid(let header) where header.type != RecordFormat.sealType:
                payload.removeAll(keepingCapacity: true)
                // SAFETY: the window is not changed while the payload is copied.
                unsafe payload.append(contentsOf: window.payload(header))
                return header.type
            case .valid, .cut, .unwritten, .invalid:
                throw .noRecord(at: position)
            }
        }
    }

    /// Whether the position is durable and in a segment that is there, so that a record which was there once still is.
    ///
    /// Where a segment's seal stands, and behind it, there never was one: so a restored journal skips the positions of what
    /// was left out.
    ///
    /// - Throws: why that cannot be told.
    public func holds(_ position: JournalPosition) throws(JournalError) -> Bool {
        guard isDurable(position.rawValue), let segment = try segment(position.rawValue) else { return false }
        guard isDurable(segment.entry.header.end) else { return true }
        window.restart(at: position.rawValue)
        try segment.fill(window)
        if case .valid(let header) = window.check(), header.type == RecordFormat.sealType { return false }
        do {
            try segment.expectZeros(window)
            return false
        } catch .damaged {
            return true
        }
    }

    /// Where the records begin that are kept; nil where none is.
    public func start() throws(JournalError) -> JournalPosition? {
        try list()
        return firsts.first.map { JournalPosition(rawValue: $0) }
    }

    private func isDurable(_ place: UInt64) -> Bool {
        guard let follows else { return true }
        return place < follows.durable.rawValue
    }

    /// The segment that `place` is in; nil where there is none, or none any more.
    private func segment(_ place: UInt64) throws(JournalError) -> Segment<D>? {
        if let index = open.lastIndex(where: { $0.entry.header.first <= place && place < $0.entry.header.end }) {
            let segment = open.remove(at: index)
            open.append(segment)
            return segment
        }
        if place >= firsts.last ?? 0 {
            try list()
        }
        guard let first = firsts.last(where: { $0 <= place }) else { return nil }
        let found: Segment<D>
        do {
            found = try Segment.open(disk: disk, directory: directory, first: first, journal: journal)
        } catch .system(let error) where error.isMissingFile {
            return nil
        }
        if open.count == Self.openSegmentsMax { open.removeFirst() }
        open.append(found)
        return place < found.entry.header.end ? found : nil
    }

    private func list() throws(JournalError) {
        let names = try onDisk { () throws(SystemError) in try disk.list(directory) }
        firsts = names.compactMap(SegmentName.first).sorted()
    }
}

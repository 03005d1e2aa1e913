import Platform

/// Writes the records of one journal anew as another journal's: the same types, payloads and positions under another id.
///
/// Behind the last record it leaves a gap of positions. Whatever the old journal has gone on to write stays without a
/// place in the new one, so that the new one never gives the name of a record that was left out to another record.
///
/// - Isolation: one thread.
struct JournalRewrite<D: Disk> {
    private let disk: D
    /// An empty directory.
    private let target: String
    private let journal: JournalID
    private let seed: UInt32
    private var chain: UInt32
    private var header: SegmentHeader
    private var file: D.File
    /// Complete records that are not written yet.
    private var pending: [UInt8] = []
    /// Where the next record goes.
    private(set) var position: UInt64

    /// How many positions are skipped: far more than a shop writes between its backup and its loss.
    static var gapBytes: UInt64 { 1 << 36 }

    private static var pendingBytesMax: Int { 1 << 20 }

    /// Begins with an empty segment in the place of `first`.
    init(disk: D, target: String, journal: JournalID, first: SegmentHeader) throws(SystemError) {
        self.disk = disk
        self.target = target
        self.journal = journal
        seed = RecordFormat.seed(journal)
        chain = seed
        header = Self.header(first, journal)
        file = try Self.make(disk, target, header)
        position = first.first
    }

    /// Where a snapshot of everything before the next record belongs.
    var place: JournalStart { JournalStart(position: JournalPosition(rawValue: position), chain: chain) }

    /// Appends a record; whatever is pending is written now and then.
    mutating func append(type: UInt8, _ payload: Span<UInt8>) throws(SystemError) {
        complete(type: type, payload)
        if pending.count >= Self.pendingBytesMax { try write() }
    }

    /// Closes the open segment with a seal, and begins the one behind it with the sizes of `next`.
    mutating func roll(capacity: UInt64) throws(SystemError) {
        // A seal without the segment behind it is damage: that one is made first.
        let next = SegmentHeader(journal: journal, first: header.end, capacity: capacity, epoch: header.epoch)
        let nextFile = try Self.make(disk, target, next)
        complete(type: RecordFormat.sealType, Span())
        try write()
        try file.sync()
        try file.close()
        (file, header, position) = (nextFile, next, next.first)
    }

    /// Leaves the gap and settles; everything is durable on return.
    mutating func finish() throws(SystemError) {
        let capacity = header.capacity
        try roll(capacity: Self.gapBytes)
        try roll(capacity: capacity)
        try file.sync()
        try file.close()
        let mark = try SettledMark<D>.create(disk: disk, directory: target, journal: journal)
        try mark.write(settled: position, epoch: header.epoch)
        mark.close()
        try disk.syncDirectory(target)
    }

    private static func header(_ like: SegmentHeader, _ journal: JournalID) -> SegmentHeader {
        SegmentHeader(journal: journal, first: like.first, capacity: like.capacity, epoch: like.epoch)
    }

    /// A segment of which only the header is there; what a file lacks reads as zeros.
    private static func make(_ disk: D, _ target: String, _ header: SegmentHeader) throws(SystemError) -> D.File {
        let file = try disk.open("\(target)/\(SegmentName.of(first: header.first))", .create)
        try file.writeFully(header.encoded.span, at: 0)
        return file
    }

    private mutating func complete(type: UInt8, _ payload: Span<UInt8>) {
        let start = pending.count
        let size = RecordFormat.size(payloadBytes: payload.count)
        pending.append(contentsOf: repeatElement(0, count: size))
        let (position, chain, seed) = (position, chain, seed)
        // SAFETY: `size` bytes from `start` on belong to the array, and the payload fits behind the record's header.
        self.chain = unsafe pending.withUnsafeMutableBytes { bytes in
            guard let base = unsafe bytes.baseAddress.map({ unsafe $0 + start }) else { return chain }
            unsafe payload.withUnsafeBytes { source in
                if let address = source.baseAddress {
                    unsafe (base + RecordFormat.headerBytes).copyMemory(from: address, byteCount: source.count)
                }
            }
            // Nothing of the new journal is used before all of it is durable.
            return unsafe RecordFormat.complete(
                base,
                type: type,
                payloadBytes: payload.count,
                position: position,
                chain: chain,
                unsettledBytes: 0,
                seed: seed
            )
        }
        self.position += UInt64(size)
    }

    private mutating func write() throws(SystemError) {
        let offset = UInt64(JournalFormat.headerBytes) + (position - UInt64(pending.count) - header.first)
        try file.writeFully(pending.span, at: offset)
        pending.removeAll(keepingCapacity: true)
    }
}

extension JournalView {
    /// Writes the records anew as those of another journal; durable on return.
    ///
    /// - Parameters:
    ///   - target: an empty directory.
    ///   - journal: the new journal's id.
    ///   - onBytes: told how many bytes were read, every now and then.
    ///   - isKept: called for each record; the first one that is not kept ends the new journal before it.
    /// - Returns: how many records were written, and where the last one ends.
    /// - Throws: `JournalError.damaged` where the journal is, unless the new one ends before; and what the disk says.
    func rewrite(
        into target: String,
        as journal: JournalID,
        onBytes: (Int) -> Void,
        _ isKept: (JournalPosition, UInt8, Span<UInt8>) throws(JournalError) -> Bool
    ) throws(JournalError) -> (records: UInt64, end: JournalPosition) {
        var output = try onDisk { () throws(SystemError) in
            try JournalRewrite(disk: disk, target: target, journal: journal, first: entries[0].header)
        }
        var index = 0
        var records: UInt64 = 0
        // Only the snapshots that the records lead to are taken over, each with what it follows in the new journal.
        var snapshots = try snapshots.positions()
        var places: [JournalStart] = []
        func note(_ place: JournalStart, before next: JournalPosition) {
            while let position = snapshots.last, position < next {
                snapshots.removeLast()
                if position == place.position { places.append(place) }
            }
        }
        _ = try read { (position, type, payload) throws(JournalError) in
            guard try isKept(position, type, payload) else { throw .stopped }
            do throws(SystemError) {
                while position.rawValue >= entries[index].header.end {
                    note(output.place, before: output.place.position.next)
                    index += 1
                    try output.roll(capacity: entries[index].header.capacity)
                }
                note(output.place, before: position.next)
                try output.append(type: type, payload)
            } catch {
                throw .system(error)
            }
            records += 1
            onBytes(payload.count + RecordFormat.headerBytes)
        }
        let end = JournalPosition(rawValue: output.position)
        note(output.place, before: end.next)
        try onDisk { () throws(SystemError) in try output.finish() }
        // A journal that begins with a snapshot is nothing without one.
        var isBegun = beginsWithNothing
        for place in places where try rewrite(place, into: target, as: journal) { isBegun = true }
        guard isBegun else {
            throw damage(at: start, "the journal begins here only, and there is no snapshot of what was before")
        }
        return (records, end)
    }

    /// Writes the snapshot of a place anew, as the other journal's.
    ///
    /// - Returns: false where it is damaged, or was replaced by a newer one meanwhile.
    private func rewrite(
        _ place: JournalStart,
        into target: String,
        as journal: JournalID
    ) throws(JournalError) -> Bool {
        do throws(JournalError) {
            let body = try snapshots.open(place.position)
            try JournalSnapshots(
                disk: disk,
                directory: target,
                journal: journal,
                beginsWithSnapshot: beginsWithSnapshot
            )
            .write(at: place, createdMilliseconds: body.header.createdMilliseconds) { (sink) throws(JournalError) in
                try body.copy(to: sink)
            }
            return true
        } catch .damaged(_, _, _) {
            return false
        } catch .system(let error) where error.isMissingFile {
            return false
        }
    }
}

extension JournalPosition {
    /// The place right behind.
    fileprivate var next: JournalPosition { JournalPosition(rawValue: rawValue + 1) }
}

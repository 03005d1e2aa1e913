import Platform

/// The journal's store on local files: takes batches of records, makes them durable.
///
/// Its one promise is the one that a replicated store can give as well: `append batch expecting position p` ends with
/// the batch durable, or with a fault that says that this writer is over (`fenced`, `full`, `poisoned`), after which
/// nothing is known of the batch.
///
/// - Isolation: the journal writer's thread.
final class SegmentStore<D: Disk> {
    /// The opening of the journal that writes here.
    let epoch: WriterEpoch

    private let preparer: SegmentPreparer<D>
    private let counters: JournalCounters
    private let clock: any Clock

    private var file: D.File
    private var segment: SegmentHeader
    /// Segments that the batch on its way has filled, to be synced before the open one.
    private var filled: [D.File] = []
    /// Where the next batch goes.
    private(set) var end: UInt64

    init(
        file: D.File,
        segment: SegmentHeader,
        end: UInt64,
        epoch: WriterEpoch,
        preparer: SegmentPreparer<D>,
        counters: JournalCounters,
        clock: any Clock
    ) {
        self.file = file
        self.segment = segment
        self.end = end
        self.epoch = epoch
        self.preparer = preparer
        self.counters = counters
        self.clock = clock
    }

    /// Writes `batch`, which is durable once `sync` has returned: one write and one sync for each segment that it
    /// reaches, as a rule one.
    ///
    /// - Parameters:
    ///   - batch: records, one behind the other.
    ///   - expected: where the batch starts; the store must be right there.
    /// - Throws: why this writer is over; nothing is known of the batch then.
    func write(_ batch: Span<UInt8>, expecting expected: UInt64) throws(JournalFault) {
        precondition(expected == end, "a batch was left out or comes twice")
        do {
            // All segments first: a seal must not reach the disk before the segment that it points to.
            let later = try takeSegments(upTo: end + UInt64(batch.count))
            try write(batch, later)
        } catch {
            throw Self.fault(error)
        }
    }

    /// Makes durable what was written.
    ///
    /// - Returns: the position up to which everything is durable now: the batch's end.
    /// - Throws: as `write`.
    func sync() throws(JournalFault) -> UInt64 {
        do {
            for file in filled {
                try sync(file)
                try? file.close()
            }
            filled.removeAll(keepingCapacity: true)
            try sync(file)
        } catch {
            throw Self.fault(error)
        }
        counters.batches.add()
        return end
    }

    private static func fault(_ error: SystemError) -> JournalFault {
        // A segment that is there already was made by a writer that took the journal over.
        error.isExistingFile ? .fenced : error.isFull ? .full : .poisoned(error.code)
    }

    /// Lets go of the open segment; nothing is appended after it.
    func close() {
        try? file.close()
    }

    private func takeSegments(
        upTo batchEnd: UInt64
    ) throws(SystemError) -> [(file: D.File, header: SegmentHeader)] {
        var later: [(file: D.File, header: SegmentHeader)] = []
        var covered = segment.end
        while covered < batchEnd {
            let next = try preparer.take()
            (next.wasReady ? counters.segmentsReady : counters.segmentsLate).add()
            covered = next.header.end
            later.append((next.file, next.header))
        }
        return later
    }

    private func write(
        _ batch: Span<UInt8>,
        _ later: [(file: D.File, header: SegmentHeader)]
    ) throws(SystemError) {
        var rest = try writePart(batch)
        for next in later {
            filled.append(file)
            (file, segment) = next
            rest += try writePart(batch.extracting(droppingFirst: rest))
        }
    }

    /// Writes as much of `bytes` as belongs into the open segment.
    ///
    /// - Returns: how many bytes that was.
    private func writePart(_ bytes: Span<UInt8>) throws(SystemError) -> Int {
        let part = bytes.extracting(first: Int(min(UInt64(bytes.count), segment.end - end)))
        var done = 0
        while done < part.count {
            let offset = UInt64(JournalFormat.headerBytes) + (end - segment.first)
            let count = try file.write(part.extracting(droppingFirst: done), at: offset)
            counters.writes.add()
            done += count
            end += UInt64(count)
        }
        return done
    }

    private func sync(_ file: D.File) throws(SystemError) {
        let start = clock.monotonicNanoseconds()
        try file.sync()
        counters.syncs.add()
        counters.syncNanoseconds.add(clock.monotonicNanoseconds() &- start)
    }
}

import Platform

/// What lies behind the place where a journal's chain of records ends.
///
/// A crash may leave any part of the batches that were not synced, a later page without an earlier one too. Each record
/// says up to where the journal was durable when it was appended: so a record that is found behind the end proves that
/// everything before that place was once on disk.
struct TailScan {
    /// The highest place up to which a record found here says that the journal was durable; 0 without one.
    private(set) var settled: UInt64 = 0
    /// For each segment scanned, in order: the position behind its last byte that is not zero, if there is one.
    private(set) var writtenEnds: [UInt64?] = []

    /// Scans from `start`, in the first of `entries`, to the end of the last one.
    init<D: Disk>(
        disk: D,
        _ entries: ArraySlice<SegmentEntry>,
        start: UInt64,
        window: RecordWindow
    ) throws(JournalError) {
        for entry in entries {
            let segment = try Segment(disk: disk, entry, .read)
            window.restart(at: max(start, entry.header.first))
            writtenEnds.append(nil)
            repeat {
                try segment.fill(window)
                look(window, isLast: window.position + UInt64(window.count) == entry.header.end)
            } while window.position < entry.header.end
            segment.close()
        }
    }

    /// How many bytes behind `position`, in `entries`, are there that nobody reads.
    func writtenBytes(_ entries: ArraySlice<SegmentEntry>, from position: UInt64) -> UInt64 {
        var bytes: UInt64 = 0
        for (entry, writtenEnd) in zip(entries, writtenEnds) {
            if let writtenEnd { bytes += writtenEnd - max(position, entry.header.first) }
        }
        return bytes
    }

    /// Looks for records at each aligned place of the window, as far as they can be told.
    private mutating func look(_ window: RecordWindow, isLast: Bool) {
        while true {
            window.skipZeros()
            guard window.count > 0 else { return }
            switch window.check() {
            case .cut where !isLast:
                return
            case .valid(let header):
                settled = max(settled, window.position - UInt64(header.unsettledBytes))
                window.advance(header.size)
            case .cut, .unwritten, .invalid:
                window.advance(JournalFormat.alignment)
            }
            writtenEnds[writtenEnds.count - 1] = window.position
        }
    }
}

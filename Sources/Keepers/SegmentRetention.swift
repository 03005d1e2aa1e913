import Domain
import Journal
import Platform

/// Deletes segments whose time is over: the oldest first, one a step.
///
/// A segment goes when all of this holds: it ends before the oldest kept snapshot, so that every kept snapshot can be
/// gone on from; no remembered idempotency key needs a record in it, so that its first answer can be given again; and its
/// last record is older than what is to be kept.
///
/// - Isolation: one thread.
public struct SegmentRetention<D: Disk> {
    private let place: JournalPlace<D>
    private let before: JournalPosition
    private let olderThan: Instant
    private let pace: JournalPace

    /// A retention that has deleted nothing yet.
    ///
    /// - Parameters:
    ///   - place: the journal.
    ///   - before: segments that end later stay.
    ///   - olderThan: segments whose last record is not older stay.
    ///   - pace: called after each part of the work.
    public init(
        _ place: JournalPlace<D>,
        before: JournalPosition,
        olderThan: Instant,
        pace: @escaping JournalPace = { _ in }
    ) {
        self.place = place
        self.before = before
        self.olderThan = olderThan
        self.pace = pace
    }

    /// Deletes the oldest segment if its time is over.
    ///
    /// - Parameter willRemove: called with the journal's new beginning before the segment goes.
    /// - Returns: whether a segment was deleted; if not, there is no more to do.
    /// - Throws: why nobody knows, or what the disk said; nothing but whole segments is gone then.
    public func step(willRemove: (JournalPosition) -> Void) throws(JournalError) -> Bool {
        let firsts = try place.segments.firsts()
        guard firsts.count >= 2, firsts[1] <= before else { return false }
        guard let latest = try latest(firsts[0], firsts[1]), latest < olderThan else { return false }
        willRemove(firsts[1])
        try place.segments.removeOldest(firsts[0])
        return true
    }

    /// The time of the segment's last record; nil where it has none, or one that is of no known type.
    private func latest(_ first: JournalPosition, _ end: JournalPosition) throws(JournalError) -> Instant? {
        var latest: Instant?
        var bytes = 0
        let stretch = try place.segments.stretch(from: first, to: end)
        while try stretch.step({ (_, type, payload) throws(JournalError) in
            bytes += payload.count
            if bytes >= Self.paceBytes {
                try pace(bytes)
                bytes = 0
            }
            var reader = PayloadReader()
            let head = RecordHead(&reader, payload)
            latest = !reader.failed && JournalRecord.isKnown(type: type) ? head.at : nil
        }) {}
        try pace(bytes)
        return latest
    }

    /// Bytes of payloads between two calls of `pace`.
    private static var paceBytes: Int { 128 << 10 }
}

extension JournalPlace {
    /// The journal's segments.
    public var segments: JournalSegments<D> {
        JournalSegments(disk: disk, directory: directory, journal: journal)
    }
}

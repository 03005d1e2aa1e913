import Domain
import Journal
import Keepers
import Loop
import Platform

/// Reads the journals for the index of orders, retired ones first, and goes on as they grow.
///
/// It touches no partition and no index: it reads what is durable and sends notes to the archive, whose index it is.
///
/// - Isolation: whoever calls `step`, always on the same thread; one call is a bounded piece of work.
package final class IndexWork<D: Disk>: @unchecked Sendable {
    // SAFETY: made by one thread, which hands it over to the one that steps it.
    private let tracks: [IndexTrack<D>]
    private let key: FingerprintKey
    private let mailbox: Mailbox
    private let clock: any Clock
    private let notice: @Sendable (String) -> Void
    /// The track whose turn it is, so that all journals get on.
    private var turn = 0
    private var notes: [IndexMail.Note] = []
    /// What the mailbox had no room for.
    private var unsent: IndexMail?

    /// Bytes of payloads that one step reads.
    package static var stepBytes: Int { 128 << 10 }
    /// What failed as a rule takes an operator to mend.
    private static var retryNanoseconds: UInt64 { 60_000_000_000 }

    init(
        _ sources: [JournalSource<D>],
        key: FingerprintKey,
        into mailbox: Mailbox,
        clock: any Clock,
        notice: @escaping @Sendable (String) -> Void
    ) {
        tracks = sources.map { IndexTrack($0) }
        self.key = key
        self.mailbox = mailbox
        self.clock = clock
        self.notice = notice
        notes.reserveCapacity(IndexMail.notesMax)
    }

    /// Does the next piece of work, if there is any and the archive keeps up.
    ///
    /// - Returns: whether there was; if not, ask again after a while.
    package func step() -> Bool {
        if let mail = unsent { return send(mail) }
        guard let track = next() else { return false }
        do throws(JournalError) {
            return send(try read(track))
        } catch {
            track.retryAt = clock.monotonicNanoseconds() + Self.retryNanoseconds
            notes.removeAll(keepingCapacity: true)
            notice("the index of orders does not go on in journal \(track.source.number): \(error.description)")
            return true
        }
    }

    /// Whether there is something that was not read.
    ///
    /// At the end of what there is a step that finds little costs as much as one that finds a lot.
    var isBehind: Bool {
        let now = clock.monotonicNanoseconds()
        return unsent != nil || tracks.contains { $0.retryAt <= now && $0.isBehind }
    }

    /// A journal with something to read; a retired one before all others, as orders are older than what becomes of them.
    private func next() -> IndexTrack<D>? {
        let now = clock.monotonicNanoseconds()
        func hasWork(_ track: IndexTrack<D>) -> Bool { track.retryAt <= now && track.isBehind }
        if let retired = tracks.first(where: { $0.source.isRetired && hasWork($0) }) { return retired }
        for _ in tracks {
            turn = (turn + 1) % tracks.count
            if hasWork(tracks[turn]) { return tracks[turn] }
        }
        return nil
    }

    private func read(_ track: IndexTrack<D>) throws(JournalError) -> IndexMail {
        var bytes = 0
        let journal = track.source.number
        let limit = track.source.limit()
        let stop = try track.follower.read(upTo: limit) { (position, type, payload) throws(JournalError) in
            guard notes.count < IndexMail.notesMax, bytes < Self.stepBytes else { throw .stopped }
            bytes += payload.count
            let address = RecordAddress(journal: journal, position: position)
            OrderNote.read(type: type, payload, key: key) { notes.append(IndexMail.Note($0, at: address)) }
        }
        if track.source.isRetired, stop == .limit { track.follower.close() }
        return IndexMail(position: track.follower.position.rawValue, journal: UInt64(journal))
    }

    private func send(_ mail: IndexMail) -> Bool {
        guard mail.push(notes, into: mailbox) else {
            unsent = mail
            return false
        }
        mailbox.publish()
        notes.removeAll(keepingCapacity: true)
        unsent = nil
        return true
    }
}

/// A journal as the index of orders is built from it.
private final class IndexTrack<D: Disk> {
    let source: JournalSource<D>
    let follower: JournalFollower<D>
    /// The earliest moment of the next attempt, in nanoseconds of the monotonic clock.
    var retryAt: UInt64 = 0

    init(_ source: JournalSource<D>) {
        self.source = source
        follower = source.follower(from: .start)
    }

    /// Whether there is something that was not read.
    var isBehind: Bool { follower.position < source.limit() }
}

import Domain
import Journal
import Keepers
import Platform

/// Finds where to cut the journals of a folder that a server may be writing, so that no transaction is cut in two.
///
/// A record is never earlier than what it follows from, in whatever journal, and is appended only once that is durable
/// (TRANSACTIONS.md). So all records up to one moment belong together: what each of them follows from is among them. The
/// moment is the latest one of all journals as they are found; everything acknowledged before is in the cut.
///
/// - Isolation: one thread.
struct ConsistentCut<D: Disk> {
    let folder: FolderReader<D>
    let key: FingerprintKey
    let clock: any Clock

    /// Records of the moment itself may still come.
    ///
    /// Where they come for longer than this, the time of one journal lags behind another's.
    private static var patienceNanoseconds: UInt64 { 5_000_000_000 }

    /// Finds the cut; reads the last segments of all journals twice or more.
    ///
    /// - Returns: where each journal ends, in the order of `folder.journals`.
    /// - Throws: `ExitCode.dataInUse` where the server's journals differ too much in time.
    func find() throws(ToolError) -> [JournalPosition] {
        var ends: [JournalPosition] = []
        var moment = Instant(millisecondsSinceEpoch: .min)
        for number in folder.journals {
            let (end, latest) = try reading { () throws(JournalError) in try last(of: number) }
            ends.append(end)
            moment = max(moment, latest)
        }
        // Within one journal, what a record follows from stands before it.
        guard folder.description.journals.count > 1 else { return ends }
        let deadline = clock.monotonicNanoseconds() + Self.patienceNanoseconds
        // Found as they are while nothing is added to any of them, the ends lack nothing that a record before them needs.
        while try extend(&ends, upTo: moment) {
            guard clock.monotonicNanoseconds() < deadline else {
                throw ToolError(
                    .dataInUse,
                    "\(folder.path): records of before \(moment.rfc3339) still come, so no cut between two transactions can "
                        + "be told: try again, after that moment or without a server"
                )
            }
        }
        return ends
    }

    private func last(of number: Int) throws(JournalError) -> (end: JournalPosition, latest: Instant) {
        let view = try folder.journal(number)
        let tail = try view.lastWritten()
        var latest = Instant(millisecondsSinceEpoch: .min)
        let ending = try view.read(from: tail) { (position, type, payload) throws(JournalError) in
            latest = try JournalRecord.time(type, payload, key, at: position)
        }
        return (ending.position ?? tail, latest)
    }

    /// Moves each end behind the records that have come since and are not later than the moment.
    ///
    /// - Returns: whether there was any.
    private func extend(_ ends: inout [JournalPosition], upTo moment: Instant) throws(ToolError) -> Bool {
        var isLonger = false
        for (index, number) in folder.journals.enumerated() where folder.description.journals.contains(number) {
            let from = ends[index]
            let end = try reading { () throws(JournalError) in
                var later: JournalPosition?
                let ending = try folder.journal(number)
                    .read(from: from) { (position, type, payload) throws(JournalError) in
                        guard try JournalRecord.time(type, payload, key, at: position) > moment else { return }
                        later = position
                        throw .stopped
                    }
                return later ?? ending.position ?? from
            }
            if end > from {
                ends[index] = end
                isLonger = true
            }
        }
        return isLonger
    }
}

extension JournalRecord {
    /// When a record was decided.
    ///
    /// - Throws: `JournalError.refused` where it is none of this version.
    static func time(
        _ type: UInt8,
        _ payload: Span<UInt8>,
        _ key: FingerprintKey,
        at position: JournalPosition
    ) throws(JournalError) -> Instant {
        guard let record = JournalRecord(type: type, payload, key: key) else {
            throw .unreadable(at: position, type: type)
        }
        return record.head.at
    }
}

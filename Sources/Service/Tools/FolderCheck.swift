import Domain
import Journal
import Keepers
import Platform
import Synchronization

/// What checking all journals of a folder has found.
struct FolderFindings: Sendable {
    /// Of each journal, in the order in which they were given.
    let journals: [Result<JournalCheck, JournalError>]
    /// Bytes that were read.
    let bytes: UInt64
    let segments: Int
    let snapshots: Int
    let seconds: Double

    var records: UInt64 { journals.reduce(0) { $0 + ((try? $1.get().records) ?? 0) } }

    /// Everything that is damaged.
    var damage: [JournalError] {
        journals.flatMap { result -> [JournalError] in
            switch result {
            case .success(let check): check.damage
            case .failure(let error): [error]
            }
        }
    }
}

/// Checks every byte of journals, as many segments at a time as there are processors.
struct FolderCheck<D: Disk>: Sendable {
    /// The journals; an error where one could not even be listed.
    let views: [Result<JournalView<D>, JournalError>]
    let key: FingerprintKey
    let clock: any Clock

    private struct Piece: Sendable {
        enum Subject: Sendable {
            case segment(Int)
            case snapshot(JournalPosition)
        }

        let journal: Int
        let subject: Subject
    }

    /// What the pieces of one journal have come to.
    private struct Pieces: Sendable {
        var segments: [Int: Result<SegmentCheck, JournalError>] = [:]
        /// The snapshots that are whole.
        var snapshots: [JournalPosition] = []
        var damage: [JournalError] = []
    }

    private typealias Checks = [Int: Pieces]

    /// Checks everything.
    ///
    /// - Throws: where a journal cannot be read at all, for another reason than damage.
    func run() throws(ToolError) -> FolderFindings {
        let begun = clock.monotonicNanoseconds()
        var pieces: [Piece] = []
        var total: UInt64 = 0
        for (journal, view) in views.enumerated() {
            guard let view = try? view.get() else { continue }
            total += try reading { () throws(JournalError) in try view.bytes() }
            pieces += (0..<view.segmentCount).map { Piece(journal: journal, subject: .segment($0)) }
            let snapshots = try reading { () throws(JournalError) in try view.snapshots.positions() }
            pieces += snapshots.map { Piece(journal: journal, subject: .snapshot($0)) }
        }
        let progress = ToolProgress("checking", total: total, clock: clock)
        let done = Bytes()
        let checks = try work(pieces, done, progress)
        progress.clear()
        var results: [Result<JournalCheck, JournalError>] = []
        for (journal, view) in views.enumerated() { results.append(joined(view, checks[journal] ?? Pieces())) }
        let seconds = max(1e-9, Double(clock.monotonicNanoseconds() - begun) / 1e9)
        return FolderFindings(
            journals: results,
            bytes: done.count.load(ordering: .relaxed),
            segments: checks.values.reduce(0) { $0 + $1.segments.count },
            snapshots: checks.values.reduce(0) { $0 + $1.snapshots.count },
            seconds: seconds
        )
    }

    private final class Bytes: Sendable {
        let count = Atomic<UInt64>(0)
    }

    private func work(_ pieces: [Piece], _ done: Bytes, _ progress: ToolProgress) throws(ToolError) -> Checks {
        let checks = Mutex(Checks())
        try Crew.work(pieces.count) { number in
            let piece = pieces[number]
            let onBytes = { (count: Int) in
                progress.advance(count)
                done.count.add(UInt64(count), ordering: .relaxed)
            }
            switch piece.subject {
            case .segment(let index):
                let result = segment(piece.journal, index, onBytes)
                checks.withLock { $0[piece.journal, default: Pieces()].segments[index] = result }
            case .snapshot(let position):
                let damage = snapshot(piece.journal, position, onBytes)
                checks.withLock { checks in
                    if let damage {
                        checks[piece.journal, default: Pieces()].damage.append(damage)
                    } else {
                        checks[piece.journal, default: Pieces()].snapshots.append(position)
                    }
                }
            }
        }
        return checks.withLock { $0 }
    }

    private func segment(
        _ journal: Int,
        _ index: Int,
        _ onBytes: (Int) -> Void
    ) -> Result<SegmentCheck, JournalError> {
        do throws(JournalError) {
            let check = try views[journal].get()
                .check(segment: index, onBytes: onBytes) { (position, type, payload) throws(JournalError) in
                    guard JournalRecord.isOne(type: type, payload, key: key) else {
                        throw .unreadable(at: position, type: type)
                    }
                }
            return .success(check)
        } catch {
            return .failure(error)
        }
    }

    /// Checks one snapshot.
    ///
    /// - Returns: what is damaged; nil where it is whole, or was replaced by a newer one meanwhile.
    private func snapshot(
        _ journal: Int,
        _ position: JournalPosition,
        _ onBytes: @escaping (Int) -> Void
    ) -> JournalError? {
        do throws(JournalError) {
            try views[journal].get().snapshots.open(position, pace: onBytes).verify()
            return nil
        } catch .system(let error) where error.isMissingFile {
            return nil
        } catch {
            return error
        }
    }

    private func joined(
        _ view: Result<JournalView<D>, JournalError>,
        _ pieces: Pieces
    ) -> Result<JournalCheck, JournalError> {
        do throws(JournalError) {
            let view = try view.get()
            var inOrder: [SegmentCheck] = []
            for segment in 0..<view.segmentCount {
                guard let check = pieces.segments[segment] else { continue }
                inOrder.append(try check.get())
            }
            var check = view.join(inOrder, proven: pieces.snapshots.max() ?? .start)
            check.damage += pieces.damage
            if check.damage.isEmpty, let missing = missingBeginning(view, pieces) { check.damage.append(missing) }
            return .success(check)
        } catch {
            return .failure(error)
        }
    }

    /// What is wrong where records that are gone, or a snapshot, come before the first one, and no snapshot stands for them.
    private func missingBeginning(_ view: JournalView<D>, _ pieces: Pieces) -> JournalError? {
        guard !view.beginsWithNothing, !pieces.snapshots.contains(where: { $0 >= view.start }) else { return nil }
        return view.damage(at: view.start, "the journal begins here only, and no whole snapshot tells what was before")
    }
}

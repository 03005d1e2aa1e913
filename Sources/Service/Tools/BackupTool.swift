import Domain
import Journal
import Keepers
import Platform

extension JournalTools {
    /// Copies a folder while a server may sell on it.
    func backup(_ folder: FolderReader<D>, to target: String, _ console: ToolConsole) throws(ToolError) {
        let begun = clock.monotonicNanoseconds()
        if case .backup = folder.description.mark {
            throw ToolError(.dataDamaged, "\(folder.path) is a backup itself: copy it as files")
        }
        let mark = FolderDescription.Mark.backup(takenMilliseconds: clock.wallMilliseconds())
        let copy = try make(target, .backup, folder.description.marked(mark))
        defer { copy.close() }
        let ends = try ConsistentCut(folder: folder, key: try folder.key(), clock: clock).find()
        let views = try reading { () throws(JournalError) in try folder.allViews() }
        var total: UInt64 = 0
        for view in views { total += try reading { () throws(JournalError) in try view.bytes() } }
        let progress = ToolProgress("copying", total: total, clock: clock)
        for (index, number) in folder.journals.enumerated() {
            try reading { () throws(JournalError) in
                try copy.copy(views[index], number: number, upTo: ends[index], onBytes: { progress.advance($0) })
            }
        }
        progress.clear()
        let findings = try check(copy, folder)
        try reading { () throws(JournalError) in try copy.finish() }
        console.line(
            "\(target): a sound backup of \(ToolText.count(findings.records, "record")), "
                + "\(ToolText.bytes(Double(findings.bytes))), up to \(places(folder, ends)), in "
                + "\(ToolText.decimals(seconds(since: begun))) s"
        )
    }

    /// Makes a data folder of a backup.
    func restore(
        _ backup: FolderReader<D>,
        to target: String,
        until: CutOff,
        _ console: ToolConsole
    ) throws(ToolError) {
        let begun = clock.monotonicNanoseconds()
        let key = try backup.key()
        let cut = try between(until.checked(against: Array(backup.description.journals)), backup, key)
        let limits = try liveEnds(backup, key)
        let old = backup.description
        let description = old.restored(
            as: JournalID(low: random(), high: random()),
            createdMilliseconds: clock.wallMilliseconds(),
            FolderDescription.Restoration(from: old.id, until: cut.words)
        )
        let views = try reading { () throws(JournalError) in try backup.allViews() }
        if old.firstJournal > 0, case .time = cut { try requireBeginnings(backup, cut) }
        let folder = try make(target, .restore, description)
        defer { folder.close() }
        var total: UInt64 = 0
        for view in views { total += try reading { () throws(JournalError) in try view.bytes() } }
        let progress = ToolProgress("restoring", total: total, clock: clock)
        var ends: [JournalPosition] = []
        for (index, number) in backup.journals.enumerated() {
            let (_, end) = try reading { () throws(JournalError) in
                try folder.rewrite(views[index], number: number, onBytes: { progress.advance($0) }) {
                    (position, type, payload) throws(JournalError) in
                    let at = try JournalRecord.time(type, payload, key, at: position)
                    return limits.map { position < $0[index] } ?? true && cut.keeps(number, position, at: at)
                }
            }
            ends.append(end)
        }
        progress.clear()
        let findings = try check(folder, backup)
        try reading { () throws(JournalError) in try folder.finish() }
        console.line(
            "\(target): restored \(ToolText.count(findings.records, "record")) up to \(places(backup, ends)) in "
                + "\(ToolText.decimals(seconds(since: begun))) s; start it with `\(Product.name) serve --data \(target)`"
        )
    }

    private func places(_ folder: FolderReader<D>, _ ends: [JournalPosition]) -> String {
        zip(folder.journals, ends).map { "\($0):\($1)" }.joined(separator: " ")
    }

    /// A cut that parts no transaction: where there are several journals, what comes before a position in one of them is
    /// what is earlier than the record there.
    private func between(
        _ cut: CutOff,
        _ backup: FolderReader<D>,
        _ key: FingerprintKey
    ) throws(ToolError) -> CutOff {
        guard case .positions(let positions) = cut, backup.description.journals.count > 1 else { return cut }
        var first: Instant?
        for (number, position) in positions {
            try reading { () throws(JournalError) in
                _ = try backup.journal(number)
                    .read(from: position) { (position, type, payload) throws(JournalError) in
                        let at = try JournalRecord.time(type, payload, key, at: position)
                        first = min(first ?? at, at)
                        throw .stopped
                    }
            }
        }
        return first.map { .time(Instant(millisecondsSinceEpoch: $0.millisecondsSinceEpoch - 1)) } ?? .end
    }

    /// Where the journals of a folder are to be cut that a server may be writing; nil where none is.
    private func liveEnds(
        _ folder: FolderReader<D>,
        _ key: FingerprintKey
    ) throws(ToolError) -> [JournalPosition]? {
        guard folder.description.mark == nil, folder.isInUse(holder: holder(.restore)) else { return nil }
        return try ConsistentCut(folder: folder, key: key, clock: clock).find()
    }

    /// Journals that begin with a snapshot know nothing of the time before it: the cut must lie behind.
    private func requireBeginnings(_ backup: FolderReader<D>, _ cut: CutOff) throws(ToolError) {
        let partitions = try backup.partitionFactory()
        try reading { () throws(JournalError) in
            for number in backup.description.journals {
                _ = try backup.journal(number).restored(number, partitions, before: cut)
            }
        }
    }

    private func make(
        _ path: String,
        _ tool: JournalTool,
        _ description: FolderDescription
    ) throws(ToolError) -> NewFolder<D> {
        do throws(JournalError) {
            return try NewFolder(
                disk: disk,
                path: path,
                holder: holder(tool),
                tool: tool.rawValue,
                description: description
            )
        } catch {
            if case .system(_) = error { throw ToolError(.targetUnavailable, error.description) }
            throw ToolError(error)
        }
    }

    /// Reads back everything that was written.
    private func check(_ folder: NewFolder<D>, _ source: FolderReader<D>) throws(ToolError) -> FolderFindings {
        let views = source.journals.map { number -> Result<JournalView<D>, JournalError> in
            do throws(JournalError) {
                return .success(try folder.journal(number))
            } catch {
                return .failure(error)
            }
        }
        let findings = try FolderCheck(views: views, key: try source.key(), clock: clock).run()
        guard let first = findings.damage.first else { return findings }
        throw ToolError(
            .dataDamaged,
            "\(first); if `\(Product.name) journal verify \(source.path)` finds the same there, the original is damaged. "
                + "\(folder.path) is unfinished: remove it"
        )
    }
}

extension FolderReader {
    /// What its journals consist of now.
    fileprivate func allViews() throws(JournalError) -> [JournalView<D>] {
        var views: [JournalView<D>] = []
        for number in journals { views.append(try journal(number)) }
        return views
    }
}

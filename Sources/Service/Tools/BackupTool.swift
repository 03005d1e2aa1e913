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
        let views = try reading { () throws(JournalError) in try folder.allViews() }
        var total: UInt64 = 0
        for view in views { total += try reading { () throws(JournalError) in try view.bytes() } }
        let progress = ToolProgress("copying", total: total, clock: clock)
        var ends: [String] = []
        for (number, view) in zip(folder.journals, views) {
            let end = try reading { () throws(JournalError) in
                try copy.copy(view, number: number, onBytes: { progress.advance($0) })
            }
            ends.append("\(number):\(end)")
        }
        progress.clear()
        let findings = try check(copy, folder)
        try reading { () throws(JournalError) in try copy.finish() }
        console.line(
            "\(target): a sound backup of \(ToolText.count(findings.records, "record")), "
                + "\(ToolText.bytes(Double(findings.bytes))), up to \(ends.joined(separator: " ")), in "
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
        let cut = try until.checked(against: Array(backup.description.journals))
        let key = try backup.key()
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
        var ends: [String] = []
        for (number, view) in zip(backup.journals, views) {
            let (_, end) = try reading { () throws(JournalError) in
                try folder.rewrite(view, number: number, onBytes: { progress.advance($0) }) {
                    (position, type, payload) throws(JournalError) in
                    guard let record = JournalRecord(type: type, payload, key: key) else {
                        throw .unreadable(at: position, type: type)
                    }
                    return cut.keeps(number, position, at: record.head.at)
                }
            }
            ends.append("\(number):\(end)")
        }
        progress.clear()
        let findings = try check(folder, backup)
        try reading { () throws(JournalError) in try folder.finish() }
        console.line(
            "\(target): restored \(ToolText.count(findings.records, "record")) up to \(ends.joined(separator: " ")) in "
                + "\(ToolText.decimals(seconds(since: begun))) s; start it with `\(Product.name) serve --data \(target)`"
        )
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

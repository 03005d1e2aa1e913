import Domain
import Journal
import Keepers
import Platform
import Synchronization

extension JournalTools {
    /// Checks everything in a folder and prints what was found.
    ///
    /// - Parameters:
    ///   - folder: what is checked.
    ///   - replays: whether the records are replayed as well, which takes a start's time.
    ///   - console: takes what was found.
    /// - Returns: how the process ends: sound, or torn at the end.
    /// - Throws: where something is damaged; every place has been named then.
    func verify(_ folder: FolderReader<D>, replays: Bool, _ console: ToolConsole) throws(ToolError) -> ExitCode {
        console.line("\(folder.path): \(folder.whatItIs)")
        let views = folder.views()
        let findings = try FolderCheck(views: views, key: try folder.key(), clock: clock).run()
        let torn = try print(folder, findings, console)
        if let first = findings.damage.first { throw try damaged(folder, first, findings, console) }
        if replays { try replayAll(folder, console) }
        console.line(
            "\(torn ? "sound, but for the torn end" : "sound"): "
                + "\(ToolText.count(findings.records, "record")) in \(ToolText.count(findings.segments, "segment")), "
                + (findings.snapshots > 0 ? "\(ToolText.count(findings.snapshots, "snapshot")), " : "")
                + "\(ToolText.bytes(Double(findings.bytes))) checked in \(ToolText.decimals(findings.seconds)) s "
                + "(\(ToolText.bytes(Double(findings.bytes) / findings.seconds))/s)"
        )
        try console.finish()
        return torn ? .tornTail : .success
    }

    /// Prints how each journal ends.
    ///
    /// - Returns: whether a crash has torn one of them.
    private func print(
        _ folder: FolderReader<D>,
        _ findings: FolderFindings,
        _ console: ToolConsole
    ) throws(ToolError) -> Bool {
        var isTorn = false
        for (journal, result) in zip(folder.journals, findings.journals) {
            guard case .success(let check) = result, check.damage.isEmpty, let ending = check.ending,
                let end = ending.position
            else { continue }
            let records = ToolText.count(check.records, "record")
            var text = "journal \(journal): \(records) up to position \(end)"
            if case .end(_, let tornBytes) = ending, tornBytes > 0 {
                // What a live server is just writing looks the same.
                if folder.isInUse(holder: holder(.verify)) {
                    text += ", being written"
                } else {
                    isTorn = true
                    text +=
                        "; \(ToolText.count(tornBytes, "byte")) behind it were torn by a crash. Nobody was told of them, "
                        + "the next start cuts them off"
                }
            }
            console.line(text)
        }
        return isTorn
    }

    private func damaged(
        _ folder: FolderReader<D>,
        _ first: JournalError,
        _ findings: FolderFindings,
        _ console: ToolConsole
    ) throws(ToolError) -> ToolError {
        // What cannot be read at all is nobody's damage yet.
        if case .system(let error) = first, !error.isMissingFile { return ToolError(.inputOutput, error.description) }
        for error in findings.damage { console.line("DAMAGED: \(error)") }
        console.line(
            """
            What to do: keep a copy of the folder as it is. Restore the latest sound backup (\(Product.name) journal \
            restore BACKUP TARGET); `\(Product.name) journal inspect \(folder.path)` prints what is readable.
            """
        )
        try console.finish()
        return ToolError(.dataDamaged, "damaged in \(ToolText.count(findings.damage.count, "place"))")
    }

    /// Replays every journal, as a start would.
    private func replayAll(_ folder: FolderReader<D>, _ console: ToolConsole) throws(ToolError) {
        let begun = clock.monotonicNanoseconds()
        let results = Mutex<[Int: Result<UInt64, ToolError>]>([:])
        var total: UInt64 = 0
        let views = folder.views()
        for view in views {
            total += try reading { () throws(JournalError) in try view.get().bytes() }
        }
        let progress = ToolProgress("replaying", total: total, clock: clock)
        try Crew.work(views.count) { number in
            let result: Result<UInt64, ToolError>
            do throws(ToolError) {
                let view = try reading { () throws(JournalError) in try views[number].get() }
                result = .success(try replayOne(folder, folder.journals[number], view, progress))
            } catch {
                result = .failure(error)
            }
            results.withLock { $0[number] = result }
        }
        progress.clear()
        var skus: UInt64 = 0
        let all = results.withLock { $0 }
        for number in views.indices { skus += try all[number]?.get() ?? 0 }
        console.line(
            "replayed to \(ToolText.count(skus, "SKU")) in \(ToolText.decimals(seconds(since: begun))) s, "
                + "which all balance"
        )
    }
}

/// Replays one journal, and holds its SKUs against their invariants.
///
/// - Returns: how many SKUs there are.
private func replayOne<D: Disk>(
    _ folder: FolderReader<D>,
    _ journal: Int,
    _ view: JournalView<D>,
    _ progress: ToolProgress
) throws(ToolError) -> UInt64 {
    let factory = try folder.partitionFactory()
    return try reading { () throws(JournalError) in
        let (partition, start) = try view.restored(journal, factory)
        do throws(JournalError) {
            _ = try view.read(from: start) { (position, type, payload) throws(JournalError) in
                try partition.replayRecord(type: type, payload, start: position)
                progress.advance(payload.count)
            }
            try partition.finishRecords()
        } catch .refused(let position, let reason) {
            throw view.damage(at: position, reason)
        }
        for keeper in partition.keepers {
            guard let violated = keeper.assumeIsolated({ $0.violatedInvariant() }) else { continue }
            throw view.damage(
                at: view.start,
                "the records of \(String(decoding: keeper.name, as: UTF8.self)) do not add up: \(violated)"
            )
        }
        return partition.skuCount
    }
}

extension FolderReader {
    /// What its journals consist of now.
    func views() -> [Result<JournalView<D>, JournalError>] {
        journals.map { number in
            do throws(JournalError) {
                return .success(try journal(number))
            } catch {
                return .failure(error)
            }
        }
    }

    /// What the folder is, in words.
    var whatItIs: String {
        var text = ToolText.count(description.partitions, "partition")
        if case .backup(let taken) = description.mark {
            text = "a backup of \(Instant(millisecondsSinceEpoch: taken).rfc3339), " + text
        }
        if let restoration = description.restoration { text += ", " + restoration.words(description) }
        return text
    }
}

extension FolderDescription.Restoration {
    /// Where the records come from, in words.
    func words(_ description: FolderDescription) -> String {
        let made = Instant(millisecondsSinceEpoch: description.createdMilliseconds).rfc3339
        return "restored \(made) from folder \(from) up to \(until)"
    }
}

import Domain
import HTTP
import Journal
import Keepers
import Platform

extension JournalTools {
    /// Prints every SKU as it is at some point.
    func replay(
        _ folder: FolderReader<D>,
        _ options: ReplayOptions,
        _ console: ToolConsole
    ) throws(ToolError) {
        let cut = try options.at.checked(against: Array(folder.description.journals))
        let key = try folder.key()
        let sku = options.sku.map { Array($0.utf8) }
        var isFound = false
        for journal in folder.description.journals {
            let partition = try replayed(folder, journal, cut, key)
            // A status depends on the time at which it is asked for.
            let now: Instant =
                if case .time(let instant) = cut {
                    instant
                } else {
                    Instant(millisecondsSinceEpoch: clock.wallMilliseconds())
                }
            for keeper in partition.keepers where sku == nil || sku == keeper.name {
                guard let view = keeper.viewInPlace(at: now) else { continue }
                isFound = true
                print(view, keeper.name, isJSON: options.isJSON, console)
                if console.isClosed { return }
            }
        }
        if let sku = options.sku, !isFound {
            throw ToolError(.inputMissing, "there is no SKU \(sku) at this point")
        }
    }

    /// The state of one journal at the cut.
    private func replayed(
        _ folder: FolderReader<D>,
        _ journal: Int,
        _ cut: CutOff,
        _ key: FingerprintKey
    ) throws(ToolError) -> Partition {
        let partitions = try folder.partitionFactory()
        return try reading { () throws(JournalError) in
            let view = try folder.journal(journal)
            let (partition, start) = try view.restored(journal, partitions, before: cut)
            let progress = ToolProgress("replaying journal \(journal)", total: try view.bytes(), clock: clock)
            do throws(JournalError) {
                _ = try view.read(from: start) { (position, type, payload) throws(JournalError) in
                    if cut != .end {
                        guard let record = JournalRecord(type: type, payload, key: key) else {
                            throw .unreadable(at: position, type: type)
                        }
                        guard cut.keeps(journal, position, at: record.head.at) else { throw .stopped }
                    }
                    try partition.replayRecord(type: type, payload, start: position)
                    progress.advance(payload.count)
                }
                try partition.finishRecords()
            } catch .refused(let position, let reason) {
                throw view.damage(at: position, reason)
            }
            progress.clear()
            return partition
        }
    }

    private func print(_ view: SKUView, _ name: [UInt8], isJSON: Bool, _ console: ToolConsole) {
        if isJSON {
            console.output.append(view, name: name.span)
            console.output.append("\n")
            console.writeIfLarge()
        } else {
            console.line(
                "\(String(decoding: name, as: UTF8.self))  \(view.status.rawValue)  available=\(view.levels.available) "
                    + "held=\(view.levels.held) sold=\(view.levels.sold) supplied=\(view.levels.supplied) "
                    + "sequence=\(view.sequence)"
            )
        }
    }
}

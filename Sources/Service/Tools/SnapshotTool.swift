import Domain
import Journal
import Keepers
import Platform

extension JournalTools {
    /// Makes a snapshot of each journal's end, in a folder that nobody uses.
    func snapshot(_ path: String, _ console: ToolConsole) throws(ToolError) {
        // Before the lock, which would make a folder where there is none.
        let reader = try open(path)
        let folder = try reading { () throws(JournalError) in
            try DataFolder.open(disk: disk, path: path, holder: holder(.snapshot)) { reader.description }
        }
        defer { folder.close() }
        let partitions = try reader.partitionFactory(keyWindowMilliseconds: Self.longestWindowMilliseconds)
        for partition in 0..<folder.description.partitions {
            let journal = Int(folder.description.journalNumber(partition: partition))
            let place = JournalPlace(folder, journal: journal, on: disk)
            let end = try reading { () throws(JournalError) in try settledEnd(place) }
            guard end > .start else {
                console.line("journal \(journal): empty, no snapshot")
                continue
            }
            let build = SnapshotBuild(place, upTo: end, clock: clock) { partitions.make(journal) }
            try reading { () throws(JournalError) in while try build.step() {} }
            guard let result = build.result else { continue }
            console.line(
                result.bytes == 0
                    ? "journal \(journal): the snapshot of position \(end) is there already"
                    : "journal \(journal): snapshot of position \(end), \(ToolText.bytes(Double(result.bytes)))"
            )
        }
    }

    /// No server remembers keys longer, so that none is forgotten here that a server would still know.
    private static var longestWindowMilliseconds: Int64 { 720 * 3_600_000 }

    /// Brings a journal into the state that an orderly stop leaves.
    ///
    /// - Returns: its end, everything before which is durable.
    private func settledEnd(_ place: JournalPlace<D>) throws(JournalError) -> JournalPosition {
        let newest = try place.snapshots.restoreNewest { (source) throws(JournalError) in try source.verify() }
        let opening = try Journal.open(
            disk: place.disk,
            directory: place.directory,
            journal: place.journal,
            from: newest.start,
            replay: { (_, _, _) throws(JournalError) in }
        )
        opening.writer.finish()
        return opening.report.end
    }
}

import Platform

/// A data folder or a backup that is only read: nothing is locked, and a server may be selling on it.
///
/// - Isolation: any thread.
public struct FolderReader<D: Disk>: Sendable {
    /// Where the folder is.
    public let path: String
    /// What the folder is.
    public let description: FolderDescription

    private let disk: D

    /// Reads what the folder `path` is.
    ///
    /// - Throws: `JournalError.system` where there is none, `damaged` or `newerFormat` where it cannot be read, `marked`
    ///   where a tool has left it unfinished.
    public init(disk: D, path: String) throws(JournalError) {
        let names = try onDisk { () throws(SystemError) in try disk.list(path) }
        guard names.contains(DataFolder<D>.descriptionName) else {
            let file = "\(path)/\(DataFolder<D>.descriptionName)"
            throw .damaged(file: file, offset: 0, reason: "it is missing: this is no data folder, or an unfinished one")
        }
        description = try DataFolder.read(disk, path)
        if case .unfinished(let tool) = description.mark { throw .marked(path, .unfinished(tool)) }
        let active = description.journals
        let retired = names.compactMap(DataFolder<D>.journalNumber).filter { $0 < active.lowerBound }
        journals = retired.sorted() + active
        self.disk = disk
        self.path = path
    }

    /// The numbers of its journals, ascending, the retired ones included.
    public let journals: [Int]

    /// What the journal with this number consists of now.
    ///
    /// - Throws: why it cannot be read.
    public func journal(_ number: Int) throws(JournalError) -> JournalView<D> {
        try JournalView(
            disk: disk,
            directory: "\(path)/\(DataFolder<D>.journalName(number))",
            journal: description.journalID(number),
            beginsWithSnapshot: description.beginsWithSnapshot(number)
        )
    }

    /// Whether another process has the folder.
    ///
    /// Tries its lock and gives it back at once: a server that starts in this very moment may be told that the folder is
    /// in use, so ask only where it matters.
    ///
    /// - Parameter holder: who asks.
    /// - Returns: whether somebody has it.
    public func isInUse(holder: String) -> Bool {
        guard let names = try? disk.list(path), names.contains("LOCK") else { return false }
        do {
            try DataFolder.lock(disk, "\(path)/LOCK", holder: holder).close()
        } catch JournalError.inUse(_) {
            return true
        } catch {
            // A folder that cannot be written to is nobody's who writes.
            return false
        }
        return false
    }
}

import Platform

/// A folder that a tool fills with the journals of another one: marked as unfinished until `finish`.
///
/// - Isolation: one thread.
public final class NewFolder<D: Disk> {
    /// Where the folder is.
    public let path: String

    private let disk: D
    private let description: FolderDescription
    private let lock: D.File

    /// Makes the folder, or takes an empty one that is there.
    ///
    /// - Parameters:
    ///   - disk: where the folder will be.
    ///   - path: the folder's; all but the last part of it must exist.
    ///   - holder: who makes it, for whoever comes second.
    ///   - tool: the name of the tool, for whoever finds the folder unfinished.
    ///   - description: what the folder will be.
    /// - Throws: `JournalError.notEmpty` where something is there already, `inUse` where another process makes it too.
    public init(
        disk: D,
        path: String,
        holder: String,
        tool: String,
        description: FolderDescription
    ) throws(JournalError) {
        self.disk = disk
        self.path = path
        self.description = description
        try onDisk { () throws(SystemError) in
            try disk.createDirectory(path)
            try disk.syncDirectory(DataFolder<D>.parent(path))
        }
        guard try onDisk({ () throws(SystemError) in try disk.list(path) }).allSatisfy({ $0 == "LOCK" }) else {
            throw .notEmpty(path)
        }
        lock = try DataFolder.lock(disk, "\(path)/LOCK", holder: holder)
        try onDisk { () throws(SystemError) in
            try DataFolder.write(disk, path, description.marked(.unfinished(tool)))
        }
    }

    /// Takes over a journal byte by byte, while it may be written to.
    ///
    /// - Parameters:
    ///   - source: a journal of the folder of which this one is a copy.
    ///   - number: its number.
    ///   - end: where the copy is to end: as `JournalView.read` has found it, or where a record starts.
    ///   - onBytes: told how many bytes were read, every now and then.
    /// - Throws: `JournalError.damaged` where the journal does not reach so far; check the copy for other damage.
    public func copy(
        _ source: JournalView<D>,
        number: Int,
        upTo end: JournalPosition,
        onBytes: (Int) -> Void
    ) throws(JournalError) {
        try JournalCopy(source: source, target: try makeDirectory(number)).run(upTo: end, onBytes)
    }

    /// Writes the records of a journal anew, as this folder's own: the same positions under its own id.
    ///
    /// - Parameters:
    ///   - source: the journal.
    ///   - number: its number, here and there.
    ///   - onBytes: told how many bytes were read, every now and then.
    ///   - isKept: called for each record; the first one that is not kept ends the new journal before it.
    /// - Returns: how many records were written, and where the last one ends.
    /// - Throws: `JournalError.damaged` where the source is, unless the new journal ends before.
    public func rewrite(
        _ source: JournalView<D>,
        number: Int,
        onBytes: (Int) -> Void,
        isKept: (JournalPosition, UInt8, Span<UInt8>) throws(JournalError) -> Bool
    ) throws(JournalError) -> (records: UInt64, end: JournalPosition) {
        let directory = try makeDirectory(number)
        let journal = description.journalID(number)
        return try source.rewrite(into: directory, as: journal, onBytes: onBytes, isKept)
    }

    /// What the journal with this number consists of.
    public func journal(_ number: Int) throws(JournalError) -> JournalView<D> {
        try JournalView(
            disk: disk,
            directory: "\(path)/\(DataFolder<D>.journalName(number))",
            journal: description.journalID(number),
            beginsWithSnapshot: description.beginsWithSnapshot(number)
        )
    }

    /// Makes the folder what it was to be; durable on return.
    public func finish() throws(JournalError) {
        try onDisk { () throws(SystemError) in
            try disk.syncDirectory(path)
            try DataFolder.write(disk, path, description)
        }
        close()
    }

    /// Gives the folder free, finished or not.
    public func close() {
        try? lock.close()
    }

    private func makeDirectory(_ number: Int) throws(JournalError) -> String {
        let directory = "\(path)/\(DataFolder<D>.journalName(number))"
        try onDisk { () throws(SystemError) in try disk.createDirectory(directory) }
        return directory
    }
}

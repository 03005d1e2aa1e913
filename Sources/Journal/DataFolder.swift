import Platform

/// The folder that holds everything a server keeps, locked against every other process as long as it is open.
///
/// ```
/// LOCK          locked; names the process that holds the folder
/// FOLDER        what the folder is: partitions, id, secret
/// journal-0000  the first partition's journal
/// ```
/// Journals with numbers below those of the partitions are retired: they are read and never written.
/// `FOLDER` is written last when a folder is made: without it the folder is unfinished and may be made anew, with it
/// every journal must be there.
///
/// - Isolation: any thread.
public final class DataFolder<D: Disk>: Sendable {
    /// Where the folder is.
    public let path: String
    /// What the folder is.
    ///
    /// It may have another number of partitions than asked for: the one it was made with.
    public let description: FolderDescription

    /// The numbers of the retired journals that are still there, ascending.
    public let retired: [Int]

    private let lock: D.File

    private init(path: String, description: FolderDescription, retired: [Int], lock: D.File) {
        self.path = path
        self.description = description
        self.retired = retired
        self.lock = lock
    }

    /// Opens the folder `path`, which must be there and finished.
    ///
    /// - Parameters:
    ///   - disk: where the folder is.
    ///   - path: the folder's.
    ///   - holder: who is opening it, for whoever comes second, for instance `process 1234`.
    /// - Returns: the folder, locked.
    /// - Throws: `JournalError.inUse` where another process has it, `damaged` or `newerFormat` where it cannot be used.
    public static func openFinished(disk: D, path: String, holder: String) throws(JournalError) -> DataFolder {
        guard try onDisk({ () throws(SystemError) in try disk.list(path) }).contains(descriptionName) else {
            let file = "\(path)/\(descriptionName)"
            throw .damaged(file: file, offset: 0, reason: "it is missing: this is no data folder, or an unfinished one")
        }
        let lock = try lock(disk, "\(path)/LOCK", holder: holder)
        return try open(disk, path, try onDisk { () throws(SystemError) in try disk.list(path) }, lock: lock)
    }

    /// Opens the folder `path`, and makes it if it is not there or was never finished.
    ///
    /// - Parameters:
    ///   - disk: where the folder is or will be.
    ///   - path: the folder's; all but the last part of it must exist.
    ///   - holder: who is opening it, for whoever comes second, for instance `process 1234`.
    ///   - limits: the sizes of the journals of a new folder.
    ///   - describe: called once for a new folder; brings in randomness and time.
    /// - Returns: the folder, locked.
    /// - Throws: `JournalError.inUse` where another process has it, `damaged` or `newerFormat` where it cannot be used.
    public static func open(
        disk: D,
        path: String,
        holder: String,
        limits: JournalLimits = JournalLimits(),
        describe: () -> FolderDescription
    ) throws(JournalError) -> DataFolder {
        try onDisk { () throws(SystemError) in
            try disk.createDirectory(path)
            try disk.syncDirectory(parent(path))
        }
        let lock = try lock(disk, "\(path)/LOCK", holder: holder)
        let names = try onDisk { () throws(SystemError) in try disk.list(path) }
        if names.contains(descriptionName) { return try open(disk, path, names, lock: lock) }
        let description = describe()
        try make(disk, path, names, description, limits)
        return DataFolder(path: path, description: description, retired: [], lock: lock)
    }

    /// Opens a finished folder that holds `names`.
    private static func open(
        _ disk: D,
        _ path: String,
        _ names: [String],
        lock: D.File
    ) throws(JournalError) -> DataFolder {
        let description = try read(disk, path)
        try refuseMark(description, path)
        for number in description.journals where !names.contains(journalName(number)) {
            let missing = "\(path)/\(journalName(number))"
            throw .damaged(file: missing, offset: 0, reason: "the journal is missing")
        }
        let numbers = names.compactMap(journalNumber).sorted()
        for number in numbers where number >= description.journals.upperBound {
            // What a repartition that was interrupted has left; with records in it the folder has an old description.
            let directory = "\(path)/\(journalName(number))"
            try Journal.clear(disk: disk, directory: directory, beginsWithSnapshot: true)
        }
        let retired = numbers.filter { $0 < description.firstJournal }
        return DataFolder(path: path, description: description, retired: retired, lock: lock)
    }

    /// The directory of a partition's journal.
    public func journalDirectory(partition: Int) -> String {
        journalDirectory(number: description.firstJournal + partition)
    }

    /// The directory of the journal with a number, retired or not.
    public func journalDirectory(number: Int) -> String {
        "\(path)/\(Self.journalName(number))"
    }

    /// The id of a partition's journal.
    public func journalID(partition: Int) -> JournalID {
        description.journalID(description.firstJournal + partition)
    }

    /// A reader of the journal with a number; a retired one has no appender to follow.
    public func reader(journal number: Int, on disk: D, following appender: JournalAppender?) -> JournalReader<D> {
        JournalReader(
            disk: disk,
            directory: journalDirectory(number: number),
            journal: description.journalID(number),
            following: appender
        )
    }

    /// Makes the empty journals of another number of partitions beside those that there are.
    ///
    /// Nothing is changed for the folder: until `adopt`, the next start clears them away.
    ///
    /// - Parameters:
    ///   - next: what the folder is to be: its description, `repartitioned`.
    ///   - disk: where the folder is.
    ///   - limits: the sizes of the journals.
    /// - Throws: what the disk said.
    public func makeJournals(of next: FolderDescription, on disk: D, limits: JournalLimits) throws(JournalError) {
        try Self.makeJournals(of: next, disk, path, limits)
    }

    /// Takes away what `makeJournals` has made, and what the journals begin with.
    public func discardJournals(of next: FolderDescription, on disk: D) throws(JournalError) {
        for number in next.journals {
            try Journal.clear(disk: disk, directory: journalDirectory(number: number), beginsWithSnapshot: true)
        }
    }

    /// Makes `next` what the folder is; its journals must hold all that they begin with.
    ///
    /// Whenever a crash comes, the folder is one or the other as a whole. This object stands for the one that it was: close
    /// it, and open the folder again.
    public func adopt(_ next: FolderDescription, on disk: D) throws(JournalError) {
        try onDisk { () throws(SystemError) in
            try disk.syncDirectory(path)
            try Self.write(disk, path, next)
        }
    }

    /// Gives the folder free for other processes.
    public func close() {
        try? lock.close()
    }

    static var descriptionName: String { "FOLDER" }
    private static var unfinishedName: String { "FOLDER.making" }
    private static var journalPrefix: String { "journal-" }
    /// No description is longer.
    private static var descriptionBytesMax: Int { 4_096 }

    static func journalName(_ number: Int) -> String {
        let digits = String(number)
        return journalPrefix + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// The number that a journal's directory has; nil where `name` is none's.
    static func journalNumber(_ name: String) -> Int? {
        guard let number = Int(name.dropFirst(journalPrefix.count)), name == journalName(number) else { return nil }
        return number
    }

    static func parent(_ path: String) -> String {
        let trimmed = path.reversed().drop { $0 == "/" }
        let parent = String(trimmed.drop { $0 != "/" }.reversed())
        return parent.isEmpty ? (path.hasPrefix("/") ? "/" : ".") : parent
    }

    static func lock(_ disk: D, _ path: String, holder: String) throws(JournalError) -> D.File {
        do {
            return try disk.openLocked(path, holder: holder)
        } catch  where error.isLocked {
            throw .inUse(error.subject)
        } catch {
            throw .system(error)
        }
    }

    /// A folder that is a copy, or not whole, is not for a server.
    private static func refuseMark(_ description: FolderDescription, _ path: String) throws(JournalError) {
        if let mark = description.mark { throw .marked(path, mark) }
    }

    static func read(_ disk: D, _ path: String) throws(JournalError) -> FolderDescription {
        let name = "\(path)/\(descriptionName)"
        let bytes = try onDisk { () throws(SystemError) in
            let file = try disk.open(name, .read)
            let bytes = try file.bytes(at: 0, count: descriptionBytesMax)
            try file.close()
            return bytes
        }
        return try FolderDescription(String(decoding: bytes, as: UTF8.self), file: name)
    }

    private static func make(
        _ disk: D,
        _ path: String,
        _ names: [String],
        _ description: FolderDescription,
        _ limits: JournalLimits
    ) throws(JournalError) {
        // Journals of an unfinished folder are emptied first, those that the new one does not need as well; one that
        // holds records is not of an unfinished folder, but of one that has lost its description.
        for name in names where name.hasPrefix(journalPrefix) {
            try Journal.clear(disk: disk, directory: "\(path)/\(name)")
        }
        try makeJournals(of: description, disk, path, limits)
        try onDisk { () throws(SystemError) in
            try disk.syncDirectory(path)
            try write(disk, path, description)
        }
    }

    private static func makeJournals(
        of description: FolderDescription,
        _ disk: D,
        _ path: String,
        _ limits: JournalLimits
    ) throws(JournalError) {
        for number in description.journals {
            let directory = "\(path)/\(journalName(number))"
            try onDisk { () throws(SystemError) in try disk.createDirectory(directory) }
            try Journal.create(
                disk: disk,
                directory: directory,
                journal: description.journalID(number),
                limits: limits
            )
        }
    }

    /// Makes `description` the folder's; durable on return.
    static func write(_ disk: D, _ path: String, _ description: FolderDescription) throws(SystemError) {
        let unfinished = "\(path)/\(unfinishedName)"
        let file = try disk.createAnew(unfinished)
        try file.writeFully(Array(description.text.utf8).span, at: 0)
        try file.sync()
        try file.close()
        try disk.rename(unfinished, to: "\(path)/\(descriptionName)")
        try disk.syncDirectory(path)
    }
}

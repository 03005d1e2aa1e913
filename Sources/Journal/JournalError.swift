import Platform

/// Why a journal or data folder cannot be opened or read.
///
/// The fitting answer to all but `noRecord` is not to start.
public enum JournalError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The file holds what no crash can leave; nothing was changed. Unit of the offset: bytes from the file's start.
    case damaged(file: String, offset: UInt64, reason: String)
    /// The file was written by a later version of the program.
    case newerFormat(file: String, format: UInt32, writer: String)
    /// The file was written by an earlier version of the program, in a format that this one does not read any more.
    case olderFormat(file: String, format: UInt32, writer: String)
    /// The file belongs to another journal.
    case foreign(file: String)
    /// Another process has the data folder.
    case inUse(String)
    /// No record starts there, it cannot be read, or it is not durable yet.
    case noRecord(at: JournalPosition)
    /// The caller asked a long work to stop.
    case stopped
    /// The callback of a replay did not accept a record.
    case refused(at: JournalPosition, reason: String)
    /// The folder is none that a server may work on.
    case marked(String, FolderDescription.Mark)
    /// A new folder should be made where something is already.
    case notEmpty(String)
    /// The operating system refused.
    case system(SystemError)

    /// One line for the operator.
    public var description: String {
        switch self {
        case .damaged(let file, let offset, let reason):
            "\(file) is damaged at byte \(offset): \(reason)"
        case .newerFormat(let file, let format, let writer):
            "\(file) has format \(format), written by \(writer): a later one than this build reads"
        case .olderFormat(let file, let format, let writer):
            "\(file) has format \(format), written by \(writer): an earlier one than this build reads"
        case .foreign(let file):
            "\(file) belongs to another journal"
        case .inUse(let lock):
            "the data folder is in use: \(lock)"
        case .noRecord(let position):
            "there is no record at position \(position)"
        case .stopped:
            "stopped before it was done"
        case .refused(let position, let reason):
            "the record at position \(position) does not fit what came before it: \(reason)"
        case .marked(let path, .backup(_)):
            "\(path) is a backup: `stockkeeper journal restore \(path) TARGET` makes a data folder of it"
        case .marked(let path, .unfinished(let tool)):
            "\(path) was left unfinished by `stockkeeper journal \(tool)`: remove it and run that again"
        case .notEmpty(let path):
            "\(path) is there already and not empty; nothing was changed"
        case .system(let error):
            error.description
        }
    }
}

/// Why a journal takes no more records.
///
/// There is no way back but to open it again.
public enum JournalFault: Error, Hashable, Sendable {
    /// A write or sync failed with this `errno`: what reached the disk is unknown, so nothing is acknowledged any more.
    case poisoned(Int32)
    /// The file system is full. Opening the journal again, with room, goes on.
    case full
    /// A later writer has taken the journal over.
    case fenced
}

/// Runs disk operations and turns what they throw into `JournalError`.
func onDisk<Result: ~Copyable>(_ body: () throws(SystemError) -> Result) throws(JournalError) -> Result {
    do {
        return try body()
    } catch {
        throw .system(error)
    }
}

/// How the process ends; the numbers are those of `sysexits.h` where it has one.
public enum ExitCode: Int32, CaseIterable, Sendable {
    /// Done, or stopped by SIGTERM or SIGINT and drained.
    case success = 0
    /// `journal verify`: sound, but for what a crash tore off the end.
    case tornTail = 3
    /// The command line is wrong.
    case usage = 64
    /// A journal is damaged, or the data folder is not one of this version's, or none to work on.
    case dataDamaged = 65
    /// What a tool should read is not there.
    case inputMissing = 66
    /// The address cannot be listened on.
    case addressUnavailable = 69
    /// A mistake in the program.
    case `internal` = 70
    /// A tool's new folder cannot be made.
    case targetUnavailable = 73
    /// The disk refuses.
    case inputOutput = 74
    /// Another server has the data folder.
    case dataInUse = 75
    /// The configuration is wrong.
    case configuration = 78
    /// A second SIGINT.
    case interrupted = 130
    /// A second SIGTERM.
    case terminated = 143

    /// The meaning, as it stands in help.
    public var meaning: String {
        switch self {
        case .success: "done; or stopped by SIGTERM or SIGINT, and every answer given is on disk"
        case .usage: "the command line is wrong"
        case .tornTail: "journal verify: sound, but for what a crash tore off the end; the next start cuts it off"
        case .dataDamaged:
            "a journal is damaged, or the data folder is of another version, a backup or unfinished: nothing was changed"
        case .inputMissing: "a journal tool: the folder or the order that it should read is not there"
        case .addressUnavailable: "the address cannot be listened on (in use, not allowed, or not of this machine)"
        case .internal: "a mistake in the program"
        case .targetUnavailable: "a journal tool: the new folder cannot be made, or is not empty"
        case .inputOutput: "a file or the disk refuses"
        case .dataInUse: "another server uses the data folder; try again when it has gone"
        case .configuration: "the configuration is wrong"
        case .interrupted: "a second SIGINT while draining: stopped at once (recovery at the next start)"
        case .terminated: "a second SIGTERM while draining: stopped at once (recovery at the next start)"
        }
    }
}

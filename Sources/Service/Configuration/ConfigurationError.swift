/// Why the server does not start: where the value stands, which setting it is, and what is wrong with it.
public struct ConfigurationError: Error, Equatable, CustomStringConvertible {
    /// Where the value was set.
    public let origin: SettingOrigin
    /// The setting, as the file names it, or the unknown name as it was given; empty where the file is not readable.
    public let key: String
    /// What is wrong, and what would be right.
    public let reason: String

    /// For example `shop.json5:12: journal.segment_byte: there is no such setting; did you mean journal.segment_bytes?`.
    public var description: String {
        key.isEmpty ? "\(origin): \(reason)" : "\(origin): \(key): \(reason)"
    }

    /// How the process ends for it: a wrong value of an option is a wrong command line.
    public var exitCode: ExitCode {
        switch origin {
        case .option: .usage
        case .standard, .file, .environment: .configuration
        }
    }
}

/// Where a setting's value comes from.
public enum SettingOrigin: Equatable, Sendable, CustomStringConvertible {
    /// Nobody set it.
    case standard
    /// A line of the configuration file; line 0 is the file as a whole.
    case file(String, line: Int)
    /// A variable of the environment.
    case environment(String)
    /// An option of the command line.
    case option(String)

    /// For example `shop.json5:12`, `STOCKKEEPER_LISTEN in the environment` or `--listen`.
    public var description: String {
        switch self {
        case .standard: "default"
        case .file(let path, 0): path
        case .file(let path, let line): "\(path):\(line)"
        case .environment(let name): "\(name) in the environment"
        case .option(let name): name
        }
    }
}

import HTTP

/// What the command line asks for.
public enum Command: Equatable, Sendable {
    /// Serve until told to stop.
    case serve(ServeOptions)
    /// Look into a data folder, or copy one.
    case journal(JournalCommand)
    /// Make a token for a caller.
    case newCredential(name: String, ScopeSet)
    /// Print a help text.
    case help(HelpTopic)
    /// Print the version.
    case version
}

/// The options of `serve`, not yet judged: `ServerConfiguration.load` does that.
public struct ServeOptions: Equatable, Sendable {
    /// `--config`.
    public var configurationFile: String?
    /// What was given for settings, by their path.
    public var values: [String: String] = [:]

    /// No options.
    public init() {}
}

/// A command line that asks for nothing the program knows; exit code `usage`.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    /// What is wrong, with a suggestion where there is one.
    public let description: String
}

/// Reads command lines.
public enum CommandLineOptions {
    static let commands = ["serve", "journal", "credential", "help"]
    static let configuration = "--config"

    /// The command that `arguments`, without the program's name, ask for.
    public static func parse(_ arguments: [String]) throws(UsageError) -> Command {
        let rest = arguments.dropFirst()
        switch arguments.first {
        case "serve": return try parseServe(rest)
        case "journal": return try JournalCommand.parse(rest)
        case "credential": return try CredentialCommand.parse(rest)
        case "help", "--help", "-h": return .help(try topic(rest))
        case "--version": return .version
        case nil: throw UsageError(description: "a command is missing: try \(Product.name) serve")
        case let unknown?:
            let names = commands + ["--help", "--version"]
            throw UsageError(description: "there is no command \(unknown)" + NearestName.hint(unknown, among: names))
        }
    }

    private static func topic(_ arguments: ArraySlice<String>) throws(UsageError) -> HelpTopic {
        switch arguments.first {
        case nil: return .overview
        case "serve": return .serve
        case "credential": return .credential
        case "journal":
            guard let name = arguments.dropFirst().first else { return .journal }
            if let tool = JournalTool(rawValue: name) { return .tool(tool) }
            let hint = NearestName.hint(name, among: JournalTool.allCases.map(\.rawValue))
            throw UsageError(description: "journal has no tool \(name)" + hint)
        case let unknown?:
            let hint = NearestName.hint(unknown, among: commands)
            throw UsageError(description: "there is no command \(unknown)" + hint)
        }
    }

    private static func parseServe(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        var options = ServeOptions()
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return .help(.serve) }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            var value = parts.count > 1 ? String(parts[1]) : nil
            if name == configuration {
                try add(try given(value, to: name, &rest), to: &options.configurationFile, name)
            } else {
                let setting = try setting(of: name)
                // A flag needs no value, so it never takes the next argument for one.
                if case .flag = setting.form { value = value ?? "true" }
                try add(try given(value, to: name, &rest), to: &options.values[setting.path], name)
            }
        }
        return .serve(options)
    }

    private static func setting(of name: String) throws(UsageError) -> Setting {
        guard name.hasPrefix("-") else {
            throw UsageError(description: "serve takes options only, and \"\(name)\" is none")
        }
        guard let setting = Setting.all.first(where: { $0.option == name }) else {
            let names = Setting.all.compactMap(\.option) + [configuration, "--help"]
            throw UsageError(description: "serve has no option \(name)" + NearestName.hint(name, among: names))
        }
        return setting
    }

    /// The value behind the equals sign, or else the next argument.
    private static func given(
        _ value: String?,
        to name: String,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) -> String {
        if let value { return value }
        guard let value = rest.first, !value.hasPrefix("--") else {
            throw UsageError(description: "\(name) needs a value: \(name) VALUE or \(name)=VALUE")
        }
        rest.removeFirst()
        return value
    }

    private static func add(_ value: String, to place: inout String?, _ name: String) throws(UsageError) {
        guard place == nil else { throw UsageError(description: "\(name) stands twice") }
        place = value
    }
}

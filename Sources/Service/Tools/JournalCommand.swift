import Journal

/// What the command line asks of the tools of `stockkeeper journal`.
public enum JournalCommand: Equatable, Sendable {
    /// Check a folder, and with `replays` that its records follow from each other.
    case verify(folder: String, replays: Bool)
    /// Print records.
    case inspect(folder: String, InspectOptions)
    /// Print states.
    case replay(folder: String, ReplayOptions)
    /// Make a snapshot.
    case snapshot(folder: String)
    /// Change the number of a folder's partitions.
    case repartition(folder: String, RepartitionOptions)
    /// Copy a folder.
    case backup(folder: String, target: String)
    /// Make a data folder of a backup.
    case restore(backup: String, target: String, until: CutOff)
}

/// Which records `inspect` prints, and how.
public struct InspectOptions: Equatable, Sendable {
    var sku: String?
    var buyer: String?
    var order: String?
    var journal: Int?
    var from: JournalPosition = .start
    var to = JournalPosition(rawValue: .max)
    var limit = Int.max
    var isJSON = false
}

/// Which states `replay` prints, and how.
public struct ReplayOptions: Equatable, Sendable {
    var at: CutOff = .end
    var sku: String?
    var isJSON = false
}

extension JournalCommand {
    /// The command that the arguments behind `journal` ask for.
    static func parse(_ arguments: ArraySlice<String>) throws(UsageError) -> Command {
        let names = JournalTool.allCases.map(\.rawValue)
        guard let name = arguments.first else {
            throw UsageError(description: "journal needs a tool: \(names.joined(separator: ", "))")
        }
        if name == "--help" || name == "-h" { return .help(.journal) }
        guard let tool = JournalTool(rawValue: name) else {
            throw UsageError(description: "journal has no tool \(name)" + NearestName.hint(name, among: names))
        }
        guard let given = try ToolArguments(tool, arguments.dropFirst()) else { return .help(.tool(tool)) }
        return .journal(try command(tool, given))
    }

    private static func command(_ tool: JournalTool, _ given: ToolArguments) throws(UsageError) -> JournalCommand {
        switch tool {
        case .verify:
            .verify(folder: given.positional[0], replays: given.isOn("--replay"))
        case .inspect:
            .inspect(folder: given.positional[0], try InspectOptions(given))
        case .replay:
            .replay(
                folder: given.positional[0],
                ReplayOptions(
                    at: try CutOff(given.all("--at"), option: "--at"),
                    sku: given.text("--sku"),
                    isJSON: given.isOn("--json")
                )
            )
        case .snapshot:
            .snapshot(folder: given.positional[0])
        case .repartition:
            .repartition(folder: given.positional[0], try RepartitionOptions(given))
        case .backup:
            .backup(folder: given.positional[0], target: given.positional[1])
        case .restore:
            .restore(
                backup: given.positional[0],
                target: given.positional[1],
                until: try CutOff(given.all("--until"), option: "--until")
            )
        }
    }
}

extension InspectOptions {
    fileprivate init(_ given: ToolArguments) throws(UsageError) {
        sku = given.text("--sku")
        buyer = given.text("--buyer")
        order = given.text("--order")
        journal = try given.number("--journal", 0...Int(UInt16.max))
        from = try given.position("--from") ?? from
        to = try given.position("--to") ?? to
        limit = try given.number("--limit", 1...Int.max) ?? limit
        isJSON = given.isOn("--json")
        if order != nil, journal != nil || given.text("--from") != nil || given.text("--to") != nil {
            throw UsageError(description: "--order says where its record is: it goes with no journal or position")
        }
    }
}

extension RepartitionOptions {
    fileprivate init(_ given: ToolArguments) throws(UsageError) {
        guard let partitions = try given.number("--partitions", 1...FolderDescription.partitionsMax) else {
            throw UsageError(description: "--partitions is missing: how many partitions are there to be?")
        }
        self.partitions = partitions
        configurationFile = given.text("--config")
    }
}

/// The arguments behind a tool's name, sorted by its table of options.
struct ToolArguments {
    private(set) var positional: [String] = []
    private var values: [String: [String]] = [:]

    /// Sorts the arguments; nil where they ask for help.
    init?(_ tool: JournalTool, _ arguments: ArraySlice<String>) throws(UsageError) {
        var rest = arguments
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return nil }
            guard argument.hasPrefix("-"), argument != "-" else {
                positional.append(argument)
                continue
            }
            try add(argument, tool, &rest)
        }
        let expected = tool.form.arguments
        guard positional.count == expected.count else {
            throw UsageError(
                description: positional.count < expected.count
                    ? "\(expected[positional.count]) is missing: \(tool.usage)"
                    : "\"\(positional[expected.count])\" is too much: \(tool.usage)"
            )
        }
    }

    private mutating func add(
        _ argument: String,
        _ tool: JournalTool,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0])
        guard let option = tool.form.options.first(where: { $0.name == name }) else {
            let names = tool.form.options.map(\.name) + ["--help"]
            let hint = NearestName.hint(name, among: names)
            throw UsageError(description: "journal \(tool.rawValue) has no option \(name)" + hint)
        }
        var value = parts.count > 1 ? String(parts[1]) : nil
        if option.placeholder.isEmpty {
            guard value == nil else { throw UsageError(description: "\(name) takes no value") }
            value = ""
        }
        guard let value = value ?? rest.popFirst() else {
            throw UsageError(description: "\(name) needs a value: \(name) \(option.placeholder)")
        }
        guard values[name] == nil || option.isRepeatable else {
            throw UsageError(description: "\(name) stands twice")
        }
        values[name, default: []].append(value)
    }

    func isOn(_ name: String) -> Bool { values[name] != nil }

    func all(_ name: String) -> [String] { values[name] ?? [] }

    func text(_ name: String) -> String? { values[name]?.first }

    func number(_ name: String, _ range: ClosedRange<Int>) throws(UsageError) -> Int? {
        guard let text = text(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            let upTo = range.upperBound == .max ? "" : " to \(range.upperBound)"
            throw UsageError(
                description: "\(name) must be a number from \(range.lowerBound)\(upTo), and \(text) is none"
            )
        }
        return number
    }

    func position(_ name: String) throws(UsageError) -> JournalPosition? {
        guard let text = text(name) else { return nil }
        guard let number = UInt64(text) else {
            throw UsageError(description: "\(name) must be a position, a number of bytes, and \(text) is none")
        }
        return JournalPosition(rawValue: number)
    }
}

extension JournalTool {
    /// How it is called, in one line.
    var usage: String {
        let arguments = form.arguments.map { " \($0)" }.joined()
        return "\(Product.name) journal \(rawValue)\(arguments)" + (form.options.isEmpty ? "" : " [OPTIONS]")
    }
}

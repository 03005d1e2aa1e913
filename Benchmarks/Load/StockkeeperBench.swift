import Foundation

/// The program: finds the command and turns its error into an exit code.
@main
enum StockkeeperBench {
    private static let commands = [
        LoadCommand.command, SaleCommand.command, RecoveryCommand.command, SnapshotCommand.command,
        VerifyCommand.command, IdleCommand.command, EventsCommand.command, FeedCommand.command,
        GeneratorCommand.command,
    ]

    static func main() {
        Interruption.watch()
        allowManyDescriptors()
        do {
            try run(Array(CommandLine.arguments.dropFirst()))
        } catch {
            FileHandle.standardError.write(Data("stockkeeper-bench: \(error)\n".utf8))
            exit(error.exitCode)
        }
    }

    private static func run(_ words: [String]) throws(BenchError) {
        guard let name = words.first, !["--help", "-h", "help"].contains(name) else {
            say(overview)
            return
        }
        guard let command = commands.first(where: { $0.name == name }) else {
            throw .usage("unknown command '\(name)'; there are \(commands.map(\.name).joined(separator: ", "))")
        }
        if words.contains("--help") || words.contains("-h") {
            say(command.help)
            return
        }
        try command.run(try Options(command.options, Array(words.dropFirst())))
    }

    /// Shells commonly allow 1,024 open files, which is fewer than the connections of some scenarios; the programs
    /// started from here inherit the higher limit.
    private static func allowManyDescriptors() {
        var limit = rlimit()
        // SAFETY: both calls only touch the local structure.
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = min(limit.rlim_max, 65_536)
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    private static var overview: String {
        let lines = commands.map { "  " + $0.name.padded(to: 12) + $0.brief }
        return """
            Usage: stockkeeper-bench <command> [options]

            Commands:
            \(lines.joined(separator: "\n"))

            Each command has its own --help.
            \(BenchError.exitCodes)
            """
    }
}

/// Writes a line to standard output at once, so that a long command can be followed through a pipe.
func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
}

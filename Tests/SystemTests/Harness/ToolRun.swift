import Foundation
import Synchronization

/// One run of `stockkeeper journal`, or of another program that ends by itself, to its end.
struct ToolRun: Sendable {
    let exit: Exit
    /// What it printed on standard output.
    let output: String
    /// What it printed on standard error.
    let errors: String

    private static let count = Atomic<Int>(0)

    /// Runs a tool with these arguments.
    init(_ arguments: String...) throws {
        try self.init(TestRun.executable("stockkeeper"), ["journal"] + arguments)
    }

    /// Runs the tool at the beginning of a pipe of the shell, as `inspect DIR | head -1`; the exit is the tool's.
    init(shell line: String) throws {
        let stockkeeper = try TestRun.executable("stockkeeper")
        try self.init("/bin/bash", ["-c", "set -o pipefail; '\(stockkeeper)' journal \(line)"])
    }

    /// Runs a tool of a program that makes small segments, as the servers of the tests do.
    init(_ program: Program, options: [String] = [], _ arguments: String...) throws {
        let path = try TestRun.executable(program.rawValue)
        try self.init(path, options + ["journal"] + arguments, environment: ServerOptions.smallSegments)
    }

    /// Runs any program.
    init(_ path: String, _ arguments: [String], environment: [String: String] = [:]) throws {
        let number = Self.count.add(1, ordering: .relaxed).newValue
        let errors = "\(Reaper.shared.root)/tool-\(number)"
        defer { try? FileManager.default.removeItem(atPath: errors) }
        let process = try ChildProcess(path, arguments, environment: environment, errors: errors)
        exit = try process.waitForExit(seconds: 60)
        output = process.output
        self.errors = (try? String(contentsOfFile: errors, encoding: .utf8)) ?? ""
    }

    /// The lines of the output, each of them JSON.
    func json() throws -> [JSON] {
        try output.split(separator: "\n").map { try JSON(Array($0.utf8)) }
    }
}

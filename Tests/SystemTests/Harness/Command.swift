/// A program of the system that a test uses beside the server.
enum Command {
    /// Runs it to its end.
    ///
    /// - Throws: what it printed on standard error, where it did not end with 0.
    static func run(_ words: [String], in folder: DataFolder) throws {
        let process = try ChildProcess(
            "/usr/bin/env",
            words,
            environment: ["PATH": "/usr/sbin:/usr/bin:/sbin:/bin"],
            errors: folder.errors
        )
        let exit = try process.waitForExit(seconds: 30)
        guard exit == .code(0) else {
            throw HarnessFailure("\(words.joined(separator: " ")): \(exit) \(folder.errorText.suffix(500))")
        }
    }
}

import Journal
import Platform

/// Why a tool has ended early.
struct ToolError: Error {
    /// How the process ends for it.
    let exitCode: ExitCode
    /// One line for the operator; nil where everything was said, or nobody listens any more.
    let text: String?

    init(_ exitCode: ExitCode, _ text: String?) {
        self.exitCode = exitCode
        self.text = text
    }

    /// What was found while a folder was read.
    init(_ error: JournalError) {
        switch error {
        case .system(let cause) where cause.isMissingFile: self.init(.inputMissing, error.description)
        case .system(_): self.init(.inputOutput, error.description)
        case .inUse(_): self.init(.dataInUse, error.description)
        case .notEmpty(_): self.init(.targetUnavailable, error.description)
        case .noRecord(_): self.init(.inputMissing, error.description)
        case .damaged, .newerFormat, .olderFormat, .foreign, .refused, .stopped, .marked:
            self.init(.dataDamaged, error.description)
        }
    }
}

/// Runs what reads a folder, and turns what it throws into the tool's end.
func reading<Result>(_ body: () throws(JournalError) -> Result) throws(ToolError) -> Result {
    do throws(JournalError) {
        return try body()
    } catch {
        throw ToolError(error)
    }
}

import Foundation
import Platform
import Synchronization

/// Why a command ended without success; each case has an exit code of its own.
enum BenchError: Error, CustomStringConvertible {
    /// What was measured is wrong: the books do not balance, a bound is exceeded, a goal is missed.
    case failed(String)
    /// The command line makes no sense.
    case usage(String)
    /// The measurement could not be made: no server, no connection, no tool.
    case cannotRun(String)
    /// Ctrl-C.
    case interrupted

    var exitCode: Int32 {
        switch self {
        case .failed: 1
        case .usage: 2
        case .cannotRun: 3
        case .interrupted: 130
        }
    }

    var description: String {
        switch self {
        case .failed(let reason), .usage(let reason), .cannotRun(let reason): reason
        case .interrupted: "interrupted"
        }
    }

    static let exitCodes = """
        Exit codes: 0 done; 1 what was measured is wrong; 2 bad command line; 3 could not measure; 130 interrupted.
        """
}

/// Ctrl-C and SIGTERM, noted here and looked at between steps.
///
/// So servers are stopped and folders removed on the way out. A second signal ends the process at once.
enum Interruption {
    private static let noted = Atomic<Bool>(false)

    static func watch() {
        for number in [SIGINT, SIGTERM] {
            // The handler only stores an atomic and resets itself: both are safe inside a signal.
            _ = signal(number) { number in
                Interruption.noted.store(true, ordering: .relaxed)
                _ = signal(number, SIG_DFL)
            }
        }
    }

    /// - Throws: `interrupted` once a signal has come.
    static func check() throws(BenchError) {
        if noted.load(ordering: .relaxed) { throw .interrupted }
    }
}

/// Runs a step on the platform, and says what it was for when it fails.
func attempt<Result: ~Copyable>(
    _ purpose: String,
    _ step: () throws(SystemError) -> Result
) throws(BenchError) -> Result {
    do {
        return try step()
    } catch {
        throw .cannotRun("\(purpose): \(error)")
    }
}

import Platform
import Synchronization

/// Runs `body` on `count` threads at once, each with its number, and waits for all of them.
///
/// - Returns: what they returned, by number.
/// - Throws: the first error by number, once all have ended; or that a thread could not be started.
func inParallel<Outcome: Sendable>(
    _ count: Int,
    _ body: @escaping @Sendable (Int) throws -> Outcome
) throws -> [Outcome] {
    let outcomes = Outcomes<Outcome>()
    var threads: [NativeThread] = []
    defer { for thread in threads { thread.join() } }
    for number in 0..<count {
        threads.append(
            try NativeThread(name: "client-\(number)") {
                outcomes.add(number, Result { try body(number) })
            }
        )
    }
    for thread in threads { thread.join() }
    threads = []
    return try (0..<count).map { try outcomes.at($0).get() }
}

private final class Outcomes<Outcome: Sendable>: Sendable {
    private let byNumber = Mutex<[Int: Result<Outcome, any Error>]>([:])

    func add(_ number: Int, _ outcome: Result<Outcome, any Error>) {
        byNumber.withLock { $0[number] = outcome }
    }

    func at(_ number: Int) -> Result<Outcome, any Error> {
        byNumber.withLock { $0[number] } ?? .failure(HarnessFailure("thread \(number) left no outcome"))
    }
}

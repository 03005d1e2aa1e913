import Platform
import Synchronization

/// Runs a plan on its threads and adds up what they counted.
enum Load {
    /// - Throws: `cannotRun` where the server cannot be reached, `interrupted`.
    static func run(_ plan: LoadPlan) throws(BenchError) -> LoadResult {
        if plan.threads == 1 { return try runThread(plan, 0) }
        let outcomes = Outcomes()
        var threads: [NativeThread] = []
        for thread in 0..<plan.threads {
            threads.append(
                try attempt("a thread") { () throws(SystemError) in
                    try NativeThread(name: "load-\(thread)") {
                        outcomes.add { () throws(BenchError) in
                            try runThread(plan, thread)
                        }
                    }
                }
            )
        }
        for thread in threads { thread.join() }
        return try outcomes.total()
    }

    private static func runThread(_ plan: LoadPlan, _ thread: Int) throws(BenchError) -> LoadResult {
        var generator = try Generator(plan, thread: thread)
        return try generator.run()
    }
}

/// The results of several threads.
///
/// - Isolation: any thread.
final class Outcomes: Sendable {
    private let results = Mutex<[Result<LoadResult, BenchError>]>([])

    func add(_ body: () throws(BenchError) -> LoadResult) {
        let result: Result<LoadResult, BenchError>
        do {
            result = .success(try body())
        } catch {
            result = .failure(error)
        }
        results.withLock { $0.append(result) }
    }

    func total() throws(BenchError) -> LoadResult {
        var total = LoadResult()
        for result in results.withLock({ $0 }) { total.add(try result.get()) }
        return total
    }
}

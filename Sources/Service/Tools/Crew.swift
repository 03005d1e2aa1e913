import Platform
import Synchronization

/// Does numbered pieces of work on several threads at once.
enum Crew {
    private final class State: Sendable {
        let next = Atomic<Int>(0)
    }

    /// Calls `body` once for each number below `count`, in no particular order, and waits for all of them.
    ///
    /// - Throws: where the machine refuses even one thread.
    static func work(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) throws(ToolError) {
        let state = State()
        var threads: [NativeThread] = []
        do throws(SystemError) {
            for _ in 0..<min(count, max(1, ServerCapacity.cores)) {
                threads.append(
                    try NativeThread(name: "tool") {
                        while true {
                            let number = state.next.add(1, ordering: .relaxed).oldValue
                            guard number < count else { return }
                            body(number)
                        }
                    }
                )
            }
        } catch {
            if threads.isEmpty && count > 0 { throw ToolError(.internal, error.description) }
        }
        for thread in threads { thread.join() }
    }
}

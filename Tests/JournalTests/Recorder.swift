import Synchronization

/// Values noted on any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let noted = Mutex<[Value]>([])

    func add(_ value: Value) {
        noted.withLock { $0.append(value) }
    }

    var values: [Value] { noted.withLock { $0 } }
}

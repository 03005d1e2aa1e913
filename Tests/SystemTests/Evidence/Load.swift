import Synchronization

/// Many clients at once on keep-alive connections; each thread drives several of them, so that all connections have a
/// request in flight all the time.
struct Load: Sendable {
    var threads = 4
    var connectionsPerThread = 8
    var requestsPerConnection = 25
    /// How long a client waits for an answer before it gives up.
    var timeoutSeconds = 15.0
    /// What the request with this number asks for; numbers are dense from 0.
    let purchase: @Sendable (Int) -> Purchase

    var count: Int { threads * connectionsPerThread * requestsPerConnection }

    /// Runs all of it, or until the server is gone; calls `kill` once there are `killAfter` answers.
    ///
    /// What comes back is every purchase that was sent, with what its client was told.
    func run(
        port: UInt16,
        killAfter: Int = .max,
        kill: @escaping @Sendable () -> Void = {}
    ) throws -> [Attempt] {
        let bell = AnswerBell(at: killAfter, kill)
        return try inParallel(threads) { thread in try drive(thread, port, bell) }.flatMap { $0 }
    }

    private func drive(_ thread: Int, _ port: UInt16, _ bell: AnswerBell) throws -> [Attempt] {
        var attempts: [Attempt] = []
        // A server that is already gone is nothing that this client can tell anything about.
        guard let connections = try? connect(port) else { return attempts }
        for turn in 0..<requestsPerConnection {
            let purchases = connections.indices.map { purchase(number(thread, $0, turn)) }
            for (connection, purchase) in zip(connections, purchases) { try? connection.send(purchase.request) }
            for (connection, purchase) in zip(connections, purchases) {
                let outcome = try answer(connection)
                attempts.append(Attempt(purchase: purchase, outcome: outcome ?? .unknown))
                if outcome != nil { bell.ring() }
            }
            if attempts.suffix(connections.count).contains(where: { $0.outcome == .unknown }) { break }
        }
        return attempts
    }

    /// The answer that is next; nil when the connection ended without.
    private func answer(_ connection: TestConnection) throws -> Outcome? {
        guard let response = try? connection.receive() else { return nil }
        return try Outcome(response)
    }

    private func connect(_ port: UInt16) throws -> [TestConnection] {
        try (0..<connectionsPerThread).map { _ in try TestConnection(port: port, timeoutSeconds: timeoutSeconds) }
    }

    private func number(_ thread: Int, _ connection: Int, _ turn: Int) -> Int {
        (turn * threads + thread) * connectionsPerThread + connection
    }
}

/// Calls `action` once, when it has been rung as often as it was told.
final class AnswerBell: Sendable {
    private let count = Atomic<Int>(0)
    private let last: Int
    private let action: @Sendable () -> Void

    init(at last: Int, _ action: @escaping @Sendable () -> Void) {
        self.last = last
        self.action = action
    }

    func ring() {
        if count.add(1, ordering: .relaxed).newValue == last { action() }
    }
}

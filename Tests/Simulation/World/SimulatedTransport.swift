import Platform
import Service

/// One loop's view of the simulated network: what its epoll and its sockets would be.
///
/// - Isolation: a simulation is one thread.
final class SimulatedTransport: Transport, @unchecked Sendable {
    // SAFETY: a simulation is one thread.
    private let network: SimulatedNetwork
    private var listenerToken: UInt64?
    /// Connections that have news for this loop.
    private var queued: [Wire] = []

    init(_ network: SimulatedNetwork) {
        self.network = network
    }

    /// Whether a turn would find something.
    var hasNews: Bool { !queued.isEmpty || (listenerToken != nil && network.hasBacklog) }

    func queue(_ wire: Wire) { queued.append(wire) }

    /// Takes some of what is ready, as chance has it, or all.
    func takeReady(_ chance: Chance) -> [(token: UInt64, readiness: Readiness)] {
        var ready: [(token: UInt64, readiness: Readiness)] = []
        if let token = listenerToken, network.hasBacklog, chance.percent(80) { ready.append((token, .readable)) }
        let takesAll = chance.percent(70)
        var kept: [Wire] = []
        for wire in queued {
            guard takesAll || chance.oneIn(2) else {
                kept.append(wire)
                continue
            }
            guard let watcher = wire.watcher, watcher.loop === self else { continue }
            ready.append((watcher.token, wire.takeNews()))
        }
        queued = kept
        return ready
    }

    // MARK: - Transport

    func watchListener(token: UInt64) throws(SystemError) { listenerToken = token }
    func unwatchListener() { listenerToken = nil }
    func accept() throws(SystemError) -> Int32? { network.accept()?.number }

    func peer(of connection: Int32) -> IPAddress? { nil }

    func isOperators(_ connection: Int32) -> Bool { false }

    func watch(_ connection: Int32, token: UInt64) throws(SystemError) {
        wire(connection).watch(self, token: token)
    }

    func read(_ connection: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        unsafe wire(connection).read(into: buffer, twice: network.handsOverTwice)
    }

    func write(_ connection: Int32, _ buffer: UnsafeRawBufferPointer) -> Transfer {
        network.hasArrivals = true
        return unsafe wire(connection).write(buffer)
    }

    func endWriting(_ connection: Int32) {
        network.hasArrivals = true
        wire(connection).serverEnded()
    }
    func close(_ connection: Int32) { network.release(wire(connection)) }

    private func wire(_ connection: Int32) -> Wire { network.wires[Int(connection)] }
}

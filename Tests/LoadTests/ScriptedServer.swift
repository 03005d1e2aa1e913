import Platform
import Synchronization

/// A server on a free port that answers each request as a script says, in pieces of a given size.
///
/// - Isolation: any thread; the script runs on the server's own.
final class ScriptedServer: Sendable {
    /// What to send for a request (its text up to the end of its body); nil closes the connection.
    typealias Script = @Sendable (String) -> String?

    let address: SocketAddress
    private let doorbell: Doorbell
    private let isStopping = Atomic<Bool>(false)
    private let thread = Mutex<NativeThread?>(nil)

    init(pieceBytes: Int = .max, _ script: @escaping Script) throws {
        let listener = try Socket.listen(SocketAddress(host: "127.0.0.1", port: 0), backlog: 64).release()
        address = SocketAddress(host: "127.0.0.1", port: Socket.localPort(listener))
        doorbell = try Doorbell()
        let started = try NativeThread(name: "scripted") { [weak self] in
            self?.serve(FileDescriptor(owning: listener), pieceBytes, script)
        }
        thread.withLock { $0 = started }
    }

    /// Ends the server's thread; to be called once, at the end of the test.
    func stop() {
        isStopping.store(true, ordering: .relaxed)
        doorbell.ring()
        thread.withLock { $0 }?.join()
    }

    static func answer(_ status: Int, _ body: String) -> String {
        "HTTP/1.1 \(status) X\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    private func serve(_ listener: consuming FileDescriptor, _ pieceBytes: Int, _ script: Script) {
        guard var epoll = try? Epoll() else { return }
        var received: [Int32: [UInt8]] = [:]
        try? epoll.add(listener.raw, [.readable], token: UInt64(listener.raw))
        try? epoll.add(doorbell.raw, [.readable, .edge], token: UInt64(doorbell.raw))
        while !isStopping.load(ordering: .relaxed) {
            for index in 0..<((try? epoll.wait(timeoutMilliseconds: -1)) ?? 0) {
                let raw = Int32(epoll.event(index).token)
                if raw == doorbell.raw { continue }
                if raw != listener.raw {
                    if !Self.answer(raw, &received[raw, default: []], pieceBytes, script) {
                        received[raw] = nil
                        _ = FileDescriptor(owning: raw)
                    }
                    continue
                }
                while let connection = try? Socket.accept(listener.raw) {
                    let raw = connection.release()
                    received[raw] = []
                    try? epoll.add(raw, [.readable], token: UInt64(raw))
                }
            }
        }
        for raw in received.keys { _ = FileDescriptor(owning: raw) }
    }

    private static func answer(_ raw: Int32, _ received: inout [UInt8], _ pieceBytes: Int, _ script: Script) -> Bool {
        var input = [UInt8](repeating: 0, count: 65_536)
        switch unsafe input.withUnsafeMutableBytes({ unsafe Socket.read(raw, into: $0) }) {
        case .bytes(let count): received += input[..<count]
        case .wouldBlock: return true
        case .ended, .failed: return false
        }
        while let request = takeRequest(&received) {
            guard let answer = script(request) else { return false }
            send(raw, Array(answer.utf8), pieceBytes)
        }
        return true
    }

    private static func takeRequest(_ received: inout [UInt8]) -> String? {
        let text = String(decoding: received, as: UTF8.self)
        let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        let line = parts[0].split(separator: "\r\n").first { $0.hasPrefix("Content-Length: ") }
        let body = line?.split(separator: " ").last.flatMap { Int($0) } ?? 0
        let length = parts[0].utf8.count + 4 + body
        guard received.count >= length else { return nil }
        let request = String(decoding: received[..<length], as: UTF8.self)
        received.removeFirst(length)
        return request
    }

    /// The tests' answers are far smaller than a socket's buffer, so that nothing has to wait here.
    private static func send(_ raw: Int32, _ bytes: [UInt8], _ pieceBytes: Int) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let piece = rest.prefix(pieceBytes)
            guard case .bytes = unsafe piece.withUnsafeBytes({ unsafe Socket.write(raw, $0) }) else { return }
            rest = rest.dropFirst(piece.count)
        }
    }
}

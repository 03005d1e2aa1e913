import Foundation
import Platform

/// One client's connection: blocking, strict, and never waiting longer than it was told to.
///
/// - Isolation: one thread at a time.
final class TestConnection {
    private let socket: FileDescriptor
    private let timeoutSeconds: Double
    private var received: [UInt8] = []
    private var chunk = [UInt8](repeating: 0, count: 65_536)
    /// The requests that have no answer yet, oldest first.
    private var awaiting: [TestRequest] = []

    /// What must live as long as the connection: its server, where that would end with its last owner.
    private let server: AnyObject?

    init(port: UInt16, timeoutSeconds: Double = 15, keeping server: AnyObject? = nil) throws {
        self.server = server
        self.timeoutSeconds = timeoutSeconds
        socket = try Socket.connect(SocketAddress(host: "127.0.0.1", port: port))
        try wait(for: POLLOUT, until: TestRun.now + timeoutSeconds, "the connection")
        let code = Socket.pendingError(socket.raw)
        guard code == 0 else { throw SystemError("connect", code: code, subject: "port \(port)") }
    }

    // MARK: Requests

    /// Sends one request and reads its answer.
    @discardableResult
    func call(_ request: TestRequest) throws -> TestResponse {
        try send(request)
        return try receive()
    }

    /// Sends a request without waiting for anything.
    func send(_ request: TestRequest) throws {
        awaiting.append(request)
        try send(request.bytes)
    }

    /// Sends all requests with at most `window` of them unanswered.
    ///
    /// - Returns: the answers, in the order of the requests.
    func pipeline(_ requests: [TestRequest], window: Int = 32) throws -> [TestResponse] {
        var answers: [TestResponse] = []
        var sent = 0
        while answers.count < requests.count {
            let next = min(requests.count, answers.count + window)
            for request in requests[sent..<next] { try send(request) }
            sent = next
            while answers.count < sent { answers.append(try receive()) }
        }
        return answers
    }

    /// Sends bytes as they are.
    func send(_ bytes: [UInt8]) throws {
        let deadline = TestRun.now + timeoutSeconds
        var sent = 0
        while sent < bytes.count {
            switch write(bytes[sent...]) {
            case .bytes(let count): sent += count
            case .wouldBlock: try wait(for: POLLOUT, until: deadline, "room for what is sent")
            case .ended: throw HarnessFailure("the server closed while it was sent to")
            case .failed(let code): throw SystemError("send", code: code)
            }
        }
    }

    /// Sends as much as the kernel takes without waiting.
    ///
    /// - Returns: how many bytes that was; 0 when the server does not read or the connection is gone.
    func sendWhatFits(_ bytes: [UInt8]) -> Int {
        guard case .bytes(let count) = write(bytes[...]) else { return 0 }
        return count
    }

    /// Says that no more will be sent.
    func endSending() { Socket.shutdownWriting(socket.raw) }

    // MARK: Answers

    /// Reads the next final answer, which has to be as the server describes it.
    func receive() throws -> TestResponse {
        let deadline = TestRun.now + timeoutSeconds
        while true {
            let answer = try TestResponse(head: try head(until: deadline), body: [])
            if answer.status < 200 { continue }
            let request = awaiting.isEmpty ? nil : awaiting.removeFirst()
            let isBodiless = request?.method == "HEAD" || answer.status == 204 || answer.status == 304
            let whole = isBodiless ? answer : answer.with(body: try body(of: answer, until: deadline))
            if let request { ServedDescription.hold(whole, to: request) }
            return whole
        }
    }

    /// Reads whatever comes until the server closes, and returns it.
    func receiveUntilClosed() throws -> [UInt8] {
        let deadline = TestRun.now + timeoutSeconds
        while try fill(until: deadline, "the end of the connection") {}
        defer { received = [] }
        return received
    }

    /// Reads the head of an answer that has no end.
    func receiveHead() throws -> TestResponse {
        if !awaiting.isEmpty { awaiting.removeFirst() }
        return try TestResponse(head: try head(until: TestRun.now + timeoutSeconds), body: [])
    }

    /// Reads the next event of a stream, comments included: its lines up to an empty one.
    ///
    /// - Returns: nil where the server has closed.
    func receiveEvent() throws -> [String]? {
        let deadline = TestRun.now + timeoutSeconds
        var searched = 0
        while true {
            while searched + 1 < received.count {
                guard received[searched] == 0x0A, received[searched + 1] == 0x0A else {
                    searched += 1
                    continue
                }
                let lines = String(decoding: received[..<searched], as: UTF8.self).split(separator: "\n")
                    .map(String.init)
                received.removeFirst(searched + 2)
                return lines
            }
            guard try fill(until: deadline, "an event") else { return nil }
        }
    }

    private func head(until deadline: Double) throws -> [UInt8] {
        var searched = 0
        while true {
            if let end = endOfHead(from: searched) {
                defer { received.removeFirst(end + 4) }
                return Array(received[..<end])
            }
            searched = max(0, received.count - 3)
            guard try fill(until: deadline, "an answer") else { throw closed("before an answer was complete") }
        }
    }

    private func endOfHead(from start: Int) -> Int? {
        var place = start
        while place + 3 < received.count {
            if received[place] == 0x0D && received[place + 1] == 0x0A && received[place + 2] == 0x0D
                && received[place + 3] == 0x0A
            {
                return place
            }
            place += 1
        }
        return nil
    }

    private func body(of answer: TestResponse, until deadline: Double) throws -> [UInt8] {
        if answer["Transfer-Encoding"] == "chunked" { return try chunks(until: deadline) }
        if let length = answer["Content-Length"] {
            guard let count = Int(length), count >= 0 else { throw HarnessFailure("Content-Length: \(length)") }
            return try take(count, until: deadline)
        }
        guard answer["Connection"] == "close" else { throw HarnessFailure("an answer that says no length") }
        while try fill(until: deadline, "the end of the body") {}
        return try take(received.count, until: deadline)
    }

    private func chunks(until deadline: Double) throws -> [UInt8] {
        var body: [UInt8] = []
        while true {
            var line: [UInt8] = []
            while line.suffix(2) != [0x0D, 0x0A] { line += try take(1, until: deadline) }
            guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
                throw HarnessFailure("a chunk of size \(line)")
            }
            body += try take(size, until: deadline)
            guard try take(2, until: deadline) == [0x0D, 0x0A] else { throw HarnessFailure("a chunk without its end") }
            if size == 0 { return body }
        }
    }

    private func take(_ count: Int, until deadline: Double) throws -> [UInt8] {
        while received.count < count {
            guard try fill(until: deadline, "\(count) bytes of a body") else { throw closed("within a body") }
        }
        defer { received.removeFirst(count) }
        return Array(received[..<count])
    }

    // MARK: Bytes

    /// Waits for more bytes; false when the server has closed.
    private func fill(until deadline: Double, _ what: String) throws -> Bool {
        while true {
            // SAFETY: the array's own storage, for the duration of the call.
            let transfer = unsafe chunk.withUnsafeMutableBytes { unsafe Socket.read(socket.raw, into: $0) }
            switch transfer {
            case .bytes(let count):
                received += chunk[..<count]
                return true
            case .wouldBlock: try wait(for: POLLIN, until: deadline, what)
            case .ended, .failed: return false
            }
        }
    }

    private func write(_ bytes: ArraySlice<UInt8>) -> Transfer {
        // SAFETY: as above.
        unsafe bytes.withUnsafeBytes { unsafe Socket.write(socket.raw, $0) }
    }

    private func wait(for event: Int32, until deadline: Double, _ what: String) throws {
        var request = pollfd(fd: socket.raw, events: Int16(event), revents: 0)
        while true {
            let left = deadline - TestRun.now
            guard left > 0 else {
                let text = String(decoding: received.prefix(500), as: UTF8.self)
                throw HarnessFailure("waited \(timeoutSeconds) s for \(what); received so far: \(text)")
            }
            // SAFETY: one local structure is read and written.
            if unsafe poll(&request, 1, Int32(left * 1_000) + 1) > 0 { return }
        }
    }

    private func closed(_ when: String) -> HarnessFailure {
        HarnessFailure("the server closed the connection \(when): \(String(decoding: received, as: UTF8.self))")
    }
}

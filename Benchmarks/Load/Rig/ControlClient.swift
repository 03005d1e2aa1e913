import Foundation
import Platform

/// A plain client for what is not measured: reading the books, waiting for readiness.
///
/// One connection, blocking, pipelined where many small questions are asked.
final class ControlClient {
    struct Request {
        var method = "GET"
        let path: String
        var body = ""
    }

    struct Answer {
        let status: Int
        let body: [UInt8]
    }

    // Small enough for both socket buffers, so that neither side can wait for the other for ever.
    private static let pipelineMax = 32
    private static let patienceNanoseconds: UInt64 = 30_000_000_000

    private let address: SocketAddress
    private let descriptor: FileDescriptor
    private var epoll: Epoll
    private var received: [UInt8] = []
    private var input = [UInt8](repeating: 0, count: 64 * 1_024)

    /// - Throws: `cannotRun` when nobody listens there.
    init(_ address: SocketAddress) throws(BenchError) {
        self.address = address
        descriptor = try attempt("connecting") { () throws(SystemError) in try Socket.connect(address) }
        epoll = try attempt("a client") { () throws(SystemError) in try Epoll(eventsMax: 1) }
        do {
            try epoll.add(descriptor.raw, [.writable], token: 0)
        } catch {
            throw .cannotRun(error.description)
        }
        try wait()
        let failure = Socket.pendingError(descriptor.raw)
        guard failure == 0 else {
            throw .cannotRun("\(SystemError("connect", code: failure, subject: address.description))")
        }
    }

    /// Asks one question.
    func ask(_ request: Request) throws(BenchError) -> Answer {
        guard let answer = try ask([request]).first else { throw .cannotRun("\(address) gave no answer") }
        return answer
    }

    /// Asks many questions, some of them in flight at a time.
    ///
    /// - Returns: one answer for each request, in order.
    func ask(_ requests: [Request]) throws(BenchError) -> [Answer] {
        var answers: [Answer] = []
        answers.reserveCapacity(requests.count)
        for start in stride(from: 0, to: requests.count, by: Self.pipelineMax) {
            let batch = requests[start..<min(start + Self.pipelineMax, requests.count)]
            try send(batch.flatMap(bytes))
            for _ in batch { answers.append(try nextAnswer()) }
        }
        return answers
    }

    private func bytes(_ request: Request) -> [UInt8] {
        var text = "\(request.method) \(request.path) HTTP/1.1\r\nHost: \(address)\r\n"
        if !request.body.isEmpty {
            text += "Content-Type: application/json\r\nContent-Length: \(request.body.utf8.count)\r\n"
        }
        return Array((text + "\r\n" + request.body).utf8)
    }

    private func send(_ bytes: [UInt8]) throws(BenchError) {
        var sent = 0
        while sent < bytes.count {
            let raw = descriptor.raw
            let transfer = unsafe bytes[sent...].withUnsafeBytes { unsafe Socket.write(raw, $0) }
            switch transfer {
            case .bytes(let count): sent += count
            case .wouldBlock: try wait(for: [.writable])
            case .ended: throw .cannotRun("\(address) closed the connection")
            case .failed(let code): throw .cannotRun(SystemError("write", code: code).description)
            }
        }
    }

    private func nextAnswer() throws(BenchError) -> Answer {
        while true {
            let present = received
            switch AnswerHead.read(present.span, from: 0, to: present.count) {
            case .head(let head) where received.count >= head.headBytes + head.bodyBytes:
                let end = head.headBytes + head.bodyBytes
                let body = Array(received[head.headBytes..<end])
                received.removeFirst(end)
                return Answer(status: head.status, body: body)
            case .head, .incomplete:
                try receive()
            case .malformed:
                throw .cannotRun("\(address) gave an answer that is not HTTP/1.1 with a Content-Length")
            }
        }
    }

    private func receive() throws(BenchError) {
        let raw = descriptor.raw
        let transfer = unsafe input.withUnsafeMutableBytes { unsafe Socket.read(raw, into: $0) }
        switch transfer {
        case .bytes(let count): received += input[..<count]
        case .wouldBlock: try wait(for: [.readable])
        case .ended: throw .cannotRun("\(address) closed the connection")
        case .failed(let code): throw .cannotRun(SystemError("read", code: code).description)
        }
    }

    private func wait(for interest: Readiness) throws(BenchError) {
        do {
            try epoll.modify(descriptor.raw, interest, token: 0)
        } catch {
            throw .cannotRun(error.description)
        }
        try wait()
    }

    private func wait() throws(BenchError) {
        let clock = SystemClock()
        let limit = clock.monotonicNanoseconds() + Self.patienceNanoseconds
        while try attempt("waiting", { () throws(SystemError) in try epoll.wait(timeoutMilliseconds: 100) }) == 0 {
            try Interruption.check()
            guard clock.monotonicNanoseconds() < limit else { throw .cannotRun("\(address) does not answer") }
        }
    }
}

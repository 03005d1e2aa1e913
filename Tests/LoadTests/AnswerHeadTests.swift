import Testing

@testable import stockkeeper_bench

@Suite("AnswerHead")
struct AnswerHeadTests {
    private let answer = "HTTP/1.1 201 Created\r\nServer: x\r\nCONTENT-length:  17\r\nConnection: keep-alive\r\n\r\n"

    @Test("status and lengths are found, whatever the case of the name")
    func whole() {
        #expect(read(answer) == .head(AnswerHead(status: 201, headBytes: answer.utf8.count, bodyBytes: 17)))
    }

    @Test("a head cut at any byte needs more bytes")
    func cut() {
        let bytes = Array(answer.utf8)
        for count in bytes.indices {
            #expect(AnswerHead.read(bytes.span, from: 0, to: count) == .incomplete, "cut at \(count)")
        }
    }

    @Test("only the bytes between start and end are looked at")
    func window() {
        let bytes = Array(("garbage" + answer + answer).utf8)
        let first = AnswerHead.read(bytes.span, from: 7, to: 7 + answer.utf8.count)
        #expect(first == .head(AnswerHead(status: 201, headBytes: answer.utf8.count, bodyBytes: 17)))
    }

    @Test("204 and 304 have no body, whatever they say", arguments: [204, 304])
    func bodiless(status: Int) {
        let head = "HTTP/1.1 \(status) X\r\nContent-Length: 5\r\n\r\n"
        #expect(read(head) == .head(AnswerHead(status: status, headBytes: head.utf8.count, bodyBytes: 0)))
    }

    @Test(
        "what is not an HTTP/1.1 answer with a Content-Length is refused",
        arguments: [
            "SSH-2.0-OpenSSH_9.6 and more\r\n\r\n",
            "HTTP/1.1 2x1 Created\r\nContent-Length: 1\r\n\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        ]
    )
    func malformed(text: String) {
        #expect(read(text) == .malformed)
    }

    private func read(_ text: String) -> AnswerHead.Outcome {
        let bytes = Array(text.utf8)
        return AnswerHead.read(bytes.span, from: 0, to: bytes.count)
    }
}

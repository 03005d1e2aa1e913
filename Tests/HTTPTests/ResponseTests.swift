import Testing

@testable import HTTP

@Suite("Answers")
struct ResponseTests {
    private let date = HTTPDate(milliseconds: 784_111_777_000)
    private let dateLine = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

    private func request(_ line: String, _ fields: String = "") throws -> Request {
        var bytes = latin("\(line)\r\nHost: x\r\n\(fields)\r\n")
        var span = bytes.mutableSpan
        var parser = RequestParser(limits: HTTPLimits())
        let outcome = parser.parse(&span)
        #expect(outcome == .request(consumed: bytes.count))
        return parser.request
    }

    private func answer(_ head: ResponseHead, _ body: String, _ fields: (inout ByteWriter) -> Void = { _ in }) -> String
    {
        written { writer in
            head.begin(&writer, date: date)
            fields(&writer)
            head.end(&writer, type: .json, body: latin(body).span)
        }
    }

    @Test("an answer is its status line, its fields and its body")
    func whole() throws {
        let client = latin("o-1r-1")
        let text = answer(ResponseHead(.created, to: try request("POST / HTTP/1.1")), "{}") { writer in
            writer.appendField("Location: /v1/orders/", client.span, ByteRange(0, 3))
            writer.appendField(EntityTag(7))
            writer.appendField("Retry-After: ", decimal: 2)
            writer.appendField("Cache-Control: ", "no-store")
            writer.appendField("Request-Id: ", client.span, ByteRange(3, 6))
        }
        #expect(
            text == "HTTP/1.1 201 Created\r\n\(dateLine)Location: /v1/orders/o-1\r\nETag: \"7\"\r\nRetry-After: 2\r\n"
                + "Cache-Control: no-store\r\nRequest-Id: r-1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
        )
    }

    @Test("HEAD gets the length of what GET would get, and no body")
    func head() throws {
        #expect(
            answer(ResponseHead(.ok, to: try request("HEAD / HTTP/1.1")), "12345")
                == "HTTP/1.1 200 OK\r\n\(dateLine)Content-Type: application/json\r\nContent-Length: 5\r\n\r\n"
        )
    }

    @Test("204 and 304 have neither body nor length", arguments: [Status.noContent, .notModified])
    func withoutBody(status: Status) throws {
        let expected = "\(status.line.description)\(dateLine)\r\n"
        #expect(answer(ResponseHead(status, to: try request("GET / HTTP/1.1")), "12345") == expected)
        let head = ResponseHead(status, to: try request("GET / HTTP/1.1"))
        #expect(
            written { writer in
                head.begin(&writer, date: date)
                head.end(&writer)
            } == expected
        )
    }

    @Test("an answer without a body says so")
    func emptyBody() throws {
        let expected = "HTTP/1.1 200 OK\r\n\(dateLine)Content-Length: 0\r\n\r\n"
        #expect(answer(ResponseHead(.ok, to: try request("GET / HTTP/1.1")), "") == expected)
    }

    @Test("Connection says what the version does not")
    func connection() throws {
        func line(_ head: ResponseHead) -> Substring? {
            answer(head, "").split(separator: "\r\n").first { $0.hasPrefix("Conn") }
        }
        let stays = try request("GET / HTTP/1.1")
        #expect(line(ResponseHead(.ok, to: stays)) == nil)
        #expect(line(ResponseHead(.ok, to: stays, closing: true)) == "Connection: close")
        #expect(
            line(ResponseHead(.ok, to: try request("GET / HTTP/1.1", "Connection: close\r\n"))) == "Connection: close"
        )
        #expect(line(ResponseHead(.ok, to: try request("GET / HTTP/1.0"))) == "Connection: close")
        let kept = try request("GET / HTTP/1.0", "Connection: keep-alive\r\n")
        #expect(line(ResponseHead(.ok, to: kept)) == "Connection: keep-alive")
        #expect(line(ResponseHead(closingWith: .badRequest)) == "Connection: close")
    }

    @Test(
        "what a client sent is never written where it could start a field or a body",
        arguments: ["a\r\nX: y", "a\nb", "a\rb", "a b", "a\u{0}", "caf\u{E9}", "\t"]
    )
    func injection(value: String) {
        let bytes = latin(value)
        #expect(written { $0.appendField("Request-Id: ", bytes.span, ByteRange(0, bytes.count)) } == "")
    }

    @Test("Allow lists the methods of a resource")
    func allow() {
        #expect(written { $0.appendField(allow: [.get, .put, .patch]) } == "Allow: GET, HEAD, PUT, PATCH, OPTIONS\r\n")
        #expect(written { $0.appendField(allow: [.post, .delete]) } == "Allow: POST, DELETE, OPTIONS\r\n")
    }

    @Test("each status line carries its own number", arguments: Status.allCases)
    func statusLines(status: Status) {
        let line = status.line.description
        #expect(line.hasPrefix("HTTP/1.1 \(status.rawValue) "))
        #expect(line.hasSuffix("\r\n"))
        #expect(line.utf8.count > "HTTP/1.1 200 \r\n".utf8.count)
    }
}

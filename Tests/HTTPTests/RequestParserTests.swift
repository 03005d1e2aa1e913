import Testing

@testable import HTTP

@Suite("Requests that are taken")
struct RequestParserTests {
    private func parse(_ text: String) throws -> RequestView {
        let verdicts = Feed.verdicts(text)
        #expect(verdicts.count == 1)
        return try #require(verdicts.first?.request)
    }

    private func get(_ target: String) throws -> RequestView {
        try parse("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n")
    }

    @Test("a purchase is taken apart into what was sent")
    func purchase() throws {
        let text = ValidRequests.all[2]
        let request = try parse(text)
        #expect(request.method == .post)
        #expect(request.minorVersion == 1)
        #expect(request.keepsAlive)
        #expect(request.hasBody)
        #expect(request.path == "/v1/skus/a/purchases")
        #expect(request.query == nil)
        #expect(request.body == ValidRequests.json)
        #expect(request.fields == ["content-type": "application/json", "idempotency-key": "k-1"])
        #expect(request.consumed == text.utf8.count)
    }

    @Test(
        "methods are told apart, and only as they are written",
        arguments: zip(
            ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "POSTS", "GE", "TRACE", "X"],
            [.get, .head, .post, .put, .patch, .delete, .options, .other, .other, .other, .other, .other]
                as [HTTP.Method]
        )
    )
    func methods(name: String, method: HTTP.Method) throws {
        #expect(try parse("\(name) /v1/skus/some/path HTTP/1.1\r\nHost: x\r\n\r\n").method == method)
    }

    @Test(
        "fields are recognised in any case, and their values lose only the blanks around them",
        arguments: [
            "content-type", "CONTENT-TYPE", "cOnTeNt-TyPe", "If-Match", "IF-NONE-MATCH", "request-ID",
            "ACCEPT", "authorization", "IDEMPOTENCY-key",
        ]
    )
    func fieldNames(name: String) throws {
        let request = try parse("GET / HTTP/1.1\r\nHost: x\r\n\(name): \t va|ue\t \r\n\r\n")
        #expect(request.fields == [name.lowercased(): "va|ue"])
    }

    @Test(
        "a name that only resembles a known one is another field",
        arguments: [
            "hosts", "xost", "accepu", "exqect", "if-matcg", "if_match", "connectiom", "request_id", "content-tyqe",
            "if-none.match", "authorizatiom", "content-lengtg", "idempotencyxkey", "transfer.encoding",
            "transferxencoding",
        ]
    )
    func nearNames(name: String) throws {
        let request = try parse("GET / HTTP/1.1\r\nHost: x\r\n\(name): 1, 2\r\n\r\n")
        #expect(request.fields == [:])
        #expect(!request.hasBody)
    }

    @Test("a field sent empty is present, one not sent is absent")
    func emptyField() throws {
        let request = try parse("GET / HTTP/1.1\r\nHost: x\r\nIf-Match:\r\nAccept: \r\n\r\n")
        #expect(request.fields == ["if-match": "", "accept": ""])
    }

    @Test("Accept on several lines asks for anything")
    func repeatedAccept() throws {
        #expect(
            try parse("GET / HTTP/1.1\r\nHost: x\r\nAccept: a/b\r\nAccept: c/d\r\nAccept: e/f\r\n\r\n").fields == [:]
        )
    }

    @Test(
        "a Request-Id that cannot be echoed is left out",
        arguments: ["", "a b", "caf\u{E9}", String(repeating: "a", count: 129)]
    )
    func unusableRequestID(value: String) throws {
        #expect(try parse("GET / HTTP/1.1\r\nHost: x\r\nRequest-Id: \(value)\r\n\r\n").fields == [:])
    }

    @Test("a Request-Id of 128 bytes is kept")
    func longestRequestID() throws {
        let value = String(repeating: "~", count: 128)
        #expect(
            try parse("GET / HTTP/1.1\r\nHost: x\r\nRequest-Id: \(value)\r\n\r\n").fields == ["request-id": value]
        )
    }

    @Test(
        "targets are split into path and query",
        arguments: [
            ("/", "/", nil), ("/a/b", "/a/b", nil), ("/a?", "/a", ""), ("/a?b=c?d", "/a", "b=c?d"),
            ("//x", "//x", nil), ("/%41", "/%41", nil), ("http://h", "", nil), ("http://h?q", "", "q"),
            ("HTTP://h:80/p?q", "/p", "q"), ("https://[::1]/p", "/p", nil),
        ] as [(String, String, String?)]
    )
    func targets(target: String, path: String, query: String?) throws {
        let request = try get(target)
        #expect(request.path == path)
        #expect(request.query == query)
    }

    @Test(
        "whether the connection stays is decided by version and Connection",
        arguments: [
            ("1.1", "", true), ("1.0", "", false), ("1.1", "Connection: close\r\n", false),
            ("1.1", "Connection: CLOSE\r\n", false), ("1.0", "Connection: keep-alive\r\n", true),
            ("1.0", "Connection: Keep-Alive\r\n", true), ("1.1", "Connection: upgrade, close\r\n", false),
            ("1.1", "Connection: ,, close ,\r\n", false), ("1.1", "Connection: closed\r\n", true),
            ("1.1", "Connection: a\r\nConnection: close\r\n", false), ("1.1", "Connection: not close\r\n", true),
            ("1.0", "Connection: keep-alive, close\r\n", false), ("1.2", "", true), ("1.1", "Connection:\r\n", true),
        ]
    )
    func keepAlive(version: String, field: String, stays: Bool) throws {
        let request = try parse("GET / HTTP/\(version)\r\nHost: x\r\n\(field)\r\n")
        #expect(request.keepsAlive == stays)
    }

    @Test(
        "hosts in every lawful form are taken",
        arguments: [
            "x", "localhost:8080", "shop.example.com", "127.0.0.1:1", "[::1]", "[2001:db8::1]:443", "a_b", "x:", "%41",
        ]
    )
    func hosts(host: String) throws {
        _ = try parse("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")
    }

    @Test("HTTP/1.0 needs no Host")
    func oldVersion() throws {
        #expect(try parse("GET / HTTP/1.0\r\n\r\n").minorVersion == 0)
    }

    @Test(
        "chunks are joined, whatever their sizes and extensions",
        arguments: [
            ("0\r\n\r\n", ""), ("3\r\nabc\r\n0\r\n\r\n", "abc"), ("1\r\na\r\n1\r\nb\r\n1\r\nc\r\n000\r\n\r\n", "abc"),
            ("00000003;a;b=c;d=\"e\"\r\nabc\r\n0;last\r\nT: u\r\nV:\r\n\r\n", "abc"),
            ("a\r\n0123456789\r\nA\r\n\r\n\r\n\r\n\r\n\r\n\r\n0\r\n\r\n", "0123456789\r\n\r\n\r\n\r\n\r\n"),
        ]
    )
    func chunks(encoded: String, body: String) throws {
        let head = "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        let request = try parse(head + encoded)
        #expect(request.body == body)
        #expect(request.consumed == (head + encoded).utf8.count)
    }

    @Test("a client that waits for 100 Continue is told so once, and one that has begun is not")
    func expectation() {
        let head = latin("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 3\r\n\r\n")
        var waiting = Feed()
        waiting.take(head)
        #expect(waiting.continuesAsked == 1)
        waiting.take(latin("a"))
        waiting.take(latin("b"))
        #expect(waiting.continuesAsked == 1)
        waiting.take(latin("c"))
        #expect(waiting.verdicts.first?.request?.body == "abc")

        var eager = Feed()
        eager.take(head + latin("a"))
        eager.take(latin("bc"))
        #expect(eager.continuesAsked == 0)
        #expect(eager.verdicts.count == 1)
    }

    @Test("HTTP/1.0 and requests without a body are never told to continue")
    func noContinue() {
        var old = Feed()
        old.take(latin("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"))
        #expect(old.continuesAsked == 0)
        var empty = Feed()
        empty.take(latin("GET / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n\r\n"))
        #expect(empty.continuesAsked == 0)
        #expect(empty.verdicts.count == 1)
    }

    @Test("pipelined requests come out one after the other")
    func pipelining() {
        let verdicts = Feed.verdicts(ValidRequests.all[12])
        #expect(verdicts.compactMap(\.request?.path) == ["/1", "/2", "/3", "/4"])
        #expect(verdicts.compactMap(\.request?.body) == ["", "2", "3", ""])
    }

    @Test("a request leaves nothing behind for the next one")
    func noCarryOver() {
        let second = "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"
        for first in ValidRequests.all {
            #expect(Feed.verdicts(first + second).last == Feed.verdicts(second).last, "after \(first.debugDescription)")
        }
    }
}

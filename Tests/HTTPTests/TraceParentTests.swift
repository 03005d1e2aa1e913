import Testing

@testable import HTTP

@Suite("TraceParent")
struct TraceParentTests {
    private static let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// What a request with these lines says of its trace: `trace/parent`.
    private func trace(_ lines: [String]) throws -> String? {
        let text = "GET / HTTP/1.1\r\nHost: x\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        var bytes = Array(text.utf8)
        var parser = RequestParser()
        var span = bytes.mutableSpan
        guard case .request = parser.parse(&span) else { throw HTTPRefusal.requestLineMalformed }
        guard parser.request.traceParent.isPresent else { return nil }
        guard let trace = TraceParent(bytes.span, parser.request.traceParent) else { return nil }
        return [trace.traceID, trace.parentID].map { String(decoding: bytes[$0.bounds], as: UTF8.self) }
            .joined(separator: "/")
    }

    @Test(
        "a well-formed value is read, of this version and of later ones",
        arguments: [
            good, "cc" + good.dropFirst(2), "cc" + good.dropFirst(2) + "-what-the-future-will-be", " \(good)\t",
        ]
    )
    func reads(value: String) throws {
        #expect(try trace(["TraceParent:\(value)"]) == "0af7651916cd43dd8448eb211c80319c/b7ad6b7169203331")
    }

    @Test("a value with any byte changed to one that is no digit is as if it had not been sent")
    func everyByte() throws {
        let bytes = Array(Self.good.utf8)
        for at in bytes.indices {
            for other in "gG-A\"\\".utf8 where other != bytes[at] {
                var changed = bytes
                changed[at] = other
                let value = String(decoding: changed, as: UTF8.self)
                #expect(try trace(["traceparent: \(value)"]) == nil, "\(value)")
            }
            #expect(try trace(["traceparent: " + Self.good.prefix(at)]) == nil)
        }
    }

    @Test(
        "what the recommendation forbids is as if it had not been sent",
        arguments: [
            "ff" + good.dropFirst(2), good + "-01", good + "0", "cc" + good.dropFirst(2) + "0",
            "00-" + String(repeating: "0", count: 32) + "-b7ad6b7169203331-01",
            "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", "", "00",
        ]
    )
    func refuses(value: String) throws {
        #expect(try trace(["traceparent: \(value)"]) == nil)
    }

    @Test("two of them say nothing, and are no reason to refuse the request")
    func repeated() throws {
        #expect(try trace(["traceparent: \(Self.good)", "traceparent: \(Self.good)"]) == nil)
    }
}

@Suite("The request's id")
struct RequestIDTests {
    @Test(
        "Request-Id wins over X-Request-Id, whichever comes first; what cannot be echoed is none",
        arguments: [
            (["X-Request-Id: a"], "a"), (["X-Request-Id: a", "Request-Id: b"], "b"),
            (["Request-Id: b", "X-Request-Id: a"], "b"), (["X-Request-Id: a", "x-request-id: c"], "a"),
            (["X-Request-Id: a b", "X-Request-Id: c"], "c"), (["Request-Id: a b", "X-Request-Id: c"], "c"),
            (["X-Request-Id: c", "Request-Id: a b"], "c"), (["X-Request-Id: \u{E9}"], nil), (["X-Request-Id:"], nil),
            (["X-Request-Id: " + String(repeating: "a", count: 129)], nil), (["X-Request-It: a"], nil),
        ] as [([String], String?)]
    )
    func chosen(lines: [String], expected: String?) throws {
        let text = "GET / HTTP/1.1\r\nHost: x\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        var bytes = Array(text.utf8)
        var parser = RequestParser()
        var span = bytes.mutableSpan
        guard case .request = parser.parse(&span) else { throw HTTPRefusal.requestLineMalformed }
        let id = parser.request.requestID
        #expect((id.isPresent ? String(decoding: bytes[id.bounds], as: UTF8.self) : nil) == expected)
    }
}

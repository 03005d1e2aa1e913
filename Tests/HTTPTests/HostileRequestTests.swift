import Testing

@testable import HTTP

/// A request that must not be taken, and the status that it gets.
struct HostileRequest: CustomTestStringConvertible {
    let text: String
    let status: UInt16

    init(_ text: String, _ status: UInt16) {
        self.text = text
        self.status = status
    }

    var testDescription: String { "\(status) \(text.debugDescription.prefix(100))" }

    /// A GET with more fields.
    static func fields(_ lines: String, _ status: UInt16 = 400) -> Self {
        Self("GET / HTTP/1.1\r\nHost: x\r\n\(lines)\r\n\r\n", status)
    }

    /// A chunked POST with this for a body.
    static func chunked(_ body: String, _ status: UInt16 = 400) -> Self {
        Self("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n\(body)", status)
    }

    /// A GET of this target.
    static func target(_ target: String, _ status: UInt16 = 400) -> Self {
        Self("GET \(target) HTTP/1.1\r\nHost: x\r\n\r\n", status)
    }
}

extension HostileRequest {
    static let requestLines: [Self] = [
        Self("GET /\r\n\r\n", 400),
        Self("GET /\n\n", 400),
        Self("GET / HTTP/1.1\nHost: x\n\n", 400),
        Self("GET / HTTP/1.1\rHost: x\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        Self("GET / HTTP/0.9\r\nHost: x\r\n\r\n", 505),
        Self("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        Self("GET / HTTP/1.10\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/11.1\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/1\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/1,1\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/a.1\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/1.a\r\nHost: x\r\n\r\n", 400),
        Self("GET / http/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTPS/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET / XTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/1.1 \r\nHost: x\r\n\r\n", 400),
        Self("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET /  HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET\t/\tHTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self(" GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("\tGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self(" / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("G(T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("G\u{0}T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET\u{80} / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("\"GET\" / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("GET:/ HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\n", 400),
        Self("\n\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("\rGET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self(String(repeating: "\r\n", count: 5) + "GET / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self(String(repeating: "A", count: 33) + " / HTTP/1.1\r\nHost: x\r\n\r\n", 501),
        Self("CONNECT shop:443 HTTP/1.1\r\nHost: x\r\n\r\n", 501),
    ]

    static let targets: [Self] = [
        .target("a"), .target("*"), .target("#"), .target("/#a"), .target("/?a#b"), .target("?a"),
        .target("/\u{0}"), .target("/\u{7F}"), .target("/caf\u{E9}"), .target("/a\tb"), .target("/a\rb"),
        .target("http:"), .target("http://"), .target("http:///"), .target("http:///a"), .target("http://?a"),
        .target("http://u@h/"), .target("http://u:p@h/"), .target("http://h:x/"), .target("http://h:123456/"),
        .target("http://[/"), .target("http://[]/"), .target("http://[::1/"), .target("http://[::1]x/"),
        .target("ftp://h/"), .target("http:/a"), .target("://h/"), .target("file:///etc/passwd"),
        .target("shop:443"), .target("\\a"), .target("/" + String(repeating: "a", count: 8_192), 414),
        Self("POST * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        Self("OPTIONS ** HTTP/1.1\r\nHost: x\r\n\r\n", 400),
    ]

    static let fieldLines: [Self] = [
        .fields("Name : v"), .fields("Name\t: v"), .fields(" Name: v"), .fields("\tName: v"), .fields(": v"),
        .fields("Name"), .fields("Name v"), .fields("Na me: v"), .fields("Na(me: v"), .fields("N\u{E9}: v"),
        .fields("Na\u{0}me: v"), .fields("Na\u{7F}me: v"), .fields("Na\rme: v"), .fields("Na\nme: v"),
        .fields("Name: a\u{0}b"), .fields("Name: a\u{1}b"), .fields("Name: a\u{1F}b"), .fields("Name: a\u{7F}b"),
        .fields("Name: a\u{0}\n"), .fields("Name: a\t\u{0}\nX: y"), .fields("Name: a\rb"), .fields("Name: a\nb"),
        .fields("Name: a\n"), .fields("Name: a\r"),
        .fields("Name: a\n\r"), .fields("Name: a\r\n folded"), .fields("Name: a\r\n\tfolded"),
        .fields("Name: a\r\n \r\n"), .fields("N@me: v"), .fields("N[me: v"), .fields("\"Name\": v"),
        .fields("Name: v\nHost: y"), .fields("Name: v\rHost: y"), .fields("\r\r\n"),
        Self("GET / HTTP/1.1\r\n Host: x\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: x\r\n\n", 400),
        Self("GET / HTTP/1.1\r\nHost: x\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: x\r\n\rX: y\r\n\r\n", 400),
    ]

    static let fieldsThatMatter: [Self] = [
        Self("GET / HTTP/1.1\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nX-Host: x\r\n\r\n", 400),
        Self("GET http://x/ HTTP/1.1\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: x\r\nhOST: y\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost:\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: a,b\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: a/b\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: u@h\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: h:80:80\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: h:eighty\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: caf\u{E9}\r\n\r\n", 400),
        Self("GET / HTTP/1.1\r\nHost: :80\r\n\r\n", 400),
        Self("GET / HTTP/1.0\r\nHost: a b\r\n\r\n", 400),
        .fields("Idempotency-Key: a\r\nIdempotency-Key: a"), .fields("Idempotency-Key: a\r\nidempotency-key: b"),
        .fields("Content-Type: a/b\r\nContent-Type: a/b"), .fields("If-Match: \"1\"\r\nIf-Match: \"2\""),
        .fields("If-None-Match: *\r\nIf-None-Match: *"), .fields("Authorization: a\r\nAuthorization: b"),
        .fields("Request-Id: a\r\nRequest-Id: b"), .fields("Expect: 100-continue\r\nExpect: 100-continue"),
        .fields("Expect: 200-ok", 417), .fields("Expect:", 417), .fields("Expect: 100-continue, x", 417),
        .fields("Idempotency-Key:"), .fields("Idempotency-Key: a b"), .fields("Idempotency-Key: \"a"),
        .fields("Idempotency-Key: \"a\"b"), .fields("Idempotency-Key: \"a\";p=1"), .fields("Idempotency-Key: \"\""),
        .fields("Idempotency-Key: \"a\\n\""), .fields("Idempotency-Key: \"a\\\""), .fields("Idempotency-Key: \""),
        .fields("Idempotency-Key: \"a b\""), .fields("Idempotency-Key: caf\u{E9}"),
        .fields("Idempotency-Key: " + String(repeating: "a", count: 256)),
    ]

    static let smuggling: [Self] = [
        .fields("Content-Length: 5\r\nTransfer-Encoding: chunked"),
        .fields("Transfer-Encoding: chunked\r\nContent-Length: 5"),
        .fields("Transfer-Encoding: chunked\r\nContent-Length: 0"),
        .fields("Content-Length: 5\r\nContent-Length: 5"), .fields("Content-Length: 5\r\nContent-Length: 6"),
        .fields("Content-Length: 5, 5"), .fields("Content-Length: 5,"), .fields("Content-Length: 5 5"),
        .fields("Content-Length: +5"), .fields("Content-Length: -5"), .fields("Content-Length: 0x5"),
        .fields("Content-Length: 5a"), .fields("Content-Length: 5.0"), .fields("Content-Length:"),
        .fields("Content-Length: \"5\""), .fields("Content-Length: 18446744073709551616"),
        .fields("Content-Length: 9223372036854775808"), .fields("Content-Length: 99999999999999999999999999"),
        .fields("Content-Length: 9223372036854775807", 413), .fields("Content-Length: 65537", 413),
        .fields("Content-Length : 5"), .fields("Content-Length: \u{B}5"), .fields("Content-Length: 5\u{0}"),
        .fields("Transfer-Encoding: gzip", 501), .fields("Transfer-Encoding: gzip, chunked", 501),
        .fields("Transfer-Encoding: chunked, chunked", 501), .fields("Transfer-Encoding: chunked, identity", 501),
        .fields("Transfer-Encoding: identity", 501), .fields("Transfer-Encoding:", 501),
        .fields("Transfer-Encoding: xchunked", 501), .fields("Transfer-Encoding: chunked;q=1", 501),
        .fields("Transfer-Encoding: \"chunked\"", 501), .fields("Transfer-Encoding: chunke\u{4B}\u{64}", 501),
        .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        .fields("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        .fields("Transfer-Encoding: \u{B}chunked"), .fields("Transfer-Encoding\u{B}: chunked"),
        .fields("Transfer-Encoding : chunked"), .fields("Transfer-Encoding:\r\n chunked", 501),
        .fields("X: y\rTransfer-Encoding: chunked"),
        Self("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        Self("POST / HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ]

    static let chunks: [Self] = [
        .chunked("\r\n"), .chunked(";\r\n"), .chunked("g\r\n"), .chunked("0x3\r\nabc\r\n"), .chunked("+3\r\nabc\r\n"),
        .chunked("-3\r\nabc\r\n"), .chunked(" 3\r\nabc\r\n"), .chunked("3 \r\nabc\r\n"), .chunked("3 ;x\r\nabc\r\n"),
        .chunked("3\nabc\r\n"), .chunked("3\rabc\r\n"), .chunked("3\r\nabcd\r\n"), .chunked("3\r\nab\r\n0\r\n\r\n"),
        .chunked("3\r\nabc\n0\r\n\r\n"), .chunked("3\r\nabc0\r\n\r\n"), .chunked("3\r\nabc\r0\r\n\r\n"),
        .chunked("3;a\nb\r\nabc\r\n"), .chunked("3;a\rb\r\nabc\r\n"), .chunked("3;\u{0}\r\nabc\r\n"),
        .chunked("3,4\r\nabc\r\n"), .chunked("3\u{0}\r\nabc\r\n"), .chunked("000000003\r\nabc\r\n"),
        .chunked("FFFFFFFFFFFFFFFF\r\n"), .chunked("8000000000000003\r\n"), .chunked("FFFFFFFF\r\n", 413),
        .chunked("10001\r\n", 413), .chunked("3;" + String(repeating: "x", count: 300) + "\r\nabc\r\n", 413),
        .chunked("0\r\n\n"), .chunked("0\r\nX\r\n\r\n"), .chunked("0\r\n: v\r\n\r\n"), .chunked("0\r\n folded\r\n\r\n"),
        .chunked("0\r\nX : v\r\n\r\n"), .chunked("0\r\nX: a\u{0}\r\n\r\n"), .chunked("0\r\nX: a\nb\r\n\r\n"),
        .chunked("0\r\nX: " + String(repeating: "x", count: 4_096) + "\r\n\r\n", 431),
        .chunked(String(repeating: "1\r\na\r\n", count: 1_025), 413),
        .chunked(String(repeating: "1;" + String(repeating: "x", count: 200) + "\r\na\r\n", count: 90), 413),
    ]

    static let sizes: [Self] = [
        Self("GET /" + String(repeating: "a", count: 16_384), 414),
        .fields("X: " + String(repeating: "a", count: 16_384), 431),
        .fields(String(repeating: "X: y\r\n", count: 99) + "X: y", 431),
        Self("GET / HTTP/1.1\r\n" + String(repeating: "X: y\r\n", count: 4_000), 431),
    ]

    static let all = requestLines + targets + fieldLines + fieldsThatMatter + smuggling + chunks + sizes
}

@Suite("Requests that are refused")
struct HostileRequestTests {
    @Test("a hostile request gets its status, and the connection is closed", arguments: HostileRequest.all)
    func refused(hostile: HostileRequest) throws {
        let verdicts = Feed.verdicts(hostile.text)
        #expect(verdicts.count == 1)
        let refusal = try #require(verdicts.first?.refusal)
        #expect(refusal.status.rawValue == hostile.status)
        #expect(refusal.closesConnection)
    }

    @Test("the corpus has at least 120 cases")
    func corpusSize() {
        #expect(HostileRequest.all.count >= 120)
    }

    @Test("a refused connection stays refused")
    func staysRefused() {
        var parser = RequestParser(limits: HTTPLimits())
        var bad = latin("GET /\r\n")
        var badSpan = bad.mutableSpan
        #expect(parser.parse(&badSpan) == .refused(.requestLineMalformed))
        var good = latin(ValidRequests.all[0])
        var goodSpan = good.mutableSpan
        #expect(parser.parse(&goodSpan) == .refused(.requestLineMalformed))
    }

    @Test("every refusal has an error status and a sentence that needs no escape", arguments: HTTPRefusal.allCases)
    func reasons(refusal: HTTPRefusal) {
        #expect(refusal.status.rawValue >= 400)
        let reason = refusal.reason.description
        #expect(reason.hasSuffix("."))
        #expect(reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != ASCII.quote && $0 != ASCII.backslash })
    }
}

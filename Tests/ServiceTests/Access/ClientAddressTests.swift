import HTTP
import Platform
import Testing

@testable import Service

@Suite("Where a request comes from")
struct ClientAddressTests {
    /// A parsed request with these fields.
    private func parsed(_ fields: [String]) throws -> (Request, [UInt8]) {
        let lines = fields.map { $0 + "\r\n" }.joined()
        var bytes = Array("GET /v1/skus HTTP/1.1\r\nHost: x\r\n\(lines)\r\n".utf8)
        var parser = RequestParser()
        var span = bytes.mutableSpan
        guard case .request = parser.parse(&span) else { throw TestFailure("no request: \(fields)") }
        return (parser.request, bytes)
    }

    private func client(_ peer: String, _ fields: [String]) throws -> IPAddress? {
        let proxies = try #require(TrustedProxies("10.0.0.0/8, ::1"))
        let address = try #require(IPAddress(peer))
        let (request, bytes) = try parsed(fields)
        return proxies.client(request, bytes.span, address)
    }

    @Test(
        "it is the last address on the way that is no trusted proxy's, and of anybody else nothing is believed",
        arguments: [
            ("192.0.2.9", [], "192.0.2.9"), ("10.0.0.1", [], "10.0.0.1"),
            ("192.0.2.9", ["X-Forwarded-For: 198.51.100.7"], "192.0.2.9"),
            ("192.0.2.9", ["Forwarded: for=198.51.100.7"], "192.0.2.9"),
            ("10.0.0.1", ["X-Forwarded-For: 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", ["x-forwarded-for: 203.0.113.5, 198.51.100.7"], "198.51.100.7"),
            ("::1", ["X-Forwarded-For: 203.0.113.5 , 198.51.100.7,10.2.3.4"], "198.51.100.7"),
            ("10.0.0.1", ["X-Forwarded-For: 203.0.113.5", "X-Forwarded-For: 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", ["X-Forwarded-For: 10.9.9.9, 10.2.3.4"], "10.9.9.9"),
            ("10.0.0.1", ["X-Forwarded-For: 203.0.113.5, nonsense"], "10.0.0.1"),
            ("10.0.0.1", ["X-Forwarded-For: 203.0.113.5, unknown, 10.2.3.4"], "10.2.3.4"),
            ("10.0.0.1", ["X-Forwarded-For: "], "10.0.0.1"), ("10.0.0.1", ["X-Forwarded-For: ,,"], "10.0.0.1"),
            ("10.0.0.1", ["X-Forwarded-For: 198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", ["X-Forwarded-For: 2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", ["X-Forwarded-For: [2001:db8::7]:80"], "2001:db8::7"),
            ("10.0.0.1", ["Forwarded: for=198.51.100.7;proto=http;by=203.0.113.43"], "198.51.100.7"),
            ("10.0.0.1", [#"Forwarded: proto=https; For="[2001:db8::7]:4711""#], "2001:db8::7"),
            ("10.0.0.1", ["Forwarded: for=203.0.113.5, for=198.51.100.7, for=10.1.1.1"], "198.51.100.7"),
            ("10.0.0.1", ["Forwarded: for=203.0.113.5, for=_hidden, for=10.1.1.1"], "10.1.1.1"),
            ("10.0.0.1", ["Forwarded: proto=http"], "10.0.0.1"),
            // Who has written which of the two? Nobody knows.
            ("10.0.0.1", ["Forwarded: for=203.0.113.5", "X-Forwarded-For: 198.51.100.7"], "10.0.0.1"),
        ] as [(String, [String], String)]
    )
    func addresses(peer: String, fields: [String], expected: String) throws {
        #expect(try client(peer, fields) == IPAddress(expected))
    }

    @Test(
        "a list with anything but networks is refused",
        arguments: ["x", "10.0.0.0/33", "10.0.0.0/8,x", "::/129", "1/2/3"]
    )
    func networks(list: String) {
        #expect(TrustedProxies(list) == nil)
    }

    @Test("what anybody may send in these fields only makes an address, or none")
    func hostile() throws {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("for=10.1.2,;: \"[]_a\t".unicodeScalars).map(Character.init)
        for _ in 0..<5_000 {
            let count = Int.random(in: 0...40, using: &generator)
            let text = String((0..<count).compactMap { _ in letters.randomElement(using: &generator) })
            _ = try client("10.0.0.1", ["Forwarded: \(text)"])
            _ = try client("::1", ["X-Forwarded-For: \(text)"])
        }
    }

    @Test(
        "the origins that may call are those of the list",
        arguments: [
            ("https://a.example", "https://a.example", true), ("https://a.example", "https://b.example", false),
            ("https://a.example", "http://a.example", false), ("https://a.example", "https://a.example:8443", false),
            ("https://a.example, http://b:81", "http://b:81", true), ("*", "null", true),
            ("https://a.example", "https://a.example.evil", false), ("https://a.example", "null", false),
        ]
    )
    func origins(list: String, origin: String, isAllowed: Bool) throws {
        let origins = try #require(AllowedOrigins(list))
        let (request, bytes) = try parsed(["Origin: \(origin)"])
        let found = origins.origin(of: request, bytes.span)
        #expect(found.isPresent == isAllowed)
        if isAllowed { #expect(String(decoding: bytes[found.bounds], as: UTF8.self) == origin) }
        let (without, rest) = try parsed([])
        #expect(!origins.origin(of: without, rest.span).isPresent)
    }

    @Test(
        "what is no origin as browsers write it is refused",
        arguments: [
            "a.example", "https://a.example/", "https://A.example", "ftp://a", "https://", "*,https://a", "null",
        ]
    )
    func noOrigins(list: String) {
        #expect(AllowedOrigins(list) == nil)
    }
}

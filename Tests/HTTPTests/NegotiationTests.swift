import Testing

@testable import HTTP

@Suite("Negotiation")
struct NegotiationTests {
    @Test(
        "the form that is liked better is chosen, by the most specific range",
        arguments: [
            // The examples of RFC 9110 12.5.1, and what browsers and crawlers send.
            ("", .json), ("*/*", .json), ("application/ld+json", .linkedData), ("application/json", .json),
            ("Application/LD+JSON", .linkedData), ("application/*", .json), ("text/html", nil), ("text/*", nil),
            ("text/html, */*;q=0.1", .json), ("application/json;q=0.5, application/ld+json", .linkedData),
            ("application/ld+json;q=0.5, application/json;q=0.6", .json),
            ("application/ld+json;q=0.5, application/json;q=0.5", .json),
            ("*/*;q=0.9, application/json;q=0.1", .linkedData),
            ("application/json;q=0, */*", .linkedData), ("application/json;q=0", nil),
            ("application/json;q=0, application/ld+json;q=0.000", nil),
            ("application/*;q=0.2, application/ld+json;q=0.201", .linkedData),
            ("application/ld+json ; profile=\"http://a, b;q=0\" ; q=0.7 , application/json;q=0.6", .linkedData),
            ("application/ld+json;profile=\"a\\\"b,c\"", .linkedData),
            ("application/json;charset=utf-8", .json), ("application/json;Q=0.1,application/ld+json", .linkedData),
            ("application/json;q=1.000", .json), ("application/json;q=2", nil), ("application/json;q=0.1234", nil),
            ("application/json;q=", nil), ("application/json;q=x", nil), ("application/json;q=1.1", nil),
            (",, ;application/json", nil), (", application/json ,", .json), ("application/jsonx", nil), ("*", nil),
            ("application/ld+json;a=\"", .linkedData), ("application/ld+json;a=\"\\", .linkedData),
        ] as [(String, ContentType?)]
    )
    func choice(accept: String, expected: ContentType?) {
        let bytes = Array("x\(accept)x".utf8)
        let range = ByteRange(1..<bytes.count - 1)
        #expect(Negotiation.choose(range, bytes.span, .json, or: .linkedData) == expected, "\(accept)")
    }

    @Test("any bytes are read to their end")
    func hostile() {
        var generator = SystemRandomNumberGenerator()
        let letters = Array("application/ld+json*;q=0.15,\"\\ \t".utf8)
        for _ in 0..<2_000 {
            let bytes = (0..<Int.random(in: 1...40, using: &generator)).map { _ in letters.randomElement() ?? 0 }
            _ = Negotiation.choose(ByteRange(0..<bytes.count), bytes.span, .json, or: .html)
        }
    }
}

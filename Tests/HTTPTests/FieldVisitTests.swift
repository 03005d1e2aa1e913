import Testing

@testable import HTTP

@Suite("Fields that the parser passes over")
struct FieldVisitTests {
    /// The values of the field in a request, which is parsed first.
    private func values(_ name: StaticString, _ text: String) throws -> [String] {
        var bytes = Array(text.utf8)
        var parser = RequestParser()
        var span = bytes.mutableSpan
        guard case .request = parser.parse(&span) else { throw HTTPRefusal.requestLineMalformed }
        var values: [String] = []
        parser.request.visitField(name, in: bytes.span) {
            values.append(String(decoding: bytes[$0.bounds], as: UTF8.self))
        }
        return values
    }

    @Test(
        "each line of the field is visited in its order, whatever stands around it",
        arguments: [
            ("GET / HTTP/1.1\r\nHost: x\r\n\r\n", []),
            ("GET / HTTP/1.1\r\nOrigin: a\r\nHost: x\r\n\r\n", ["a"]),
            ("\r\n\r\nGET /%41%0A?q=Origin:b HTTP/1.1\r\nHost: x\r\noRIGIN:\t a b \t\r\nOrigin:\r\n\r\n", ["a b", ""]),
            ("OPTIONS * HTTP/1.1\r\nHost: x\r\nOrigin: a\r\n\r\n", ["a"]),
            ("GET http://x HTTP/1.1\r\nHost: x\r\nOrigin: a\r\n\r\n", ["a"]),
            ("GET / HTTP/1.1\r\nHost: x\r\nX-Origin: a\r\nOrigins: b\r\nOrigi: c\r\n\r\n", []),
            ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\nOrigin: a\r\n", []),
            (
                "POST / HTTP/1.1\r\nHost: x\r\nOrigin: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nOrigi\r\n0\r\n"
                    + "Origin: c\r\n\r\n", ["a"]
            ),
        ] as [(String, [String])]
    )
    func visits(text: String, expected: [String]) throws {
        #expect(try values("origin", text) == expected)
    }
}

import Testing

@testable import HTTP

@Suite("Conditions")
struct ConditionTests {
    private func ifMatch(_ value: String, _ tag: UInt64?) -> Condition {
        let bytes = latin(" " + value + "\r\n")
        return EntityTag.satisfiesIfMatch(ByteRange(1, bytes.count - 2), bytes.span, tag.map(EntityTag.init))
    }

    private func ifNoneMatch(_ value: String, _ tag: UInt64?) -> Condition {
        let bytes = latin(" " + value + "\r\n")
        return EntityTag.satisfiesIfNoneMatch(ByteRange(1, bytes.count - 2), bytes.span, tag.map(EntityTag.init))
    }

    @Test(
        "If-Match holds for our tag, strongly",
        arguments: [
            ("\"7\"", .holds), ("\"8\"", .fails), ("W/\"7\"", .fails), ("*", .holds), ("\"8\", \"7\"", .holds),
            ("\"8\",,\t\"7\" ,", .holds), ("W/\"7\",\"7\"", .holds), ("\"07\"", .fails), ("\"\"", .fails),
            ("\"a,b\",\"7\"", .holds), ("\"8,7\"", .fails), ("\"18446744073709551623\"", .fails),
            ("\"\u{FF}\"", .fails),
        ] as [(String, Condition)]
    )
    func strong(value: String, expected: Condition) {
        #expect(ifMatch(value, 7) == expected)
    }

    @Test(
        "If-None-Match fails for our tag, weakly",
        arguments: [
            ("\"7\"", .fails), ("\"8\"", .holds), ("W/\"7\"", .fails), ("*", .fails), ("\"8\", W/\"7\"", .fails),
            ("\"8\", W/\"9\"", .holds), ("\"70\"", .holds), ("\"7 \"", .malformed),
        ] as [(String, Condition)]
    )
    func weak(value: String, expected: Condition) {
        #expect(ifNoneMatch(value, 7) == expected)
    }

    @Test("where there is nothing, a star matches nothing")
    func missing() {
        #expect(ifMatch("*", nil) == .fails)
        #expect(ifMatch("\"1\"", nil) == .fails)
        #expect(ifNoneMatch("*", nil) == .holds)
        #expect(ifNoneMatch("\"1\"", nil) == .holds)
    }

    @Test("a condition that was not sent holds")
    func absent() {
        let nothing: [UInt8] = []
        #expect(EntityTag.satisfiesIfMatch(.absent, nothing.span, nil) == .holds)
        #expect(EntityTag.satisfiesIfNoneMatch(.absent, nothing.span, EntityTag(1)) == .holds)
    }

    @Test(
        "what is no list of tags is malformed",
        arguments: [
            "", ",", "7", "\"7", "7\"", "w/\"7\"", "W/7", "W/", "W", "\"7\"\"8\"", "\"7\" \"8\"", "\"7\" x", "*, \"7\"",
            "\"7\", *", "**", "\"a b\"", "\"a\u{1}\"", "\"a\u{7F}\"", "'7'",
        ]
    )
    func malformed(value: String) {
        #expect(ifMatch(value, 7) == .malformed)
        #expect(ifNoneMatch(value, 7) == .malformed)
    }

    @Test("every tag is equal to itself as it is written", arguments: [0, 1, 9, 10, 999, 1 << 53, UInt64.max])
    func itself(value: UInt64) {
        #expect(ifMatch("\"\(value)\"", value) == .holds)
        #expect(ifMatch("\"0\(value)\"", value) == .fails)
    }
}

@Suite("Idempotency keys")
struct IdempotencyKeyTests {
    private func unquote(_ value: String) throws(HTTPRefusal) -> String? {
        var bytes = latin("<" + value + ">")
        let value = ByteRange(1, bytes.count - 1)
        var span = bytes.mutableSpan
        let key = try IdempotencyKey.unquote(&span, value)
        #expect(bytes.first == 0x3C && bytes.last == 0x3E)
        return text(key, bytes)
    }

    @Test(
        "both forms of a key are one key",
        arguments: [
            ("abc", "\"abc\""), ("a\"b", "\"a\\\"b\""), ("a\\b", "\"a\\\\b\""), ("\\\"", "\"\\\\\\\"\""),
            ("~", "\"~\""),
        ]
    )
    func forms(bare: String, quoted: String) throws {
        #expect(try unquote(bare) == bare)
        #expect(try unquote(quoted) == bare)
    }

    @Test("a key may have 255 bytes, counted without quotes and escapes")
    func length() throws {
        let longest = String(repeating: "\"", count: 255)
        let escaped = "\"" + String(repeating: "\\\"", count: 255) + "\""
        #expect(try unquote("a" + longest.dropLast()) == "a" + longest.dropLast())
        #expect(try unquote(escaped) == longest)
        let tooLong = String(repeating: "a", count: 256)
        #expect(throws: HTTPRefusal.idempotencyKeyMalformed) { try unquote(tooLong) }
        #expect(throws: HTTPRefusal.idempotencyKeyMalformed) { try unquote("\"\(tooLong)\"") }
    }

    @Test("the parser hands out the key itself")
    func parsed() {
        let verdicts = Feed.verdicts("GET / HTTP/1.1\r\nHost: x\r\nIdempotency-Key: \"k\\\\\\\"\"\r\nX: y\r\n\r\n")
        #expect(verdicts.first?.request?.fields == ["idempotency-key": "k\\\""])
    }
}

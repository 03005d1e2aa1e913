import Testing

@testable import HTTP

/// Everything that a reader says of a document.
func members(_ document: [UInt8]) throws(JSONError) -> [(name: String, value: JSONValue)] {
    // A byte in front shows a confusion of the document's offsets with the buffer's.
    let bytes = [0x7B] + document + [0x7D, 0x20]
    var reader = JSONReader(ByteRange(1, 1 + document.count))
    var found: [(name: String, value: JSONValue)] = []
    while let member = try reader.nextMember(in: bytes.span) {
        found.append((decoded(member.name, bytes), member.value))
    }
    return found
}

/// What a string of a document means.
func decoded(_ string: JSONString, _ bytes: [UInt8]) -> String {
    written { JSONReader.decode(string, in: bytes.span, into: &$0) }
}

extension JSONMember {
    /// `isNamed(_:in:)` without a span, which an expectation cannot hold.
    func isNamed(_ literal: StaticString, _ bytes: [UInt8]) -> Bool {
        isNamed(literal, in: bytes.span)
    }
}

@Suite("JSON that is taken")
struct JSONTests {
    private func value(_ text: String) throws(JSONError) -> JSONValue? {
        try members(Array("{\"a\":\(text)}".utf8)).first?.value
    }

    @Test(
        "an array gives its elements in order, whatever stands between them",
        arguments: [
            ("[]", []), ("[ \n]", []), ("[1]", ["1"]),
            (" [ 1 ,\t\"a,]\" , [2,3],{\"b\":[4]}, null ]", ["1", "\"a,]\"", "[2,3]", "{\"b\":[4]}", "null"]),
            ("[[],[[]],{}]", ["[]", "[[]]", "{}"]),
        ] as [(String, [String])]
    )
    func elements(text: String, expected: [String]) throws {
        let bytes = Array("{\"a\":\(text)}".utf8)
        var reader = JSONReader(ByteRange(0, bytes.count))
        guard case .array(let range) = try reader.nextMember(in: bytes.span)?.value else {
            Issue.record("no array")
            return
        }
        var elements = JSONElements(range)
        var found: [String] = []
        while let element = try elements.next(in: bytes.span) {
            switch element {
            case .integer(let number): found.append(String(number))
            case .string(let string): found.append("\"\(decoded(string, bytes))\"")
            case .object(let part), .array(let part):
                found.append(String(decoding: bytes[part.start..<part.end], as: UTF8.self))
            case .null: found.append("null")
            case .fraction, .boolean: Issue.record("not in the array")
            }
        }
        #expect(found == expected)
    }

    @Test("what is no array ends, with an error or without", arguments: ["", "[", "[1", "[1 2]", "[1,", "x]", "[,]"])
    func brokenElements(text: String) {
        let bytes = Array(text.utf8)
        var elements = JSONElements(ByteRange(0, bytes.count))
        for _ in 0...bytes.count {
            guard (try? elements.next(in: bytes.span)) != nil else { return }
        }
        Issue.record("more elements than bytes")
    }

    private func string(_ text: String) throws -> String {
        let bytes = Array("{\"a\":\(text)}".utf8)
        var reader = JSONReader(ByteRange(0, bytes.count))
        guard case .string(let string) = try reader.nextMember(in: bytes.span)?.value else { return "no string" }
        #expect(try reader.nextMember(in: bytes.span) == nil)
        return decoded(string, bytes)
    }

    @Test("a purchase is read member by member")
    func purchase() throws {
        let bytes = Array(ValidRequests.json.utf8)
        var reader = JSONReader(ByteRange(0, bytes.count))
        let buyer = try #require(try reader.nextMember(in: bytes.span))
        #expect(buyer.isNamed("buyer", bytes))
        #expect(!buyer.isNamed("buyers", bytes))
        guard case .string(let name) = buyer.value else { throw JSONError(.valueExpected, at: 0) }
        #expect(!name.hasEscapes)
        #expect(text(name.content, bytes) == "u123456")
        let quantity = try #require(try reader.nextMember(in: bytes.span))
        #expect(quantity.isNamed("quantity", bytes))
        #expect(quantity.value == .integer(1))
        #expect(try reader.nextMember(in: bytes.span) == nil)
        #expect(try reader.nextMember(in: bytes.span) == nil)
    }

    @Test("the empty object has no members", arguments: ["{}", " { } ", "\t{\r\n}\n"])
    func empty(document: String) throws {
        #expect(try members(latin(document)).isEmpty)
    }

    @Test("blanks may stand wherever the grammar has them")
    func blanks() throws {
        let document = " \t\r\n{ \"a\" : 1 , \"b\"\n:\n[ 1 , { \"c\" : [ ] } ] ,\t\"d\":{ } } \r\n"
        #expect(try members(latin(document)).map(\.name) == ["a", "b", "d"])
    }

    @Test(
        "integers are read exactly",
        arguments: [
            ("0", 0), ("1", 1), ("-1", -1), ("10", 10), ("9007199254740993", 9_007_199_254_740_993),
            ("9223372036854775807", Int64.max), ("-9223372036854775808", Int64.min),
        ] as [(String, Int64)]
    )
    func integers(text: String, expected: Int64) throws {
        #expect(try value(text) == .integer(expected))
    }

    @Test(
        "what is not written as an integer never becomes one",
        arguments: [
            "-0", "0.0", "1.0", "1.5", "1e2", "1E+2", "1e-2", "-0.0", "0e0", "123456789012345678901234567890.5",
            "99999999999999999999e0", "1e999",
        ]
    )
    func fractions(text: String) throws {
        guard case .fraction(let range) = try value(text) else {
            Issue.record("not a fraction")
            return
        }
        #expect(range.count == text.utf8.count)
    }

    @Test(
        "integers of more than 64 bits are an error of their own",
        arguments: ["9223372036854775808", "-9223372036854775809", "18446744073709551616", "99999999999999999999999"]
    )
    func overflow(text: String) {
        #expect(throws: JSONError(.integerTooLarge, at: 6, member: ByteRange(3, 4))) { try value(text) }
    }

    @Test("words are read")
    func words() throws {
        #expect(try value("true") == .boolean(true))
        #expect(try value("false") == .boolean(false))
        #expect(try value("null") == .null)
    }

    @Test(
        "strings are decoded",
        arguments: [
            (#""""#, ""), (#""abc""#, "abc"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
            (#""\u0041\u00e9""#, "Aé"),
            (#""\uD83D\uDE00x""#, "😀x"), (#""\uDBFF\uDFFF""#, "\u{10FFFF}"), (#""\u0000""#, "\u{0}"),
            (#""é漢😀""#, "é漢😀"), (#""12345678\n12345678""#, "12345678\n12345678"), (#""\uFFFF""#, "\u{FFFF}"),
            ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"), (#""/""#, "/"),
        ]
    )
    func strings(text: String, expected: String) throws {
        #expect(try string(text) == expected)
    }

    @Test("a name is the same name however it is escaped")
    func escapedNames() throws {
        for name in [#"buyer"#, #"\u0062uyer"#, #"buye\u0072"#, #"\u0062\u0075\u0079\u0065\u0072"#] {
            let bytes = latin("{\"\(name)\":1}")
            var reader = JSONReader(ByteRange(0, bytes.count))
            let member = try #require(try reader.nextMember(in: bytes.span))
            #expect(member.isNamed("buyer", bytes))
            #expect(!member.isNamed("buye", bytes))
            #expect(!member.isNamed("buyers", bytes))
            #expect(!member.isNamed("Buyer", bytes))
        }
    }

    @Test("a known name is taken once, also where it is escaped the second time")
    func repeated() throws {
        let bytes = latin(#"{"buyer":1,"\u0062uyer":2}"#)
        var reader = JSONReader(ByteRange(0, bytes.count))
        var seen = JSONMembersSeen()
        let first = try #require(try reader.nextMember(in: bytes.span))
        try seen.note(0, first)
        #expect(seen.has(0) && !seen.has(1))
        let second = try #require(try reader.nextMember(in: bytes.span))
        #expect(second.isNamed("buyer", bytes))
        #expect(throws: JSONError(.memberRepeated, at: 12, member: second.name.content)) { try seen.note(0, second) }
    }

    @Test("an object within is read by a reader of its own")
    func nested() throws {
        let bytes = latin(#"{"price":{"amount":12900,"currency":"USD"},"tags":["a",{"b":[]}],"x":1}"#)
        var reader = JSONReader(ByteRange(0, bytes.count))
        guard case .object(let price) = try reader.nextMember(in: bytes.span)?.value else {
            throw JSONError(.notAnObject, at: 0)
        }
        var inner = JSONReader(price)
        #expect(try inner.nextMember(in: bytes.span)?.value == .integer(12_900))
        #expect(try inner.nextMember(in: bytes.span)?.isNamed("currency", bytes) == true)
        #expect(try inner.nextMember(in: bytes.span) == nil)
        guard case .array(let tags) = try reader.nextMember(in: bytes.span)?.value else {
            throw JSONError(.valueExpected, at: 0)
        }
        #expect(text(tags, bytes) == #"["a",{"b":[]}]"#)
        #expect(try reader.nextMember(in: bytes.span)?.value == .integer(1))
        #expect(try reader.nextMember(in: bytes.span) == nil)
    }

    @Test("nesting is taken down to 16 and no deeper")
    func depth() throws {
        func document(_ depth: Int) -> [UInt8] {
            latin("{\"a\":" + String(repeating: "[", count: depth - 1) + String(repeating: "]", count: depth - 1) + "}")
        }
        #expect(try members(document(16)).count == 1)
        #expect(throws: JSONError.self) { try members(document(17)) }
        #expect(throws: JSONError.self) { try members(document(100_000)) }
        let objects = String(repeating: "{\"a\":", count: 50_000)
        #expect(throws: JSONError.self) { try members(latin(objects)) }
    }

    @Test("an error says where, and in which member")
    func places() {
        let bytes = latin(#"{"buyer":"u1","quantity":01}"#)
        var reader = JSONReader(ByteRange(0, bytes.count))
        #expect(throws: JSONError(.numberMalformed, at: 25, member: ByteRange(15, 23))) {
            while try reader.nextMember(in: bytes.span) != nil {}
        }
    }

    @Test("every kind of error has a phrase that needs no escape", arguments: JSONError.Kind.allCases)
    func phrases(kind: JSONError.Kind) {
        let reason = JSONError(kind, at: 0).reason.description
        #expect(!reason.isEmpty)
        #expect(reason.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != ASCII.quote && $0 != ASCII.backslash })
    }
}

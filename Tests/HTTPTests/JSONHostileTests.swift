import Foundation
import Testing

@testable import HTTP

@Suite("JSON that is refused")
struct JSONHostileTests {
    static let structures: [String] = [
        "", " ", "1", "\"a\"", "null", "true", "[]", "[{}]", "{", "}", "{{}}", "{]", "[}", "{}{}", "{},", "{};", "{} x",
        "{}\u{0}", "{}}", "{\"a\"}", "{\"a\":}", "{\"a\" 1}", "{\"a\":1,}", "{,}", "{,\"a\":1}", "{\"a\":1,,\"b\":2}",
        "{\"a\":1 \"b\":2}", "{\"a\":1;\"b\":2}", "{\"a\"::1}", "{\"a\",1}", "{a:1}", "{'a':1}", "{1:1}", "{null:1}",
        "{[]:1}", "{\"a\":1", "{\"a\":", "{\"a\"", "{\"a", "{\"a\":1}x", "{\"a\":1}{\"b\":2}", "\u{EF}\u{BB}\u{BF}{}",
        "\u{FE}\u{FF}\u{0}{\u{0}}", "{\u{0}}", "\u{B}{}", "\u{C}{}", "\u{A0}{}", "{\u{85}}", "/**/{}", "{}//", "{/**/}",
        "{\"a\":1/*c*/}", "#\n{}", "{\"a\":[1,]}", "{\"a\":[,1]}", "{\"a\":[1 2]}", "{\"a\":[}", "{\"a\":[1}",
        "{\"a\":[1",
        "{\"a\":[", "{\"a\":{]}", "{\"a\":{\"b\"}}", "{\"a\":{\"b\":1,}}", "{\"a\":{\"b\":1]}", "{\"a\":{b:1}}",
        "{\"a\":[\"b\":1]}", "{\"a\":(1)}", "{\"a\":b}", "{\"a\":\"b\" \"c\"}",
    ]

    static let values: [String] = [
        "True", "TRUE", "tru", "truE", "truee", "true1", "fals", "falsE", "nul", "nulll", "NULL", "nil", "None",
        "undefined", "NaN", "nan", "Infinity", "-Infinity", "inf", "01", "00", "-01", "-00", "007", "+1", "-", "--1",
        "-+1",
        ".5", "1.", "-.5", "-1.", "1.e1", ".e1", "1e", "1e+", "1e-", "1E", "1.5e", "1e1.5", "1e1e1", "1.2.3", "0x1",
        "0b1",
        "0o7", "1_000", "1,000", "1 000", "1a", "1f", "1L", "0.", "0e", "-a", "\u{B2}", "\u{661}", "1\u{0}", "$1", "1;",
        "\"", "\"a", "\"\\\"", "\"\\", "\"\\a\"", "\"\\'\"", "\"\\0\"", "\"\\x41\"", "\"\\U0041\"", "\"\\u\"",
        "\"\\u1\"",
        "\"\\u12\"", "\"\\u123\"", "\"\\u123g\"", "\"\\u 123\"", "\"\\u-123\"", "\"\\u+123\"", "\"\\u{41}\"",
        "\"\\\n\"",
        "\"\\\u{E9}\"", "\"\\uD800\"", "\"\\uD800x\"", "\"\\uD800\\n\"", "\"\\uD800\\u0041\"", "\"\\uD800\\uD800\"",
        "\"\\uDC00\"", "\"\\uDFFF\\uD800\"", "\"\\uD83D\\uDE0\"", "\"\\uD83D\\\"", "\"\\uD83D\\u\"", "\"\u{0}\"",
        "\"\u{1}\"", "\"\t\"", "\"\n\"", "\"\r\"", "\"\u{1F}\"", "\"12345678\u{1F}\"", "'a'", "`a`",
    ]

    /// Strings whose bytes are not UTF-8.
    static let texts: [String] = [
        "\u{80}", "\u{BF}", "\u{C0}\u{80}", "\u{C0}\u{AF}", "\u{C1}\u{BF}", "\u{C2}", "\u{C3}(", "\u{C3}\u{C3}\u{A9}",
        "\u{E0}\u{80}\u{80}", "\u{E0}\u{9F}\u{BF}", "\u{E2}\u{82}", "\u{E2}(\u{A1}", "\u{E2}\u{82}(",
        "\u{ED}\u{A0}\u{80}",
        "\u{ED}\u{BF}\u{BF}", "\u{EF}\u{BF}", "\u{F0}\u{80}\u{80}\u{80}", "\u{F0}\u{8F}\u{BF}\u{BF}",
        "\u{F0}\u{9F}\u{98}",
        "\u{F0}\u{9F}(\u{80}", "\u{F0}\u{9F}\u{98}(", "\u{F4}\u{90}\u{80}\u{80}", "\u{F5}\u{80}\u{80}\u{80}",
        "\u{F8}\u{88}\u{80}\u{80}\u{80}", "\u{FC}\u{84}\u{80}\u{80}\u{80}\u{80}", "\u{FE}", "\u{FF}", "12345678\u{FF}",
        "\u{C3}\u{A9}\u{A9}",
    ]

    static let all =
        structures + values.map { "{\"a\":\($0)}" } + values.map { "{\"a\":[\($0)]}" }
        + texts.map { "{\"a\":\"\($0)\"}" } + texts.map { "{\"\($0)\":1}" }
        + texts.map { "{\"a\":{\"b\":[\"\($0)\"]}}" }
        + texts.map { "{\"a\":\($0)}" }

    @Test("a document that any parser might read another way is refused", arguments: all)
    func refused(document: String) {
        #expect(throws: JSONError.self) { try members(latin(document)) }
    }

    @Test("a document cut short is refused at every byte")
    func truncated() {
        let document = Array(#"{"a":"xé\u00e9\uD83D\uDE00","b":[1,-2.5e+3,true,null,{"c":false}],"d":{"e":-12}}"#.utf8)
        #expect(throws: Never.self) { try members(document) }
        for end in 0..<document.count {
            #expect(throws: JSONError.self, "cut at \(end)") { try members(Array(document[..<end])) }
        }
    }

    @Test("a document's end is its range's, whatever follows in the buffer")
    func bounded() {
        let bytes = latin("{\"a\":12345}")
        var reader = JSONReader(ByteRange(0, 7))
        #expect(throws: JSONError.self) { while try reader.nextMember(in: bytes.span) != nil {} }
    }
}

/// Random documents, mostly valid.
enum RandomJSON {
    static func text(_ random: inout SplitMix64) -> String {
        let scalars: [Unicode.Scalar] = [
            "a", "\"", "\\", "\n", "\u{0}", "\u{1F}", "\u{7F}", "é", "\u{2028}", "漢", "😀", "/", " ",
        ]
        let count = Int.random(in: 0...12, using: &random)
        return String(String.UnicodeScalarView((0..<count).map { _ in scalars.randomElement(using: &random) ?? "a" }))
    }

    static func value(_ random: inout SplitMix64, depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 0 ? 9 : 7), using: &random) {
        case 0: "\(Int64(bitPattern: random.next()) >> Int64.random(in: 0..<64, using: &random))"
        case 1: ["1.5", "-0", "1e3", "0.25E-2", "-12.5e+1"].randomElement(using: &random) ?? "0"
        case 2: ["true", "false", "null"].randomElement(using: &random) ?? "null"
        case 3, 4, 5: string(&random)
        case 6: #""\u00e9\uD83D\uDE00\/\b""#
        case 7: "[" + list(&random, depth: depth) { value(&$0, depth: depth - 1) } + "]"
        default: object(&random, depth: depth - 1)
        }
    }

    static func object(_ random: inout SplitMix64, depth: Int) -> String {
        var name = 0
        return "{"
            + list(&random, depth: depth) { random in
                name += 1
                return "\"n\(name)\"" + blank(&random) + ":" + blank(&random) + value(&random, depth: depth)
            } + "}"
    }

    private static func list(_ random: inout SplitMix64, depth: Int, _ element: (inout SplitMix64) -> String) -> String
    {
        let count = Int.random(in: 0...4, using: &random)
        var elements: [String] = []
        for _ in 0..<count { elements.append(blank(&random) + element(&random) + blank(&random)) }
        return elements.joined(separator: ",")
    }

    private static func blank(_ random: inout SplitMix64) -> String {
        ["", "", "", " ", "\n\t"].randomElement(using: &random) ?? ""
    }

    private static func string(_ random: inout SplitMix64) -> String {
        written { writer in
            writer.append("\"")
            writer.append(escapedBytes: Array(text(&random).utf8))
            writer.append("\"")
        }
    }
}

@Suite("JSON beside Foundation")
struct JSONFoundationTests {
    static let seed: UInt64 = 0x5EED_0008

    private func compare(_ found: [(name: String, value: JSONValue)], _ bytes: [UInt8], _ name: String) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any] else {
            Issue.record("Foundation refuses \(name)")
            return
        }
        for (member, value) in found where found.filter({ $0.name == member }).count == 1 {
            guard let theirs = object[member] else {
                Issue.record("\(member) is missing in \(name)")
                return
            }
            #expect(isEqual(value, theirs, [0x7B] + bytes), "\(member) in \(name)")
        }
    }

    private func isEqual(_ ours: JSONValue, _ theirs: Any, _ bytes: [UInt8]) -> Bool {
        switch ours {
        case .string(let string): theirs as? String == decoded(string, bytes)
        case .integer(let value): (theirs as? NSNumber)?.int64Value == value
        case .fraction(let range): (theirs as? NSNumber)?.doubleValue == Double(text(range, bytes) ?? "")
        case .boolean(let value): theirs as? Bool == value
        case .null: theirs is NSNull
        case .object: theirs is [String: Any]
        case .array: theirs is [Any]
        }
    }

    @Test("valid documents mean what they mean to Foundation")
    func valid() throws {
        var random = SplitMix64(seed: Self.seed)
        for round in 0..<2_000 {
            let bytes = Array(RandomJSON.object(&random, depth: 4).utf8)
            let name = "seed \(Self.seed), round \(round)"
            let found = try members(bytes)
            compare(found, bytes, name)
        }
    }

    @Test("what is taken of mutated documents, Foundation takes too, with the same meaning")
    func mutated() {
        var mutator = Mutator(random: SplitMix64(seed: Self.seed))
        var accepted = 0
        for round in 0..<10_000 {
            let document = Array(RandomJSON.object(&mutator.random, depth: 3).utf8)
            let bytes = mutator.mutate(document)
            guard let found = try? members(bytes) else { continue }
            accepted += 1
            compare(found, bytes, "seed \(Self.seed), round \(round)")
        }
        #expect(accepted > 500)
        #expect(accepted < 9_500)
    }
}

import Foundation
import Testing

@testable import Service

@Suite("The configuration file's language")
struct ConfigurationFileTests {
    private func entries(_ text: String) throws -> [ConfigurationFile.Entry] {
        try ConfigurationFile.entries(of: Array(text.utf8), named: "f")
    }

    private func refusal(_ text: String) -> String {
        do {
            return "accepted: \(try entries(text))"
        } catch {
            return "\(error)"
        }
    }

    @Test("comments, trailing commas, bare and quoted keys and all kinds of values are read, with their lines")
    func language() throws {
        let text = """
            // First a comment.
            {
              listen: '127.0.0.1:80', /* and
              another */ "demo" : true,
              http: { head_bytes_max: 0x1F, pipelined_max: +5, },
              loops: -3, data: "a\\u0062\\x63\\
            d\\\\\\"", x: 1.5, y: null, empty: {}
            }
            """
        #expect(
            try entries(text) == [
                .init(path: "listen", value: .string("127.0.0.1:80"), line: 3),
                .init(path: "demo", value: .flag(true), line: 4),
                .init(path: "http", value: .section, line: 5),
                .init(path: "http.head_bytes_max", value: .number(31), line: 5),
                .init(path: "http.pipelined_max", value: .number(5), line: 5),
                .init(path: "loops", value: .number(-3), line: 6),
                .init(path: "data", value: .string("abcd\\\""), line: 6),
                .init(path: "x", value: .other("1.5"), line: 7),
                .init(path: "y", value: .other("null"), line: 7),
                .init(path: "empty", value: .section, line: 7),
            ]
        )
    }

    @Test(
        "a mistake is refused with its line and what was expected",
        arguments: [
            ("", "f:1: the settings stand between braces, at the end of the file"),
            ("[]", "f:1: the settings stand between braces, before \"[]\""),
            ("{", "f:1: a key is expected here, at the end of the file"),
            ("{\n a: 1\n b: 2}", "f:3: a comma or a closing brace must follow a value, before \"b: 2}\""),
            ("{a.b: 1}", "f:1: a colon must follow the key a, before \".b: 1}\""),
            ("{a 1}", "f:1: a colon must follow the key a, before \"1}\""),
            ("{1: 2}", "f:1: a key is expected here, before \": 2}\""),
            ("{a: }", "f:1: a value is expected here: text, a number, true or false, before \"}\""),
            ("{a: [1]}", "f:1: a value is expected here: text, a number, true or false, before \"[1]}\""),
            ("{a: 'x\n'}", "f:1: the text has no closing quote, before \"\""),
            ("{a: 'x\\", "f:1: the text has no closing quote, at the end of the file"),
            (
                "{a: '\\ud800'}",
                "f:1: \\u needs four hexadecimal digits, \\x two, and a character that they stand for, before \"d800'}\""
            ),
            ("{a: 1} b", "f:1: nothing may follow the last brace, before \"b\""),
            ("{\n/* x\n", "f:3: the comment of line 2 has no end, at the end of the file"),
            (
                "{a: 'C:\\data'}",
                "f:1: this backslash means nothing; one for itself is written twice, before \"ata'}\""
            ),
            ("{ / }", "f:1: a comment starts with // or /*, before \"/ }\""),
        ]
    )
    func mistakes(text: String, reason: String) {
        #expect(refusal(text) == reason)
    }

    @Test("a key that stands twice is refused with both lines", arguments: ["a", "\"a\"", "'a'", "'\\u0061'"])
    func duplicates(second: String) {
        #expect(refusal("{\n s: { a: 1,\n\n \(second): 1 } }") == "f:4: s.a: stands here and on line 2 already")
    }

    @Test("the same key in two sections is two keys")
    func sameNameInTwoSections() throws {
        #expect(try entries("{s: {a: 1}, t: {a: 1}, a: 1}").count == 5)
    }

    @Test("text that is not UTF-8 is refused")
    func notUTF8() {
        #expect(throws: ConfigurationError.self) {
            try ConfigurationFile.entries(of: Array("{a: '".utf8) + [0xFF] + Array("'}".utf8), named: "f")
        }
    }

    @Test("sections inside sections end at a depth")
    func depth() {
        let text = String(repeating: "{a:", count: 100_000)
        #expect(refusal(text).hasPrefix("f:1: more than 8 sections inside each other"))
    }

    @Test(
        "a number is whole, and has no zero in front",
        arguments: ["010", "1e3", "1.", ".5", "0x", "-", "+", "1_000", "64MiB", "99999999999999999999", "0x-1", "--1"]
    )
    func numbers(text: String) throws {
        #expect(try entries("{a: \(text)}").first?.value == .other(text))
    }

    @Test("what is accepted is JSON5, and means what Foundation's reader says", arguments: [0x5EED, 1, 2, 3])
    func differential(seed: UInt64) {
        let seedText = #"{s:{b:12,"c":'x\n\u0041'},d:true,/*x*/e:-0x1f,// y"# + "\n" + #"'f':"\"/*",}"#
        var random = SplitMix64(state: seed)
        var accepted = 0
        for round in 0..<3_000 {
            var bytes = Array(seedText.utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) { mutate(&bytes, &random) }
            guard let ours = try? ConfigurationFile.entries(of: bytes, named: "f") else { continue }
            // A word that is no value is left to the settings, all of which refuse it.
            if ours.contains(where: \.value.isOther) { continue }
            accepted += 1
            let text = String(decoding: bytes, as: UTF8.self)
            // Foundation keeps the end of the line that a backslash should remove (JSON5, section 5.2).
            if text.contains("\\\n") { continue }
            let theirs = foundationValues(Data(bytes))
            #expect(theirs != nil, "seed \(seed), round \(round): Foundation refuses \(text)")
            for entry in ours {
                guard let expected = plain(entry.value) else { continue }
                #expect(theirs?[entry.path] == expected, "seed \(seed), round \(round): \(entry.path) of \(text)")
            }
        }
        #expect(accepted > 300)
    }

    private func mutate(_ bytes: inout [UInt8], _ random: inout SplitMix64) {
        let alphabet = Array("{}:,\"'/*\\ \nx01-+abu_".utf8)
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes[place] = alphabet.randomElement(using: &random) ?? 0
        case 1: bytes.insert(alphabet.randomElement(using: &random) ?? 0, at: place)
        default: bytes.remove(at: place)
        }
    }

    private func plain(_ value: SettingValue) -> String? {
        switch value {
        case .string(let text): "text \(text)"
        case .number(let number): "number \(number)"
        case .flag(let flag): "flag \(flag)"
        case .other, .section, .untyped: nil
        }
    }

    private func foundationValues(_ data: Data) -> [String: String]? {
        let decoder = JSONDecoder()
        decoder.allowsJSON5 = true
        guard let tree = try? decoder.decode(JSONTree.self, from: data) else { return nil }
        return tree.flat(under: "")
    }
}

/// Foundation's view of a JSON document.
private indirect enum JSONTree: Decodable {
    case object([String: JSONTree])
    case leaf(String)

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let flag = try? container.decode(Bool.self) {
            self = .leaf("flag \(flag)")
        } else if let number = try? container.decode(Int.self) {
            self = .leaf("number \(number)")
        } else if let text = try? container.decode(String.self) {
            self = .leaf("text \(text)")
        } else if let members = try? container.decode([String: JSONTree].self) {
            self = .object(members)
        } else {
            self = .leaf("other")
        }
    }

    func flat(under path: String) -> [String: String] {
        switch self {
        case .leaf(let text): [path: text]
        case .object(let members):
            members.reduce(into: [:]) { result, member in
                let inner = path.isEmpty ? member.key : "\(path).\(member.key)"
                result.merge(member.value.flat(under: inner)) { first, _ in first }
            }
        }
    }
}

extension SettingValue {
    fileprivate var isOther: Bool {
        if case .other = self { true } else { false }
    }
}

private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

import Domain
import Foundation
import HTTP
import Synchronization
import Testing

@testable import Service

@Suite("Credentials")
struct CredentialTests {
    /// The line of a token that is its own name with `-token` behind.
    private static func line(_ name: String, _ scopes: String, token: String? = nil) -> String {
        let token = token ?? name + "-token"
        return "\(name) \(scopes) \(SHA256.digest(of: Array(token.utf8).span).hex)"
    }

    private func credentials(_ text: String) throws -> [Credential] {
        try CredentialFile.credentials(of: Array(text.utf8), named: "f")
    }

    @Test("a file is read line by line: name, scopes, digest; comments and empty lines say nothing")
    func file() throws {
        let text = """
            # who sells
            \(Self.line("web", "sell"))  # the shop

            \t\(Self.line("ops.1", "operate,read"))\r
            \(Self.line("web", "sell", token: "second"))
            """
        let read = try credentials(text)
        #expect(read.map(\.name) == ["web", "ops.1", "web"])
        #expect(read.map(\.scopes) == [.sell, [.operate, .read], .sell])
        #expect(read.map(\.line).contains(Self.line("ops.1", "operate,read")))
    }

    @Test(
        "a wrong line is named, and never repeated in the message",
        arguments: [
            ("web sell", "f:1: a line is a name, scopes and a SHA-256, and this one has 2 words"),
            ("\n\(line("w b", "sell"))", "f:2: a line is a name, scopes and a SHA-256, and this one has 4 words"),
            (line("server", "sell"), "f:1: the name must be 1 to 64 of A-Z a-z 0-9 . _ ~ -, and not `server`"),
            (line("a/b", "sell"), "f:1: the name must be 1 to 64 of A-Z a-z 0-9 . _ ~ -, and not `server`"),
            (line("web", "buy"), "f:1: buy is no list of scopes: sell, operate, read, with commas between them"),
            (line("web", "sell,"), "f:1: sell, is no list of scopes: sell, operate, read, with commas between them"),
            ("web sell stk_secret", "f:1: the third word is no SHA-256 of 64 hexadecimal digits"),
            (
                "\(line("a", "read", token: "t"))\n\(line("b", "sell", token: "t"))",
                "f:2: this token has a line already"
            ),
            ("# nothing", "f: no credential stands in it"),
        ]
    )
    func mistakes(text: String, reason: String) {
        let error = #expect(throws: ConfigurationError.self) { try credentials(text) }
        #expect(error?.description == reason)
    }

    @Test("the shipped example is a file of credentials")
    func example() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "config/credentials"), encoding: .utf8)
        #expect(try credentials(text).map(\.scopes) == [.sell, .operate, .read])
    }

    @Test("no more tokens than the limit are taken")
    func limit() throws {
        let lines = (0...CredentialFile.credentialsMax).map { Self.line("n\($0)", "read") }
        #expect(try credentials(lines.dropLast().joined(separator: "\n")).count == CredentialFile.credentialsMax)
        #expect(throws: ConfigurationError.self) { try credentials(lines.joined(separator: "\n")) }
    }

    @Test("what `credential new` prints is a token and the line that knows it")
    func new() throws {
        let lines = CredentialCommand.new("web", [.sell, .read]).split(separator: "\n").filter { !$0.hasPrefix("#") }
        let token = Array(lines[0].utf8)
        let credential = try #require(try credentials(String(lines[1])).first)
        #expect(credential.digest.isEqual(SHA256.digest(of: token.span)))
        #expect((credential.name, credential.scopes) == ("web", [.sell, .read]))
        #expect(lines[0].wholeMatch(of: /stk_[A-Za-z0-9_-]{43}/) != nil)
        #expect(CredentialCommand.new("web", .sell) != CredentialCommand.new("web", .sell))
    }

    @Test(
        "the command line of `credential new` is read, and a wrong one refused",
        arguments: [
            (["new", "web", "--scope", "sell"], nil),
            (["new", "--scope=sell,read", "web"], nil),
            ([], "credential needs a tool: "), (["mew", "web"], "credential has no tool mew: "),
            (["new", "--scope", "sell"], "one NAME is needed"),
            (["new", "a", "b", "--scope", "sell"], "one NAME is needed"),
            (["new", "server", "--scope", "sell"], "one NAME is needed"), (["new", "web"], "--scope is missing"),
            (["new", "web", "--scope"], "--scope needs a value"),
            (["new", "web", "--scop=sell"], "credential has no option"),
            (["new", "web", "--scope", "slel"], "--scope takes sell, operate, read"),
        ] as [([String], String?)]
    )
    func commandLine(arguments: [String], reason: String?) throws {
        guard let reason else {
            guard case .newCredential("web", _) = try CommandLineOptions.parse(["credential"] + arguments) else {
                Issue.record("no credential is asked for")
                return
            }
            return
        }
        let error = #expect(throws: UsageError.self) { try CommandLineOptions.parse(["credential"] + arguments) }
        #expect(error?.description.hasPrefix(reason) == true)
    }
}

/// A file that the test changes.
final class ChangingFile: Sendable {
    private let text: Mutex<String>

    init(_ lines: String...) {
        text = Mutex(lines.joined(separator: "\n"))
    }

    func write(_ lines: String...) { text.withLock { $0 = lines.joined(separator: "\n") } }

    func credentials() throws -> Credentials {
        try Credentials(file: "f", key: FingerprintKey(first: 1, second: 2)) { [self] _ throws(ConfigurationError) in
            Array(text.withLock { $0 }.utf8)
        }
    }

    /// A line of that file.
    static func line(_ name: String, _ scopes: String, _ token: String) -> String {
        "\(name) \(scopes) \(SHA256.digest(of: Array(token.utf8).span).hex)"
    }
}

@Suite("Callers")
struct CallersTests {
    /// What becomes of a request with this field.
    private func judge(_ callers: Callers, _ field: String?, _ needed: ScopeSet = .sell) -> Admission {
        let bytes = Array(("x" + (field ?? "")).utf8)
        let range = field == nil ? ByteRange.absent : ByteRange(1..<bytes.count)
        return callers.judge(range, bytes.span, needed)
    }

    private func name(_ callers: Callers, _ field: String) -> String? {
        let admission = judge(callers, field)
        return admission.denial == nil ? String(decoding: callers.name(of: admission.caller), as: UTF8.self) : nil
    }

    @Test("a token passes with the scope that is needed, again and again, and with no other")
    func scopes() throws {
        let file = ChangingFile(ChangingFile.line("web", "sell", "t1"), ChangingFile.line("ops", "operate,read", "t2"))
        let callers = Callers(try file.credentials())
        for _ in 0..<3 {
            #expect(name(callers, "Bearer t1") == "web")
            #expect(judge(callers, "Bearer t1", [.operate, .read]).denial.isScopeMissing)
            #expect(judge(callers, "Bearer t2", [.operate]).denial == nil)
            #expect(judge(callers, "Bearer t2").denial.isScopeMissing)
            #expect(judge(callers, nil, []).denial == nil)
        }
    }

    @Test(
        "what is no bearer token, or nobody's, does not pass",
        arguments: ["", "Bearer", "Bearer ", "Basic t1", "t1", "Bearert1", "Bearer t", "Bearer t11", "Bearer t1 x"]
    )
    func strangers(field: String) throws {
        let callers = Callers(try ChangingFile(ChangingFile.line("web", "sell", "t1")).credentials())
        #expect(name(callers, "bearer  t1") == "web")
        #expect(name(callers, field) == nil)
        #expect(judge(callers, nil).denial != nil)
        #expect(judge(callers, "Bearer " + String(repeating: "t", count: 10_000)).denial != nil)
    }

    @Test("two tokens of one name are one caller, and each goes when its line goes")
    func rotation() throws {
        let file = ChangingFile(ChangingFile.line("web", "sell", "old"))
        let credentials = try file.credentials()
        let callers = Callers(credentials)
        let first = judge(callers, "Bearer old").caller
        file.write(ChangingFile.line("web", "sell", "old"), ChangingFile.line("web", "sell", "new"))
        #expect(name(callers, "Bearer new") == nil)
        try credentials.reload()
        #expect(judge(callers, "Bearer old").caller == first)
        #expect(judge(callers, "Bearer new").caller == first)
        file.write(ChangingFile.line("web", "sell", "new"))
        try credentials.reload()
        #expect(name(callers, "Bearer old") == nil)
        #expect(judge(callers, "Bearer new").caller == first)
    }

    @Test("a file that is wrong leaves everything as it was")
    func wrongFile() throws {
        let file = ChangingFile(ChangingFile.line("web", "sell", "t1"))
        let credentials = try file.credentials()
        let callers = Callers(credentials)
        file.write("what is this?")
        #expect(throws: ConfigurationError.self) { try credentials.reload() }
        #expect(name(callers, "Bearer t1") == "web")
        #expect(credentials.tokens == 1)
    }

    @Test("a caller's number means one name for ever, also to a loop that has an older table")
    func numbers() throws {
        let file = ChangingFile(ChangingFile.line("a", "sell", "ta"), ChangingFile.line("b", "sell", "tb"))
        let credentials = try file.credentials()
        let (here, elsewhere) = (Callers(credentials), Callers(credentials))
        let before = judge(here, "Bearer tb").caller
        file.write(ChangingFile.line("c", "sell", "tc"), ChangingFile.line("b", "sell", "tb"))
        try credentials.reload()
        let caller = judge(here, "Bearer tc").caller
        #expect(elsewhere.name(of: caller) == Array("c".utf8))
        #expect(judge(here, "Bearer tb").caller == before)
        #expect(here.name(of: .nobody) == [])
    }

    @Test("more tokens than are known again at once are all good")
    func many() throws {
        let lines = (0..<CredentialFile.credentialsMax).map { ChangingFile.line("n\($0)", "sell", "t\($0)") }
        let file = ChangingFile(lines.joined(separator: "\n"))
        let callers = Callers(try file.credentials())
        for _ in 0..<2 {
            for number in 0..<CredentialFile.credentialsMax {
                #expect(name(callers, "Bearer t\(number)") == "n\(number)")
            }
        }
    }
}

extension Denial? {
    fileprivate var isScopeMissing: Bool {
        if case .scopeMissing = self { true } else { false }
    }
}

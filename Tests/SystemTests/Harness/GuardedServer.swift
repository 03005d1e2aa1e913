import Foundation
import Testing

/// A server that knows these callers; it is told of changes by SIGHUP.
struct GuardedServer {
    let file: String
    let server: ServerProcess
    var client: TestConnection

    init(
        _ tokens: [MadeToken],
        in folder: DataFolder? = nil,
        settings: [String: String] = [:],
        _ arguments: String...
    ) throws {
        let folder = try folder ?? DataFolder()
        file = folder.path + "/credentials"
        try Self.write(tokens, to: file)
        let environment = settings.merging(["STOCKKEEPER_CREDENTIALS_FILE": file]) { _, given in given }
        server = try ServerProcess(in: folder, ServerOptions(arguments: arguments, environment: environment))
        client = try server.connect()
    }

    func reload(_ tokens: [MadeToken]) throws {
        try Self.write(tokens, to: file)
        server.sender(of: SIGHUP)()
        try server.waitForLine("credentials read again: \(tokens.count) good")
    }

    private static func write(_ tokens: [MadeToken], to file: String) throws {
        try tokens.map(\.line).joined(separator: "\n").write(toFile: file, atomically: true, encoding: .utf8)
    }

    func call(_ request: TestRequest, _ token: MadeToken?) throws -> TestResponse {
        try client.call(token.map { request.with("Authorization", "Bearer \($0.token)") } ?? request)
    }

    func create(_ sku: String, _ token: MadeToken) throws {
        let body = #"{"title":"t","price":{"amount":100,"currency":"USD"},"stock":10}"#
        #expect(try call(.put("/v1/skus/\(sku)", body), token).status == 201)
    }
}

/// A token that `stockkeeper credential new` has made, with its line of the file.
struct MadeToken {
    let token: String
    let line: String

    init(_ name: String, _ scopes: String) throws {
        let run = try ToolRun(TestRun.executable("stockkeeper"), ["credential", "new", name, "--scope", scopes])
        let lines = run.output.split(separator: "\n").filter { !$0.hasPrefix("#") }.map(String.init)
        guard run.exit == .code(0), lines.count == 2 else { throw HarnessFailure("\(run)") }
        (token, line) = (lines[0], lines[1])
    }
}

import Foundation
import Synchronization
import Testing

/// The server's own description, which every answer that a test gets is held against.
///
/// It is read from the first server of a run. Of each status of an operation the first answers are checked, and all of
/// those that nothing describes: the tests of thousands of buyers shall not wait for it.
struct ServedDescription: Sendable {
    /// The whole document.
    let document: JSON
    private let check: SchemaCheck
    private let paths: [(segments: [Substring], item: [String: JSON])]

    private static let served = Mutex<ServedDescription?>(nil)
    private static let checked = Mutex<[String: Int]>([:])
    private static let checksMax = 100

    /// Fields that every answer may have (RFC 9110, RFC 9112).
    private static let common: Set = ["date", "content-type", "content-length", "connection", "transfer-encoding"]
    /// Fields that pages of other origins get (Fetch, 3.3.3).
    private static let ofOrigins: Set = [
        "access-control-allow-origin", "access-control-expose-headers", "access-control-allow-methods",
        "access-control-allow-headers", "access-control-max-age",
    ]

    init(_ document: JSON) throws {
        guard let schemas = document["components"]?["schemas"]?.object, let paths = document["paths"]?.object else {
            throw HarnessFailure("not a description: \(document)")
        }
        self.document = document
        check = SchemaCheck(schemas: schemas)
        self.paths = paths.map {
            ($0.key.split(separator: "/", omittingEmptySubsequences: false), $0.value.object ?? [:])
        }
    }

    /// Reads the description from a server, once a run.
    static func load(from port: UInt16) throws {
        guard served.withLock({ $0 == nil }) else { return }
        let answer = try TestConnection(port: port).call(.get("/openapi.json"))
        let description = try ServedDescription(try answer.json())
        served.withLock { $0 = description }
    }

    /// Holds an answer against the description; a difference fails the test.
    static func hold(_ answer: TestResponse, to request: TestRequest) {
        guard let description = served.withLock({ $0 }) else { return }
        let place = description.path(of: request.target)
        let name = "\(request.method) \(place?.segments.joined(separator: "/") ?? "") \(answer.status)"
        guard
            checked.withLock({ checks in
                checks[name, default: 0] += 1
                return checks[name, default: 0] <= checksMax
            })
        else { return }
        let faults = description.faults(of: answer, to: request, place?.item)
        if !faults.isEmpty { Issue.record("\(name) is not as described: \(faults)\n\(answer.fields)\n\(answer.text)") }
    }

    /// The schema of a component.
    func schema(_ name: String) -> JSON? { check.schemas[name] }

    /// What is wrong with a value that should be as a schema says.
    func faults(of value: JSON, as schema: JSON) -> [String] { check.faults(of: value, as: schema) }

    private func path(of target: String) -> (segments: [Substring], item: [String: JSON])? {
        let whole = target.prefix { $0 != "?" }
        // The one path that is also taken without its last slash.
        let path = (whole == "/api/purchase" ? "/api/purchase/" : whole)
            .split(separator: "/", omittingEmptySubsequences: false)
        return paths.first { segments, _ in
            segments.count == path.count
                && zip(segments, path).allSatisfy { $0 == $1 || $0.hasPrefix("{") && !$1.isEmpty }
        }
    }

    /// What is wrong with an answer; empty where nothing is.
    func faults(of answer: TestResponse, to request: TestRequest) -> [String] {
        faults(of: answer, to: request, path(of: request.target)?.item)
    }

    private func faults(of answer: TestResponse, to request: TestRequest, _ item: [String: JSON]?) -> [String] {
        guard let operation = item?[request.method.lowercased()] else {
            return answer.status >= 400 ? unroutedFaults(answer, request) : ["an answer where nothing is described"]
        }
        let told = operation["responses"]?["\(answer.status)"].map(resolved)
        guard let told else { return ["the status is not described"] }
        return fieldFaults(answer, told["headers"]?.object ?? [:])
            + (request.method == "HEAD" ? [] : contentFaults(answer, told["content"]?.object ?? [:]))
    }

    /// An answer to what is no operation: any problem, but with all that its type has.
    private func unroutedFaults(_ answer: TestResponse, _ request: TestRequest) -> [String] {
        if request.method == "HEAD" { return [] }
        guard let problem = try? answer.json() else { return ["no JSON"] }
        let schemas = check.schemas.filter { $0.key.hasSuffix("Problem") }.map(\.value)
        let fits = schemas.contains { check.faults(of: problem, as: $0).isEmpty }
        return fits && answer.isProblem ? [] : ["no problem that is described"]
    }

    private func fieldFaults(_ answer: TestResponse, _ headers: [String: JSON]) -> [String] {
        let told = Dictionary(headers.map { ($0.key.lowercased(), resolved($0.value)) }) { first, _ in first }
        let present = Set(answer.fields.map(\.name))
        let missing = told.filter { $0.value["required"] == .bool(true) && !present.contains($0.key) }
        return missing.keys.map { "\($0) is missing" }
            + answer.fields.flatMap { name, value -> [String] in
                guard !Self.common.union(Self.ofOrigins).contains(name) else { return [] }
                if name == "vary", value == "Origin" { return [] }
                guard let schema = told[name]?["schema"] else { return ["\(name) is not described"] }
                let isNumber = schema["type"] == .string("integer")
                let read = isNumber ? Int(value).map { JSON.integer($0) } : .string(value)
                return check.faults(of: read ?? .null, as: schema, at: name)
            }
    }

    private func contentFaults(_ answer: TestResponse, _ content: [String: JSON]) -> [String] {
        guard !content.isEmpty else { return answer.body.isEmpty ? [] : ["a body that is not described"] }
        guard let type = answer["Content-Type"], let schema = content[type]?["schema"] else {
            return ["Content-Type is not described"]
        }
        if type.hasSuffix("x-ndjson") {
            return answer.text.split(separator: "\n")
                .flatMap { line -> [String] in
                    guard let value = try? JSON(Array(line.utf8)) else { return ["no JSON: \(line)"] }
                    return check.faults(of: value, as: schema)
                }
        }
        guard type.hasSuffix("json") else { return check.faults(of: .string(answer.text), as: schema) }
        guard let value = try? answer.json() else { return ["no JSON"] }
        return check.faults(of: value, as: schema)
    }

    /// What a reference within the document refers to.
    func resolved(_ value: JSON) -> JSON {
        guard let reference = value["$ref"]?.string, reference.hasPrefix("#/") else { return value }
        return reference.dropFirst(2).split(separator: "/").reduce(document) { $0[String($1)] ?? .null }
    }
}

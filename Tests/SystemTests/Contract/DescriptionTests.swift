import Foundation
import Testing

extension SystemTests {
    /// The description that the server gives of itself; that each answer is as described, the harness watches over.
    @Suite("Description")
    struct DescriptionTests {
        @Test("the documents say who they are, and a client that has one gets 304", arguments: served)
        func documents(target: String, type: String) throws {
            try withServer { _, client in
                let whole = try client.call(.get(target))
                #expect(whole.status == 200 && whole["Content-Type"] == type && whole.body.count > 10_000)
                let tag = try #require(whole["ETag"])
                let again = try client.call(.get(target, ["If-None-Match": tag]))
                #expect(again.status == 304 && again["ETag"] == tag && again.body.isEmpty)
                #expect(try client.call(.get(target, ["If-None-Match": "\"0\""])).body == whole.body)
                let head = try client.call(TestRequest("HEAD", target))
                #expect(head["Content-Length"] == "\(whole.body.count)" && head["ETag"] == tag)
                try expectProblem(client.call(.get(target, ["If-None-Match": "x"])), 400, "invalid-request")
            }
        }

        @Test("a PUT whose If-None-Match is not * is refused")
        func newOnly() throws {
            try withServer { _, client in
                let body = #"{"title":"x","price":{"amount":1,"currency":"USD"},"stock":1}"#
                let put = TestRequest.put("/v1/skus/mug", body)
                try expectProblem(client.call(put.with("If-None-Match", "\"1\"")), 400, "invalid-request")
                #expect(try client.call(put.with("If-None-Match", "*")).status == 201)
                try expectProblem(client.call(put.with("If-None-Match", "*")), 412, "precondition-failed")
            }
        }

        private static let served = [
            ("/openapi.json", "application/json"), ("/openapi.yaml", "application/yaml"),
            ("/docs", "text/html; charset=utf-8"),
        ]

        @Test("the examples are what the server answers, one after the other")
        func examples() throws {
            try withServer { server, client in
                let description = try ServedDescription(client.call(.get("/openapi.json")).json())
                var story = Story(description)
                let order = [
                    "defineSKU", "readSKU", "listSKUs", "amendSKU", "adjustStock", "purchase", "readOrder",
                    "cancelOrder",
                    "readChanges", "readEvents", "placeHold", "readHold", "extendHold", "announcePayment",
                    "confirmHold", "deposit",
                    "withdraw", "readWallet", "buyCart", "buyItem", "listOrders", "checkHealth", "checkReadiness",
                    "explainProblem",
                    "readMetrics",
                    "readDescription", "readDescriptionText", "readDocs", "removeSKU",
                ]
                for id in order {
                    if id == "listOrders" { try client.wait(for: "stockkeeper_index_behind_bytes", toBe: 0) }
                    try story.tell(id, client)
                    if id == "defineSKU" { try story.follow("watchSKU", server) }
                }
                // A hold that is an order cannot be released: this one is new.
                story.forget("hold")
                _ = try client.create("demo-shoes", stock: 550)
                try story.tell("placeHold", client, comparing: false)
                try story.tell("releaseHold", client)
                let all = Set(
                    description.operations.map(\.id).filter { !$0.hasSuffix("Head") && !$0.hasPrefix("methodsOf") }
                )
                #expect(story.told == all)
            }
        }

        @Test("each member of a request is as described: another type or name is refused by its name")
        func members() throws {
            try withServer { _, client in
                let description = try ServedDescription(client.call(.get("/openapi.json")).json())
                try client.create("demo-shoes", stock: 5)
                let names = Set(description.operations.flatMap { $0.forms(description).flatMap { $0.keys } })
                for operation in description.operations where operation.method != "HEAD" {
                    var story = Story(description)
                    let forms = operation.forms(description)
                    guard !forms.isEmpty else { continue }
                    let known = Set(forms.flatMap(\.keys))
                    for name in names.union(["none_such"]).subtracting(known) {
                        let answer = try client.call(story.request(operation, body: "{\"\(name)\":1}"))
                        guard answer.status != 404 else { continue }
                        let problem = try expectProblem(answer, 400, "invalid-request")
                        #expect(problem["detail"] == .string("\(name): unknown member"), "\(operation.id)")
                        #expect(problem["field"] == .string(name), "\(operation.id)")
                    }
                    for name in known {
                        let answer = try client.call(story.request(operation, body: "{\"\(name)\":[]}"))
                        guard answer.status != 404 else { continue }
                        let field = try expectProblem(answer, 400, "invalid-request")["field"]?.string ?? ""
                        #expect(field == name, "\(operation.id) \(name): \(answer.text)")
                    }
                }
            }
        }
    }
}

/// The examples of the description, told to a live server one after the other.
private struct Story {
    private let description: ServedDescription
    /// The operations that were told.
    private(set) var told: Set<String> = []
    /// What stands in the examples for an id, and what the server really gave.
    private var real: [String: String] = [:]

    init(_ description: ServedDescription) {
        self.description = description
    }

    /// Lets the next id of a kind be another one.
    mutating func forget(_ member: String) {
        let hold = description.resolved(.object(["$ref": .string("#/components/parameters/\(member)")]))["example"]?
            .string
        if let hold { real[hold] = nil }
    }

    /// Sends an operation's example and expects the example's answer, but for ids, times and tags.
    mutating func tell(_ id: String, _ client: TestConnection, comparing: Bool = true) throws {
        let operation = try #require(description.operations.first { $0.id == id })
        let body = operation.body?["example"].map { JSONText.of($0) }
        let answer = try client.call(request(operation, body: body))
        let responses = operation.value["responses"]?.object ?? [:]
        let usual = try #require(
            responses.keys.filter { $0.hasPrefix("2") }
                .max { left, right in
                    (responses[left]?["content"]?.hasExample ?? false) == false
                        && responses[right]?["content"]?.hasExample == true
                }
        )
        #expect("\(answer.status)" == usual, "\(id): \(answer.text)")
        told.insert(id)
        let content = responses[usual]?["content"]?[answer["Content-Type"] ?? ""]
        guard let example = content?["example"] else { return }
        if case .string(let text) = example { return #expect(answer.text == text, "\(id)") }
        if let schema = content?["schema"] { #expect(description.faults(of: example, as: schema) == [], "\(id)") }
        compare(try answer.json(), example, "", comparing ? id : nil)
    }

    /// Sends the example of an operation whose answer has no end, and expects the example's event first.
    mutating func follow(_ id: String, _ server: ServerProcess) throws {
        let operation = try #require(description.operations.first { $0.id == id })
        let content = operation.value["responses"]?["200"]?["content"]?["text/event-stream"]
        let example = try #require(content?["example"]?.string)
        let event = try #require(try Follower(server, request(operation, body: nil).target).next())
        let data = try #require(example.split(separator: "\n").first?.dropFirst("data: ".count))
        #expect(try event.data == JSON(Array(data.utf8)))
        told.insert(id)
    }

    /// The example request of an operation, with another body.
    mutating func request(_ operation: DescribedOperation, body: String?) -> TestRequest {
        var target = operation.path
        for case .object(let parameter) in operation.parameters(description) {
            guard let name = parameter["name"]?.string, parameter["in"] == .string("path") else { continue }
            let value = parameter["example"]?.string ?? ""
            target = target.replacingOccurrences(of: "{\(name)}", with: real[value] ?? value)
        }
        let query = operation.parameters(description)
            .filter { Self.queries[operation.id]?.contains($0["name"]?.string ?? "") == true }
            .map { "\($0["name"]?.string ?? "")=\($0["example"].map(JSONText.bare) ?? "")" }.sorted()
        if !query.isEmpty { target += "?" + query.joined(separator: "&") }
        var request = TestRequest(operation.method, target, body: body.map { Array($0.utf8) })
        if body != nil { request.fields.append(("Content-Type", "application/json")) }
        return request
    }

    /// The items of the query that the examples have.
    private static let queries = [
        "readChanges": ["after", "limit"], "readEvents": ["type", "limit"], "listOrders": ["limit"],
    ]

    private mutating func compare(_ value: JSON, _ example: JSON, _ place: String, _ id: String?) {
        switch (value, example) {
        case (.object(let members), .object(let expected)):
            if id != nil { #expect(Set(members.keys) == Set(expected.keys), "\(id ?? "")\(place)") }
            for (name, member) in members { compare(member, expected[name] ?? .null, place + "." + name, id) }
        case (.array(let elements), .array(let expected)):
            if id != nil { #expect(elements.count == expected.count, "\(id ?? "")\(place)") }
            for (element, other) in zip(elements, expected) { compare(element, other, place, id) }
        case (.string(let text), .string(let other)):
            if place.hasSuffix("_at") || place.hasSuffix(".at") || place.hasSuffix(".offset")
                || place.hasSuffix(".next")
            {
                return
            }
            if place.hasSuffix(".order") || place.hasSuffix(".hold") || place.hasSuffix(".cart") {
                return learn(other, text)
            }
            if id != nil { #expect(text == other, "\(id ?? "")\(place)") }
        default: if id != nil { #expect(value == example, "\(id ?? "")\(place)") }
        }
    }

    private mutating func learn(_ example: String, _ text: String) {
        if let known = real[example] { return #expect(known == text) }
        real[example] = text
    }
}

/// An operation of the description.
struct DescribedOperation {
    let id: String
    let method: String
    let path: String
    /// What the document says of the path, and of the operation.
    let item: JSON
    let value: JSON

    /// The JSON body.
    var body: JSON? { value["requestBody"]?["content"]?["application/json"] }

    func parameters(_ description: ServedDescription) -> [JSON] {
        ((item["parameters"]?.array ?? []) + (value["parameters"]?.array ?? [])).map(description.resolved)
    }

    /// The members that the body may have, in each of its forms.
    func forms(_ description: ServedDescription) -> [[String: JSON]] {
        guard let schema = body?["schema"].map(description.resolved) else { return [] }
        return (schema["oneOf"]?.array ?? [schema]).compactMap { $0["properties"]?.object }
    }
}

extension ServedDescription {
    var operations: [DescribedOperation] {
        (document["paths"]?.object ?? [:])
            .flatMap { path, item in
                (item.object ?? [:])
                    .compactMap { method, value in
                        value["operationId"]?.string
                            .map {
                                DescribedOperation(
                                    id: $0,
                                    method: method.uppercased(),
                                    path: path,
                                    item: item,
                                    value: value
                                )
                            }
                    }
            }
    }
}

extension JSON {
    fileprivate var hasExample: Bool { (object ?? [:]).values.contains { $0["example"] != nil } }
}

/// JSON written back.
enum JSONText {
    /// A string without its quotes, and everything else as JSON.
    static func bare(_ value: JSON) -> String { value.string ?? of(value) }

    static func of(_ value: JSON) -> String {
        switch value {
        case .null: "null"
        case .bool(let flag): flag ? "true" : "false"
        case .integer(let number): "\(number)"
        case .fraction(let number): "\(number)"
        case .string(let text): "\"\(text)\""
        case .array(let elements): "[" + elements.map(of).joined(separator: ",") + "]"
        case .object(let members): "{" + members.map { "\"\($0)\":\(of($1))" }.joined(separator: ",") + "}"
        }
    }
}

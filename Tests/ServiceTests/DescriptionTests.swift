import Foundation
import HTTP
import Testing

@testable import Service

@Suite("The API's description")
struct DescriptionTests {
    private let description = APIDescription(ServerConfiguration())

    @Test("each operation's path leads to its route, and no route or method is left out")
    func routes() throws {
        var labels: Set<RouteLabel> = []
        var methods: [String: MethodSet] = [:]
        for endpoint in description.endpoints {
            let label = RouteLabel(endpoint.route, endpoint.method)
            labels.insert(label)
            methods[endpoint.route.template.description, default: []].formUnion(MethodSet(endpoint.method))
            let route = try route(endpoint.method.name.uppercased(), endpoint.route.examplePath)
            #expect(route.template.description == endpoint.route.template.description, "\(endpoint.id)")
            #expect(RouteLabel(route, endpoint.method) == label, "\(endpoint.id)")
            #expect(route.methods == endpoint.route.methods)
        }
        for endpoint in description.endpoints {
            #expect(methods[endpoint.route.template.description] == endpoint.route.methods, "\(endpoint.id)")
        }
        #expect(labels == Set(RouteLabel.allCases).subtracting([.none]))
        // What the enumeration of routes says of itself.
        let source = try source("Sources/HTTP/Route/RouteTable.swift")
        let told = source.matches(of: /\/\/\/ `(\/[^`]*)`/).map { String($0.output.1) }
        #expect(told.count > 15 && Set(told) == Set(methods.keys))
    }

    private func route(_ method: String, _ path: String) throws -> Route {
        var bytes = Array("\(method) \(path) HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".utf8)
        var span = bytes.mutableSpan
        var parser = RequestParser()
        guard case .request = parser.parse(&span) else { throw TestFailure("\(method) \(path)") }
        guard case .route(let route) = RouteTable.match(parser.request, in: &span) else {
            throw TestFailure("\(method) \(path) leads nowhere")
        }
        return route
    }

    @Test("each type of problem comes with some operation, and the example's words are the server's own")
    func problems() throws {
        let used = Set(description.endpoints.flatMap(\.allProblems))
        // A method that is not allowed is no operation.
        #expect(used.union([.methodNotAllowed]) == Set(ProblemType.allCases))
        let words = try ["Sources/Service", "Sources/HTTP"].map(sources).joined()
        for problem in ProblemType.allCases {
            for member in problem.ownMembers { #expect(!member.text.isEmpty, "\(problem): \(member.name)") }
            let detail = try #require(problem.example["detail"]?.text)
            let known = detail.split(separator: ": ").last.map(String.init) ?? ""
            #expect(!known.isEmpty && words.contains("\"\(known)\""), "\(problem): \(detail)")
        }
    }

    @Test("what is referred to is there, and what is there is referred to")
    func references() {
        let document = description.document
        var references: Set<String> = []
        var identifiers: [String] = []
        var linked: Set<String> = []
        walk(document) { name, value in
            if name == "$ref", let text = value.text { references.insert(text) }
            if name == "operationId", let text = value.text { identifiers.append(text) }
            if name == "links" { linked.formUnion(value.members.map(\.name)) }
        }
        let present = (document["components"]?.members ?? [])
            .flatMap { kind in kind.value.members.map { "#/components/\(kind.name)/\($0.name)" } }
        let apart = references.symmetricDifference(present)
        // A problem that no operation has, its example, and what is named without a reference.
        #expect(
            apart == [
                "#/components/schemas/MethodNotAllowedProblem", "#/components/examples/method-not-allowed",
                "#/components/securitySchemes/bearer",
            ]
        )
        #expect(linked.isSubset(of: identifiers))
        #expect(Set(description.endpoints.map(\.id)).count == description.endpoints.count)
    }

    private func walk(_ tree: Tree, _ visit: (String, Tree) -> Void) {
        for member in tree.members {
            visit(member.name, member.value)
            walk(member.value, visit)
        }
        for element in tree.elements { walk(element, visit) }
    }

    @Test("JSON is read back as it was meant, and each document fits an answer")
    func texts() throws {
        let document = description.document
        #expect(try JSONDecoder().decode(Tree.self, from: Data(document.indentedJSON.utf8)) == document.sorted)
        #expect(try JSONDecoder().decode(Tree.self, from: Data(document.json.utf8)) == document.sorted)
        let documents = Documents(ServerConfiguration())
        for name in [DocumentName.openAPI, .openAPIText, .page] {
            let count = documents.document(name).bytes.count
            #expect(count > 10_000 && count < Composer.bodyBytesMax, "\(name): \(count)")
        }
    }

    @Test("YAML quotes whatever could be read as something else")
    func yaml() {
        let tree: Tree = [
            "a": "x", "on": "no", "200": "200", "b c": ["1", 2, true, nil], "empty": [:], "none": [],
            "deep": ["list": [["k": "v"], "line\n\"two\""]], "$ref": "#/a",
        ]
        #expect(
            tree.yaml == """
                a: "x"
                "on": "no"
                "200": "200"
                "b c":
                  - "1"
                  - 2
                  - true
                  - null
                empty: {}
                none: []
                deep:
                  list:
                    -
                      k: "v"
                    - "line\\n\\"two\\""
                "$ref": "#/a"

                """
        )
    }

    @Test("the page tells of each operation, problem and schema, and needs no other host and no script")
    func page() {
        let page = DocumentationPage(description).html
        for endpoint in description.endpoints { #expect(page.contains("id=\"\(endpoint.id)\""), "\(endpoint.id)") }
        for problem in ProblemType.allCases { #expect(page.contains("href=\"\(problem.type)\"")) }
        let targets = Set(page.matches(of: /href="#([^"]+)"/).map { String($0.output.1) })
        for target in targets { #expect(page.contains("id=\"\(target)\""), "\(target)") }
        let hosts = Set(page.matches(of: /https?:\/\/([^\/'"&<]+)/).map { String($0.output.1) })
        #expect(hosts.isSubset(of: ["127.0.0.1:8080", "shop.example", "schema.org"]))
        #expect(!page.contains("<script") && !page.contains("src="))
    }

    private func source(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }

    /// All Swift text of a folder but the documentation's own.
    private func sources(_ folder: String) throws -> String {
        let base = root.appending(path: folder)
        return try FileManager.default.subpathsOfDirectory(atPath: base.path)
            .filter { $0.hasSuffix(".swift") && !$0.hasPrefix("Documentation") }.map { try source(folder + "/" + $0) }
            .joined()
    }

    private var root: URL {
        URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    }
}

extension MethodSet {
    fileprivate init(_ method: HTTP.Method) {
        switch method {
        case .get, .head: self = .get
        case .post: self = .post
        case .put: self = .put
        case .patch: self = .patch
        case .delete: self = .delete
        case .options, .other: self = []
        }
    }
}

extension Tree: Decodable {
    /// What another reader of JSON makes of a text; the members of each object in the order of their names.
    public init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if value.decodeNil() {
            self = .null
        } else if let flag = try? value.decode(Bool.self) {
            self = .bool(flag)
        } else if let number = try? value.decode(Int64.self) {
            self = .integer(number)
        } else if let text = try? value.decode(String.self) {
            self = .string(text)
        } else if let elements = try? value.decode([Tree].self) {
            self = .array(elements)
        } else {
            self = .object(try value.decode([String: Tree].self).sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }

    /// The same with the members of each object in the order of their names.
    fileprivate var sorted: Tree {
        switch self {
        case .object(let members):
            .object(members.sorted { $0.name < $1.name }.map { ($0.name, $0.value.sorted) })
        case .array(let elements): .array(elements.map(\.sorted))
        case .null, .bool, .integer, .string: self
        }
    }
}

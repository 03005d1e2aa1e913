import Testing

/// A final answer of the server.
struct TestResponse: Sendable {
    let status: Int
    let fields: [(name: String, value: String)]
    let body: [UInt8]

    /// Reads a head without its empty line.
    init(head: [UInt8], body: [UInt8]) throws {
        var lines = String(decoding: head, as: UTF8.self).components("\r\n")
        let start = lines.removeFirst()
        guard start.hasPrefix("HTTP/1.1 "), let status = Int(start.dropFirst(9).prefix(3)), 100..<600 ~= status else {
            throw HarnessFailure("not a status line: \(start)")
        }
        self.status = status
        self.body = body
        fields = try lines.map { line in
            guard let colon = line.firstIndex(of: ":") else { throw HarnessFailure("not a field: \(line)") }
            let value = line[line.index(after: colon)...].drop { $0 == " " }
            return (line[..<colon].lowercased(), String(value))
        }
    }

    private init(_ other: Self, body: [UInt8]) {
        status = other.status
        fields = other.fields
        self.body = body
    }

    func with(body: [UInt8]) -> Self { Self(self, body: body) }

    /// The value of a field; nil where it is absent or stands more than once.
    subscript(_ name: String) -> String? {
        let values = fields.filter { $0.name == name.lowercased() }
        return values.count == 1 ? values[0].value : nil
    }

    var text: String { String(decoding: body, as: UTF8.self) }

    var isReplay: Bool { self["Idempotency-Replayed"] == "true" }

    var isProblem: Bool { self["Content-Type"]?.hasPrefix("application/problem+json") == true }

    /// The body as JSON; a body that is none fails the test.
    func json() throws -> JSON { try JSON(body) }

    /// The methods of `Allow`.
    var allowed: Set<String> {
        Set((self["Allow"] ?? "").components(",").map { String($0.drop { $0 == " " }) }.filter { !$0.isEmpty })
    }
}

extension String {
    fileprivate func components(_ separator: String) -> [String] {
        split(separator: separator, omittingEmptySubsequences: false).map(String.init)
    }
}

/// Expects a problem document with all its members, of this status and type.
@discardableResult
func expectProblem(
    _ response: TestResponse,
    _ status: Int,
    _ type: String,
    sourceLocation: SourceLocation = #_sourceLocation
) throws -> JSON {
    #expect(response.status == status, "\(response.text)", sourceLocation: sourceLocation)
    #expect(response.isProblem, "\(response.fields)", sourceLocation: sourceLocation)
    let problem = try response.json()
    #expect(problem["type"]?.string == "/problems/\(type)", sourceLocation: sourceLocation)
    #expect(problem["status"]?.int == status, sourceLocation: sourceLocation)
    #expect(problem["title"]?.string?.isEmpty == false, sourceLocation: sourceLocation)
    #expect(problem["detail"]?.string?.isEmpty == false, sourceLocation: sourceLocation)
    #expect(problem["request_id"]?.string == response["Request-Id"], sourceLocation: sourceLocation)
    return problem
}

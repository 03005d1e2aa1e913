/// A request as a client of the tests sends it: nothing is checked or escaped, so that wrong ones can be sent too.
struct TestRequest: Sendable {
    var method: String
    var target: String
    var fields: [(name: String, value: String)]
    var body: [UInt8]?

    init(_ method: String, _ target: String, _ fields: KeyValuePairs<String, String> = [:], body: [UInt8]? = nil) {
        self.method = method
        self.target = target
        self.fields = fields.map { ($0.key, $0.value) }
        self.body = body
    }

    static func get(_ target: String, _ fields: KeyValuePairs<String, String> = [:]) -> Self {
        Self("GET", target, fields)
    }

    static func delete(_ target: String) -> Self {
        Self("DELETE", target)
    }

    static func put(_ target: String, _ json: String) -> Self {
        Self("PUT", target, ["Content-Type": "application/json"], body: Array(json.utf8))
    }

    static func patch(_ target: String, _ json: String) -> Self {
        Self("PATCH", target, ["Content-Type": "application/merge-patch+json"], body: Array(json.utf8))
    }

    static func post(_ target: String, _ json: String, key: String? = nil) -> Self {
        post(target, Array(json.utf8), key: key)
    }

    static func post(_ target: String, _ json: [UInt8], key: String? = nil) -> Self {
        var request = Self("POST", target, ["Content-Type": "application/json"], body: json)
        if let key { request.fields.append(("Idempotency-Key", key)) }
        return request
    }

    /// A purchase of one unit or more.
    static func purchase(_ sku: String, buyer: String, quantity: Int = 1, key: String? = nil) -> Self {
        post("/v1/skus/\(sku)/purchases", #"{"buyer":"\#(buyer)","quantity":\#(quantity)}"#, key: key)
    }

    /// A hold of one unit or more.
    static func hold(_ sku: String, buyer: String, quantity: Int = 1, seconds: Int = 300, key: String? = nil) -> Self {
        let body = #"{"buyer":"\#(buyer)","quantity":\#(quantity),"ttl_seconds":\#(seconds)}"#
        return post("/v1/skus/\(sku)/holds", body, key: key)
    }

    /// The same request with one field more.
    func with(_ name: String, _ value: String) -> Self {
        var request = self
        request.fields.append((name, value))
        return request
    }

    /// The bytes on the wire; Content-Length stands where there is a body.
    var bytes: [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: test\r\n"
        for field in fields { head += "\(field.name): \(field.value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array(head.utf8) + [0x0D, 0x0A] + (body ?? [])
    }
}

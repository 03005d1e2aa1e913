/// Puts a request together.
struct RequestText {
    private(set) var bytes: [UInt8] = []

    init(_ method: StaticString, _ path: String, key: String?, body: String?) {
        bytes.reserveCapacity(256)
        add(method)
        bytes += path.utf8
        add(" HTTP/1.1\r\nHost: s\r\n")
        if let key {
            add("Idempotency-Key: ")
            bytes += key.utf8
            add("\r\n")
        }
        if let body {
            add("Content-Type: application/json\r\nContent-Length: ")
            bytes += String(body.utf8.count).utf8
            add("\r\n\r\n")
            bytes += body.utf8
        } else {
            add("\r\n")
        }
    }

    private mutating func add(_ text: StaticString) {
        // SAFETY: a literal lives for ever.
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

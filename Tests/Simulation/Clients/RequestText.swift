/// Puts a request together.
struct RequestText {
    private(set) var bytes: [UInt8] = []
    /// Bytes of the head, where the client waits behind it for 100 Continue.
    private(set) var pauseAt: Int?

    init(_ method: StaticString, _ path: String, key: String?, body: String?, ifMatch: Int? = nil, waits: Bool = false)
    {
        bytes.reserveCapacity(256)
        add(method)
        bytes += path.utf8
        add(" HTTP/1.1\r\nHost: s\r\n")
        if let key {
            add("Idempotency-Key: ")
            bytes += key.utf8
            add("\r\n")
        }
        if let ifMatch {
            // The lowest four bits of a tag tell the form and the status, which time alone may change.
            add("If-Match: \"")
            bytes += String(ifMatch << 4).utf8
            add("\"\r\n")
        }
        guard let body else {
            add("\r\n")
            return
        }
        if waits { add("Expect: 100-continue\r\n") }
        add("Content-Type: application/json\r\nContent-Length: ")
        bytes += String(body.utf8.count).utf8
        add("\r\n\r\n")
        if waits { pauseAt = bytes.count }
        bytes += body.utf8
    }

    private mutating func add(_ text: StaticString) {
        // SAFETY: a literal lives for ever.
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}

/// Puts a request together.
struct RequestText {
    private(set) var bytes: [UInt8]
    /// Bytes of the head, where the client waits behind it for 100 Continue.
    private(set) var pauseAt: Int?

    /// `start`: such as `GET /v1/skus`; `key`: the number in it.
    init(_ start: consuming Text, key: Int?, body: Text?, ifMatch: Int? = nil, waits: Bool = false) {
        bytes = start.bytes
        bytes.append(" HTTP/1.1\r\nHost: s\r\n")
        if let key {
            bytes.append("Idempotency-Key: k")
            bytes.append(decimal: Int64(key))
            bytes.append("\r\n")
        }
        if let ifMatch {
            // The lowest four bits of a tag tell the form and the status, which time alone may change.
            bytes.append("If-Match: \"")
            bytes.append(decimal: Int64(ifMatch << 4))
            bytes.append("\"\r\n")
        }
        guard let body else {
            bytes.append("\r\n")
            return
        }
        if waits { bytes.append("Expect: 100-continue\r\n") }
        bytes.append("Content-Type: application/json\r\nContent-Length: ")
        bytes.append(decimal: Int64(body.bytes.count))
        bytes.append("\r\n\r\n")
        if waits { pauseAt = bytes.count }
        bytes += body.bytes
    }
}

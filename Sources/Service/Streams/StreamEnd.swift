import HTTP

/// Why a stream has ended.
public enum StreamEnd: Int, CaseIterable, BitwiseCopyable, Sendable {
    /// The client has gone.
    case left
    /// The client took nothing for as long as `http.write_timeout_seconds`.
    case slow
    /// The server is about to stop.
    case draining
    /// The journal cannot be read.
    case unreadable
    /// The SKU was taken out of the catalogue.
    case removed

    /// The label's value, and the reason that the client is told where it can be.
    public var label: StaticString {
        switch self {
        case .left: "left"
        case .slow: "slow"
        case .draining: "draining"
        case .unreadable: "unreadable"
        case .removed: "removed"
        }
    }
}

extension ByteWriter {
    /// Appends the last event of a stream.
    mutating func append(endOfStream reason: StreamEnd) {
        append("event: end\ndata: {\"reason\":\"")
        append(reason.label)
        append("\"}\n\n")
    }
}

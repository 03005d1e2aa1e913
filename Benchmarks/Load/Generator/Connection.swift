import Platform

/// One keep-alive connection of the generator: plain data in a flat array.
struct Connection {
    /// Owned by the generator, which closes it.
    let raw: Int32
    var isOpen = true
    /// The ring of requests in flight: slot of the oldest, and how many.
    var oldest = 0
    var inFlight = 0
    /// Bytes of the present answer's body that are still to come.
    var bodyLeft = 0
    /// The number of this connection's next request in an open loop.
    var next: UInt64
    /// A head that came in pieces; nearly always empty.
    var carried: [UInt8] = []
    /// Requests that the kernel did not take yet; nearly always empty.
    var unsent: [UInt8] = []
    /// The hold that is to be confirmed next.
    var hold = InlineArray<56, UInt8>(repeating: 0)
    var hasHold = false
    /// Whether the request in flight confirms a hold.
    var isConfirming = false
    /// The status of the answer whose body is being received.
    var status = 0

    init(owning descriptor: consuming FileDescriptor, number: Int) {
        raw = descriptor.release()
        next = UInt64(number)
    }

    /// Closes the descriptor, which must be open.
    mutating func close() {
        isOpen = false
        _ = FileDescriptor(owning: raw)
    }
}

extension Connection {
    /// The hold's id in the head of the answer that placed it; nil where there is none.
    static func hold(in head: Span<UInt8>) -> InlineArray<56, UInt8>? {
        let mark: StaticString = "/v1/holds/"
        // SAFETY: a static string's bytes live for ever.
        let wanted = unsafe UnsafeBufferPointer(start: mark.utf8Start, count: mark.utf8CodeUnitCount)
        var at = 0
        while at + wanted.count + 56 < head.count {
            if wanted.indices.allSatisfy({ unsafe head[at + $0] == wanted[$0] }) {
                return InlineArray { head[at + mark.utf8CodeUnitCount + $0] }
            }
            at += 1
        }
        return nil
    }
}

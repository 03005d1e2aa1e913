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

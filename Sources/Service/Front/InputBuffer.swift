/// Bytes that a connection has sent and nobody has understood yet; without memory while there are none.
///
/// - Isolation: the connection's loop.
@safe struct InputBuffer: ~Copyable {
    // SAFETY: `memory` is nil or owns `capacity` bytes; `start <= end <= capacity`.
    private var memory: UnsafeMutablePointer<UInt8>?
    private var capacity = 0
    private var start = 0
    private var end = 0

    /// The smallest allocation.
    ///
    /// Unit: bytes.
    private static let bytesMin = 2_048

    init() {
        unsafe memory = nil
    }

    deinit {
        unsafe memory?.deallocate()
    }

    var count: Int { end - start }
    var isEmpty: Bool { start == end }

    /// What has not been consumed.
    var unread: UnsafeMutableBufferPointer<UInt8> {
        unsafe UnsafeMutableBufferPointer(start: memory.map { unsafe $0 + start }, count: end - start)
    }

    /// Takes bytes away from the front; more than there are empties it.
    mutating func consume(_ bytes: Int) {
        start += min(bytes, count)
        if start == end { release() }
    }

    /// Gives the memory back; what was unread is forgotten.
    mutating func release() {
        unsafe memory?.deallocate()
        unsafe memory = nil
        capacity = 0
        start = 0
        end = 0
    }

    /// Adds a copy of `bytes`.
    mutating func append(_ bytes: UnsafeBufferPointer<UInt8>) {
        guard let source = bytes.baseAddress, !bytes.isEmpty else { return }
        let room = unsafe reserve(bytes.count)
        // SAFETY: `reserve` gives at least the bytes asked for.
        unsafe room.baseAddress?.update(from: source, count: bytes.count)
        end += bytes.count
    }

    /// Room for at least `bytes` more; `filled` says how many were written there.
    mutating func reserve(_ bytes: Int) -> UnsafeMutableBufferPointer<UInt8> {
        if capacity - end < bytes { grow(bytes) }
        return unsafe UnsafeMutableBufferPointer(start: memory.map { unsafe $0 + end }, count: capacity - end)
    }

    mutating func filled(_ bytes: Int) {
        end += bytes
    }

    private mutating func grow(_ bytes: Int) {
        let unreadCount = count
        var target = max(Self.bytesMin, capacity)
        while target < unreadCount + bytes { target *= 2 }
        // SAFETY: the new memory holds what was unread and the bytes asked for.
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: target)
        if let memory = unsafe memory {
            unsafe larger.update(from: memory + start, count: unreadCount)
            unsafe memory.deallocate()
        }
        unsafe memory = larger
        capacity = target
        start = 0
        end = unreadCount
    }
}

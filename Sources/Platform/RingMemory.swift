import CPlatform

/// Memory mapped twice in a row: any range of at most its capacity is contiguous, wherever in the ring it starts.
///
/// - Isolation: its owner's; the bytes belong to whoever the owner gives them to.
@safe public struct RingMemory: ~Copyable, @unchecked Sendable {
    // SAFETY: the mapping is this value's own, and the value cannot be copied.
    /// The first byte; valid as long as this value lives.
    public let base: UnsafeMutableRawPointer
    /// Bytes of the ring; twice as many can be addressed from `base` on.
    public let capacity: Int

    /// Maps a ring of zeros.
    ///
    /// - Parameter capacity: a multiple of the page size.
    /// - Throws: what `mmap` says when there is no memory.
    public init(capacity: Int) throws(SystemError) {
        guard let base = unsafe cplatform_ring_map(capacity) else { throw SystemError("mmap") }
        unsafe self.base = base
        self.capacity = capacity
    }

    deinit {
        // SAFETY: mapped by `init`, with this size.
        unsafe cplatform_ring_unmap(base, capacity)
    }
}

import Glibc

/// Memory of the heap whose size an operator chose: where there is not as much, that is an error and no trap.
///
/// Pages that nobody touches cost nothing.
///
/// - Isolation: its owner's; the bytes belong to whoever the owner gives them to.
@safe public struct HeapMemory: ~Copyable, @unchecked Sendable {
    // SAFETY: the memory is this value's own, and the value cannot be copied.
    /// The first byte, aligned for any integer; valid as long as this value lives.
    public let base: UnsafeMutableRawPointer

    /// Allocates memory; what is in it is undefined.
    ///
    /// - Parameter bytes: at least one.
    /// - Throws: what `malloc` says when there is no memory.
    public init(bytes: Int) throws(SystemError) {
        guard let base = unsafe malloc(bytes) else { throw SystemError("malloc") }
        unsafe self.base = base
    }

    deinit {
        // SAFETY: allocated by `init`.
        unsafe free(base)
    }
}

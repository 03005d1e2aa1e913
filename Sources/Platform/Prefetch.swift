import CPlatform

/// Hints to the processor's caches and to the kernel.
public enum Prefetch {
    /// Begins to bring the 256 bytes from a place on near that will be needed soon; nil does nothing.
    @inlinable
    public static func begin(_ address: UnsafeRawPointer?) {
        // SAFETY: a prefetch reads nothing and cannot fault.
        if let address = unsafe address { unsafe cplatform_prefetch(address) }
    }

    /// Brings new memory that is about to be filled into being in one call, not in one interruption for each page.
    public static func populate(_ bytes: UnsafeMutableRawBufferPointer) {
        // SAFETY: whatever the pages hold stays as it is; the memory is the caller's.
        unsafe cplatform_populate(bytes.baseAddress, bytes.count)
    }
}

import CPlatform

/// Hints to the processor's caches.
public enum Prefetch {
    /// Begins to bring the 256 bytes from a place on near that will be needed soon; nil does nothing.
    @inlinable
    public static func begin(_ address: UnsafeRawPointer?) {
        // SAFETY: a prefetch reads nothing and cannot fault.
        if let address = unsafe address { unsafe cplatform_prefetch(address) }
    }
}

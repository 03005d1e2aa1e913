import CPlatform

/// Hints to the processor's caches.
public enum Prefetch {
    /// Begins to bring a place of memory near that will be needed soon; costs nothing where it is not mapped or nil.
    @inlinable
    public static func begin(_ address: UnsafeRawPointer?) {
        // SAFETY: a prefetch reads nothing and cannot fault.
        if let address = unsafe address { unsafe cplatform_prefetch(address) }
    }
}

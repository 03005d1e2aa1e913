import CPlatform

/// CRC32C (Castagnoli), with the processor's instruction where there is one.
public enum CRC32C {
    /// The checksum of `bytes`, continued from `seed` (0 at the start).
    @inlinable
    public static func checksum(_ bytes: UnsafeRawBufferPointer, seed: UInt32 = 0) -> UInt32 {
        // SAFETY: the function reads exactly the buffer's count.
        unsafe cplatform_crc32c(seed, bytes.baseAddress, bytes.count)
    }

    /// The checksum of `bytes`, continued from `seed` (0 at the start).
    @inlinable
    public static func checksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        unsafe bytes.withUnsafeBytes { unsafe checksum($0, seed: seed) }
    }

    /// The same value computed from tables: what machines without the instruction use.
    public static func softwareChecksum(_ bytes: Span<UInt8>, seed: UInt32 = 0) -> UInt32 {
        // SAFETY: the function reads exactly the buffer's count.
        unsafe bytes.withUnsafeBytes { unsafe cplatform_crc32c_software(seed, $0.baseAddress, $0.count) }
    }

    /// Whether the processor's instruction is used.
    public static var isHardware: Bool { cplatform_crc32c_is_hardware() != 0 }
}

import Platform

/// Takes the body of a snapshot piece by piece and cuts it into checksummed chunks.
///
/// - Isolation: one thread at a time. Cost: one copy and one checksum; a chunk's memory.
@safe
public final class SnapshotSink: @unchecked Sendable {
    // SAFETY: one thread at a time uses it; `SnapshotChunk.bytes` bytes owned by this object: a chunk's header, and `filled` bytes of its payload.
    private let base: UnsafeMutableRawPointer
    private var filled = 0
    /// Of everything before the open chunk.
    private var checksum: UInt32
    /// Bytes of the body in the chunks before the open one.
    private var bodyBytes: UInt64 = 0
    private var chunks: UInt64 = 0
    private let write: (Span<UInt8>) throws(JournalError) -> Void

    /// A sink whose chunks go to `write`, the first one continuing `checksum`.
    init(checksum: UInt32, write: @escaping (Span<UInt8>) throws(JournalError) -> Void) {
        self.checksum = checksum
        self.write = write
        unsafe base = .allocate(byteCount: SnapshotChunk.bytes, alignment: 4_096)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Appends bytes to the body.
    ///
    /// - Throws: what the disk said, or `JournalError.stopped`.
    public func put(_ bytes: UnsafeRawBufferPointer) throws(JournalError) {
        var done = 0
        while done < bytes.count {
            if filled == SnapshotChunk.payloadBytesMax { try flush() }
            let count = min(SnapshotChunk.payloadBytesMax - filled, bytes.count - done)
            let part = unsafe UnsafeRawBufferPointer(rebasing: bytes[done..<(done + count)])
            // SAFETY: `count` more bytes fit into the chunk.
            let place = unsafe base + SnapshotChunk.headerBytes + filled
            unsafe UnsafeMutableRawBufferPointer(start: place, count: count).copyMemory(from: part)
            filled += count
            done += count
        }
    }

    /// Appends bytes to the body.
    public func put(_ bytes: Span<UInt8>) throws(JournalError) {
        try unsafe bytes.withUnsafeBytes { (bytes) throws(JournalError) in try unsafe put(bytes) }
    }

    /// Appends an integer to the body, its lowest byte first.
    public func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) throws(JournalError) {
        var stored = value.littleEndian
        // SAFETY: the bytes of a local integer.
        try unsafe withUnsafeBytes(of: &stored) { (bytes) throws(JournalError) in try unsafe put(bytes) }
    }

    /// Writes the last chunk and the footer.
    func finish() throws(JournalError) {
        if filled > 0 { try flush() }
        var footer: [UInt8] = []
        footer.append(littleEndian: UInt32(0))
        footer.append(littleEndian: UInt32(0))
        footer.append(littleEndian: bodyBytes)
        footer.append(littleEndian: chunks)
        footer.append(littleEndian: UInt64(0))
        let sum = CRC32C.checksum(footer.span.extracting(droppingFirst: 4), seed: checksum)
        footer.replace(at: 0, littleEndian: sum)
        try write(footer.span)
    }

    private func flush() throws(JournalError) {
        let size = SnapshotChunk.headerBytes + filled
        // SAFETY: all inside the chunk's memory, of which the header and `filled` bytes are written now.
        unsafe base.storeBytes(of: UInt32(filled).littleEndian, toByteOffset: 4, as: UInt32.self)
        unsafe base.storeBytes(of: bodyBytes.littleEndian, toByteOffset: 8, as: UInt64.self)
        checksum = unsafe CRC32C.checksum(UnsafeRawBufferPointer(start: base + 4, count: size - 4), seed: checksum)
        unsafe base.storeBytes(of: checksum.littleEndian, toByteOffset: 0, as: UInt32.self)
        let chunk = unsafe UnsafeBufferPointer(start: base.assumingMemoryBound(to: UInt8.self), count: size)
        try unsafe write(chunk.span)
        bodyBytes += UInt64(filled)
        chunks += 1
        filled = 0
    }
}

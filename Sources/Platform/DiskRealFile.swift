import CPlatform
import Glibc
import Synchronization

/// An open file of the machine's file system.
public final class RealFile: DiskFile {
    /// The descriptor's number, or -1 once closed.
    private let number: Atomic<Int32>
    private let path: String

    init(_ descriptor: consuming FileDescriptor, path: String) {
        number = Atomic(descriptor.release())
        self.path = path
    }

    deinit {
        try? close()
    }

    /// The kernel's number.
    ///
    /// Borrowed: valid only until `close`.
    var raw: Int32 { number.load(ordering: .relaxed) }

    /// See `DiskFile`.
    public func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        while true {
            // SAFETY: the kernel writes at most the buffer's count.
            let count = unsafe pread(raw, bytes.baseAddress, bytes.count, off_t(offset))
            if count >= 0 { return count }
            if errno != EINTR { throw SystemError("pread", subject: path) }
        }
    }

    /// See `DiskFile`.
    public func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        while true {
            // SAFETY: the kernel reads at most the span's count.
            let count = unsafe bytes.withUnsafeBytes {
                unsafe pwrite(raw, $0.baseAddress, $0.count, off_t(offset))
            }
            if count > 0 || bytes.isEmpty { return count }
            // A write of some bytes that takes none of them says nothing of why: it must not be tried for ever.
            if count == 0 { throw SystemError("pwrite", code: EIO, subject: path) }
            if errno != EINTR { throw SystemError("pwrite", subject: path) }
        }
    }

    /// See `DiskFile`.
    public func sync() throws(SystemError) {
        // Not even EINTR is tried again: what it left undone is unknown.
        if fdatasync(raw) != 0 { throw SystemError("fdatasync", subject: path) }
    }

    /// See `DiskFile`.
    public func writeBack(_ range: Range<UInt64>) throws(SystemError) {
        let code = cplatform_write_back(raw, Int64(range.lowerBound), Int64(range.count))
        if code != 0 { throw SystemError("sync_file_range", code: code, subject: path) }
    }

    /// See `DiskFile`.
    public func size() throws(SystemError) -> UInt64 {
        var facts = stat()
        // SAFETY: the kernel fills the local structure.
        guard unsafe fstat(raw, &facts) == 0 else { throw SystemError("fstat", subject: path) }
        return UInt64(facts.st_size)
    }

    /// See `DiskFile`.
    public func truncate(to size: UInt64) throws(SystemError) {
        if ftruncate(raw, off_t(size)) != 0 { throw SystemError("ftruncate", subject: path) }
    }

    /// See `DiskFile`.
    public func close() throws(SystemError) {
        let descriptor = number.exchange(-1, ordering: .relaxed)
        guard descriptor >= 0 else { return }
        if Glibc.close(descriptor) != 0 && errno != EINTR { throw SystemError("close", subject: path) }
    }
}

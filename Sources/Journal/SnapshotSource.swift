import Platform

/// Hands out the body of a snapshot piece by piece, and no byte before the checksum over its chunk was found right.
///
/// It is not generic over the disk, so that restoring large tables is compiled as one.
///
/// - Isolation: one thread. Cost: one copy and one checksum; a chunk's memory.
@safe
public final class SnapshotSource {
    /// What the snapshot says of itself.
    public let header: SnapshotHeader
    /// The size of the whole file.
    ///
    /// Unit: bytes.
    public let fileBytes: UInt64

    private let file: String
    // SAFETY: `SnapshotChunk.bytes` bytes owned by this object; the payload that is not handed out yet lies in
    // `lower..<upper`.
    private let base: UnsafeMutableRawPointer
    private var lower = 0
    private var upper = 0
    /// Where the next chunk starts, in bytes from the file's start.
    private var offset = UInt64(JournalFormat.headerBytes)
    /// Of everything before the next chunk.
    private var checksum: UInt32
    private var bodyBytes: UInt64 = 0
    private var chunks: UInt64 = 0
    private let read: (UInt64, UnsafeMutableRawBufferPointer) throws(JournalError) -> Int

    /// A source over the file `file`, of which `read` fills memory from an offset on and says how much there was.
    init(
        file: String,
        fileBytes: UInt64,
        journal: JournalID,
        read: @escaping (UInt64, UnsafeMutableRawBufferPointer) throws(JournalError) -> Int
    ) throws(JournalError) {
        var page = [UInt8](repeating: 0, count: JournalFormat.headerBytes)
        // SAFETY: the array's own memory, for the length of the call.
        let count = try unsafe page.withUnsafeMutableBufferPointer { (bytes) throws(JournalError) in
            try unsafe read(0, UnsafeMutableRawBufferPointer(bytes))
        }
        page.removeLast(page.count - count)
        header = try SnapshotHeader(page.span, file: file, journal: journal)
        checksum = SnapshotHeader.checksum(page.span)
        self.file = file
        self.fileBytes = fileBytes
        unsafe self.read = read
        unsafe base = .allocate(byteCount: SnapshotChunk.bytes, alignment: 4_096)
    }

    deinit {
        unsafe base.deallocate()
    }

    /// The most bytes that the rest of the body can have: what a count in the body must not exceed.
    public var bytesLeftMax: UInt64 { UInt64(upper - lower) + (fileBytes - min(fileBytes, offset)) }

    /// Fills `bytes` with what comes next in the body.
    ///
    /// - Throws: `JournalError.damaged` where a chunk is not as it was written, or the body ends before.
    public func take(into bytes: UnsafeMutableRawBufferPointer) throws(JournalError) {
        var done = 0
        if bytes.count >= Self.populatedBytesMin { unsafe Prefetch.populate(bytes) }
        while done < bytes.count {
            if lower == upper { try nextChunk() }
            let count = min(upper - lower, bytes.count - done)
            let part = unsafe UnsafeRawBufferPointer(start: base + lower, count: count)
            unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done..<(done + count)]).copyMemory(from: part)
            lower += count
            done += count
        }
    }

    /// The memory of a table is new, and pages enough of it for one more system call.
    private static var populatedBytesMin: Int { 64 << 10 }

    /// The next `count` bytes of the body.
    public func takeBytes(_ count: Int) throws(JournalError) -> [UInt8] {
        guard UInt64(count) <= bytesLeftMax else { throw damage("a count exceeds what there is") }
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: the array's own memory, for the length of the call.
        try unsafe bytes.withUnsafeMutableBufferPointer { (bytes) throws(JournalError) in
            try unsafe take(into: UnsafeMutableRawBufferPointer(bytes))
        }
        return bytes
    }

    /// The next integer of the body.
    public func take<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) throws(JournalError) -> Value {
        var stored: Value = 0
        // SAFETY: the bytes of a local integer, of which any pattern is a value.
        try unsafe withUnsafeMutableBytes(of: &stored) { (bytes) throws(JournalError) in
            try unsafe take(into: bytes)
        }
        return Value(littleEndian: stored)
    }

    /// Verifies that the body ends here, and the file behind its footer.
    public func finish() throws(JournalError) {
        guard lower == upper else { throw damage("the body goes on behind its end") }
        guard try fill() == SnapshotChunk.footerBytes else { throw flaw("the footer is cut off, or not the end") }
        let footer = unsafe UnsafeRawBufferPointer(start: base, count: SnapshotChunk.footerBytes)
        let (sum, payload, place) = unsafe fields()
        guard unsafe CRC32C.checksum(UnsafeRawBufferPointer(rebasing: footer[4...]), seed: checksum) == sum else {
            throw flaw("the footer's checksum does not fit")
        }
        let count = unsafe UInt64(littleEndian: footer.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
        guard payload == 0, place == bodyBytes, count == chunks else { throw flaw("the footer's counts do not fit") }
    }

    /// Checks everything that is left, for whoever does not want the body.
    public func verify() throws(JournalError) {
        while offset + UInt64(SnapshotChunk.footerBytes) < fileBytes { try nextChunk() }
        lower = upper
        try finish()
    }

    /// Puts the whole body into another snapshot, checked on the way.
    ///
    /// Nothing of it may have been taken.
    func copy(to sink: SnapshotSink) throws(JournalError) {
        while offset + UInt64(SnapshotChunk.footerBytes) < fileBytes {
            try nextChunk()
            try unsafe sink.put(UnsafeRawBufferPointer(start: base + lower, count: upper - lower))
            lower = upper
        }
        try finish()
    }

    /// The body says something that cannot be.
    public func damage(_ reason: String) -> JournalError {
        .damaged(file: file, offset: offset - UInt64(upper - lower), reason: reason)
    }

    /// The body is of a later format than the reader knows.
    public func newer(format: UInt32) -> JournalError {
        .newerFormat(file: file, format: format, writer: header.writer)
    }

    private func nextChunk() throws(JournalError) {
        let count = try fill()
        guard count >= SnapshotChunk.headerBytes else { throw flaw("the chunk is cut off") }
        let (sum, payload, place) = unsafe fields()
        guard (1...SnapshotChunk.payloadBytesMax).contains(payload) else { throw flaw("the body ends too early") }
        let size = SnapshotChunk.headerBytes + payload
        guard size <= count else { throw flaw("the chunk is cut off") }
        let found = unsafe CRC32C.checksum(UnsafeRawBufferPointer(start: base + 4, count: size - 4), seed: checksum)
        guard found == sum, place == bodyBytes else { throw flaw("the chunk's checksum does not fit") }
        checksum = found
        lower = SnapshotChunk.headerBytes
        upper = size
        offset += UInt64(size)
        bodyBytes += UInt64(payload)
        chunks += 1
    }

    /// Reads as much as may be the next chunk.
    private func fill() throws(JournalError) -> Int {
        (lower, upper) = (0, 0)
        return try unsafe read(offset, UnsafeMutableRawBufferPointer(start: base, count: SnapshotChunk.bytes))
    }

    /// What a chunk or a footer begins with: checksum, payload bytes, the body's bytes before it.
    @unsafe
    private func fields() -> (checksum: UInt32, payloadBytes: Int, place: UInt64) {
        // SAFETY: the first bytes of the chunk's memory, of which the caller has read at least 16.
        (
            unsafe UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 0, as: UInt32.self)),
            unsafe Int(UInt32(littleEndian: base.loadUnaligned(fromByteOffset: 4, as: UInt32.self))),
            unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        )
    }

    /// What stands at the next chunk's place is none.
    private func flaw(_ reason: String) -> JournalError { .damaged(file: file, offset: offset, reason: reason) }
}

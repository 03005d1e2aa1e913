import Journal

/// The bytes of one record's payload while they are put together, little endian.
///
/// - Isolation: one thread. Cost: no allocation; the memory is the largest payload's.
@safe struct PayloadWriter: ~Copyable {
    // SAFETY: `JournalLimits.payloadBytesMax` bytes owned by this value; `reserve` keeps `count` within them.
    private let memory: UnsafeMutableRawPointer
    private var count = 0

    init() {
        unsafe memory = .allocate(byteCount: JournalLimits.payloadBytesMax, alignment: 16)
    }

    deinit {
        unsafe memory.deallocate()
    }

    mutating func reset() {
        count = 0
    }

    /// What has been written since `reset`.
    func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: the first `count` bytes have been written.
        let written = unsafe UnsafeRawBufferPointer(start: memory, count: count).assumingMemoryBound(to: UInt8.self)
        return try body(unsafe written.span)
    }

    @inline(__always)
    mutating func put<Value: FixedWidthInteger & BitwiseCopyable>(_ value: Value) {
        let place = unsafe reserve(MemoryLayout<Value>.size)
        unsafe place.storeBytes(of: value.littleEndian, as: Value.self)
    }

    /// At most 255 bytes behind a one-byte count.
    mutating func putShort(_ text: Span<UInt8>) {
        put(UInt8(text.count))
        let place = unsafe reserve(text.count)
        unsafe text.withUnsafeBytes { source in
            if let address = source.baseAddress { unsafe place.copyMemory(from: address, byteCount: source.count) }
        }
    }

    /// At most 65,535 bytes behind a two-byte count.
    mutating func putLong(_ text: String) {
        var text = text
        text.withUTF8 { utf8 in
            put(UInt16(utf8.count))
            let place = unsafe reserve(utf8.count)
            if let address = utf8.baseAddress { unsafe place.copyMemory(from: address, byteCount: utf8.count) }
        }
    }

    /// Room for so many bytes.
    ///
    /// The limits of what is written (names, titles, notes) keep every record far below it.
    @inline(__always)
    private mutating func reserve(_ bytes: Int) -> UnsafeMutableRawPointer {
        precondition(bytes <= JournalLimits.payloadBytesMax - count, "a record above the journal's limit")
        defer { count += bytes }
        return unsafe memory + count
    }
}

/// Reads what `PayloadWriter` wrote; running off the end makes it `failed` and yields zeros, so that one check at the
/// end suffices.
struct PayloadReader {
    private(set) var offset = 0
    private(set) var failed = false

    /// Whether everything was there and nothing is left over.
    func isComplete(_ bytes: Span<UInt8>) -> Bool { !failed && offset == bytes.count }

    mutating func take<Value: FixedWidthInteger>(_ type: Value.Type, _ bytes: Span<UInt8>) -> Value {
        let size = MemoryLayout<Value>.size
        guard !failed, bytes.count - offset >= size else {
            failed = true
            return 0
        }
        // SAFETY: `size` bytes from `offset` are inside the span; any bit pattern is an integer.
        let value = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
        offset += size
        return Value(littleEndian: value)
    }

    /// Makes the reader fail, because what it has read is not of this version.
    mutating func fail() { failed = true }

    mutating func takeShort(_ bytes: Span<UInt8>) -> Range<Int> {
        let count = Int(take(UInt8.self, bytes))
        return takeBytes(count, bytes)
    }

    mutating func takeLong(_ bytes: Span<UInt8>) -> String {
        let count = Int(take(UInt16.self, bytes))
        let range = takeBytes(count, bytes)
        // SAFETY: the range is inside the span; ill-formed UTF-8 is repaired by the standard library.
        return unsafe bytes.withUnsafeBytes { unsafe String(decoding: $0[range], as: UTF8.self) }
    }

    mutating func takeBytes(_ count: Int, _ bytes: Span<UInt8>) -> Range<Int> {
        guard !failed, bytes.count - offset >= count else {
            failed = true
            return 0..<0
        }
        defer { offset += count }
        return offset..<offset + count
    }
}

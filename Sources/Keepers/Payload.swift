import Journal

/// The bytes of one record's payload while they are put together, little endian.
///
/// - Isolation: one thread. Cost: no allocation after the first record of each size.
struct PayloadWriter: ~Copyable {
    /// What has been written since `reset`.
    private(set) var bytes: [UInt8] = []

    init() {
        bytes.reserveCapacity(1_024)
    }

    /// Appends what has been written as a record; nil where the journal takes no more now.
    func append(_ kind: RecordKind, to journal: JournalAppender) -> JournalPosition? {
        journal.append(type: kind.rawValue, payload: bytes.span)
    }

    mutating func reset() {
        bytes.removeAll(keepingCapacity: true)
    }

    mutating func put<Value: FixedWidthInteger>(_ value: Value) {
        var value = value.littleEndian
        // SAFETY: the bytes of a local integer.
        unsafe withUnsafeBytes(of: &value) { unsafe bytes.append(contentsOf: $0) }
    }

    /// At most 255 bytes behind a one-byte count.
    mutating func putShort(_ text: Span<UInt8>) {
        put(UInt8(text.count))
        append(text)
    }

    /// At most 65,535 bytes behind a two-byte count.
    mutating func putLong(_ text: String) {
        let text = text.utf8
        put(UInt16(text.count))
        bytes.append(contentsOf: text)
    }

    private mutating func append(_ text: Span<UInt8>) {
        // SAFETY: the span's own bytes, for the length of the call.
        unsafe text.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
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

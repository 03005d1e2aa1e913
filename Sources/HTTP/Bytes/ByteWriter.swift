/// Bytes being composed: memory that grows up to a hard maximum and is kept when it is emptied.
///
/// What does not fit is dropped whole and remembered (`isOverflowed`), so that callers append without a check each and
/// look once at the end. What was sent leaves at the front (`drop(first:)`) while more is appended at the back.
///
/// - Isolation: its owner's. Cost: appending copies; growing doubles.
@safe public struct ByteWriter: ~Copyable {
    @usableFromInline var base: UnsafeMutableRawPointer
    /// How many bytes its memory holds now.
    public internal(set) var capacity: Int
    @usableFromInline var start = 0
    @usableFromInline var end = 0
    /// The most that it holds at once.
    public let bytesMax: Int
    /// Whether something did not fit since the last `reset`: the contents are not to be used.
    public private(set) var isOverflowed = false

    /// - Parameters:
    ///   - capacity: bytes that are there from the start; at least 1.
    ///   - bytesMax: the most that it holds at once.
    public init(capacity: Int = 4_096, bytesMax: Int) {
        self.capacity = max(1, min(capacity, bytesMax))
        self.bytesMax = bytesMax
        unsafe base = Self.memory(self.capacity)
    }

    deinit {
        // SAFETY: allocated by init or grow, and owned by this value alone.
        unsafe base.deallocate()
    }

    /// Memory for `capacity` bytes and a word of margin, so that numbers are stored by the word.
    private static func memory(_ capacity: Int) -> UnsafeMutableRawPointer {
        .allocate(byteCount: capacity + MemoryLayout<UInt64>.size, alignment: 16)
    }

    /// How many bytes are there.
    @inlinable
    public var count: Int { end &- start }

    /// Whether there are none.
    @inlinable
    public var isEmpty: Bool { end == start }

    /// Empties it; the memory stays.
    @inlinable
    public mutating func reset() {
        start = 0
        end = 0
        forgetOverflow()
    }

    @usableFromInline
    mutating func forgetOverflow() {
        isOverflowed = false
    }

    /// Takes away what is at the front.
    ///
    /// - Parameter count: at most `self.count`; more empties it.
    @inlinable
    public mutating func drop(first count: Int) {
        start = min(end, start &+ max(0, count))
        if start == end {
            start = 0
            end = 0
        }
    }

    /// Takes away what is at the back, down to `count` bytes: undoes what was appended after.
    @inlinable
    public mutating func truncate(to count: Int) {
        end = start &+ min(self.count, max(0, count))
    }

    /// The bytes, for reading.
    @inlinable
    public func withSpan<Result, Failure: Error>(
        _ body: (Span<UInt8>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: these bytes are initialised, and they stay put while self is borrowed.
        let bytes = unsafe UnsafeRawBufferPointer(start: base + start, count: count).assumingMemoryBound(to: UInt8.self)
        return try body(unsafe bytes.span)
    }

    /// The bytes, for the system call that sends them.
    ///
    /// They stay put until the next change.
    @inlinable
    public func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        // SAFETY: as above.
        try unsafe body(UnsafeRawBufferPointer(start: base + start, count: count))
    }
}

// SAFETY: the memory has one owner, and the value cannot be copied.
extension ByteWriter: @unchecked Sendable {}

extension ByteWriter {
    /// Room for `count` bytes at the back, which the caller fills at once; nil where they do not fit.
    @inlinable
    @inline(__always)
    mutating func claim(_ count: Int) -> UnsafeMutableRawPointer? {
        guard capacity &- end >= count || grow(count) else { return nil }
        // SAFETY: `end + count` is at most the capacity.
        let place = unsafe base + end
        end &+= count
        return unsafe place
    }

    /// Whether `count` bytes more fit; what does not fit is remembered.
    @inline(__always)
    mutating func hasRoom(_ count: Int) -> Bool { capacity &- end >= count || grow(count) }

    /// Makes room at the back, by moving the bytes to the front or to a larger place.
    @usableFromInline
    @inline(never)
    mutating func grow(_ more: Int) -> Bool {
        let needed = count + more
        guard needed <= bytesMax else {
            isOverflowed = true
            return false
        }
        var target = unsafe base
        if needed > capacity || (capacity < bytesMax && start < capacity / 2) {
            capacity = min(bytesMax, max(needed, capacity * 2))
            unsafe target = Self.memory(capacity)
        }
        // SAFETY: both places hold `count` bytes; the copy handles overlap. The old place is given back once.
        unsafe target.copyMemory(from: base + start, byteCount: count)
        if unsafe target != base { unsafe base.deallocate() }
        unsafe base = target
        end = count
        start = 0
        return true
    }
}

extension ByteWriter {
    /// Appends a literal.
    @inlinable
    @inline(__always)
    public mutating func append(_ literal: StaticString) {
        let count = literal.utf8CodeUnitCount
        // SAFETY: the place and the literal have `count` bytes.
        if let place = unsafe claim(count) { unsafe place.copyMemory(from: literal.utf8Start, byteCount: count) }
    }

    /// Appends one byte.
    @inlinable
    public mutating func append(_ byte: UInt8) {
        // SAFETY: the place has one byte.
        if let place = unsafe claim(1) { unsafe place.storeBytes(of: byte, as: UInt8.self) }
    }

    /// Appends bytes.
    @inlinable
    public mutating func append(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count > 0, let place = unsafe claim(count) else { return }
        // SAFETY: the place has `count` bytes, and the span is not part of this memory: self is borrowed exclusively.
        unsafe bytes.withUnsafeBytes { source in
            if let address = source.baseAddress { unsafe place.copyMemory(from: address, byteCount: count) }
        }
    }

    /// Appends a part of bytes.
    @inlinable
    public mutating func append(_ bytes: Span<UInt8>, _ range: ByteRange) {
        append(bytes.extracting(range.bounds))
    }
}

/// A stretch of a segment in memory, read in large pieces and checked record by record.
///
/// It is not generic over the disk, so that the loop over millions of records is compiled as one.
///
/// - Isolation: one thread at a time.
@safe
final class RecordWindow {
    // SAFETY: allocated by `init`, freed by `deinit`; the filled part is `lower..<upper`.
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private var lower = 0
    private var upper = 0
    private let seed: UInt32

    /// The position of the first byte in the window.
    private(set) var position: UInt64 = 0

    /// Memory for `capacity` bytes, at least the size of the largest record.
    init(capacity: Int, seed: UInt32) {
        self.capacity = max(capacity, RecordFormat.size(payloadBytes: JournalLimits.payloadBytesMax))
        self.seed = seed
        unsafe base = .allocate(byteCount: self.capacity, alignment: 4_096)
    }

    /// Memory for reading `entries` from their beginning to their end.
    convenience init(for entries: [SegmentEntry], seed: UInt32) {
        let largest = entries.map(\.header.capacity).max() ?? 0
        self.init(capacity: Int(min(Self.readBytes, largest)), seed: seed)
    }

    /// Bytes read at a time: enough to make the calls cheap, little enough to stay in the processor's cache.
    private static let readBytes: UInt64 = 256 << 10

    deinit {
        unsafe base.deallocate()
    }

    /// How many bytes are in the window.
    @inline(__always)
    var count: Int { upper - lower }

    /// Empties the window and lets it start at `position`.
    func restart(at position: UInt64) {
        self.position = position
        lower = 0
        upper = 0
    }

    /// Calls `read` with the free memory behind the bytes that are in the window, and takes in what it has read.
    ///
    /// - Parameters:
    ///   - limit: most bytes to be read.
    ///   - read: fills the start of the memory it is given, and returns how many bytes that was.
    /// - Throws: what `read` throws; the window is as it was then.
    func fill<Failure: Error>(
        limit: Int,
        _ read: (UnsafeMutableRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) {
        if lower > 0 {
            // SAFETY: both ranges lie in the window's memory; moving allows them to overlap.
            unsafe base.copyMemory(from: base + lower, byteCount: count)
            upper -= lower
            lower = 0
        }
        let free = unsafe UnsafeMutableRawBufferPointer(start: base + upper, count: min(limit, capacity - upper))
        upper += try unsafe read(free)
    }

    /// Says what the first bytes are.
    @inline(__always)
    func check() -> RecordCheck {
        // SAFETY: the filled part.
        unsafe RecordFormat.check(
            UnsafeRawBufferPointer(start: base + lower, count: count),
            position: position,
            seed: seed
        )
    }

    /// The payload of the record at the start.
    ///
    /// Valid until the window is changed.
    @inline(__always)
    @unsafe
    func payload(_ header: RecordHeader) -> UnsafeBufferPointer<UInt8> {
        // SAFETY: `check` has seen that the whole record is in the window.
        unsafe UnsafeBufferPointer(
            start: (base + lower + RecordFormat.headerBytes).assumingMemoryBound(to: UInt8.self),
            count: header.payloadBytes
        )
    }

    /// Goes on by `bytes`, at most `count`.
    @inline(__always)
    func advance(_ bytes: Int) {
        lower += bytes
        position += UInt64(bytes)
    }

    /// Goes on over zeros, in steps of the alignment, and stops at the first other word.
    func skipZeros() {
        while count >= JournalFormat.alignment {
            // SAFETY: eight bytes of the filled part.
            guard unsafe base.loadUnaligned(fromByteOffset: lower, as: UInt64.self) == 0 else { return }
            advance(JournalFormat.alignment)
        }
    }
}

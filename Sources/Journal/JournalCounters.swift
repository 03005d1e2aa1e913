import Synchronization

/// A number that one thread counts up and any thread may read.
///
/// Costs no locked instruction.
public final class JournalCounter: Sendable {
    private let number = Atomic<UInt64>(0)

    init() {}

    /// The count so far.
    public var value: UInt64 { number.load(ordering: .relaxed) }

    @inline(__always)
    func add(_ amount: UInt64 = 1) {
        number.store(number.load(ordering: .relaxed) &+ amount, ordering: .relaxed)
    }
}

/// How often something took how long, in steps of powers of two.
///
/// Counted by one thread, read by any.
public final class JournalDurations: Sendable {
    /// How many buckets there are; the last one also counts all that took longer.
    public static let bucketCount = 24

    private let buckets: InlineArray<24, Atomic<UInt64>>
    private let nanoseconds = Atomic<UInt64>(0)

    init() {
        buckets = InlineArray { _ in Atomic(0) }
    }

    /// The longest duration that the bucket `index` counts, in microseconds.
    public static func upperBoundMicroseconds(_ index: Int) -> UInt64 { 1 << UInt64(index) }

    /// How many durations fell into the bucket `index`, those of lower buckets not included.
    public func count(_ index: Int) -> UInt64 { buckets[index].load(ordering: .relaxed) }

    /// All durations together, in nanoseconds.
    public var totalNanoseconds: UInt64 { nanoseconds.load(ordering: .relaxed) }

    func add(nanoseconds duration: UInt64) {
        let microseconds = (duration + 999) / 1_000
        let index = microseconds <= 1 ? 0 : UInt64.bitWidth - (microseconds - 1).leadingZeroBitCount
        let bucket = min(index, Self.bucketCount - 1)
        buckets[bucket].store(count(bucket) &+ 1, ordering: .relaxed)
        nanoseconds.store(totalNanoseconds &+ duration, ordering: .relaxed)
    }
}

/// What one journal has done since it was opened.
///
/// Isolation: any thread may read it.
public struct JournalCounters: Sendable {
    /// Records appended; seals not included.
    public let records = JournalCounter()
    /// Bytes appended: headers, payloads, padding, seals and skipped ends of segments.
    public let bytes = JournalCounter()
    /// Appends refused because the staging was full.
    public let stagingFull = JournalCounter()
    /// Batches made durable.
    public let batches = JournalCounter()
    /// Calls of the disk's write for batches.
    public let writes = JournalCounter()
    /// Calls of the disk's sync for batches.
    public let syncs = JournalCounter()
    /// How long those syncs took.
    public let syncDurations = JournalDurations()
    /// Segments that were ready when the writer needed them.
    public let segmentsReady = JournalCounter()
    /// Segments that the writer had to make itself.
    public let segmentsLate = JournalCounter()

    init() {}
}

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

    func set(to other: JournalCounter) {
        number.store(other.value, ordering: .relaxed)
    }
}

/// How often something had which size, in steps of powers of two.
///
/// Counted by one thread, read by any.
public final class JournalHistogram: Sendable {
    /// How many buckets there are; the last one also counts all that was larger.
    public static let bucketCount = 24

    /// What the first bucket counts at most; each further one counts up to twice as much as the one before.
    private let first: UInt64
    private let buckets: InlineArray<24, Atomic<UInt64>>
    private let total = Atomic<UInt64>(0)

    /// An empty histogram; `first` is the first bucket's bound, at least 1.
    init(first: UInt64) {
        self.first = first
        buckets = InlineArray { _ in Atomic(0) }
    }

    /// The largest value that the bucket `index` counts.
    public func upperBound(_ index: Int) -> UInt64 { first << UInt64(index) }

    /// How many values fell into the bucket `index`, those of lower buckets not included.
    public func count(_ index: Int) -> UInt64 { buckets[index].load(ordering: .relaxed) }

    /// All values together.
    public var sum: UInt64 { total.load(ordering: .relaxed) }

    func add(_ value: UInt64) {
        // How many of the first bucket's size it takes, rounded up, without running over.
        let steps = value / first + (value % first == 0 ? 0 : 1)
        let index = steps <= 1 ? 0 : UInt64.bitWidth - (steps - 1).leadingZeroBitCount
        let bucket = min(index, Self.bucketCount - 1)
        buckets[bucket].store(count(bucket) &+ 1, ordering: .relaxed)
        total.store(sum &+ value, ordering: .relaxed)
    }
}

/// A number that goes up and down, changed and read by any thread.
///
/// For what happens seldom: a change is a locked instruction.
public final class JournalGauge: Sendable {
    private let number: Atomic<Int>

    init(_ value: Int) {
        number = Atomic(value)
    }

    /// The number now.
    public var value: Int { number.load(ordering: .relaxed) }

    /// Changes it by `amount`: -1 for a segment that was removed.
    public func add(_ amount: Int) { number.add(amount, ordering: .relaxed) }
}

/// What one journal has done since it was opened.
///
/// Isolation: any thread may read it.
public struct JournalCounters: Sendable {
    /// Records appended; seals not included.
    public let records = JournalCounter()
    /// Those of them that were handed to the writer.
    let recordsPublished = JournalCounter()
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
    /// How long those syncs took, in nanoseconds.
    public let syncNanoseconds = JournalHistogram(first: 1_000)
    /// How many records each batch had.
    ///
    /// One that is published in the moment in which a batch is taken may be counted with the batch before its own.
    public let batchRecords = JournalHistogram(first: 1)
    /// How many bytes each batch had.
    public let batchBytes = JournalHistogram(first: 64)
    /// Segments in the journal's directory, the open one and the one made ahead of its use included.
    public let segments: JournalGauge
    /// Segments that were ready when the writer needed them.
    public let segmentsReady = JournalCounter()
    /// Segments that the writer had to make itself.
    public let segmentsLate = JournalCounter()

    init(segments: JournalGauge) {
        self.segments = segments
    }
}

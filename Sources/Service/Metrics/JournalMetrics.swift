import Synchronization

/// What one partition's journal writer counts.
///
/// - Isolation: the counting methods belong to the writer's thread, the reading to any.
public final class JournalMetrics: Sendable {
    private let counters = CounterBlock(count: 3)
    private let syncSeconds = Histogram()
    private let isFailed = Atomic(false)

    /// Everything at zero.
    public init() {}

    /// Counts a batch that is durable.
    ///
    /// - Parameters:
    ///   - records: the records in it.
    ///   - bytes: its length, with framing and padding.
    ///   - syncNanoseconds: what `fdatasync` took.
    public func synced(records: UInt64, bytes: UInt64, syncNanoseconds: UInt64) {
        counters.add(records, at: 0)
        counters.add(bytes, at: 1)
        counters.add(at: 2)
        syncSeconds.observe(nanoseconds: syncNanoseconds)
    }

    /// Says that the writer takes nothing more, because the disk refused.
    public func failed() {
        isFailed.store(true, ordering: .relaxed)
    }

    /// What was counted, as it was a moment ago.
    public var reading: JournalReading {
        JournalReading(
            records: counters.value(at: 0),
            bytes: counters.value(at: 1),
            syncs: counters.value(at: 2),
            syncSeconds: syncSeconds.reading,
            isFailed: isFailed.load(ordering: .relaxed)
        )
    }
}

/// What one partition's journal had done at one moment.
public struct JournalReading: Sendable, Equatable {
    /// Records that are durable since the start.
    public var records: UInt64
    /// Bytes that are durable since the start, with framing and padding.
    public var bytes: UInt64
    /// Syncs since the start.
    public var syncs: UInt64
    /// What each sync took.
    public var syncSeconds: HistogramReading
    /// Whether the writer takes nothing more.
    public var isFailed: Bool

    /// A reading.
    public init(records: UInt64, bytes: UInt64, syncs: UInt64, syncSeconds: HistogramReading, isFailed: Bool) {
        self.records = records
        self.bytes = bytes
        self.syncs = syncs
        self.syncSeconds = syncSeconds
        self.isFailed = isFailed
    }
}

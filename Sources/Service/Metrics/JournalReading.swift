import Journal
import Keepers

/// What one partition's journal had done at one moment.
public struct JournalReading: Sendable, Equatable {
    /// Records appended since the start.
    public var records: UInt64
    /// Bytes appended since the start, with framing and padding.
    public var bytes: UInt64
    /// Syncs since the start.
    public var syncs: UInt64
    /// Appends refused because too much was waiting for the disk.
    public var stagingFull: UInt64
    /// What each sync took.
    public var syncSeconds: HistogramReading
    /// Whether the writer takes nothing more.
    public var isFailed: Bool

    /// A reading.
    public init(
        records: UInt64,
        bytes: UInt64,
        syncs: UInt64,
        stagingFull: UInt64,
        syncSeconds: HistogramReading,
        isFailed: Bool
    ) {
        self.records = records
        self.bytes = bytes
        self.syncs = syncs
        self.stagingFull = stagingFull
        self.syncSeconds = syncSeconds
        self.isFailed = isFailed
    }
}

extension Partition {
    /// Segments that the journal has begun since the start.
    ///
    /// Any thread.
    var segmentsMade: UInt64 {
        appender.map { $0.counters.segmentsReady.value + $0.counters.segmentsLate.value } ?? 0
    }

    /// What its journal has done since the start; nil before it has one.
    ///
    /// Any thread.
    var journalReading: JournalReading? {
        guard let appender else { return nil }
        let counters = appender.counters
        return JournalReading(
            records: counters.records.value,
            bytes: counters.bytes.value,
            syncs: counters.syncs.value,
            stagingFull: counters.stagingFull.value,
            syncSeconds: HistogramReading(counters.syncDurations),
            isFailed: appender.fault != nil
        )
    }
}

extension HistogramReading {
    /// What the journal counted in powers of two; its last bucket has no upper bound.
    init(_ durations: JournalDurations) {
        let last = JournalDurations.bucketCount - 1
        self.init(
            bounds: (0..<last).map { JournalDurations.upperBoundMicroseconds($0) * 1_000 },
            counts: (0...last).map { durations.count($0) },
            sumNanoseconds: durations.totalNanoseconds
        )
    }
}

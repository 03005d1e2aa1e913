import Journal
import Keepers

/// What one partition's journal had done at one moment.
public struct JournalReading: Sendable, Equatable {
    /// Records appended since the start.
    public var records: UInt64 = 0
    /// Bytes appended since the start, with framing and padding.
    public var bytes: UInt64 = 0
    /// Batches made durable since the start.
    public var batches: UInt64 = 0
    /// Syncs since the start.
    public var syncs: UInt64 = 0
    /// Segments on disk.
    public var segments: UInt64 = 0
    /// Segments that were not ready when they were needed.
    public var segmentsLate: UInt64 = 0
    /// What each sync took, in nanoseconds.
    public var syncNanoseconds: HistogramReading
    /// The records of each batch.
    public var batchRecords: HistogramReading
    /// The bytes of each batch.
    public var batchBytes: HistogramReading
    /// Why the writer takes nothing more; nil as long as it does.
    public var failure: JournalFailureLabel?

    /// A journal that has done nothing yet but for these.
    init(syncNanoseconds: HistogramReading, batchRecords: HistogramReading, batchBytes: HistogramReading) {
        self.syncNanoseconds = syncNanoseconds
        self.batchRecords = batchRecords
        self.batchBytes = batchBytes
    }

    /// What a journal with these counters and this fault has done.
    init(_ counters: JournalCounters, fault: JournalFault?) {
        self.init(
            syncNanoseconds: HistogramReading(counters.syncNanoseconds),
            batchRecords: HistogramReading(counters.batchRecords),
            batchBytes: HistogramReading(counters.batchBytes)
        )
        records = counters.records.value
        bytes = counters.bytes.value
        batches = counters.batches.value
        syncs = counters.syncs.value
        segments = UInt64(clamping: counters.segments.value)
        segmentsLate = counters.segmentsLate.value
        failure = fault.map(JournalFailureLabel.init)
    }
}

/// Why a journal takes nothing more.
public enum JournalFailureLabel: String, CaseIterable, Sendable {
    /// The disk is full.
    case full
    /// A write or a sync has failed.
    case poisoned
    /// A later writer has taken the journal over.
    case fenced

    init(_ fault: JournalFault) {
        switch fault {
        case .full: self = .full
        case .poisoned: self = .poisoned
        case .fenced: self = .fenced
        }
    }
}

extension Partition {
    /// What its journal has done since the start; nil before it has one.
    ///
    /// Any thread.
    var journalReading: JournalReading? {
        appender.map { JournalReading($0.counters, fault: $0.fault) }
    }
}

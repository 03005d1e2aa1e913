/// Sizes of one journal, chosen by configuration; what is on disk keeps the sizes it was made with.
public struct JournalLimits: Sendable {
    /// Most bytes of a record's payload.
    ///
    /// Fixed by the format: recovery reads no further for one record.
    public static let payloadBytesMax = 65_536

    /// The positions that one journal has.
    ///
    /// Whoever remembers records keeps their positions in 48 bits. At 100 MB/s a journal reaches the end in a month; a
    /// repartition begins new journals.
    public static let positionsMax: UInt64 = 1 << 48

    /// What `segmentBytes` may be.
    ///
    /// A smaller one holds no record; a larger one delays the first start for too long.
    public static let segmentBytesRange = (JournalFormat.headerBytes + 128)...(1 << 32)

    /// What `stagingBytes` may be.
    ///
    /// A smaller one is no multiple of the page size; a larger one is memory that is never given back.
    public static let stagingBytesRange = 4_096...(1 << 30)

    /// The size of a segment's file, its header included; a multiple of 8.
    public let segmentBytes: Int

    /// Most bytes that are appended but not durable yet; a power of two.
    ///
    /// Reaching it refuses the next record.
    public let stagingBytes: Int

    /// How long the journal must have been idle before the writer notes on disk how far it is durable.
    public let settleAfterNanoseconds: Int64

    /// Sizes within the ranges above; anything else is a bug of the caller.
    public init(
        segmentBytes: Int = 64 << 20,
        stagingBytes: Int = 4 << 20,
        settleAfterNanoseconds: Int64 = 50_000_000
    ) {
        precondition(Self.segmentBytesRange.contains(segmentBytes) && segmentBytes % JournalFormat.alignment == 0)
        precondition(Self.stagingBytesRange.contains(stagingBytes) && stagingBytes.nonzeroBitCount == 1)
        self.segmentBytes = segmentBytes
        self.stagingBytes = stagingBytes
        self.settleAfterNanoseconds = settleAfterNanoseconds
    }

    /// The positions that one segment stands for.
    var segmentCapacity: Int { segmentBytes - JournalFormat.headerBytes }

    /// Most bytes of a payload that fits these sizes: `payloadBytesMax`, but where segments or staging are tiny.
    public var payloadBytesLimit: Int {
        // A record leaves room for the seal in its segment. With the end of a segment that it skipped, which is
        // smaller than the record and a seal, it must fit the staging.
        let bySegment = segmentCapacity - 2 * RecordFormat.headerBytes
        let byStaging = stagingBytes / 2 - 2 * RecordFormat.headerBytes
        return min(Self.payloadBytesMax, bySegment, byStaging)
    }
}

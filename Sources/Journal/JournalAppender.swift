import Platform

/// The loop's end of a journal: takes records, says how far they are durable.
///
/// An append copies the payload into memory and computes its checksum; `publish` hands everything over to the writer.
/// An answer may leave once `durable` has reached the `end` that was read right after the append it depends on.
///
/// - Isolation: the partition's loop; `durable`, `fault` and `counters` from any thread.
public final class JournalAppender: @unchecked Sendable {
    // SAFETY: the variables are the loop's alone; all that is shared with other threads is in `staging`.
    private let staging: Staging
    private let seed: UInt32
    private let segmentCapacity: UInt64
    private let payloadBytesLimit: Int

    private var endPosition: UInt64
    private var publishedEnd: UInt64
    /// The end of the segment that `endPosition` is in.
    private var segmentEnd: UInt64
    /// The last record's checksum.
    private var chain: UInt32
    /// The last value of `durable` that was looked at.
    private var settled: UInt64

    init(staging: Staging, journal: JournalID, tail: JournalTail, limits: JournalLimits) {
        self.staging = staging
        seed = RecordFormat.seed(journal)
        segmentCapacity = UInt64(limits.segmentCapacity)
        payloadBytesLimit = limits.payloadBytesLimit
        endPosition = tail.end
        publishedEnd = tail.end
        segmentEnd = tail.segmentEnd
        chain = tail.chain
        settled = tail.end
    }

    /// Appends one record; it is durable once `durable` has reached the `end` after it.
    ///
    /// - Parameters:
    ///   - type: 1...254, opaque to the journal.
    ///   - payload: 0...`JournalLimits.payloadBytesLimit` bytes, opaque to the journal.
    /// - Returns: the position where the record starts, by which `JournalReader` finds it; nil where the staging is
    ///   full (publish, and try again later) or the journal has a `fault` (never again).
    ///
    /// Isolation: the loop. Cost: one copy and one checksum; no allocation, no lock, no system call.
    public func append(type: UInt8, payload: Span<UInt8>) -> JournalPosition? {
        precondition(RecordFormat.userTypes.contains(type), "the type must be 1...254")
        precondition(payload.count <= payloadBytesLimit, "the payload exceeds the limit")
        let size = UInt64(RecordFormat.size(payloadBytes: payload.count))
        let rolls = endPosition + size + UInt64(RecordFormat.headerBytes) > segmentEnd
        let start = rolls ? segmentEnd : endPosition
        guard staging.fault == nil, hasRoom(upTo: start + size) else { return nil }
        if rolls {
            guard segmentEnd <= JournalLimits.positionsMax - segmentCapacity else { return nil }
            seal()
        }
        write(type, payload)
        staging.counters.records.add()
        return JournalPosition(rawValue: start)
    }

    /// Where the last appended record ends: what an answer that saw it depends on.
    public var end: JournalPosition { JournalPosition(rawValue: endPosition) }

    /// Hands everything appended so far to the writer.
    ///
    /// Wakes its thread if it sleeps, which is the only system call.
    public func publish() {
        guard endPosition != publishedEnd else { return }
        publishedEnd = endPosition
        staging.counters.recordsPublished.set(to: staging.counters.records)
        staging.published = endPosition
        staging.parker.wake()
    }

    /// Everything before this position is on disk for good.
    ///
    /// Isolation: any thread.
    public var durable: JournalPosition { JournalPosition(rawValue: staging.durable) }

    /// Why the journal takes no more records; nil as long as it does.
    ///
    /// Isolation: any thread.
    public var fault: JournalFault? { staging.fault }

    /// What the journal has done since it was opened.
    ///
    /// Isolation: any thread.
    public var counters: JournalCounters { staging.counters }

    private func hasRoom(upTo end: UInt64) -> Bool {
        let capacity = UInt64(staging.capacity)
        if end - settled > capacity {
            settled = staging.durable
            guard end - settled <= capacity else {
                staging.counters.stagingFull.add()
                return false
            }
        }
        return true
    }

    private func write(_ type: UInt8, _ payload: Span<UInt8>) {
        settled = staging.durable
        // SAFETY: `hasRoom` has made sure that the whole record lies in the loop's part of the ring.
        let base = unsafe staging.address(endPosition)
        unsafe payload.withUnsafeBytes { source in
            if let bytes = source.baseAddress {
                unsafe (base + RecordFormat.headerBytes).copyMemory(from: bytes, byteCount: source.count)
            }
        }
        unsafe complete(base, type, payloadBytes: payload.count)
    }

    /// Closes the open segment with a seal and zeros up to its end: the next record starts the next segment.
    private func seal() {
        let gap = Int(segmentEnd - endPosition)
        // SAFETY: as above; each record leaves room for the seal behind it.
        let base = unsafe staging.address(endPosition)
        unsafe base.initializeMemory(as: UInt8.self, repeating: 0, count: gap)
        unsafe complete(base, RecordFormat.sealType, payloadBytes: 0)
        staging.counters.bytes.add(segmentEnd - endPosition)
        endPosition = segmentEnd
        segmentEnd += segmentCapacity
    }

    @unsafe
    private func complete(_ base: UnsafeMutableRawPointer, _ type: UInt8, payloadBytes: Int) {
        chain = unsafe RecordFormat.complete(
            base,
            type: type,
            payloadBytes: payloadBytes,
            position: endPosition,
            chain: chain,
            unsettledBytes: UInt32(endPosition - settled),
            seed: seed
        )
        let size = UInt64(RecordFormat.size(payloadBytes: payloadBytes))
        staging.counters.bytes.add(size)
        endPosition += size
    }
}

/// Where a journal ends: what its next record needs to know.
struct JournalTail: Equatable {
    /// Where the next record starts.
    var end: UInt64
    /// The last record's checksum, or the journal's seed where there is none.
    var chain: UInt32
    /// The end of the segment that `end` is in.
    var segmentEnd: UInt64
}

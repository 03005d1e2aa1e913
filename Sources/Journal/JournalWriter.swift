import Platform
import Synchronization

/// The writing end of a journal: makes durable what the appender has published.
///
/// While one batch is written and synced, the next one gathers in the staging; when the sync ends, all that has been
/// published by then is the next batch. Nothing waits for a timer or for company.
///
/// - Isolation: one thread runs `run`, or one test calls `step`; `stop` from any thread.
public final class JournalWriter<D: Disk>: @unchecked Sendable {
    // SAFETY: `store`, `mark` and the counts of records are used by the one thread that runs or steps; the rest is
    // constant or atomic.
    private let staging: Staging
    private let store: SegmentStore<D>
    private let mark: SettledMark<D>
    private let settleAfterNanoseconds: UInt64
    private let clock: any Clock
    private let onProgress: @Sendable () -> Void
    private let stopping = Atomic<Bool>(false)
    /// How many records the batches so far had, the one that is on its way included.
    private var recordsWritten: UInt64 = 0
    /// How many of them are durable.
    private var recordsCounted: UInt64 = 0

    init(
        staging: Staging,
        store: SegmentStore<D>,
        mark: SettledMark<D>,
        settleAfterNanoseconds: Int64,
        clock: any Clock,
        onProgress: @escaping @Sendable () -> Void
    ) {
        self.staging = staging
        self.store = store
        self.mark = mark
        self.settleAfterNanoseconds = UInt64(max(settleAfterNanoseconds, 0))
        self.clock = clock
        self.onProgress = onProgress
    }

    /// The opening of the journal that this writer belongs to.
    public var epoch: WriterEpoch { store.epoch }

    /// Makes everything published so far durable, as one batch, and reports it.
    ///
    /// - Returns: whether there was anything to do; false for ever once the journal has a fault.
    @discardableResult
    public func step() -> Bool {
        guard write() else { return false }
        sync()
        return true
    }

    /// The first half of a step: gives the disk what has been published.
    ///
    /// - Returns: as `step`.
    package func write() -> Bool {
        let published = staging.published
        guard published > store.end, staging.fault == nil else { return false }
        let recordsPublished = staging.counters.recordsPublished.value
        // SAFETY: the loop leaves these bytes alone until they are durable, and the ring keeps them contiguous.
        let batch = unsafe UnsafeBufferPointer(
            start: staging.address(store.end).assumingMemoryBound(to: UInt8.self),
            count: Int(published - store.end)
        )
        do {
            try unsafe store.write(batch.span, expecting: store.end)
            recordsWritten = recordsPublished
        } catch {
            staging.fail(error)
            onProgress()
        }
        return true
    }

    /// The second half of a step: makes durable what `write` gave to the disk, and reports it.
    package func sync() {
        guard staging.fault == nil else { return }
        do {
            let before = staging.durable
            staging.durable = try store.sync()
            count(bytes: staging.durable - before)
        } catch {
            staging.fail(error)
        }
        onProgress()
    }

    private func count(bytes: UInt64) {
        staging.counters.batchRecords.add(recordsWritten &- recordsCounted)
        staging.counters.batchBytes.add(bytes)
        recordsCounted = recordsWritten
    }

    /// Notes on disk how far the journal is durable, so that a later start can tell damage before that place from a
    /// batch that a crash tore.
    public func settle() {
        let durable = staging.durable
        guard durable > mark.settled, staging.fault == nil else { return }
        do {
            try mark.write(settled: durable, epoch: epoch)
        } catch {
            staging.fail(.poisoned(error.code))
            onProgress()
        }
    }

    /// The body of the writer's thread: steps until `stop`, then makes the rest durable and closes the journal.
    public func run() {
        var idleSince = clock.monotonicNanoseconds()
        while !stopping.load(ordering: .acquiring) {
            if step() {
                idleSince = clock.monotonicNanoseconds()
            } else if isSettled {
                staging.parker.wait()
            } else {
                // News of a batch that is durable already may end the wait early: only the clock tells idleness.
                let idle = clock.monotonicNanoseconds() &- idleSince
                if idle >= settleAfterNanoseconds {
                    settle()
                } else {
                    staging.parker.wait(timeoutNanoseconds: Int64(settleAfterNanoseconds - idle))
                }
            }
        }
        finish()
    }

    private var isSettled: Bool { staging.durable == mark.settled || staging.fault != nil }

    /// Makes the rest durable, settles and closes: what `run` does at its end.
    public func finish() {
        while step() {}
        settle()
        store.close()
        mark.close()
    }

    /// Ends `run` once everything published before this call is durable.
    ///
    /// Isolation: any thread.
    public func stop() {
        stopping.store(true, ordering: .releasing)
        staging.parker.wake()
    }
}

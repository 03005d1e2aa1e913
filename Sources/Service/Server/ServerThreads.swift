import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform
import Synchronization

/// All threads of a server: a loop a core, the archive, and a writer and a preparer for each journal.
final class ServerThreads<D: Disk>: @unchecked Sendable {
    // SAFETY: `fronts` belong to their loops' threads and are reached through `submit`; the arrays of threads are
    // changed by the thread that starts and stops the server only.
    let loops: [EventLoop]
    private let hub: Hub
    private let fronts: [Front]
    private let archive: Archive<D>
    private var loopThreads: [NativeThread] = []
    private var archiveThread: NativeThread?
    private var writers: [(writer: JournalWriter<D>, thread: NativeThread)] = []
    private var preparers: [(preparer: SegmentPreparer<D>, thread: NativeThread)] = []
    private let pauses = Parker()

    /// Makes and starts the loops and the archive.
    ///
    /// `idPrefix`: random, for request ids.
    init(hub: Hub, idPrefix: UInt64) throws(SystemError) {
        self.hub = hub
        var loops: [EventLoop] = []
        for index in 0..<hub.loopCount { loops.append(try EventLoop(index: index)) }
        self.loops = loops
        fronts = loops.map { loop in
            Front(
                loop: loop,
                hub: hub,
                metrics: hub.metrics.loops[loop.index],
                idPrefix: idPrefix &+ UInt64(loop.index)
            )
        }
        let composer = Composer(
            metrics: hub.metrics.loops[hub.archiveStation],
            idPrefix: idPrefix &+ UInt64(hub.archiveStation),
            nowMilliseconds: hub.clock.wallMilliseconds()
        )
        archive = Archive(composer: composer, clock: hub.clock, outputBytesMax: hub.outputBytesMax)
        try connectMailboxes()
        try run()
    }

    /// One mailbox from each thread to each other one.
    private func connectMailboxes() throws(SystemError) {
        let bytes = hub.configuration.mailboxBytes
        for front in fronts {
            for other in fronts where other !== front {
                let mailbox = try Mailbox(capacityBytes: bytes, receiver: other.loop)
                other.inboxes.append(mailbox)
                front.outboxes.append(mailbox)
            }
            front.outboxes.insert(nil, at: front.loop.index)
            let toArchive = try Mailbox(capacityBytes: bytes, receiver: archive)
            archive.inboxes.append(toArchive)
            front.outboxes.append(toArchive)
            let fromArchive = try Mailbox(capacityBytes: bytes, receiver: front.loop)
            archive.outboxes.append(fromArchive)
            front.inboxes.append(fromArchive)
        }
    }

    private func run() throws(SystemError) {
        let archive = self.archive
        archiveThread = try NativeThread(name: "archive") { archive.run() }
        for (loop, front) in zip(loops, fronts) {
            let handler = Handover(front)
            loopThreads.append(
                try NativeThread(name: "loop-\(loop.index)") {
                    NativeThread.shortenSlices()
                    handler.front.startAccepting()
                    do throws(SystemError) {
                        try loop.run(handler.front)
                    } catch {
                        preconditionFailure("epoll_wait: \(error)")
                    }
                }
            )
        }
    }

    /// Gives the recovered partitions to their loops, starts their writers, and begins to serve.
    func place(
        _ recovered: [RecoveredPartition<D>],
        _ reading: RecoveryReading,
        _ folder: DataFolder<D>,
        _ disk: D
    ) throws(StartError) {
        guard let key = recovered.first?.partition.key else { return }
        let placement = Placement(
            partitions: recovered.map(\.partition),
            key: key,
            loopCount: hub.loopCount,
            recovery: reading
        )
        archive.connect(RecordFinder(Self.readers(recovered, folder, disk), key: key))
        do throws(SystemError) {
            for entry in recovered { try startJournal(entry) }
        } catch {
            throw .machine(error)
        }
        let left = Atomic<Int>(fronts.count)
        let done = Parker()
        for front in fronts {
            let handover = Handover(front)
            front.loop.submit {
                handover.front.place(placement)
                if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done.wake() }
            }
        }
        done.wait()
        hub.serve(placement)
    }

    /// Readers of the partitions' journals and of the retired ones, by number.
    private static func readers(
        _ recovered: [RecoveredPartition<D>],
        _ folder: DataFolder<D>,
        _ disk: D
    ) -> [UInt16: JournalReader<D>] {
        var readers: [UInt16: JournalReader<D>] = [:]
        for number in folder.retired {
            readers[UInt16(number)] = folder.reader(journal: number, on: disk, following: nil)
        }
        for entry in recovered {
            let number = entry.partition.journalNumber
            readers[number] = folder.reader(journal: Int(number), on: disk, following: entry.opening.appender)
        }
        return readers
    }

    private func startJournal(_ entry: RecoveredPartition<D>) throws(SystemError) {
        let index = entry.partition.index
        let writer = entry.opening.writer
        let preparer = entry.opening.preparer
        writers.append(
            (
                writer,
                try NativeThread(name: "journal-\(index)") {
                    // Every answer waits for this thread.
                    NativeThread.shortenSlices()
                    writer.run()
                }
            )
        )
        preparers.append((preparer, try NativeThread(name: "segments-\(index)") { preparer.run() }))
    }

    /// Runs `work` on the thread of the partition that owns a SKU, and waits for it.
    func drain() {
        for front in fronts {
            let handover = Handover(front)
            front.loop.submit { handover.front.drain() }
        }
    }

    /// Sleeps a moment on the calling thread.
    func pause(milliseconds: Int64) {
        pauses.wait(timeoutNanoseconds: milliseconds * 1_000_000)
    }

    /// Ends all threads; everything journaled is durable then.
    func stop() {
        for loop in loops { loop.stop() }
        for thread in loopThreads { thread.join() }
        archive.stop()
        archiveThread?.join()
        for entry in writers { entry.writer.stop() }
        for entry in writers { entry.thread.join() }
        for entry in preparers { entry.preparer.stop() }
        for entry in preparers { entry.thread.join() }
        loopThreads = []
        archiveThread = nil
        writers = []
        preparers = []
    }
}

/// Carries a front to its own thread.
private final class Handover: @unchecked Sendable {
    // SAFETY: it is opened on the loop's thread only, or before that runs.
    let front: Front

    init(_ front: Front) {
        self.front = front
    }
}

extension Front {
    /// Takes the partitions that are placed on this loop, and learns where the others are.
    fileprivate func place(_ placement: Placement) {
        for partition in placement.partitions where placement.loop(ofPartition: partition.index) == loop.index {
            partition.executor.place()
            partitions.append(partition)
        }
        self.placement = placement
        if hub.configuration.demo { createDemo(placement) }
    }

    /// Accepts nothing more; connections with nothing under way are closed, the others after their answer.
    fileprivate func drain() {
        isDraining = true
        stopAccepting()
        for connection in connections where connection.socket >= 0 {
            perform(connection.state.drain(), connection)
        }
    }
}

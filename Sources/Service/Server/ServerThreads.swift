import HTTP
import Journal
import Keepers
import Loop
import Platform
import Synchronization

/// All threads of a server: a loop a core, the archive, and a writer and a preparer for each journal.
final class ServerThreads<D: Disk>: @unchecked Sendable {
    // SAFETY: the fronts belong to their loops' threads and are reached through `submit`; the arrays of threads are
    // changed by the thread that starts and stops the server only.
    let loops: [EventLoop]
    private let parts: ServerParts<D, Sockets>
    private var loopThreads: [NativeThread] = []
    private var archiveThreads: [NativeThread] = []
    private var writers: [(writer: JournalWriter<D>, thread: NativeThread)] = []
    private var preparers: [(preparer: SegmentPreparer<D>, thread: NativeThread)] = []
    private var snapshots: (work: SnapshotThread<D>, thread: NativeThread)?
    private var index: (runner: IndexThread<D>, thread: NativeThread)?
    private var log: LogThread?
    private let pauses = Parker()

    /// Makes and starts the loops and the archive.
    ///
    /// - Parameters:
    ///   - hub: shared by all.
    ///   - listeners: the listening sockets.
    ///   - idPrefix: random, for request ids.
    /// - Throws: what the machine says when it is out of descriptors, memory or threads.
    init(hub: Hub, listeners: Listeners, idPrefix: UInt64) throws(SystemError) {
        var loops: [EventLoop] = []
        for index in 0..<hub.loopCount { loops.append(try EventLoop(index: index)) }
        self.loops = loops
        let transports = loops.map { Sockets(loop: $0, listeners: listeners) }
        parts = try ServerParts(hub: hub, loops: loops, transports: transports, idPrefix: idPrefix)
        try run()
    }

    private func run() throws(SystemError) {
        log = try parts.hub.log.map(LogThread.start)
        let archive = parts.archive
        archiveThreads.append(try NativeThread(name: "archive") { archive.run() })
        let events = parts.events
        archiveThreads.append(
            try NativeThread(name: "events") {
                NativeThread.giveWay()
                events.run()
            }
        )
        for (loop, front) in zip(loops, parts.fronts) {
            let handler = LoopFront(front)
            loopThreads.append(
                try NativeThread(name: "loop-\(loop.index)") {
                    NativeThread.shortenSlices()
                    handler.front.startAccepting()
                    do throws(SystemError) {
                        try loop.run(handler)
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
        guard let placement = parts.placement(of: recovered, reading, folder, disk) else { return }
        do throws(SystemError) {
            for entry in recovered { try startJournal(entry) }
        } catch {
            throw .machine(error)
        }
        let left = Atomic<Int>(loops.count)
        let done = Parker()
        onLoops { front in
            front.place(placement) {
                if left.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { done.wake() }
            }
        }
        done.wait()
        parts.hub.serve(placement)
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

    /// Makes snapshots of the recovered partitions from now on, unless the configuration wants none.
    func keepSnapshots(
        of recovered: [RecoveredPartition<D>],
        _ folder: DataFolder<D>,
        _ disk: D,
        _ notice: @escaping @Sendable (String) -> Void
    ) throws(StartError) {
        let rules = SnapshotRules(parts.hub.configuration)
        guard rules.everyBytes > 0, !recovered.isEmpty else { return }
        let work = SnapshotWork(
            recovered.map(\.snapshots),
            retired: RetiredJournal.all(of: folder, disk),
            rules,
            clock: parts.hub.clock,
            notice: notice
        )
        let runner = SnapshotThread(work)
        do throws(SystemError) {
            snapshots = (runner, try NativeThread(name: "snapshots") { runner.run() })
        } catch {
            throw .machine(error)
        }
    }

    /// Builds the index of orders from now on, unless the configuration wants none.
    func keepIndex(
        of recovered: [RecoveredPartition<D>],
        _ folder: DataFolder<D>,
        _ disk: D,
        _ notice: @escaping @Sendable (String) -> Void
    ) throws(StartError) {
        guard let work = parts.indexWork(of: recovered, folder, disk, notice: notice) else { return }
        let runner = IndexThread(work)
        do throws(SystemError) {
            index = (runner, try NativeThread(name: "index") { runner.run() })
        } catch {
            throw .machine(error)
        }
    }

    /// Runs `work` with each front, on its own thread; does not wait for it.
    private func onLoops(_ work: @escaping @Sendable (Front<Sockets>) -> Void) {
        for (loop, front) in zip(loops, parts.fronts) {
            let handover = LoopFront(front)
            loop.submit { work(handover.front) }
        }
    }

    /// Lets the fronts accept nothing more, and end what they have.
    func drain() {
        onLoops { $0.drain() }
    }

    /// Sleeps a moment on the calling thread.
    func pause(milliseconds: Int64) {
        pauses.wait(timeoutNanoseconds: milliseconds * 1_000_000)
    }

    /// Ends all threads; everything journaled is durable then.
    func stop() {
        snapshots?.work.stop()
        index?.runner.stop()
        index?.thread.join()
        index = nil
        for loop in loops { loop.stop() }
        for thread in loopThreads { thread.join() }
        parts.archive.stop()
        parts.events.stop()
        for thread in archiveThreads { thread.join() }
        parts.disconnect()
        for entry in writers { entry.writer.stop() }
        for entry in writers { entry.thread.join() }
        for entry in preparers { entry.preparer.stop() }
        for entry in preparers { entry.thread.join() }
        snapshots?.thread.join()
        snapshots = nil
        log?.finish()
        log = nil
        loopThreads = []
        archiveThreads = []
        writers = []
        preparers = []
    }
}

/// A front on its way to its own thread, and there what the loop calls.
///
/// Not generic, so that what the loop calls is code for sockets and nothing else.
private final class LoopFront: LoopHandler, @unchecked Sendable {
    // SAFETY: the front is used on the loop's thread only, or before that runs.
    let front: Front<Sockets>

    init(_ front: Front<Sockets>) {
        self.front = front
    }

    var hasWork: Bool { front.hasWork }

    var sleepMillisecondsMax: Int32 { front.sleepMillisecondsMax }

    func ready(token: UInt64, readiness: Readiness) {
        front.ready(token: token, readiness: readiness)
    }

    func turnEnded(wasIdle: Bool) {
        front.turnEnded(wasIdle: wasIdle)
    }
}

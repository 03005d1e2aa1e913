import Platform
import Synchronization

/// What happens on a loop: readiness of descriptors, and the end of each turn.
public protocol LoopHandler: AnyObject {
    /// The descriptor registered with `token` is ready.
    func ready(token: UInt64, readiness: Readiness)

    /// Every event of this turn has been handled: messages are drained, journals published, answers released here.
    ///
    /// - Parameter wasIdle: nothing was ready in this turn.
    func turnEnded(wasIdle: Bool)

    /// Whether something waits that no descriptor will tell: the loop then does not sleep.
    var hasWork: Bool { get }

    /// How long the loop may sleep.
    ///
    /// Unit: milliseconds; at most `EventLoop.sleepMillisecondsMax`.
    var sleepMillisecondsMax: Int32 { get }
}

/// One thread with one epoll: the place where connections, partitions and their keepers live.
///
/// - Isolation: `run` and everything it calls are the loop's thread; `wake`, `submit` and `stop` are for any thread.
public final class EventLoop: JobTaker, @unchecked Sendable {
    // SAFETY: `epoll` and `handler` are touched by the loop's thread only, after `run` has begun.

    /// Most events handled before answers are released and the journal is told.
    ///
    /// Without a bound a flood of requests would keep the disk idle and the first answers waiting.
    public static let eventsPerTurnMax = 128

    /// The longest sleep, so that deadlines are looked at.
    ///
    /// Unit: milliseconds.
    public static let sleepMillisecondsMax: Int32 = 250

    private static let doorbellToken = UInt64.max

    /// The loop's number, from 0.
    public let index: Int

    private var epoll: Epoll
    private let doorbell: Doorbell
    private let asleep = Atomic<Bool>(false)
    private let stopping = Atomic<Bool>(false)
    private let hasSubmissions = Atomic<Bool>(false)
    private let submissions = Mutex<[@Sendable () -> Void]>([])
    private let turns = Atomic<UInt64>(0)

    /// Makes a loop that no thread runs yet.
    ///
    /// - Throws: what epoll or eventfd say when the process is out of descriptors.
    public init(index: Int) throws(SystemError) {
        self.index = index
        epoll = try Epoll(eventsMax: Self.eventsPerTurnMax)
        doorbell = try Doorbell()
        try epoll.add(doorbell.raw, [.readable, .edge], token: Self.doorbellToken)
    }

    /// Turns so far.
    public var turnCount: UInt64 { turns.load(ordering: .relaxed) }

    /// Watches a descriptor.
    ///
    /// The loop's thread, or before `run`.
    public func watch(_ raw: Int32, _ interest: Readiness, token: UInt64) throws(SystemError) {
        try epoll.add(raw, interest, token: token)
    }

    /// Stops watching a descriptor.
    ///
    /// The loop's thread.
    public func unwatch(_ raw: Int32) {
        try? epoll.remove(raw)
    }

    /// Ends a sleep, or keeps the next one from beginning.
    ///
    /// Any thread.
    public func wake() {
        // The news must be visible before `asleep` is looked at, whatever order it was stored with: else the loop can
        // miss the news, and this the sleep.
        atomicMemoryFence(ordering: .sequentiallyConsistent)
        if asleep.load(ordering: .sequentiallyConsistent),
            asleep.exchange(false, ordering: .sequentiallyConsistent)
        {
            doorbell.ring()
        }
    }

    /// Runs `work` on the loop's thread soon: for rare things such as placing a partition.
    ///
    /// Any thread.
    public func submit(_ work: @escaping @Sendable () -> Void) {
        submissions.withLock { $0.append(work) }
        hasSubmissions.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    /// Lets `run` return after its turn.
    ///
    /// Any thread.
    public func stop() {
        stopping.store(true, ordering: .sequentiallyConsistent)
        wake()
    }

    /// Turns until `stop`.
    ///
    /// - Throws: what `epoll_wait` says if it fails for another reason than a signal.
    public func run(_ handler: some LoopHandler) throws(SystemError) {
        while !stopping.load(ordering: .relaxed) {
            asleep.store(true, ordering: .sequentiallyConsistent)
            let busy =
                handler.hasWork || hasSubmissions.load(ordering: .sequentiallyConsistent)
                || stopping.load(ordering: .sequentiallyConsistent)
            let count = try epoll.wait(timeoutMilliseconds: busy ? 0 : handler.sleepMillisecondsMax)
            asleep.store(false, ordering: .sequentiallyConsistent)
            for index in 0..<count {
                let event = epoll.event(index)
                guard event.token != Self.doorbellToken else { continue }
                handler.ready(token: event.token, readiness: event.readiness)
            }
            runSubmissions()
            handler.turnEnded(wasIdle: count == 0)
            turns.store(turns.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
        }
    }

    private func runSubmissions() {
        guard hasSubmissions.load(ordering: .relaxed) else { return }
        hasSubmissions.store(false, ordering: .sequentiallyConsistent)
        let ready = submissions.withLock { waiting in
            defer { waiting = [] }
            return waiting
        }
        for work in ready { work() }
    }
}

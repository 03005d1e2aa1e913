import Domain
import Platform
import Service

/// One run: a world made of a seed, and the scheduler that decides what happens next in it.
///
/// - Isolation: one thread.
final class Simulation {
    let chance: Chance
    let clock = SimulatedClock()
    let network = SimulatedNetwork()
    let disk: SimulatedDisk
    let plan: Plan
    let plant: Plant?
    let workload: Workload
    let truth: Truth
    let checker: Checker
    let clients: [Client]
    var trace: Trace
    var server: SteppedServer?
    /// Bytes of sealed segments that have been changed behind the server's back, to be changed back.
    var flips: [Flip] = []
    /// No client asks for anything new.
    var isQuiet = false
    var tally = Tally()
    /// Grows whenever anything has happened, so that it can be seen when nothing does any more.
    var happenings = 0

    /// What a run has done.
    struct Tally {
        var steps = 0
        var restarts = 0
        var tornRestarts = 0
        var refusedStarts = 0
    }

    init(seed: UInt64, plant: Plant?, trace sink: ((String) -> Void)?) {
        chance = Chance(seed: seed)
        plan = Plan(chance)
        self.plant = plant
        disk = SimulatedDisk(chance: chance)
        trace = Trace(sink)
        let histories = (0..<plan.skus)
            .map { [rules = plan.holdRules] in History("s\($0)", rules: rules) }
        let wallets = (0..<plan.wallets).map { WalletHistory("w\($0)") }
        workload = Workload(chance: chance, clock: clock, histories: histories, wallets: wallets)
        workload.hasBundles = plan.hasBundles
        truth = Truth(workload: workload, disk: disk, partitions: plan.partitions)
        checker = Checker(truth: truth, workload: workload, retentionDays: plan.retentionDays)
        clients = (0..<plan.clients).map { Client(number: $0) }
        clock.hidesTime = plant == .lostTimer
        if plant == .doubleApply { network.handsOverTwice = chance }
    }

    /// Lives and dies as often as the plan says.
    ///
    /// - Throws: the first promise that was broken.
    func run() throws(Violation) {
        for life in 1...plan.lives {
            trace.note("life \(life) of \(plan.lives)")
            try start()
            let steps = chance.oneIn(3) ? chance.within(3_000...10_000) : chance.within(100...2_000)
            var done = 0
            while done < steps, !disk.faults.isDead {
                try step()
                done += 1
            }
            try end()
        }
        try start()
        try settle()
        try stop()
    }

    /// One decision of the scheduler.
    func step() throws(Violation) {
        tally.steps += 1
        trace.step = tally.steps
        guard let server else { return }
        switch chance.below(1_000) {
        case 0..<470: try someClientActs()
        case 470..<690: try turn(busyLoop(server))
        case 690..<890: try writeSome()
        case 890..<900: prepare(chance.below(plan.partitions))
        case 900..<943: read()
        case 943..<950: workOnSnapshots()
        case 950..<968: moveClock()
        case 968..<975: settleMark(chance.below(plan.partitions))
        case 975..<994: try receive(chance.pick(clients), limit: chance.within(1...400))
        default: mischief()
        }
    }

    /// A loop that has something to do, mostly.
    private func busyLoop(_ server: SteppedServer) -> Int {
        let first = chance.below(server.loopCount)
        if chance.oneIn(10) { return first }
        for offset in 0..<server.loopCount {
            let loop = (first + offset) % server.loopCount
            if server.hasWork(loop) { return loop }
        }
        return first
    }

    /// The first client from a place on that can do something.
    private func someClientActs() throws(Violation) {
        let first = chance.below(clients.count)
        for offset in 0..<min(4, clients.count) where try clientActs(clients[(first + offset) % clients.count]) {
            return
        }
    }

    /// The first writer from a place on that has something to do.
    private func writeSome() throws(Violation) {
        let first = chance.below(plan.partitions)
        for offset in 0..<plan.partitions where try write((first + offset) % plan.partitions) { return }
    }

    // MARK: - The server's steps

    func turn(_ loop: Int) throws(Violation) {
        guard let server else { return }
        let events = server.turn(loop, chance)
        happenings += events
        trace.note("loop \(loop): \(events) events")
        try receiveAll()
    }

    /// - Returns: whether there was something to do.
    @discardableResult
    func write(_ partition: Int) throws(Violation) -> Bool {
        guard let server, let done = server.write(partition) else { return false }
        happenings += 1
        trace.note("journal \(partition): \(done)")
        if done == .sync { try truth.follow(partition) }
        return true
    }

    func prepare(_ partition: Int) {
        guard let server, server.prepare(partition) else { return }
        happenings += 1
        trace.note("journal \(partition): next segment made")
    }

    func read() {
        guard let server, server.read() else { return }
        happenings += 1
        trace.note("archive: read")
    }

    func workOnSnapshots() {
        guard let server, server.workOnSnapshots() else { return }
        happenings += 1
        trace.note("snapshots: a step")
    }

    func settleMark(_ partition: Int) {
        guard let server, server.settle(partition) else { return }
        trace.note("journal \(partition): settled")
    }

    /// Time passes, mostly a little; sometimes the wall clock is set.
    func moveClock() {
        switch chance.below(40) {
        case 0:
            clock.wall -= Int64(chance.within(1...100_000))
            checker.setbacks += 1
            checker.startedAt = min(checker.startedAt, clock.wall)
        case 1: clock.wall += Int64(chance.within(1...4 * 3_600_000))
        case 2: clock.pass(milliseconds: chance.within(100...6_000))
        case 3 where chance.oneIn(20): clock.wall += 26 * 3_600_000
        default: clock.pass(milliseconds: chance.within(0...20))
        }
        trace.note("clock: \(clock.wall) wall, \(clock.monotonic / 1_000_000) ms")
    }
}

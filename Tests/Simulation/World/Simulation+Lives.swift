import Domain
import Journal
import Platform
import Service

extension Simulation {
    /// Starts a server on what is there, as often as it takes.
    ///
    /// A start may meet damage that was done on purpose, which it must refuse, or die in the middle.
    func start() throws(Violation) {
        var attempts = 0
        while server == nil {
            attempts += 1
            try promise(attempts < 20, "no start succeeds")
            disk.faults = DiskFaults()
            disk.faults.syncsLate = plant == .answerBeforeSync
            disk.faults.shortWrites = chance.percent(30)
            if attempts < 4 && chance.percent(15) { disk.faults.diesAt = disk.operations + chance.within(1...60) }
            try startOnce()
        }
        switch chance.below(10) {
        case 0..<3: disk.faults.diesAt = disk.operations + chance.within(1...4_000)
        case 3..<6: disk.faults.diesAtSync = chance.within(1...400)
        default: break
        }
        if chance.percent(12) { disk.faults.syncFailsIn = chance.within(1...300) }
        checker.hasTrouble = disk.faults.syncFailsIn != .max || !flips.isEmpty
        checker.isDraining = false
    }

    private func startOnce() throws(Violation) {
        let loops = chance.within(1...3)
        var configuration = plan.configuration(loops: loops)
        if plant == .keyForgotten { configuration.idempotency.windowHours = 1 }
        do throws(StartError) {
            let started = try SteppedServer(
                configuration,
                disk: disk,
                clock: clock,
                network: network,
                chance: chance,
                plant: plant
            )
            server = started
            tally.restarts += 1
            if started.tornBytes > 0 { tally.tornRestarts += 1 }
            trace.note("starts with \(loops) loops, \(started.replayed) records, \(started.tornBytes) bytes torn")
        } catch {
            return try refused(error)
        }
        // In the end of what the crash before left half done: what was begun of that is not on disk.
        if disk.faults.isDead { return dieInStart() }
        guard let server else { return }
        for flip in flips {
            let isRead = flip.end > server.snapshot(of: flip.partition)
            try promise(!isRead, "damage before position \(flip.end) of journal \(flip.partition) is not noticed")
        }
        truth.open(server.journals, key: server.key)
        workload.secret = server.key
        try truth.followAll()
        try truth.ledger.checkSettled()
        try truth.compare(with: server.partitions, at: Instant(millisecondsSinceEpoch: clock.wall))
        if chance.percent(30) { try compareReplays() }
        checker.startedAt = clock.wall
        checker.mayRecover = truth.histories.contains { $0.now.firstDeadline <= workload.latestTime }
    }

    private func dieInStart() {
        trace.note("dies in the start")
        server = nil
        network.breakAll()
        cut()
    }

    /// A start has failed: the machine died in it, or it has found the damage.
    private func refused(_ error: StartError) throws(Violation) {
        trace.note("does not start: \(error.description)")
        network.breakAll()
        if disk.faults.isDead { return cut() }
        if !flips.isEmpty, case .journal(.damaged) = error {
            tally.refusedStarts += 1
            disk.kill()
            return mend()
        }
        throw Violation("does not start: \(error.description)")
    }

    /// The end of a life: in the middle of everything, or in peace.
    func end() throws(Violation) {
        if disk.faults.isDead || chance.percent(60) { return try crash() }
        disk.faults.diesAt = .max
        disk.faults.diesAtSync = .max
        try settle()
        if chance.percent(50) && !disk.faults.isDead { return try stop() }
        try crash()
    }

    private func crash() throws(Violation) {
        // What has left the server arrives, or is lost with it.
        if chance.percent(50) { try receiveAll() }
        if !disk.faults.isDead { try strand() }
        trace.note("dies at disk operation \(disk.operations)")
        // Deadlines pass while nobody is there.
        if chance.percent(50) { clock.pass(milliseconds: chance.within(0...20_000)) }
        server = nil
        network.breakAll()
        for client in clients { lose(client, "loses its server") }
        if !disk.faults.isDead && chance.percent(25) {
            disk.kill()
        } else {
            cut()
        }
    }

    /// Leaves batches between their write and their sync, as a death there would.
    private func strand() throws(Violation) {
        guard let server else { return }
        // Batches fill while the disk is busy.
        for _ in 0..<chance.below(60) {
            _ = try clientActs(chance.pick(clients))
            try turn(chance.below(server.loopCount))
        }
        for partition in 0..<plan.partitions where chance.percent(60) {
            if !server.isBetween[partition], server.write(partition) != nil {
                trace.note("journal \(partition): write")
            }
        }
    }

    private func cut() {
        let fate: CutFate = chance.percent(20) ? .lost : chance.percent(10) ? .kept : .mixed
        trace.note("power cut: unsynced bytes \(fate)")
        disk.cut(fate)
        if plant == .missingChecksum { Forgery(disk: disk, taps: truth.taps).sealTornRecords() }
    }

    /// Lets everything that is under way end, and looks whether all of it does.
    func settle() throws(Violation) {
        isQuiet = true
        defer { isQuiet = false }
        trace.note("settles")
        try untilQuiet()
        guard !disk.faults.isDead else { return }
        // Who waits for a place, behind others that are idle, waits for their deadlines.
        let waiting = clients.filter { $0.isOwedAnswer && !$0.isStalled }
        for client in waiting where client.wire?.watcher != nil { try hangs(client) }
        for client in clients where client.isOwedContinue && client.wire?.watcher != nil && !client.isStalled {
            throw Violation("client \(client.number) waits for ever for 100 Continue")
        }
        if let server, !server.isReadOnly {
            try truth.ledger.checkSettled()
            try truth.compare(with: server.partitions, at: Instant(millisecondsSinceEpoch: clock.wall))
            if chance.percent(50) { try compareReplays() }
        }
        try deadlines(except: waiting)
        try holdsComeBack()
    }

    private func hangs(_ client: Client) throws(Violation) {
        throw Violation("client \(client.number) waits for ever for operation \(client.attempts[0].operation.number)")
    }

    /// Gives everybody turns until nothing happens any more.
    private func untilQuiet() throws(Violation) {
        var quietRounds = 0
        var rounds = 0
        while quietRounds < 4 {
            rounds += 1
            try promise(rounds < 5_000, "never gets quiet")
            let before = happenings
            try round()
            if disk.faults.isDead { return }
            clock.pass(milliseconds: 1)
            // A turn may have left aside, by chance, what is ready.
            let isQuiet = before == happenings && server?.hasNews != true
            quietRounds = isQuiet ? quietRounds + 1 : 0
        }
    }

    /// A turn for everybody.
    private func round() throws(Violation) {
        guard let server else { return }
        for client in clients where client.hasUnsent && !client.isStalled { send(client) }
        for loop in 0..<server.loopCount { try turn(loop) }
        for partition in 0..<plan.partitions {
            try write(partition)
            try write(partition)
            prepare(partition)
        }
        read()
        workOnSnapshots()
    }

    /// Nobody does anything for longer than the server is patient: no connection may be left.
    private func deadlines(except waiting: [Client]) throws(Violation) {
        for client in clients where client.isConnected && !waiting.contains(where: { $0 === client }) { client.stall() }
        let patience = max(Plan.idleTimeoutSeconds, Plan.writeTimeoutSeconds) + 4
        // With few places one waits for another's deadline, and then has its own.
        var turns = clients.count * patience * 4
        while turns > 0, network.hasBacklog || server?.connectionsOpen != 0 {
            turns -= 1
            clock.pass(milliseconds: 250)
            try round()
            if disk.faults.isDead { return }
        }
        for client in waiting where client.isOwedAnswer { try hangs(client) }
        try promise(server?.connectionsOpen == 0, "a connection outlives its deadline")
        for client in clients { lose(client, "is disconnected") }
    }

    /// A second after a hold's deadline its units must be back.
    private func holdsComeBack() throws(Violation) {
        guard let server, !disk.faults.isDead else { return }
        let next = truth.histories.reduce(Int64.max) { min($0, $1.now.firstDeadline) }
        guard next < .max else { return }
        if next > clock.wall { clock.pass(milliseconds: Int(next - clock.wall)) }
        let due = clock.wall
        for _ in 0..<20 {
            clock.pass(milliseconds: 50)
            try round()
            if disk.faults.isDead || server.isReadOnly { return }
        }
        for history in truth.histories {
            let isBack = history.now.firstDeadline > due
            try promise(isBack, "\(history.label): units of a hold are not back a second after its deadline")
        }
    }

    /// An orderly stop: what was journaled is there at the next start, and nothing was torn.
    func stop() throws(Violation) {
        guard let server else { return }
        trace.note("stops")
        checker.isDraining = true
        server.drain()
        isQuiet = true
        try untilQuiet()
        isQuiet = false
        guard !disk.faults.isDead else { return try crash() }
        server.finish()
        guard !disk.faults.isDead else { return try crash() }
        try truth.followAll()
        self.server = nil
        network.breakAll()
        for client in clients { lose(client, "loses its server") }
        disk.kill()
    }
}

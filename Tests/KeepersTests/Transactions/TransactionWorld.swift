import Domain
import Journal
import Loop
import Platform

@testable import Keepers

/// Several partitions without threads: who is served next, which mail arrives and which journal is synced is the test's to
/// choose, and so is what of each journal a crash leaves.
final class TransactionWorld {
    struct Record {
        let position: JournalPosition
        let type: UInt8
        let payload: [UInt8]
    }

    /// What a crash at one moment may leave of each journal: at least what is durable, at most what was appended.
    struct Moment: Hashable {
        var durable: [JournalPosition]
        var end: [JournalPosition]
        /// Transactions whose answers clients may have seen by then, by their tokens.
        var answered: Set<UInt64>
    }

    let partitions: [Partition]
    private var openings: [JournalOpening<MemoryDisk>] = []
    /// What was replayed, before the records that were journaled here.
    let past: [[Record]]
    private let disk = MemoryDisk()
    private var random: SeededGenerator
    private var channels: [[TransactionMail]]
    private(set) var moments: [Moment] = []
    /// Outcomes by their tokens.
    private(set) var outcomes: [UInt64: TransactionOutcome] = [:]
    private var coordinators: [UInt64: Int] = [:]
    var now: Int64 = 1_000
    /// So many calls see the same time.
    var callsPerMillisecond: Int64 = 1
    /// How much the clock of each partition is ahead of the others'.
    var skews: [Int64]

    private static let limits = JournalLimits(segmentBytes: 1 << 15, stagingBytes: 1 << 15)

    init(partitions count: Int, seed: UInt64, past: [[Record]]? = nil) throws {
        random = SeededGenerator(seed: seed)
        skews = (0..<count).map { _ in 0 }
        self.past = past ?? (0..<count).map { _ in [] }
        channels = (0..<count * count).map { _ in [] }
        let loop = try EventLoop(index: 0)
        let key = try TestFailure.unwrap(PartitionHarness.key)
        partitions = (0..<count)
            .map { index in
                Partition(
                    index: index,
                    journalNumber: UInt16(index),
                    executor: PlacedExecutor(loop: loop),
                    key: key,
                    windowMilliseconds: 86_400_000,
                    keysMax: 1_000_000
                )
            }
        for (index, partition) in partitions.enumerated() {
            for record in self.past[index] {
                try partition.replay(type: record.type, record.payload.span, start: record.position)
            }
            try partition.finishReplay()
            let id = JournalID(low: UInt64(index), high: 9)
            try Journal.create(disk: disk, directory: "j\(index)", journal: id, limits: Self.limits)
            let opening = try Journal.open(disk: disk, directory: "j\(index)", journal: id, limits: Self.limits) {
                (_, _, _) throws(JournalError) in
            }
            openings.append(opening)
            partition.connect(opening.appender)
        }
    }

    /// Ends what the past has left open, as a start does.
    func recover(seed: UInt64 = 1) {
        TransactionRecovery(partitions) { index in
            self.note()
            self.sync(index)
        }
        .run(at: Instant(millisecondsSinceEpoch: now / callsPerMillisecond), seed: seed)
        note()
    }

    /// A SKU or buyer of this name whose partition is the one with the number.
    func name(_ text: String, in partition: Int) -> String {
        let slots = Slots(partitions: partitions.count)
        var number = 0
        while slots.partition(of: Array("\(text)\(number)".utf8).span) != partition { number += 1 }
        return "\(text)\(number)"
    }

    func home(_ name: String) -> Partition {
        partitions[Slots(partitions: partitions.count).partition(of: Array(name.utf8).span)]
    }

    func create(_ sku: String, stock: Int64, limit: Int64? = nil) throws {
        let details = try PartitionHarness.details("the \(sku)", limit: limit)
        let units = try TestFailure.unwrap(UnitCount(stock))
        let outcome = home(sku).change(sku: Array(sku.utf8).span, .create(details, stock: units), request: nil, at: at)
        guard case .changed = outcome else { throw TestFailure("not created") }
    }

    func deposit(_ buyer: String, _ amount: Int64) throws {
        let money = Money(amount: amount, currency: try TestFailure.unwrap(Currency("EUR")))
        let outcome = home(buyer).change(walletOf: Array(buyer.utf8).span, .deposit(money, nil), request: nil, at: at)
        guard case .changed = outcome else { throw TestFailure("no deposit") }
    }

    /// Lets a partition journal until its staging has room for so many bytes at most.
    func fill(_ index: Int, leaving bytes: UInt64) throws {
        let partition = partitions[index]
        let money = Money(amount: 1, currency: try TestFailure.unwrap(Currency("EUR")))
        let buyer = Array(name("filler", in: index).utf8)
        while UInt64(Self.limits.stagingBytes) - (end(partition).rawValue - partition.durable.rawValue) > bytes {
            let free = UInt64(Self.limits.stagingBytes) - (end(partition).rawValue - partition.durable.rawValue)
            let reference = try WalletReference(String(repeating: "r", count: max(1, min(200, Int(free - bytes) / 2))))
            let command = WalletCommand.deposit(money, reference)
            guard case .changed = partition.change(walletOf: buyer.span, command, request: nil, at: at) else { return }
        }
    }

    func plan(
        _ kind: TransactionPlan.Kind,
        _ buyer: String,
        _ lines: [(String, Int64)],
        isPaid: Bool = true,
        key: UInt64? = nil
    ) throws -> TransactionPlan {
        TransactionPlan(
            kind: kind,
            buyer: Array(buyer.utf8),
            lines: try lines.map {
                TransactionLine(sku: Array($0.0.utf8), quantity: try TestFailure.unwrap(Quantity($0.1)))
            },
            isPaid: isPaid,
            request: key.map { RequestKey($0, digest: $0) }
        )
    }

    func begin(_ plan: TransactionPlan, token: UInt64) {
        let coordinator = plan.coordinator(Slots(partitions: partitions.count))
        coordinators[token] = coordinator
        partitions[coordinator].transactions.begin(plan, token: token, at: at(coordinator))
        note()
    }

    /// One thing that may happen next, by chance.
    ///
    /// - Parameter syncsLate: nothing is synced while there is anything else to do.
    /// - Returns: whether there was any.
    func step(syncsLate: Bool) -> Bool {
        var choices: [() -> Void] = []
        for place in channels.indices where !channels[place].isEmpty {
            choices.append { [self] in
                let mail = channels[place].removeFirst()
                partitions[mail.to].transactions.receive(mail, at: at(mail.to))
            }
        }
        for partition in partitions where partition.transactions.hasWork {
            choices.append { [self] in partition.transactions.advance(at: at(partition.index)) }
        }
        if !syncsLate || choices.isEmpty {
            for partition in partitions where partition.durable < end(partition) && !partition.isReadOnly {
                choices.append { [self] in sync(partition.index) }
            }
        }
        guard !choices.isEmpty else { return false }
        choices[random.below(choices.count)]()
        note()
        return true
    }

    /// Lets everything happen that still can.
    func run(syncsLate: Bool) { while step(syncsLate: syncsLate) {} }

    /// Lets everything happen, and what is over be journaled as such, which on a live server other records bring along.
    func finish() {
        for _ in 0..<3 {
            run(syncsLate: false)
            for partition in partitions { partition.transactions.close(at: at(partition.index)) }
        }
        run(syncsLate: false)
    }

    func sync(_ index: Int) {
        partitions[index].publish()
        while openings[index].writer.step() {}
    }

    /// From now on the disk of a partition refuses to sync.
    func breakDisk(of index: Int) { disk.broken.add("j\(index)/") }

    /// What is certainly on disk.
    func durableRecords() throws -> [[Record]] {
        let durable = partitions.map(\.durable)
        disk.broken.mend()
        return try records().enumerated().map { index, records in records.filter { $0.position < durable[index] } }
    }

    func syncAll() { for index in partitions.indices { sync(index) } }

    /// All records, those that were not synced too.
    func records() throws -> [[Record]] {
        syncAll()
        return try partitions.indices.map { index in
            var records = past[index]
            let id = JournalID(low: UInt64(index), high: 9)
            _ = try Journal.open(disk: disk, directory: "j\(index)", journal: id, limits: Self.limits) {
                (position, type, payload) throws(JournalError) in
                records.append(Record(position: position, type: type, payload: (0..<payload.count).map { payload[$0] }))
            }
            return records
        }
    }

    var at: Instant {
        now += 1
        return Instant(millisecondsSinceEpoch: now / callsPerMillisecond)
    }

    /// What the clock of a partition says.
    private func at(_ partition: Int) -> Instant {
        Instant(millisecondsSinceEpoch: at.millisecondsSinceEpoch + skews[partition])
    }

    private func end(_ partition: Partition) -> JournalPosition { partition.appender?.end ?? .start }

    /// Takes away what partitions have for others, and notes what a crash may leave now.
    private func note() {
        for partition in partitions {
            let transactions = partition.transactions
            for mail in transactions.outgoing { channels[mail.to * partitions.count + partition.index].append(mail) }
            transactions.outgoing = []
            for (token, outcome) in transactions.finished { outcomes[token] = outcome }
            transactions.finished = []
        }
        var answered: Set<UInt64> = []
        for (token, outcome) in outcomes {
            guard case .decided(_, let dependsOn) = outcome, let coordinator = coordinators[token] else { continue }
            if dependsOn <= partitions[coordinator].durable { answered.insert(token) }
        }
        moments.append(Moment(durable: partitions.map(\.durable), end: partitions.map(end), answered: answered))
    }

    /// Every set of journals that a crash at any moment so far may leave, with what was answered by then.
    func remains() throws -> [(journals: [[Record]], answered: Set<UInt64>)] {
        let records = try records()
        var seen: Set<[Int]> = []
        var remains: [(journals: [[Record]], answered: Set<UInt64>)] = []
        // Later moments have more answers: what they leave is held to more.
        for moment in moments.reversed() {
            let counts = partitions.indices.map { index in
                let start = past[index].count
                let own = records[index].dropFirst(start)
                let least = start + own.count { $0.position < moment.durable[index] }
                return least...(start + own.count { $0.position < moment.end[index] })
            }
            for choice in Self.product(counts) where seen.insert(choice).inserted {
                let journals = choice.enumerated().map { Array(records[$0.offset].prefix($0.element)) }
                remains.append((journals, moment.answered))
            }
        }
        return remains
    }

    private static func product(_ ranges: [ClosedRange<Int>]) -> [[Int]] {
        ranges.reduce([[]]) { lists, range in lists.flatMap { list in range.map { list + [$0] } } }
    }
}

extension TransactionWorld {
    func levels(_ sku: String) -> StockLevels? {
        home(sku).keeper(of: Array(sku.utf8).span)?.assumeIsolated { $0.state.levels }
    }

    func balance(_ buyer: String) -> Int64 {
        home(buyer).wallet(of: Array(buyer.utf8).span)?.assumeIsolated { $0.state.balance?.amount } ?? 0
    }

    /// What is still open anywhere, or does not add up; empty where all is settled.
    var flaws: [String] {
        partitions.flatMap { partition -> [String] in
            let transactions = partition.transactions
            var flaws: [String] = []
            if !transactions.parts.isEmpty { flaws.append("\(partition.index): parts \(transactions.parts)") }
            if !transactions.dues.isEmpty { flaws.append("\(partition.index): dues \(transactions.dues)") }
            if !transactions.open.isEmpty || !transactions.inFlight.isEmpty { flaws.append("\(partition.index): open") }
            if !transactions.postponed.isEmpty { flaws.append("\(partition.index): postponed") }
            for keeper in partition.keepers {
                keeper.assumeIsolated { keeper in
                    if let violated = keeper.violatedInvariant() { flaws.append("\(keeper.name): \(violated)") }
                    if !keeper.state.reservations.isEmpty { flaws.append("\(keeper.name): reserved") }
                }
            }
            return flaws
        }
    }

    /// The same, with what lingers on a live server until other records go along.
    var lingering: [String] {
        partitions.flatMap { partition -> [String] in
            let transactions = partition.transactions
            return transactions.decided.keys.map { "decided \($0)" } + transactions.credits.map { "credit \($0)" }
        }
    }
}

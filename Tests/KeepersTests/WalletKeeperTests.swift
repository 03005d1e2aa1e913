import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Wallets and their journal")
struct WalletKeeperTests {
    @Test("replay and snapshots give what was there: balances, keys, bit by bit", arguments: UInt64(1)...4)
    func replay(seed: UInt64) throws {
        let folder = try TestFolder()
        var random = SeededGenerator(seed: seed)
        var traffic = RandomTraffic(seed: seed)
        var wallets = WalletTraffic()
        for life in 0..<3 {
            let harness = try PartitionHarness(folder)
            try wallets.expectBalances(harness, "seed \(seed), life \(life)")
            for round in 0..<300 {
                if random.oneIn(2) { _ = try traffic.step(harness) } else { try wallets.step(harness, &random) }
                if round % 16 == 0 { harness.commit() }
            }
            harness.close()
        }
        #expect(wallets.keys.count > 20 && wallets.refusals > 20)
        let last = try PartitionHarness(folder)
        try wallets.expectBalances(last, "seed \(seed)")
        try expectSnapshots(of: last.replayed, toLeadTo: MemorySnapshot.body(last.partition), seed)
    }

    /// A snapshot at any record, and the records behind it.
    private func expectSnapshots(
        of records: [(position: JournalPosition, type: UInt8, payload: [UInt8])],
        toLeadTo expected: [UInt8],
        _ seed: UInt64
    ) throws {
        let grown = PartitionHarness.emptyPartition()
        for boundary in records.indices {
            let record = records[boundary]
            try grown.replay(type: record.type, record.payload.span, start: record.position)
            guard boundary % 29 == 0 else { continue }
            try grown.finishReplay()
            let partition = PartitionHarness.emptyPartition()
            let source = try MemorySnapshot.source(body: MemorySnapshot.body(grown))
            try partition.read(from: source)
            try source.finish()
            #expect(partition.walletCount == grown.walletCount)
            for later in records[(boundary + 1)...] {
                try partition.replay(type: later.type, later.payload.span, start: later.position)
            }
            try partition.finishReplay()
            #expect(try MemorySnapshot.body(partition) == expected, "seed \(seed), boundary \(boundary)")
        }
    }

    @Test("a wallet's record reads back as the change that was answered; cut or longer it is none")
    func records() throws {
        let folder = try TestFolder()
        var random = SeededGenerator(seed: 7)
        var wallets = WalletTraffic()
        let live = try PartitionHarness(folder)
        for _ in 0..<200 { try wallets.step(live, &random) }
        live.close()
        let harness = try PartitionHarness(folder)
        #expect(harness.replayed.map(\.position) == wallets.changes.map(\.position))
        for (found, expected) in zip(harness.replayed, wallets.changes) {
            #expect(change(found.type, found.payload) == expected.change)
            for count in found.payload.indices {
                #expect(change(found.type, Array(found.payload[..<count])) == nil)
            }
            #expect(change(found.type, found.payload + [0]) == nil)
        }
    }

    private func change(_ type: UInt8, _ payload: [UInt8]) -> WalletChange? {
        WalletRecord(type: type, payload.span)?.change
    }

    @Test("a wallet whose record names another one before it is refused")
    func chain() throws {
        let folder = try TestFolder()
        let live = try PartitionHarness(folder)
        _ = try live.deposit("ann", 5)
        _ = try live.deposit("ann", 5)
        live.close()
        let records = try PartitionHarness(folder).replayed
        let partition = PartitionHarness.emptyPartition()
        let second = records[1]
        func replaySecond() throws {
            try partition.replay(type: second.type, second.payload.span, start: second.position)
        }
        #expect(throws: ReplayError.self) { try replaySecond() }
    }

    @Test("with a failed disk nothing changes in a wallet")
    func failedDisk() throws {
        let harness = try PartitionHarness(TestFolder())
        _ = try harness.deposit("ann", 5)
        harness.breakDisk()
        harness.commit()
        #expect(try harness.deposit("ann", 5).unavailability == .readOnly)
        #expect(harness.balance("ann") == 5)
    }
}

/// Deposits and withdrawals of a few buyers, with what must be in their wallets.
private struct WalletTraffic {
    private(set) var balances: [String: Int64] = [:]
    private(set) var keys: [UInt64: JournalPosition] = [:]
    private(set) var changes: [(change: WalletChange, position: JournalPosition)] = []
    private(set) var refusals = 0

    mutating func step(_ harness: PartitionHarness, _ random: inout SeededGenerator) throws {
        let buyer = "buyer-\(random.below(5))"
        let amount = Int64(1 + random.below(90))
        let isDeposit = random.oneIn(2)
        let number = random.oneIn(3) ? UInt64(1_000 + random.below(60)) : nil
        let outcome = try harness.move(
            buyer,
            isDeposit ? amount : -amount,
            key: number.map { RequestKey($0, digest: 3) }
        )
        switch outcome {
        case .changed(let move):
            let next = (balances[buyer] ?? 0) + (isDeposit ? amount : -amount)
            #expect(move.change.balance.amount == next && next >= 0)
            #expect(number.flatMap { keys[$0] } == nil, "a key was executed twice")
            balances[buyer] = next
            changes.append((move.change, move.position))
            if let number { keys[number] = move.position }
        case .remembered(let place):
            #expect(number.flatMap { keys[$0] }.map { RecordPlace($0) } == place)
        case .refused(let refusal, _):
            refusals += 1
            #expect(!isDeposit && amount > balances[buyer] ?? 0, "\(refusal)")
        case .unavailable(let reason):
            Issue.record("\(reason)")
        }
    }

    func expectBalances(_ harness: PartitionHarness, _ place: Comment) throws {
        for (buyer, balance) in balances { #expect(harness.balance(buyer) == balance, place) }
        #expect(harness.partition.walletCount == UInt64(balances.count), place)
    }
}

extension PartitionHarness {
    func deposit(_ buyer: String, _ amount: Int64) throws -> Outcome<WalletMove> { try move(buyer, amount) }

    /// A deposit, or a withdrawal below 0.
    func move(_ buyer: String, _ amount: Int64, key: RequestKey? = nil) throws -> Outcome<WalletMove> {
        let money = Money(amount: abs(amount), currency: try TestFailure.unwrap(Currency("EUR")))
        let reference = amount % 3 == 0 ? try WalletReference("ref é \(amount)") : nil
        return partition.change(
            walletOf: Array(buyer.utf8).span,
            amount >= 0 ? .deposit(money, reference) : .withdraw(money, reference),
            request: key,
            at: Instant(millisecondsSinceEpoch: 1_000)
        )
    }

    func balance(_ buyer: String) -> Int64? {
        partition.wallet(of: Array(buyer.utf8).span)?.assumeIsolated { $0.view()?.balance.amount }
    }
}

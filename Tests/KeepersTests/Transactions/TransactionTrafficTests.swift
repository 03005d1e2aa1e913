import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Many transactions at once")
struct TransactionTrafficTests {
    private static let price: Int64 = 250

    /// Carts, purchases by wallet and plain ones, holds, cancellations and deposits, on three partitions, in an order and
    /// with a crash that the seed chooses.
    @Test("money and units add up at any moment and after any crash", arguments: 0..<30 as Range<UInt64>)
    func traffic(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 1_000)
        let world = try TransactionWorld(partitions: 3, seed: seed)
        let trade = try trade(world, seed, &random)
        var book = trade.book
        let journals = try crash(world, &random)
        world.finish()
        try book.take(world)
        #expect(world.outcomes.count == book.outcomes && world.flaws == [] && world.lingering == [], "seed \(seed)")
        for buyer in trade.buyers { #expect(world.balance(buyer) == book.balances[buyer], "seed \(seed), \(buyer)") }
        for sku in trade.skus { #expect(world.levels(sku)?.sold == book.sold[sku, default: 0], "seed \(seed), \(sku)") }
        let after = try TransactionWorld(partitions: 3, seed: 1, past: journals)
        after.recover()
        #expect(after.flaws == [] && after.lingering == [], "seed \(seed)")
        expectUnits(after, "after the crash of seed \(seed)")
        try expectPaid(after, journals, "after the crash of seed \(seed)")
    }

    /// Backups of several journals, and restores up to a time, cut by it.
    @Test(
        "the records up to any moment are whole transactions, however the clocks of the loops differ",
        arguments: 0..<20 as Range<UInt64>
    )
    func cutByTime(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed &+ 2_000)
        let world = try TransactionWorld(partitions: 3, seed: seed)
        world.callsPerMillisecond = Int64(random.below(8) + 1)
        world.skews = (0..<3).map { _ in Int64(random.below(60)) }
        _ = try trade(world, seed, &random)
        world.finish()
        let journals = try world.records()
        let times = try journals.map { try $0.map { try time(of: $0) } }
        for (own, number) in zip(times, 0...) { #expect(own == own.sorted(), "seed \(seed), journal \(number)") }
        for moment in Set(times.joined()) {
            let note = "seed \(seed), up to \(moment)"
            let cut = zip(journals, times).map { records, times in Array(records.prefix(times.count { $0 <= moment })) }
            let after = try TransactionWorld(partitions: 3, seed: 1, past: cut)
            after.recover()
            #expect(after.flaws == [] && after.lingering == [], "\(note)")
            try expectPaid(after, cut, note)
            try expectSold(after, cut, note)
        }
    }

    private func time(of record: TransactionWorld.Record) throws -> Instant {
        let key = try TestFailure.unwrap(PartitionHarness.key)
        return try TestFailure.unwrap(JournalRecord(type: record.type, record.payload.span, key: key)).head.at
    }

    /// Makes SKUs and wallets, and lets sixty things happen to them.
    private func trade(
        _ world: TransactionWorld,
        _ seed: UInt64,
        _ random: inout SeededGenerator
    ) throws -> (book: Book, skus: [String], buyers: [String]) {
        world.recover()
        let skus = (0..<6).map { world.name("sku\($0 / 3)-", in: $0 % 3) }
        let buyers = (0..<6).map { world.name("buyer\($0 / 3)-", in: $0 % 3) }
        for sku in skus { try world.create(sku, stock: 40) }
        var book = Book(seed: seed)
        for buyer in buyers { try book.deposit(world, buyer, 6_000) }
        world.syncAll()
        for token in 1...60 as ClosedRange<UInt64> {
            let step = random.below(10)
            let buyer = buyers[random.below(buyers.count)]
            switch step {
            case 0: try book.deposit(world, buyer, Int64(random.below(1_000) + 1))
            case 1: try book.buyPlainly(world, skus[random.below(skus.count)], buyer)
            case 2: try book.hold(world, skus[random.below(skus.count)], buyer)
            case 3: try book.cancel(world, random.below(1_000))
            case 4, 5, 6:
                let line = (skus[random.below(skus.count)], Int64(random.below(3) + 1))
                world.begin(try world.plan(.purchase, buyer, [line], key: random.oneIn(2) ? token : nil), token: token)
            default:
                let lines = skus.shuffled(using: &random).prefix(random.below(5) + 1)
                    .map { ($0, Int64(random.below(3) + 1)) }
                let isPaid = random.oneIn(2)
                world.begin(try world.plan(.cart, buyer, lines, isPaid: isPaid, key: token), token: token)
            }
            for _ in 0..<random.below(12) { _ = world.step(syncsLate: random.oneIn(3)) }
            try book.take(world)
            expectUnits(world, "seed \(seed), token \(token)")
        }
        return (book, skus, buyers)
    }

    /// What a crash now leaves: of what was not durable, any part.
    private func crash(
        _ world: TransactionWorld,
        _ random: inout SeededGenerator
    ) throws -> [[TransactionWorld.Record]] {
        let moment = try TestFailure.unwrap(world.moments.last)
        let records = try world.records()
        return records.enumerated()
            .map { index, records in
                let least = records.count { $0.position < moment.durable[index] }
                let most = records.count { $0.position < moment.end[index] }
                return Array(records.prefix(Int.random(in: least...most, using: &random)))
            }
    }

    private func expectUnits(_ world: TransactionWorld, _ note: String) {
        for partition in world.partitions {
            for keeper in partition.keepers {
                #expect(keeper.assumeIsolated { $0.violatedInvariant() } == nil, "\(note)")
                #expect(keeper.assumeIsolated { $0.state.levels.supplied } == 40, "\(note)")
            }
        }
    }

    /// Every wallet has what was put in, less what its decided orders cost, and what was cancelled of them back: by the
    /// records that are left, and those alone.
    private func expectPaid(
        _ world: TransactionWorld,
        _ journals: [[TransactionWorld.Record]],
        _ note: String
    ) throws {
        let key = try TestFailure.unwrap(PartitionHarness.key)
        var expected: [[UInt8]: Int64] = [:]
        for record in journals.joined() {
            switch JournalRecord(type: record.type, record.payload.span, key: key) {
            case .wallet(let found):
                guard case .deposit(let amount, _) = found.change.command else { continue }
                expected[Array(record.payload[found.head.sku]), default: 0] += amount.amount
            case .transaction(let found):
                guard case .decided(let decision, _) = found.content, decision.isPaid else { continue }
                expected[decision.buyer, default: 0] -= decision.total?.amount ?? 0
            case .sku(let found):
                guard case .cancelled(let cancellation) = found.event, let refund = cancellation.refund else {
                    continue
                }
                expected[Array(record.payload[found.buyer]), default: 0] += refund.amount
            case nil: Issue.record("a record that cannot be read: \(note)")
            }
        }
        for (buyer, amount) in expected {
            #expect(world.balance(String(decoding: buyer, as: UTF8.self)) == amount, "\(note)")
        }
    }

    /// Of every SKU is sold what was decided and bought plainly, less what was cancelled: by the records that are left.
    private func expectSold(
        _ world: TransactionWorld,
        _ journals: [[TransactionWorld.Record]],
        _ note: String
    ) throws {
        let key = try TestFailure.unwrap(PartitionHarness.key)
        var expected: [[UInt8]: Int64] = [:]
        for record in journals.joined() {
            switch JournalRecord(type: record.type, record.payload.span, key: key) {
            case .transaction(let found):
                guard case .decided(let decision, _) = found.content else { continue }
                for line in decision.lines { expected[line.sku, default: 0] += line.purchase.quantity.units }
            case .sku(let found):
                let sku = Array(record.payload[found.head.sku])
                switch found.event {
                case .purchased(let purchase): expected[sku, default: 0] += purchase.quantity.units
                case .cancelled(let cancellation): expected[sku, default: 0] -= cancellation.quantity.units
                default: continue
                }
            case .wallet, nil: continue
            }
        }
        for (sku, sold) in expected {
            #expect(world.levels(String(decoding: sku, as: UTF8.self))?.sold == sold, "\(note)")
        }
    }

    /// What must be there once all is settled.
    private struct Book {
        let seed: UInt64
        var balances: [String: Int64] = [:]
        var sold: [String: Int64] = [:]
        var outcomes = 0
        private var seen: Set<UInt64> = []
        private var orders: [(line: DecidedLine, buyer: [UInt8], isPaid: Bool)] = []

        init(seed: UInt64) { self.seed = seed }

        mutating func deposit(_ world: TransactionWorld, _ buyer: String, _ amount: Int64) throws {
            try world.deposit(buyer, amount)
            balances[buyer, default: 0] += amount
        }

        mutating func buyPlainly(_ world: TransactionWorld, _ sku: String, _ buyer: String) throws {
            let outcome = world.home(sku)
                .purchase(
                    sku: Array(sku.utf8).span,
                    buyer: Array(buyer.utf8).span,
                    quantity: try TestFailure.unwrap(Quantity(1)),
                    request: nil,
                    at: world.at
                )
            if outcome.change != nil { sold[sku, default: 0] += 1 }
        }

        func hold(_ world: TransactionWorld, _ sku: String, _ buyer: String) throws {
            _ = world.home(sku)
                .hold(
                    sku: Array(sku.utf8).span,
                    buyer: Array(buyer.utf8).span,
                    quantity: try TestFailure.unwrap(Quantity(1)),
                    forMilliseconds: 1_000_000,
                    request: nil,
                    at: world.at
                )
        }

        /// Cancels an order that somebody was told of.
        mutating func cancel(_ world: TransactionWorld, _ chance: Int) throws {
            guard !orders.isEmpty else { return }
            let order = orders[chance % orders.count]
            let outcome = world.partitions[Int(order.line.order.journal)]
                .cancel(
                    CancelledOrder(address: order.line.order, purchase: order.line.purchase, isPaid: order.isPaid),
                    sku: order.line.sku.span,
                    buyer: order.buyer.span,
                    quantity: Quantity(1),
                    reason: try CancelReason("changed my mind"),
                    request: nil,
                    at: world.at
                )
            guard outcome.change?.position != nil else { return }
            sold[String(decoding: order.line.sku, as: UTF8.self), default: 0] -= 1
            if order.isPaid { balances[String(decoding: order.buyer, as: UTF8.self), default: 0] += price }
        }

        /// Takes down what was decided.
        mutating func take(_ world: TransactionWorld) throws {
            for (token, outcome) in world.outcomes where seen.insert(token).inserted {
                outcomes += 1
                guard case .decided(let decision, _) = outcome else { continue }
                for line in decision.lines {
                    sold[String(decoding: line.sku, as: UTF8.self), default: 0] += line.purchase.quantity.units
                    orders.append((line, decision.buyer, decision.isPaid))
                }
                guard decision.isPaid else { continue }
                let total = try TestFailure.unwrap(decision.total)
                balances[String(decoding: decision.buyer, as: UTF8.self), default: 0] -= total.amount
            }
        }
    }
}

import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Transactions")
struct TransactionTests {
    @Test("with the wallet beside the SKU a purchase is decided at once, in four records")
    func local() throws {
        let world = try TransactionWorld(partitions: 2, seed: 1)
        world.recover()
        let (sku, buyer) = (world.name("sku", in: 1), world.name("buyer", in: 1))
        try world.create(sku, stock: 3)
        try world.deposit(buyer, 700)
        let plan = try world.plan(.purchase, buyer, [(sku, 2)], key: 5)
        world.begin(plan, token: 1)
        guard case .decided(let decision, let dependsOn) = world.outcomes[1] else { throw TestFailure("not decided") }
        #expect(decision.total?.amount == 500 && decision.lines.map(\.purchase.remaining) == [1])
        #expect(dependsOn == world.partitions[1].appender?.end)
        #expect(world.levels(sku) == StockLevels(available: 1, held: 0, sold: 2, supplied: 3))
        #expect(world.balance(buyer) == 200 && world.flaws == [] && world.lingering == [])
        #expect(try world.records()[1].suffix(4).map(\.type) == [24, 22, 27, 25])
        world.begin(plan, token: 2)
        guard case .remembered = world.outcomes[2] else { throw TestFailure("not remembered") }
    }

    @Test("what is refused anywhere changes nothing anywhere, and names the line", arguments: [0, 1] as [UInt64])
    func refusals(seed: UInt64) throws {
        let world = try TransactionWorld(partitions: 3, seed: seed)
        world.recover()
        let skus = (0..<3).map { world.name("sku", in: $0) }
        let buyer = world.name("buyer", in: 2)
        for sku in skus { try world.create(sku, stock: 4, limit: 3) }
        try world.deposit(buyer, 1_000)
        world.syncAll()
        func refused(_ plan: TransactionPlan) -> (Refusal, Int?)? {
            world.begin(plan, token: 1)
            world.finish()
            #expect(world.flaws == [] && world.lingering == [])
            for sku in skus { #expect(world.levels(sku)?.available == 4) }
            #expect(world.balance(buyer) == 1_000)
            guard case .refused(let refusal, let line, _) = world.outcomes[1] else { return nil }
            return (refusal, line)
        }
        let poor = refused(try world.plan(.cart, buyer, [(skus[2], 3), (skus[0], 1), (skus[1], 1)], key: 1))
        #expect(poor?.1 == nil)
        guard case .wallet(.insufficientFunds(let balance, let total)) = poor?.0 else { throw TestFailure("paid") }
        #expect(balance.amount == 1_000 && total.amount == 1_250)
        let last = refused(try world.plan(.cart, buyer, [(skus[2], 4), (skus[0], 1), (skus[1], 1)], key: 1))
        #expect(last?.1 == 0)
        let unknown = refused(try world.plan(.cart, buyer, [(skus[0], 1), ("nothing", 1)], key: 1))
        #expect(unknown?.0 == .unknownSKU && unknown?.1 == 1)
        let nobody = refused(try world.plan(.purchase, "nobody", [(skus[0], 1)], key: 1))
        guard case .wallet(.insufficientFunds(let nothing, _)) = nobody?.0 else { throw TestFailure("paid") }
        #expect(nothing.amount == 0)
    }

    @Test("a second request with the key waits for the first one, and finds its answer or takes its turn")
    func sameKey() throws {
        for stock in [2, 0] as [Int64] {
            let world = try TransactionWorld(partitions: 2, seed: 3)
            world.recover()
            let (sku, buyer) = (world.name("sku", in: 0), world.name("buyer", in: 1))
            try world.create(sku, stock: 2)
            if stock > 0 { try world.deposit(buyer, 10_000) }
            world.syncAll()
            let plan = try world.plan(.purchase, buyer, [(sku, 1)], key: 5)
            for token in 1...66 as ClosedRange<UInt64> { world.begin(plan, token: token) }
            // The first one is under way, 64 wait.
            #expect(world.outcomes.keys.sorted() == [66])
            #expect(world.partitions.map { $0.transactions.reaches(.waiters) } == [1, 0])
            let plain = world.partitions[0]
                .purchase(
                    sku: Array(sku.utf8).span,
                    buyer: Array(buyer.utf8).span,
                    quantity: try TestFailure.unwrap(Quantity(1)),
                    request: plan.request,
                    at: world.at
                )
            #expect(plain.unavailability == .overloaded)
            world.finish()
            #expect(world.outcomes.count == 66 && world.flaws == [] && world.lingering == [])
            for token in 2...65 as ClosedRange<UInt64> {
                switch (stock, world.outcomes[token]) {
                case (2, .remembered), (0, .refused): break
                default: Issue.record("\(String(describing: world.outcomes[token]))")
                }
            }
            #expect(world.levels(sku)?.sold == (stock > 0 ? 1 : 0))
        }
    }

    @Test("a disk that fails midway leaves nobody waiting; after a restart all is settled", arguments: 0..<40)
    func failingDisk(round: Int) throws {
        let world = try TransactionWorld(partitions: 2, seed: UInt64(round))
        world.recover()
        let skus = [world.name("sku", in: 0), world.name("sku", in: 1)]
        let buyer = world.name("buyer", in: 1)
        for sku in skus { try world.create(sku, stock: 3) }
        try world.deposit(buyer, 10_000)
        world.syncAll()
        world.begin(try world.plan(.cart, buyer, [(skus[0], 1), (skus[1], 1)], key: 5), token: 1)
        for _ in 0..<round / 4 { _ = world.step(syncsLate: false) }
        world.breakDisk(of: round % 2)
        world.run(syncsLate: false)
        #expect(world.outcomes[1] != nil, "round \(round)")
        let journals = try world.durableRecords()
        let after = try TransactionWorld(partitions: 2, seed: 1, past: journals)
        after.recover()
        #expect(after.flaws == [] && after.lingering == [], "round \(round)")
        let sold = skus.map { after.levels($0)?.sold ?? 0 }
        #expect(sold == [0, 0] && after.balance(buyer) == 10_000 || sold == [1, 1] && after.balance(buyer) == 9_500)
    }

    @Test("where the journal takes no more in the midst of one partition's transaction, all of it comes or nothing")
    func fullJournal() throws {
        var taken: Set<UInt64> = []
        for free in stride(from: 0, to: 1_600, by: 8) as StrideTo<UInt64> {
            let world = try TransactionWorld(partitions: 1, seed: free)
            world.recover()
            for sku in ["a", "b"] { try world.create(sku, stock: 3) }
            try world.deposit("buyer", 10_000)
            world.syncAll()
            try world.fill(0, leaving: free)
            let counter = try TestFailure.unwrap(world.partitions[0].appender).counters.records
            let before = counter.value
            world.begin(try world.plan(.cart, "buyer", [("a", 1), ("b", 1)], key: 5), token: 1)
            taken.insert(counter.value - before)
            world.finish()
            #expect(world.flaws == [] && world.lingering == [], "\(free)")
            var sold: Int64 = 0
            if case .decided = world.outcomes[1] { sold = 1 }
            let after = try TransactionWorld(partitions: 1, seed: 1, past: world.durableRecords())
            #expect(after.flaws == [] && after.lingering == [], "\(free)")
            for world in [world, after] {
                for sku in ["a", "b"] {
                    let expected = StockLevels(available: 3 - sold, held: 0, sold: sold, supplied: 3)
                    #expect(world.levels(sku) == expected, "\(free)")
                }
                #expect(world.balance("buyer") == 10_000 - 500 * sold, "\(free)")
            }
        }
        // Two reservations, the debit, the decision and two settlements.
        #expect(taken == [0, 1, 2, 3, 4, 5, 6])
    }

    @Test("a fault in the midst of it is undone", arguments: TransactionFault.allCases)
    func faults(fault: TransactionFault) throws {
        let world = try TransactionWorld(partitions: 2, seed: 3)
        world.recover()
        let skus = [world.name("sku", in: 0), world.name("sku", in: 1)]
        let buyer = world.name("buyer", in: 1)
        for sku in skus { try world.create(sku, stock: 3) }
        try world.deposit(buyer, 10_000)
        world.syncAll()
        for partition in world.partitions { partition.transactions.fault = fault }
        world.begin(try world.plan(.cart, buyer, [(skus[0], 1), (skus[1], 1)]), token: 1)
        world.finish()
        guard case .unavailable = world.outcomes[1] else { throw TestFailure("not undone") }
        #expect(world.flaws == [] && world.lingering == [] && world.balance(buyer) == 10_000)
        #expect(skus.allSatisfy { world.levels($0)?.available == 3 })
        #expect(world.partitions.map(\.transactions.undoneCount).reduce(0, +) == 1)
    }
}

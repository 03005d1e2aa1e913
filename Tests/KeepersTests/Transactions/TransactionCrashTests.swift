import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Transactions and crashes")
struct TransactionCrashTests {
    /// Where things are in a world of two partitions.
    enum Layout: String, CaseIterable, CustomTestStringConvertible {
        case local, remoteWallet, remoteLine, remoteLineAndWallet, coordinatorApart, walletBetween
        var testDescription: String { rawValue }

        var skus: [Int] {
            switch self {
            case .local, .remoteWallet: [0]
            case .remoteLine, .remoteLineAndWallet: [0, 1, 0]
            case .coordinatorApart: [1, 1]
            case .walletBetween: [0, 1]
            }
        }

        var wallet: Int {
            switch self {
            case .local, .remoteLine, .walletBetween: 0
            case .remoteWallet, .remoteLineAndWallet, .coordinatorApart: 1
            }
        }

        /// A cart's key is looked for in the partition of its own slot.
        var key: UInt64 { self == .coordinatorApart ? 1 : 0x3FFF }
    }

    struct Scene {
        let world: TransactionWorld
        let skus: [String]
        let buyer: String
        let plan: TransactionPlan
    }

    private static let price: Int64 = 250
    private static let deposit: Int64 = 10_000

    private func scene(
        _ layout: Layout,
        _ kind: TransactionPlan.Kind,
        isPaid: Bool,
        seed: UInt64,
        past: [[TransactionWorld.Record]]? = nil
    ) throws -> Scene {
        let world = try TransactionWorld(partitions: 2, seed: seed, past: past)
        world.recover()
        var skus: [String] = []
        for (number, partition) in layout.skus.enumerated() {
            skus.append(world.name("sku\(number)-", in: partition))
        }
        let buyer = world.name("buyer", in: layout.wallet)
        if past == nil {
            for sku in skus { try world.create(sku, stock: 5) }
            try world.deposit(buyer, Self.deposit)
            world.syncAll()
        }
        let lines = skus.enumerated().map { ($0.element, Int64($0.offset + 1)) }
        let plan = try world.plan(kind, buyer, lines, isPaid: isPaid, key: layout.key)
        return Scene(world: world, skus: skus, buyer: buyer, plan: plan)
    }

    @Test(
        "whatever a crash leaves of the journals, all was bought and paid or nothing, and a key has the answer that was given",
        arguments: Layout.allCases,
        [false, true]
    )
    func everyCrash(layout: Layout, isPaid: Bool) throws {
        var looked = 0
        for seed in 0..<3 as Range<UInt64> {
            let isPurchase = isPaid && layout.skus.count == 1
            let scene = try scene(layout, isPurchase ? .purchase : .cart, isPaid: isPaid, seed: seed)
            scene.world.begin(scene.plan, token: 7)
            scene.world.run(syncsLate: seed == 0)
            guard case .decided = scene.world.outcomes[7] else {
                Issue.record("not decided: \(layout) \(String(describing: scene.world.outcomes[7]))")
                return
            }
            scene.world.finish()
            #expect(scene.world.flaws == [] && scene.world.lingering == [])
            // Crashes before the scene was set are no part of it.
            let isSet = { (journals: [[TransactionWorld.Record]]) in
                journals.map(\.count).reduce(0, +) >= layout.skus.count + 1
            }
            for remains in try scene.world.remains() where isSet(remains.journals) {
                looked += 1
                let note = "\(layout) seed \(seed), journals \(remains.journals.map { $0.map(\.type) })"
                let isDecided = try expectWhole(scene, remains.journals, note)
                if remains.answered.contains(7) { #expect(isDecided, "answered, and not bought: \(note)") }
                if seed == 0 { try expectSameAgain(scene, remains.journals, isDecided, note) }
            }
        }
        #expect(looked > 10)
    }

    /// Recovers, and holds what is there against what can be.
    @discardableResult
    private func expectWhole(
        _ scene: Scene,
        _ journals: [[TransactionWorld.Record]],
        _ note: String
    ) throws -> Bool {
        let world = try TransactionWorld(partitions: 2, seed: 1, past: journals)
        try expectSnapshots(world, note)
        world.recover()
        return try expectSettled(scene, world, note)
    }

    private func expectSettled(_ scene: Scene, _ world: TransactionWorld, _ note: String) throws -> Bool {
        #expect(world.flaws == [], "\(note)")
        #expect(world.lingering == [], "\(note)")
        let sold = scene.skus.map { world.levels($0)?.sold ?? 0 }
        let wanted = scene.plan.lines.map(\.quantity.units)
        let isDecided = sold[0] > 0
        #expect(sold == (isDecided ? wanted : wanted.map { _ in 0 }), "\(note)")
        #expect(scene.skus.allSatisfy { world.levels($0)?.held == 0 }, "\(note)")
        let cost = isDecided && scene.plan.isPaid ? wanted.reduce(0, +) * Self.price : 0
        #expect(world.balance(scene.buyer) == Self.deposit - cost, "\(note)")
        let coordinator = world.partitions[scene.plan.coordinator(Slots(partitions: 2))]
        let place = try coordinator.recall(TestFailure.unwrap(scene.plan.request))
        #expect((place != nil) == isDecided, "\(note)")
        return isDecided
    }

    /// What recovery journals may be cut anywhere, too; the second recovery comes to the same end.
    private func expectSameAgain(
        _ scene: Scene,
        _ journals: [[TransactionWorld.Record]],
        _ isDecided: Bool,
        _ note: String
    ) throws {
        let world = try TransactionWorld(partitions: 2, seed: 1, past: journals)
        world.recover()
        for again in try world.remains() {
            let found = try expectWhole(scene, again.journals, "recovered twice: \(note)")
            #expect(found == isDecided, "\(note)")
        }
    }

    /// A snapshot carries all that a replay knows.
    private func expectSnapshots(_ world: TransactionWorld, _ note: String) throws {
        for partition in world.partitions {
            let body = try MemorySnapshot.body(partition)
            let copy = PartitionHarness.emptyPartition()
            let source = try MemorySnapshot.source(body: body)
            try copy.read(from: source)
            try source.finish()
            #expect(try MemorySnapshot.body(copy) == body, "\(note)")
            #expect(copy.transactions.parts.count == partition.transactions.parts.count, "\(note)")
        }
    }

    @Test("a cancelled order is paid back once, whatever a crash leaves of the journals", arguments: [0, 1])
    func refunds(wallet: Int) throws {
        let layout: Layout = wallet == 0 ? .local : .remoteWallet
        for seed in 0..<3 as Range<UInt64> {
            let scene = try scene(layout, .purchase, isPaid: true, seed: seed)
            let world = scene.world
            world.begin(scene.plan, token: 7)
            world.run(syncsLate: false)
            guard case .decided(let decision, _) = world.outcomes[7] else { throw TestFailure("not decided") }
            let line = decision.lines[0]
            let cancelled = world.home(scene.skus[0])
                .cancel(
                    CancelledOrder(address: line.order, purchase: line.purchase, isPaid: true),
                    sku: line.sku.span,
                    buyer: decision.buyer.span,
                    quantity: nil,
                    reason: try CancelReason("no"),
                    request: nil,
                    at: world.at
                )
            #expect(cancelled.change?.refund?.amount == Self.price)
            world.run(syncsLate: seed == 0)
            world.finish()
            #expect(world.flaws == [] && world.lingering == [] && world.balance(scene.buyer) == Self.deposit)
            for remains in try world.remains() where remains.journals[0].count >= 4 {
                let note = "seed \(seed), journals \(remains.journals.map { $0.map(\.type) })"
                let after = try TransactionWorld(partitions: 2, seed: 1, past: remains.journals)
                try expectSnapshots(after, note)
                after.recover()
                #expect(after.flaws == [] && after.lingering == [], "\(note)")
                let owed = (after.levels(scene.skus[0])?.sold ?? 0) * Self.price
                #expect(after.balance(scene.buyer) == Self.deposit - owed, "\(note)")
                for again in try after.remains() {
                    let twice = try TransactionWorld(partitions: 2, seed: 1, past: again.journals)
                    twice.recover()
                    #expect(twice.flaws == [] && twice.lingering == [], "\(note)")
                    #expect(twice.balance(scene.buyer) == Self.deposit - owed, "\(note)")
                }
            }
        }
    }
}

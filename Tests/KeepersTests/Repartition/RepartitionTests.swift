import Domain
import Journal
import Platform
import Testing

@testable import Keepers

@Suite("Another number of partitions")
struct RepartitionTests {
    @Test(
        "whatever was told stays true: views, orders, keys, changes without a gap",
        arguments: [[2, 3, 1], [1, 4], [5, 2, 7, 2]],
        [1, 2, 3] as [UInt64]
    )
    func nothingChanges(counts: [Int], seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let shop = try Shop(partitions: counts[0])
        for count in counts.dropFirst() + [6] {
            for round in 0..<600 {
                try randomStep(shop, &random)
                if round % 32 == 0 { shop.commit() }
            }
            let before = shop.views()
            try shop.repartition(count)
            #expect(shop.views() == before, "seed \(seed), \(count) partitions")
            try expectAllTold(shop, "seed \(seed), \(count) partitions")
            try shop.restart()
            #expect(shop.views() == before, "seed \(seed), \(count) partitions, started again")
            try expectAllTold(shop, "seed \(seed), \(count) partitions")
        }
        #expect(shop.told.count > 500)
    }

    @Test("what is sold out stays sold out, and nobody gets more than the limit, after it either")
    func limits() throws {
        let shop = try Shop(partitions: 2)
        for sku in ["a", "b", "c", "d"] {
            try shop.create(sku, stock: 3, limit: 2)
            try shop.purchase(sku, buyer: "ann", quantity: 2)
        }
        try shop.repartition(3)
        let two = try #require(Quantity(2))
        for sku in ["a", "b", "c", "d"] {
            #expect(try shop.purchase(sku, buyer: "ann").refusal == .buyerLimitReached(limit: two, already: 2))
            #expect(try shop.purchase(sku, buyer: "bob").change != nil)
            #expect(try shop.purchase(sku, buyer: "cid").refusal == .soldOut)
        }
        try shop.repartition(1)
        for sku in ["a", "b", "c", "d"] {
            #expect(try shop.purchase(sku, buyer: "cid").refusal == .soldOut)
            #expect(shop.keeper(sku)?.assumeIsolated { $0.violatedInvariant() } == nil)
        }
    }

    @Test(
        "a key is remembered for its window and a third of it more at most; whatever window is given, never less",
        arguments: [9_000, 500, 100_000] as [Int64]
    )
    func forgetting(givenWindow: Int64) throws {
        let window: Int64 = 9_000
        let shop = try Shop(partitions: 2, windowMilliseconds: window)
        let skus = (0..<12).map { "sku-\($0)" }
        for sku in skus { try shop.create(sku, stock: 1_000) }
        // One key a second and SKU.
        for second in 1...9 as ClosedRange<UInt64> {
            for sku in skus { try shop.purchase(sku, key: second, at: Int64(second) * 1_000) }
            if second == 4 { try shop.repartition(3, windowMilliseconds: givenWindow) }
        }
        try shop.repartition(1, windowMilliseconds: givenWindow)
        for sku in skus {
            for second in 1...9 as ClosedRange<UInt64> { #expect(shop.recall(sku, second) != nil, "\(sku) \(second)") }
        }
        for now in stride(from: Int64(9_000), through: 25_000, by: 500) {
            try shop.purchase("sku-0", key: UInt64(now), at: now)
            for sku in skus {
                for second in 1...9 as ClosedRange<UInt64> {
                    let age = now - Int64(second) * 1_000
                    if age <= window { #expect(shop.recall(sku, second) != nil, "\(sku) \(second) at \(now)") }
                    if age > window + window / 3 + 500, givenWindow == window {
                        #expect(shop.recall(sku, second) == nil, "\(sku) \(second) at \(now)")
                    }
                }
            }
        }
    }

    @Test("wallets keep their money, their counts and the answers to their keys", arguments: [[2, 3, 1], [1, 4, 2]])
    func wallets(counts: [Int]) throws {
        let shop = try Shop(partitions: counts[0])
        let euro = try #require(Currency("EUR"))
        let buyers = (0..<20).map { "buyer-\($0)" }
        var answers: [String: [RecordAddress]] = [:]
        for count in counts.dropFirst() {
            for (number, buyer) in buyers.enumerated() {
                let key = UInt64(answers[buyer]?.count ?? 0)
                let amount = Money(amount: Int64(100 + number), currency: euro)
                let move = try #require(try shop.change(walletOf: buyer, .deposit(amount, nil), key: key).change)
                let journal = shop.partition(of: buyer).journalNumber
                answers[buyer, default: []].append(RecordAddress(journal: journal, position: move.position))
            }
            #expect(try shop.repartition(count).wallets == 20)
            try shop.restart()
            let records = shop.records()
            for (number, buyer) in buyers.enumerated() {
                let addresses = answers[buyer] ?? []
                let wallet = try #require(shop.wallet(buyer))
                let view = try #require(wallet.assumeIsolated { $0.view() })
                #expect(view.balance.amount == Int64(addresses.count * (100 + number)))
                #expect(view.sequence == UInt64(addresses.count))
                for (key, address) in addresses.enumerated() {
                    #expect(shop.recall(buyer, UInt64(key)) == address)
                    #expect(try records.findAny(address)?.record.head.sequence == UInt64(key + 1))
                    let again = try shop.change(walletOf: buyer, .deposit(view.balance, nil), key: UInt64(key))
                    #expect(again.remembered?.address(seenFrom: shop.partition(of: buyer).journalNumber) == address)
                }
                let tooMuch = Money(amount: view.balance.amount + 1, currency: euro)
                #expect(try shop.change(walletOf: buyer, .withdraw(tooMuch, nil)).refusal != nil)
            }
        }
    }

    @Test("time does not go back where a SKU has gone")
    func time() throws {
        let shop = try Shop(partitions: 2)
        let early = try #require((0..<99).map { "s\($0)" }.first { shop.partition(of: $0).index == 0 })
        let late = try #require((0..<99).map { "s\($0)" }.first { shop.partition(of: $0).index == 1 })
        for sku in [early, late] { try shop.create(sku, stock: 9) }
        try shop.purchase(late, at: 70_000)
        try shop.repartition(1)
        let sale = try #require(try shop.purchase(early, at: 2_000).change)
        #expect(sale.purchase.at == Instant(millisecondsSinceEpoch: 70_000))
    }

    @Test("the number of partitions that there is already is refused")
    func refusals() throws {
        let shop = try Shop(partitions: 2)
        try shop.create("a", stock: 9)
        #expect(throws: RepartitionFailure.self) { try shop.repartition(2) }
        let summary = try shop.repartition(3)
        #expect(summary.skus == 1 && summary.keys == 0 && summary.description.journals == 2..<5)
    }

    @Test("a key whose record cannot be read stops it")
    func lostRecord() throws {
        let shop = try Shop(partitions: 1)
        try shop.create("a", stock: 9)
        try shop.purchase("a", key: 1)
        shop.commit()
        let blind = RecordFinder<RealDisk>([:], key: try #require(PartitionHarness.key))
        #expect(throws: Repartition.Failure.self) {
            try Repartition.run(from: shop.partitions, to: try Shop(partitions: 2).partitions, records: blind)
        }
    }

    private func randomStep(_ shop: Shop, _ random: inout SeededGenerator) throws {
        let sku = "sku-\(random.below(9))"
        let key = random.oneIn(2) ? UInt64(random.below(200)) : nil
        let used = shop.told.first { $0.sku == sku && $0.key == key && key != nil }
        let now = Int64(1_000 + shop.told.count)
        let note = try StockNote(reason: "r", reference: nil)
        switch random.below(12) {
        case 0: try shop.create(sku, stock: Int64(random.below(50)), limit: random.oneIn(2) ? 8 : nil)
        case 1: try shop.change(sku, .remove(ifSequence: nil), at: now)
        case 2, 3:
            let delta = Int64(random.below(40) - 5)
            let outcome = try shop.change(sku, .adjust(delta: delta, note: note, ifSequence: nil), key: key, at: now)
            #expect((outcome.remembered != nil) == (used != nil))
        default:
            let buyer = "buyer-\(random.below(5))"
            let outcome = try shop.purchase(sku, buyer: buyer, quantity: Int64(1 + random.below(3)), key: key, at: now)
            #expect((outcome.remembered != nil) == (used != nil))
        }
    }

    /// Every answer that was ever given can still be given, and every SKU's trail leads through all of its changes.
    private func expectAllTold(_ shop: Shop, _ comment: Comment) throws {
        shop.commit()
        let records = shop.records()
        for told in shop.told {
            let found = try #require(try records.find(told.address), comment)
            #expect(found.record.head.sequence == told.sequence, comment)
            #expect(found.payload[found.record.head.sku].elementsEqual(told.sku.utf8), comment)
            if let purchase = told.purchase { #expect(found.record.event == .purchased(purchase), comment) }
            if let key = told.key { #expect(shop.recall(told.sku, key) == told.address, comment) }
        }
        for sku in Set(shop.told.map(\.sku)) {
            let expected = shop.told.filter { $0.sku == sku }
            let keeper = try #require(shop.keeper(sku), comment)
            #expect(keeper.assumeIsolated { $0.violatedInvariant() } == nil, comment)
            for wanted in stride(from: expected.count, to: 0, by: -40) {
                let start = keeper.assumeIsolated { $0.trail(upTo: UInt64(wanted)) }
                var next: RecordAddress? = start.place.address(seenFrom: shop.partition(of: sku).journalNumber)
                var sequence = Int(start.sequence)
                while let here = next {
                    #expect(expected[sequence - 1].address == here, comment)
                    let record = try #require(try records.find(here), comment).record
                    sequence -= 1
                    next = record.head.previous?.address(seenFrom: here.journal)
                }
                #expect(sequence == 0, comment)
            }
        }
    }
}

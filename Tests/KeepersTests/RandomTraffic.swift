import Domain
import Journal

@testable import Keepers

/// Random commands to a few SKUs, with what the partition must answer to a key that comes again.
struct RandomTraffic {
    static let skus = ["a", "b", "c", "d"]

    private var random: SeededGenerator
    /// The first position of each key that led to a change.
    private(set) var keys: [UInt64: JournalPosition] = [:]
    /// What must stand in the journal, in order.
    private(set) var events: [(sku: String, event: SKUEvent, position: JournalPosition)] = []
    private var clock: Int64 = 1_000
    private var holds: [(sku: String, hold: HoldChange)] = []
    private var orders: [(sku: String, order: CancelledOrder, buyer: String)] = []

    private let withHolds: Bool

    init(seed: UInt64, withHolds: Bool = true) {
        random = SeededGenerator(seed: seed)
        self.withHolds = withHolds
    }

    /// Does one command; a broken promise, or nil.
    mutating func step(_ harness: PartitionHarness) throws -> String? {
        // The wall clock jumps back now and then.
        clock += Int64(random.below(10)) - (random.oneIn(10) ? 30 : 0)
        let sku = Self.skus[random.below(Self.skus.count)]
        let number = random.oneIn(3) ? UInt64(random.below(40)) : nil
        switch random.below(10) {
        case 0..<4: return try purchase(harness, sku, number)
        case 4..<7 where withHolds: return try hold(harness, sku, number)
        default: return try change(harness, sku, number)
        }
    }

    /// Places a hold, or does something with one that there is, or lets some expire, or cancels an order.
    private mutating func hold(_ harness: PartitionHarness, _ sku: String, _ number: UInt64?) throws -> String? {
        let now = Instant(millisecondsSinceEpoch: clock)
        if random.oneIn(6) {
            _ = harness.partition.expireHolds(most: 3, at: now)
            return nil
        }
        if random.oneIn(5), let order = orders.randomElement(using: &random) {
            let key = number.map { RequestKey($0, digest: 6) }
            let units = Int64(1 + random.below(2))
            let (buyer, sku) = (order.buyer, order.sku)
            let outcome = try harness.cancel(sku, order.order, buyer: buyer, quantity: units, key: key, at: clock)
            if let broken = check(number, outcome.remembered) { return broken }
            guard let change = outcome.change, let position = change.position else { return nil }
            return note(number, position, change.dependsOn, harness)
        }
        let key = number.map { RequestKey($0, digest: 3) }
        let outcome: Outcome<HoldChange>
        var owner = sku
        if random.oneIn(2), let known = holds.randomElement(using: &random) {
            let commands: [HoldCommand] = [
                .confirm(nil), .confirm(Quantity(1)), .release, .extend(milliseconds: 60), .freeze(milliseconds: 20),
            ]
            let command = commands[random.below(commands.count)]
            owner = known.sku
            outcome = harness.change(owner, known.hold, command, key: key, at: clock)
        } else {
            let until = clock + Int64(random.below(100))
            let buyer = "buyer-\(random.below(6))"
            outcome = try harness.hold(sku, buyer: buyer, quantity: 2, until: until, key: key, at: clock)
            if let change = outcome.change { holds.append((sku, change)) }
        }
        if let broken = check(number, outcome.remembered) { return broken }
        guard let change = outcome.change, let position = change.position else { return nil }
        if let order = change.order {
            let address = RecordAddress(journal: harness.partition.journalNumber, position: position)
            let name = (0..<change.view.buyer.count).map { change.view.buyer.bytes[$0] }
            let buyer = String(decoding: name, as: UTF8.self)
            orders.append((owner, CancelledOrder(address: address, purchase: order), buyer))
        }
        return note(number, position, change.view.dependsOn, harness)
    }

    private mutating func purchase(_ harness: PartitionHarness, _ sku: String, _ number: UInt64?) throws -> String? {
        let outcome = try harness.purchase(
            sku,
            buyer: "buyer-\(random.below(6))",
            quantity: Int64(1 + random.below(4)),
            key: number.map { RequestKey($0, digest: 1) },
            at: clock
        )
        if let broken = check(number, outcome.remembered) { return broken }
        guard let sale = outcome.change else { return nil }
        events.append((sku, .purchased(sale.purchase), sale.position))
        return note(number, sale.position, sale.dependsOn, harness)
    }

    private mutating func change(_ harness: PartitionHarness, _ sku: String, _ number: UInt64?) throws -> String? {
        let command = try command()
        let outcome = harness.change(sku, command, key: number.map { RequestKey($0, digest: 2) }, at: clock)
        if let broken = check(number, outcome.remembered) { return broken }
        guard let change = outcome.change else { return nil }
        if let adjustment = change.adjustment {
            events.append((sku, .stockAdjusted(adjustment), change.position))
        } else if case .remove = command {
            events.append(
                (sku, .removed(Removal(sequence: 0, at: Instant(millisecondsSinceEpoch: 0))), change.position)
            )
        } else if let view = change.view {
            let details = DetailsChange(
                details: view.details,
                sequence: view.sequence,
                at: Instant(millisecondsSinceEpoch: 0)
            )
            events.append((sku, .replaced(details), change.position))
        }
        return note(number, change.position, change.dependsOn, harness)
    }

    private mutating func command() throws -> SKUCommand {
        let note = try StockNote(reason: "r\(random.below(9))", reference: random.oneIn(2) ? "ref é" : nil)
        let stock = try TestFailure.unwrap(UnitCount(Int64(random.below(50))))
        let details = try PartitionHarness.details(
            "title \(random.below(100)) ✓",
            limit: random.oneIn(3) ? Int64(1 + random.below(20)) : nil,
            description: random.oneIn(2) ? String(repeating: "d", count: random.below(4_000)) : nil
        )
        switch random.below(12) {
        case 0...4: return .put(details, stock: stock, ifSequence: nil)
        case 5: return .create(details, stock: stock)
        case 6...8: return .adjust(delta: Int64(random.below(60) - 20), note: note, ifSequence: nil)
        case 9: return .set(available: stock, ifAvailable: nil, note: note, ifSequence: nil)
        case 10: return .remove(ifSequence: random.oneIn(2) ? 7 : nil)
        default:
            var patch = SKUDetailsPatch()
            patch.paused = .set(random.oneIn(3))
            return .amend(patch, ifSequence: nil)
        }
    }

    /// A key that has led to a change is answered with that change, and no other key is.
    private func check(_ number: UInt64?, _ remembered: RecordPlace?) -> String? {
        let expected = number.flatMap { keys[$0] }.map { RecordPlace($0) }
        return expected == remembered
            ? nil
            : "key \(String(describing: number)): \(String(describing: remembered)), not \(String(describing: expected))"
    }

    private mutating func note(
        _ number: UInt64?,
        _ position: JournalPosition,
        _ dependsOn: JournalPosition,
        _ harness: PartitionHarness
    ) -> String? {
        if let number { keys[number] = position }
        if dependsOn <= position { return "an answer depends on less than its own record" }
        return harness.partition.durable > position ? "durable before it was written" : nil
    }
}

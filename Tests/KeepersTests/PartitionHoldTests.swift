import Domain
import Journal
import Loop
import Platform
import Testing

@testable import Keepers

@Suite("Holds of a partition")
struct PartitionHoldTests {
    @Test("a hold's public name is read back by its folder, and none other is")
    func names() throws {
        let key = try #require(PartitionHarness.key)
        let sku = Array("sneaker".utf8)
        for (number, place) in [(1, 0), (0xFFFF_FFFF_FFFF, 0x3FF_FFFF), (7, 12_345)] as [(UInt64, UInt32)] {
            let id = HoldID(HoldName(number: number, place: place), sku: sku.span, key: key)
            let text = id.text(key: key)
            var bytes = (0..<HoldID.textBytes).map { text[$0] }
            let identifier = Set("abcdefghijklmnopqrstuvwxyz0123456789".utf8)
            #expect(bytes.allSatisfy { identifier.contains($0) })
            #expect(HoldID(bytes.span, key: key) == id)
            #expect(id.slot == Slots.slot(of: sku.span))
            let otherSecret = [UInt8](1..<17)
            let otherKey = FingerprintKey(otherSecret.span)
            let other = try #require(otherKey)
            #expect(HoldID(bytes.span, key: other) == nil)
            for index in bytes.indices {
                let kept = bytes[index]
                bytes[index] = kept == 0x61 ? 0x62 : 0x61
                #expect(HoldID(bytes.span, key: key) == nil, "character \(index)")
                bytes[index] = kept
            }
            bytes.removeLast()
            #expect(HoldID(bytes.span, key: key) == nil)
        }
    }

    @Test("holds end on their own once their time is over, a bounded number at a time, and not before")
    func expiry() throws {
        let harness = try PartitionHarness(TestFolder())
        try harness.create("a", stock: 1_000)
        for number in 0..<300 { _ = try #require(harness.hold("a", buyer: "b\(number)", until: 5_000).change) }
        #expect(harness.partition.openHolds == 300)
        #expect(harness.expire(at: 4_999) == 0)
        #expect(harness.available("a") == 700)
        #expect(harness.partition.expireHolds(most: 100, at: Instant(millisecondsSinceEpoch: 6_000)) == 100)
        #expect(harness.partition.hasDueHolds)
        #expect(harness.expire(at: 6_000) == 200)
        #expect(harness.available("a") == 1_000 && harness.partition.openHolds == 0)
        #expect(!harness.partition.hasDueHolds)
    }

    @Test("a hold whose deadline was moved ends under its last one, and one that was bought does not end")
    func moved() throws {
        let harness = try PartitionHarness(TestFolder())
        try harness.create("a", stock: 10)
        let long = try #require(harness.hold("a", buyer: "ann", until: 3_000).change)
        let bought = try #require(harness.hold("a", buyer: "bob", until: 3_000).change)
        _ = try #require(harness.change("a", long, .extend(milliseconds: 400_000), at: 2_000).change)
        _ = try #require(harness.change("a", long, .freeze(milliseconds: 1_000), at: 2_000).change)
        let order = try #require(harness.change("a", bought, .confirm(nil), at: 2_000).change)
        #expect(order.order?.quantity == Quantity(1) && order.view.state == .confirmed)
        for now in stride(from: Int64(3_000), to: 403_000, by: 500) { #expect(harness.expire(at: now) == 0, "\(now)") }
        #expect(harness.expire(at: 403_600) == 1)
        #expect(harness.available("a") == 9)
        #expect(harness.partition.openHolds == 0)
    }

    @Test("a full journal delays the end of holds, and a failed one stops it")
    func journalRefuses() throws {
        let harness = try PartitionHarness(TestFolder(), stagingBytes: 1 << 16, segmentBytes: 1 << 16)
        try harness.create("a", stock: 10_000)
        for number in 0..<1_000 {
            _ = try #require(harness.hold("a", buyer: "b\(number)", until: 2_000).change)
            if number % 50 == 0 { harness.commit() }
        }
        harness.commit()
        var expired = 0
        var turns = 0
        while expired < 700, turns < 10_000 {
            expired += harness.partition.expireHolds(most: 256, at: Instant(millisecondsSinceEpoch: 9_000))
            turns += 1
            // Nothing is written until nothing more fits.
            if harness.partition.hasDueHolds && !harness.partition.mayExpire { harness.commit() }
        }
        #expect(expired >= 700 && harness.partition.openHolds == 1_000 - expired)
        harness.breakDisk()
        harness.commit()
        #expect(harness.partition.isReadOnly)
        #expect(harness.partition.expireHolds(most: 256, at: Instant(millisecondsSinceEpoch: 9_000)) == 0)
        #expect(!harness.partition.hasDueHolds && !harness.partition.mayExpire)
    }

    @Test("holds, orders made of them and cancellations are the same after a restart, and answer the same keys")
    func replay() throws {
        let folder = try TestFolder()
        var before: [String] = []
        var summary: [String] = []
        var remembered: [RecordPlace] = []
        let keys = (1...6).map { RequestKey(UInt64($0), digest: 5) }
        func use(_ harness: PartitionHarness) throws -> [RecordPlace] {
            try keys.map { try #require(harness.partition.recall($0)) }
        }
        do {
            let harness = try PartitionHarness(folder)
            try harness.create("a", stock: 100)
            let held = try #require(harness.hold("a", buyer: "ann", quantity: 3, until: 9_000, key: keys[0]).change)
            let kept = try #require(harness.hold("a", buyer: "bob", quantity: 2, until: 8_000, key: keys[1]).change)
            let gone = try #require(harness.hold("a", buyer: "cyd", quantity: 2, until: 1_500, key: keys[2]).change)
            _ = try #require(harness.change("a", kept, .extend(milliseconds: 90_000), key: keys[3]).change)
            let two = try #require(Quantity(2))
            let confirmed = try #require(harness.change("a", held, .confirm(two), key: keys[4]).change)
            #expect(harness.expire(at: 2_500) == 1)
            let late = try #require(harness.change("a", gone, .confirm(nil), at: 2_600).change)
            #expect(late.isReacquired)
            let order = try #require(confirmed.order)
            let address = RecordAddress(journal: 3, position: try #require(confirmed.position))
            let cancelled = try #require(
                harness.cancel(
                    "a",
                    CancelledOrder(address: address, purchase: order),
                    buyer: "ann",
                    quantity: 1,
                    key: keys[5]
                )
                .change
            )
            #expect(cancelled.cancelled == 1)
            summary = harness.summary
            before = [held, kept, gone].map { harness.show("a", $0) }
            remembered = try use(harness)
            harness.close()
        }
        let harness = try PartitionHarness(folder)
        harness.partition.armHolds(at: Instant(millisecondsSinceEpoch: 3_000))
        #expect(harness.summary == summary)
        #expect(harness.partition.openHolds == 1 && harness.partition.keptHolds == 3)
        let views = (0..<3).map { harness.show("a", number: UInt64($0 + 2), place: UInt32($0)) }
        #expect(views == before)
        #expect(try use(harness) == remembered)
        // Kept until 91,000: the extension is known again, too.
        #expect(harness.expire(at: 90_000) == 0)
        #expect(harness.expire(at: 92_000) == 1)
        #expect(harness.available("a") == 97)
    }

    @Test("what is due when the partition is placed is due at once")
    func dueAfterRecovery() throws {
        let folder = try TestFolder()
        do {
            let harness = try PartitionHarness(folder)
            try harness.create("a", stock: 100)
            for number in 0..<40 { _ = try #require(harness.hold("a", buyer: "b\(number)", until: 2_000).change) }
            harness.close()
        }
        let harness = try PartitionHarness(folder)
        harness.partition.armHolds(at: Instant(millisecondsSinceEpoch: 86_400_000))
        #expect(harness.partition.hasDueHolds)
        #expect(harness.expire(at: 86_400_000) == 40)
        #expect(harness.available("a") == 100 && !harness.partition.hasDueHolds)
    }
}

extension PartitionHarness {
    func hold(
        _ sku: String,
        buyer: String,
        quantity: Int64 = 1,
        until: Int64,
        key: RequestKey? = nil,
        at milliseconds: Int64 = 1_000
    ) throws -> Outcome<HoldChange> {
        partition.hold(
            sku: Array(sku.utf8).span,
            buyer: Array(buyer.utf8).span,
            quantity: try TestFailure.unwrap(Quantity(quantity)),
            forMilliseconds: until - milliseconds,
            request: key,
            at: Instant(millisecondsSinceEpoch: milliseconds)
        )
    }

    func change(
        _ sku: String,
        _ hold: HoldChange,
        _ command: HoldCommand,
        key: RequestKey? = nil,
        at milliseconds: Int64 = 1_000
    ) -> Outcome<HoldChange> {
        let id = HoldID(hold.view.name, sku: Array(sku.utf8).span, key: partition.key)
        return partition.change(id, command, request: key, at: Instant(millisecondsSinceEpoch: milliseconds))
    }

    func cancel(
        _ sku: String,
        _ order: CancelledOrder,
        buyer: String,
        quantity: Int64,
        key: RequestKey? = nil,
        at milliseconds: Int64 = 3_000
    ) throws -> Outcome<OrderCancel> {
        partition.cancel(
            order,
            sku: Array(sku.utf8).span,
            buyer: Array(buyer.utf8).span,
            quantity: Quantity(quantity),
            reason: try CancelReason("too small"),
            request: key,
            at: Instant(millisecondsSinceEpoch: milliseconds)
        )
    }

    /// Lets expire all that is due.
    func expire(at milliseconds: Int64) -> Int {
        var expired = 0
        repeat {
            expired += partition.expireHolds(most: 64, at: Instant(millisecondsSinceEpoch: milliseconds))
            commit()
        } while partition.hasDueHolds
        return expired
    }

    func available(_ sku: String) -> Int64? {
        keeper(sku)?.viewInPlace(at: Instant(millisecondsSinceEpoch: 0))?.levels.available
    }

    func show(_ sku: String, _ hold: HoldChange) -> String {
        show(sku, number: hold.view.name.number, place: hold.view.name.place)
    }

    /// All that can be seen of a hold.
    func show(_ sku: String, number: UInt64, place: UInt32) -> String {
        let id = HoldID(HoldName(number: number, place: place), sku: Array(sku.utf8).span, key: partition.key)
        guard let view = partition.view(of: id) else { return "none" }
        let name = (0..<view.buyer.count).map { view.buyer.bytes[$0] }
        return "\(view.quantity) \(view.expiresAt) \(view.state) \(String(describing: view.order)) \(name)"
    }
}

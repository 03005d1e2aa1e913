import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Partitions")
struct PartitionTests {
    @Test("a full staging refuses a change and leaves everything as it was, the key too")
    func stagingFull() throws {
        let harness = try PartitionHarness(try TestFolder(), stagingBytes: 4_096)
        try harness.create("a", stock: 1_000_000)
        var number: UInt64 = 0
        var reason: Unavailability?
        var before = ""
        while reason == nil && number < 1_000 {
            before = harness.view("a")
            number += 1
            reason = try harness.purchase("a", key: RequestKey(number)).unavailability
        }
        #expect(reason == .overloaded)
        #expect(harness.view("a") == before)
        #expect(harness.partition.recall(RequestKey(number)) == nil)
        #expect(
            harness.change("b", .create(try PartitionHarness.details("b"), stock: try units(1))).unavailability
                == .overloaded
        )
        #expect(harness.partition.keepers.count == 1)
        #expect(harness.partition.unpublished == Int(number), "the creation, and what was sold before the refusal")
        harness.commit()
        #expect(try harness.purchase("a", key: RequestKey(number)).change != nil)
    }

    @Test("a partition that is let go takes its keepers with it, as a snapshot's has to")
    func letGo() throws {
        weak var partition: Partition?
        weak var keeper: SKUKeeper?
        do {
            let harness = try PartitionHarness(try TestFolder())
            try harness.create("a", stock: 1)
            _ = try harness.deposit("ann", 5)
            partition = harness.partition
            keeper = harness.partition.keepers.first
            #expect(keeper != nil)
        }
        #expect(partition == nil)
        #expect(keeper == nil)
    }

    @Test("a disk that refuses a sync makes the partition read-only, and nothing changes any more")
    func poisoned() throws {
        let harness = try PartitionHarness(try TestFolder())
        try harness.create("a", stock: 10)
        harness.commit()
        _ = try harness.purchase("a")
        harness.partition.gate.hold(7, until: harness.partition.end)
        #expect(!harness.partition.hasRelease)
        harness.breakDisk()
        harness.commit()
        #expect(harness.partition.isReadOnly)
        // Somebody has to tell those who wait that there will be no answer.
        #expect(harness.partition.hasRelease)
        let before = harness.view("a")
        #expect(try harness.purchase("a").unavailability == .readOnly)
        #expect(try harness.purchase("a", key: RequestKey(1)).unavailability == .readOnly)
        #expect(harness.change("a", .remove(ifSequence: nil)).unavailability == .readOnly)
        #expect(harness.view("a") == before)
        #expect(harness.partition.durable < harness.partition.end)
    }

    @Test("beyond the limit of keys a new key is refused, a known one answered, and no key needed")
    func keyLimit() throws {
        let harness = try PartitionHarness(try TestFolder(), keysMax: 4)
        try harness.create("a", stock: 100)
        let first = try #require(try harness.purchase("a", key: RequestKey(1)).change)
        for number in 2...4 as ClosedRange<UInt64> {
            #expect(try harness.purchase("a", key: RequestKey(number)).change != nil)
        }
        let before = harness.view("a")
        #expect(try harness.purchase("a", key: RequestKey(5)).unavailability == .keysFull)
        #expect(harness.change("a", .remove(ifSequence: nil), key: RequestKey(6)).unavailability == .keysFull)
        #expect(harness.view("a") == before)
        #expect(try harness.purchase("a", key: RequestKey(1)).remembered == RecordPlace(first.position))
        #expect(try harness.purchase("a").change != nil)
        // A day and more later the first ones are forgotten.
        let later: Int64 = 1_000 + 2 * 86_400_000
        #expect(try harness.purchase("a", key: RequestKey(5), at: later).change != nil)
    }

    @Test("a key that comes again changes nothing, whatever it asks for")
    func keyAgain() throws {
        let harness = try PartitionHarness(try TestFolder())
        try harness.create("a", stock: 100)
        try harness.create("b", stock: 100)
        let first = try #require(try harness.purchase("a", key: RequestKey(1)).change)
        let before = harness.summary
        let end = harness.partition.end
        #expect(try harness.purchase("a", key: RequestKey(1)).remembered == RecordPlace(first.position))
        #expect(try harness.purchase("b", quantity: 7, key: RequestKey(1)).remembered == RecordPlace(first.position))
        #expect(
            harness.change("a", .remove(ifSequence: nil), key: RequestKey(1)).remembered == RecordPlace(first.position)
        )
        #expect(harness.summary == before)
        #expect(harness.partition.end == end)
    }

    @Test("a refusal is no change: it leaves no record, no key, and tells what it depends on")
    func refusal() throws {
        let harness = try PartitionHarness(try TestFolder())
        try harness.create("a", stock: 1)
        let sale = try #require(try harness.purchase("a").change)
        let end = harness.partition.end
        guard case .refused(.soldOut, let dependsOn) = try harness.purchase("a", key: RequestKey(1)) else {
            Issue.record("not sold out")
            return
        }
        #expect(dependsOn == sale.dependsOn && dependsOn == end)
        #expect(harness.partition.end == end)
        #expect(harness.partition.recall(RequestKey(1)) == nil)
        #expect(try harness.purchase("none").refusal == .unknownSKU)
        #expect(harness.change("none", .remove(ifSequence: nil)).refusal == .unknownSKU)
        #expect(harness.partition.keepers.count == 1)
    }

    @Test("time in the journal never goes back, after a restart either")
    func time() throws {
        let folder = try TestFolder()
        let first = try PartitionHarness(folder)
        try first.create("a", stock: 10)
        #expect(try first.purchase("a", at: 9_000).change?.purchase.at == Instant(millisecondsSinceEpoch: 9_000))
        #expect(try first.purchase("a", at: 50).change?.purchase.at == Instant(millisecondsSinceEpoch: 9_000))
        first.close()
        let second = try PartitionHarness(folder)
        #expect(try second.purchase("a", at: 60).change?.purchase.at == Instant(millisecondsSinceEpoch: 9_000))
        #expect(try second.purchase("a", at: 9_001).change?.purchase.at == Instant(millisecondsSinceEpoch: 9_001))
    }

    @Test("a record that cannot follow what came before it is refused with its reason")
    func contradiction() throws {
        let folder = try TestFolder()
        let live = try PartitionHarness(folder)
        try live.create("a", stock: 10)
        _ = try live.purchase("a")
        live.close()
        let harness = try PartitionHarness(folder)
        let last = try #require(harness.replayed.last)
        for type in [last.type, 99] {
            #expect(throws: ReplayError.self) {
                try harness.partition.replay(type: type, last.payload.span, start: last.position)
                try harness.partition.finishReplay()
            }
        }
    }

    private func units(_ count: Int64) throws -> UnitCount { try TestFailure.unwrap(UnitCount(count)) }
}

@Suite("The gate")
struct OutputGateTests {
    @Test("answers leave in their order and never early, as a plain list would have it", arguments: [1, 2, 3])
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var gate = OutputGate()
        var model: [(ticket: UInt64, position: UInt64)] = []
        var durable: UInt64 = 0
        var position: UInt64 = 0
        for ticket in 0..<40_000 as Range<UInt64> {
            position += UInt64(random.below(4))
            // Now and then an answer depends on less than one that waits already.
            let wanted = random.oneIn(5) ? position / 2 : position
            gate.hold(ticket, until: JournalPosition(rawValue: wanted))
            model.append((ticket, max(wanted, model.last?.position ?? 0)))
            if random.oneIn(8) {
                durable = max(durable, position - min(position, UInt64(random.below(30))))
            }
            while random.below(10) < 6 {
                let released = gate.release(durable: JournalPosition(rawValue: durable))
                guard let first = model.first, first.position <= durable else {
                    #expect(released == nil, "seed \(seed)")
                    break
                }
                guard released == first.ticket else {
                    Issue.record("\(String(describing: released)) instead of \(first.ticket): seed \(seed)")
                    return
                }
                model.removeFirst()
            }
            #expect(gate.count == model.count)
        }
        while let released = gate.release(durable: JournalPosition(rawValue: .max)) {
            let first = model.first?.ticket
            #expect(released == first)
            model = Array(model.dropFirst())
        }
        #expect(model.isEmpty && gate.count == 0)
    }
}

import Domain
import Journal
import Platform
import Testing

@testable import Keepers

@Suite("Partitions and their journal")
struct PartitionReplayTests {
    @Test("replay gives what was there: SKUs, trails, keys, bit by bit", arguments: 1...6 as ClosedRange<UInt64>)
    func replay(seed: UInt64) throws {
        let folder = try TestFolder()
        var traffic = RandomTraffic(seed: seed)
        var before: [String] = []
        for life in 0..<3 {
            let harness = try PartitionHarness(folder)
            #expect(harness.summary == before, "seed \(seed), life \(life)")
            for (number, position) in traffic.keys {
                #expect(
                    harness.partition.recall(RequestKey(number)) == RecordPlace(position),
                    "seed \(seed), key \(number)"
                )
            }
            for round in 0..<400 {
                if let broken = try traffic.step(harness) {
                    Issue.record("\(broken): seed \(seed), life \(life), round \(round)")
                    return
                }
                if round % 16 == 0 { harness.commit() }
            }
            for keeper in harness.partition.keepers {
                #expect(keeper.assumeIsolated { $0.violatedInvariant() } == nil, "seed \(seed)")
            }
            harness.close()
            before = harness.summary
        }
        #expect(traffic.events.count > 300)
    }

    @Test("every record reads back as the event that was answered; cut or longer it is none", arguments: [11, 12])
    func records(seed: UInt64) throws {
        let folder = try TestFolder()
        var traffic = RandomTraffic(seed: seed, withHolds: false)
        let live = try PartitionHarness(folder)
        for _ in 0..<300 { _ = try traffic.step(live) }
        live.close()
        let harness = try PartitionHarness(folder)
        #expect(harness.replayed.map(\.position) == traffic.events.map(\.position), "seed \(seed)")
        for (found, expected) in zip(harness.replayed, traffic.events) {
            let record = try #require(read(found.type, found.payload))
            #expect(found.payload[record.head.sku].elementsEqual(expected.sku.utf8))
            expect(record.event, expected.event, seed)
            for count in found.payload.indices.reversed().prefix(120) {
                #expect(read(found.type, Array(found.payload[..<count])).isNone)
            }
            for count in 0..<min(40, found.payload.count) {
                #expect(read(found.type, Array(found.payload[..<count])).isNone)
            }
            #expect(read(found.type, found.payload + [0]).isNone)
            for type in [0, 7, 255] as [UInt8] { #expect(read(type, found.payload).isNone) }
        }
    }

    @Test(
        "a record says in whose name it was made, and is otherwise the record that it was without",
        arguments: [13, 14]
    )
    func names(seed: UInt64) throws {
        let folder = try TestFolder()
        var traffic = RandomTraffic(seed: seed)
        let live = try PartitionHarness(folder)
        let name = Array(String(repeating: "w", count: seed == 13 ? 1 : 255).utf8)
        live.partition.ownName = name
        for _ in 0..<300 { _ = try traffic.step(live) }
        #expect(live.partition.act(as: []) == name)
        try live.create("last", stock: 1)
        live.close()
        let before = live.summary
        let harness = try PartitionHarness(folder)
        #expect(harness.summary == before, "seed \(seed)")
        for found in harness.replayed.dropLast() {
            let record = try #require(read(found.type, found.payload))
            #expect(found.payload[record.head.by].elementsEqual(name))
            for count in found.payload.indices { #expect(read(found.type, Array(found.payload[..<count])).isNone) }
            var nameless = found.payload
            nameless.removeSubrange(record.head.by.lowerBound - 1..<record.head.by.upperBound)
            nameless[0] &= ~2
            let without = try #require(read(found.type, nameless))
            #expect(without.head.by.isEmpty && without.head.sequence == record.head.sequence)
            #expect(without.head.key == record.head.key && without.event.kind == record.event.kind)
            for flag in 2..<8 {
                var later = found.payload
                later[0] ^= 1 << UInt8(flag)
                #expect(read(found.type, later).isNone, "a flag of a later version")
            }
        }
        let last = try #require(harness.replayed.last)
        #expect(read(last.type, last.payload)?.head.by.isEmpty == true)
    }

    private func expect(_ found: SKUEvent, _ expected: SKUEvent, _ seed: UInt64) {
        switch (found, expected) {
        case (.purchased(let left), .purchased(let right)): #expect(left == right, "seed \(seed)")
        case (.stockAdjusted(let left), .stockAdjusted(let right)): #expect(left == right, "seed \(seed)")
        case (.removed, .removed): break
        case (.created(let left), .replaced(let right)):
            #expect(left.details == right.details && left.sequence == right.sequence, "seed \(seed)")
        case (.replaced(let left), .replaced(let right)), (.amended(let left), .replaced(let right)):
            #expect(
                left == DetailsChange(details: right.details, sequence: right.sequence, at: left.at),
                "seed \(seed)"
            )
        default: Issue.record("\(found) instead of \(expected): seed \(seed)")
        }
    }

    @Test("no flipped bit and no random bytes make reading a record trap")
    func flips() throws {
        let folder = try TestFolder()
        var traffic = RandomTraffic(seed: 21)
        let live = try PartitionHarness(folder)
        for _ in 0..<60 { _ = try traffic.step(live) }
        live.close()
        let records = try PartitionHarness(folder).replayed
        var random = SeededGenerator(seed: 22)
        var readable = 0
        for record in records {
            for _ in 0..<400 {
                var payload = record.payload
                payload[random.below(payload.count)] ^= 1 << UInt8(random.below(8))
                if !read(record.type, payload).isNone { readable += 1 }
            }
            let noise = (0..<random.below(200)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            if !read(record.type, noise).isNone { readable += 1 }
        }
        // The journal's checksum tells these from the true ones; here they must only be harmless.
        #expect(readable > 0)
    }

    @Test("a walk back along a SKU's records finds every change")
    func trail() throws {
        let folder = try TestFolder()
        let harness = try PartitionHarness(folder)
        try harness.create("a", stock: 1_000)
        try harness.create("b", stock: 1_000)
        for number in 0..<300 { _ = try harness.purchase(number % 3 == 0 ? "b" : "a") }
        harness.commit()
        let reader = JournalReader(
            disk: BreakableDisk(),
            directory: folder.path,
            journal: PartitionHarness.id,
            following: harness.opening.appender
        )
        let keeper = try #require(harness.keeper("a"))
        let last = keeper.assumeIsolated { $0.sequence }
        #expect(last == 201)
        for wanted in [1, 2, 63, 64, 65, 128, 129, 200, 201] as [UInt64] {
            let start = keeper.assumeIsolated { $0.trail(upTo: wanted) }
            #expect(start.sequence >= wanted && start.sequence < wanted + SKUKeeper.trailStride)
            #expect(start.dependsOn <= harness.partition.durable)
            var place: RecordPlace? = start.place
            var expected = start.sequence
            var payload: [UInt8] = []
            while let here = place {
                #expect(here.isOwn)
                let type = try reader.read(at: here.position, into: &payload)
                let record = try #require(read(type, payload))
                #expect(record.head.sequence == expected)
                #expect(payload[record.head.sku].elementsEqual("a".utf8))
                expected -= 1
                place = record.head.previous
            }
            #expect(expected == 0)
        }
    }
}

/// What a payload says; nil where it is no record, which a check that reads nothing must find too.
private func read(_ type: UInt8, _ payload: [UInt8]) -> SKURecord? {
    guard let key = PartitionHarness.key else { return nil }
    let record = SKURecord(type: type, payload.span, key: key)
    if RecordKind(rawValue: type) != nil {
        let isOne = JournalRecord.isOne(type: type, payload.span, key: key)
        #expect(isOne == !record.isNone, "type \(type), \(payload)")
    }
    return record
}

extension Optional {
    /// For wrapped types that cannot be compared.
    var isNone: Bool {
        switch self {
        case .none: true
        case .some: false
        }
    }
}

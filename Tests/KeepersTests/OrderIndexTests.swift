import Domain
import Journal
import Testing

@testable import Keepers

@Suite("The index of orders")
struct OrderIndexTests {
    private func fingerprint(_ buyer: Int) throws -> Fingerprint {
        try TestFailure.unwrap(PartitionHarness.key).fingerprint(of: Array("buyer-\(buyer)".utf8).span, domain: .buyer)
    }

    private func list(_ index: OrderIndex, _ buyer: Fingerprint, in journal: UInt16) -> [RecordAddress] {
        var cursor = index.begin(buyer, in: journal)
        var orders: [RecordAddress] = []
        while let order = index.next(&cursor, of: buyer, in: journal) { orders.append(order) }
        return orders
    }

    private func notes(_ type: UInt8, _ payload: [UInt8]) throws -> [OrderNote] {
        let key = try TestFailure.unwrap(PartitionHarness.key)
        var notes: [OrderNote] = []
        OrderNote.read(type: type, payload.span, key: key) { notes.append($0) }
        return notes
    }

    @Test("searches begin all over a shard, in the order of the checks", arguments: [4, 6, 1_000, 4_000_000])
    func homes(capacity: Int) {
        let step = UInt32.max / 1_000
        let homes = (0...1_000).map { OrderShelf.home(of: UInt32($0) * step, capacity: capacity) }
        #expect(homes == homes.sorted() && Set(homes).count == min(capacity, 1_001))
        #expect(homes.first == 0 && homes.last == capacity - 1)
    }

    @Test("a buyer's list in a journal is all orders there, newest first, for any traffic", arguments: [1, 2, 3, 4])
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let index = OrderIndex(ordersMax: 1_000_000)
        var lists: [UInt16: [[RecordAddress]]] = [0: [], 1: [], 65_534: []]
        for journal in lists.keys { lists[journal] = Array(repeating: [], count: 5_000) }
        var cancelled: [RecordAddress: Int64] = [:]
        for number in 0..<60_000 {
            let journal = ([0, 1, 65_534] as [UInt16]).randomElement(using: &random) ?? 0
            // A few buy a lot, most a little.
            let buyer = Int.random(in: 0...4_999, using: &random) & Int.random(in: 0...8_191, using: &random)
            let address = RecordAddress(journal: journal, position: JournalPosition(rawValue: UInt64(number) * 8))
            index.add(address, of: try fingerprint(buyer))
            lists[journal]?[buyer].append(address)
            if number % 7 == 0, let some = lists[journal]?[buyer].randomElement(using: &random) {
                cancelled[some] = Int64(number)
                index.tell(some, cancelled: Int64(number))
            }
        }
        for (journal, buyers) in lists {
            for (buyer, orders) in buyers.enumerated() {
                let found = list(index, try fingerprint(buyer), in: journal)
                #expect(found == orders.reversed())
                for order in found { #expect(index.cancelledUnits(of: order) == cancelled[order]) }
            }
        }
        #expect(index.count == 60_000 && index.forgotten == 0)
        #expect(list(index, try fingerprint(5_001), in: 0).isEmpty)
    }

    @Test("it never keeps more than its limit, always the newest, and counts the others")
    func limit() throws {
        let index = OrderIndex(ordersMax: 1_000)
        let buyers = try (0..<10).map { try fingerprint($0) }
        for number in 0..<20_000 {
            let address = RecordAddress(journal: 3, position: JournalPosition(rawValue: UInt64(number) * 8))
            index.add(address, of: buyers[number % 10])
            #expect(index.count <= 1_000 && index.count >= min(number + 1, 500))
            #expect(index.count + Int(index.forgotten) == number + 1)
        }
        for (buyer, fingerprint) in buyers.enumerated() {
            let numbers = list(index, fingerprint, in: 3).map { Int($0.position.rawValue / 8) }
            let newest = (0..<numbers.count).map { 19_990 + buyer - 10 * $0 }
            #expect(numbers == newest && numbers.count >= 50)
        }
    }

    @Test("purchases, confirmed holds and cancellations are noted, and nothing else")
    func notes() throws {
        let folder = try TestFolder()
        let harness = try PartitionHarness(folder)
        try harness.create("a", stock: 100)
        let sale = try TestFailure.unwrap(harness.purchase("a", buyer: "ann", quantity: 3).change)
        harness.close()
        let key = try TestFailure.unwrap(PartitionHarness.key)
        let again = try PartitionHarness(folder)
        let noted = try again.replayed.map { try notes($0.type, $0.payload) }
        #expect(noted == [[], [.placed(key.fingerprint(of: Array("ann".utf8).span, domain: .buyer))]])
        #expect(sale.position == again.replayed[1].position)
        for type in 0...255 as ClosedRange<UInt8> {
            #expect(try notes(type, [1, 2, 3]).isEmpty)
        }
    }
}

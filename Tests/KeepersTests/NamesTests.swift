import Domain
import Journal
import Testing

@testable import Keepers

@Suite("Order ids")
struct OrderIDTests {
    private let key: FingerprintKey

    init() throws {
        key = try TestFailure.unwrap(FingerprintKey([UInt8](repeating: 7, count: 16).span))
    }

    private func text(_ id: OrderID, _ key: FingerprintKey) -> [UInt8] {
        let text = id.text(key: key)
        return text.indices.map { text[$0] }
    }

    private func read(_ text: [UInt8]) -> OrderID? { OrderID(text.span, key: key) }

    @Test("an id reads back as the journal and position that it was made of")
    func roundTrip() {
        var random = SeededGenerator(seed: 5)
        var ids = [
            OrderID(journal: 0, position: .start), OrderID(journal: .max, position: JournalPosition(rawValue: .max)),
        ]
        for _ in 0..<5_000 {
            ids.append(
                OrderID(
                    journal: UInt16(truncatingIfNeeded: random.next()),
                    position: JournalPosition(rawValue: random.next() >> UInt64(random.below(64)))
                )
            )
        }
        for id in ids {
            let text = text(id, key)
            #expect(text.count == OrderID.textBytes)
            #expect(text.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x76).contains($0) })
            #expect(read(text) == id)
        }
    }

    @Test("ids of one journal sort as their positions")
    func order() {
        let texts = [0, 8, 1 << 20, 1 << 40, UInt64.max]
            .map { position in
                String(
                    decoding: text(OrderID(journal: 1, position: JournalPosition(rawValue: position)), key),
                    as: UTF8.self
                )
            }
        #expect(texts == texts.sorted())
    }

    @Test("an id with any character changed, or of another folder, is none")
    func forged() throws {
        let text = text(OrderID(journal: 2, position: JournalPosition(rawValue: 123_456)), key)
        for place in text.indices {
            for character in UInt8.min...UInt8.max where character != text[place] {
                var forged = text
                forged[place] = character
                #expect(read(forged) == nil, "\(place) \(character)")
            }
        }
        #expect(read(Array(text.dropLast())) == nil)
        #expect(read(text + [0x30]) == nil)
        #expect(read([]) == nil)
        let other = try TestFailure.unwrap(FingerprintKey([UInt8](repeating: 8, count: 16).span))
        let foreign = OrderID(text.span, key: other)
        #expect(foreign == nil)
    }
}

@Suite("Slots")
struct SlotsTests {
    @Test(
        "the slot of a name is its CRC32C modulo 16,384, for ever",
        arguments: [("", 0), ("123456789", 0xE306_9283 & 0x3FFF), ("a", 0xC1D0_4330 & 0x3FFF)] as [(String, Int)]
    )
    func vectors(name: String, slot: Int) {
        let found = Slots.slot(of: Array(name.utf8).span)
        #expect(found == slot)
    }

    @Test(
        "slots are dealt out to partitions in order, without a gap, evenly",
        arguments: [1, 2, 3, 7, 64, 1_024, 16_384]
    )
    func ranges(partitions: Int) {
        let slots = Slots(partitions: partitions)
        var counts = [Int](repeating: 0, count: partitions)
        for number in 0..<20_000 {
            let name = Array("sku-\(number)".utf8)
            let partition = slots.partition(of: name.span)
            let slot = Slots.slot(of: name.span)
            #expect(partition == slot * partitions / Slots.count)
            counts[partition] += 1
        }
        #expect(counts.allSatisfy { $0 < 3 * 20_000 / partitions + 40 })
        if partitions <= 64 { #expect(counts.allSatisfy { $0 > 20_000 / partitions / 2 }) }
    }
}

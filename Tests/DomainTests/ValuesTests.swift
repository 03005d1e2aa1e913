import Domain
import Testing

@Suite("Quantities, currencies and money")
struct ValuesTests {
    @Test(
        "a quantity is 1 to 1,000,000 units",
        arguments: [
            (Int64.min, false), (-1, false), (0, false), (1, true), (1_000_000, true), (1_000_001, false),
            (Int64(UInt32.max) + 2, false), (Int64.max, false),
        ]
    )
    func quantityRange(units: Int64, isAccepted: Bool) {
        #expect(Quantity(units)?.units == (isAccepted ? units : nil))
    }

    @Test(
        "a unit count is 0 to 2^53-1",
        arguments: [
            (Int64(-1), false), (0, true), (9_007_199_254_740_991, true), (9_007_199_254_740_992, false),
            (Int64.max, false),
        ]
    )
    func unitCountRange(units: Int64, isAccepted: Bool) {
        #expect(UnitCount(units)?.units == (isAccepted ? units : nil))
    }

    @Test("a currency is three ASCII capitals, the same from text and from bytes")
    func currencyForms() throws {
        let currency = try #require(Currency("EUR"))
        #expect(currency.description == "EUR")
        #expect(currency.bytes == (UInt8(ascii: "E"), UInt8(ascii: "U"), UInt8(ascii: "R")))
        #expect(Sample.currency(Array("EUR".utf8)) == currency)
        #expect(Currency("EUS") != currency)
    }

    @Test("nothing else is a currency", arguments: ["", "EU", "EURO", "eur", "E R", "EU1", "E\u{00D6}", "@@@", "[[["])
    func currencyRefusals(text: String) {
        #expect(Currency(text) == nil)
        #expect(Sample.currency(Array(text.utf8)) == nil)
    }

    @Test(
        "a total is exact up to 2^53-1 and nothing beyond",
        arguments: [
            (Int64(0), Int64(1_000_000), Int64(0) as Int64?), (12_900, 3, 38_700),
            (9_007_199_254_740_991, 1, 9_007_199_254_740_991), (9_007_199_254_740_991, 2, nil),
            (4_503_599_627_370_496, 2, nil), (9_007_199_254, 1_000_000, 9_007_199_254_000_000),
            (9_007_199_255, 1_000_000, nil), (Int64.max, 1, nil), (Int64.max, 1_000_000, nil), (Int64.min, 1, nil),
        ]
    )
    func totals(amount: Int64, units: Int64, total: Int64?) throws {
        let price = try Sample.price(amount)
        #expect(price.times(try Sample.quantity(units))?.amount == total)
    }

    @Test("commands stay within a cache line, events in not much more, and an empty table within a pointer")
    func sizes() {
        // A box for the events of holds and transactions would be an allocation each.
        #expect(MemoryLayout<SKUEvent>.size <= 80)
        #expect(MemoryLayout<SKUCommand>.size <= 64)
        #expect(MemoryLayout<Refusal>.size <= 32)
        #expect(MemoryLayout<FingerprintTable>.size == 8)
        #expect(FingerprintTable().memoryBytes == 0)
    }
}

import Domain
import Testing

@Suite("Events that cannot be")
struct ContradictionTests {
    private func purchase(units: Int64, remaining: Int64, sequence: UInt64) throws -> SKUEvent {
        .purchased(
            Purchase(
                buyer: Sample.buyer(1),
                quantity: try Sample.quantity(units),
                unitPrice: try Sample.price(),
                remaining: remaining,
                sequence: sequence,
                at: Sample.at(0)
            )
        )
    }

    private func adjustment(delta: Int64, remaining: Int64, sequence: UInt64) throws -> SKUEvent {
        .stockAdjusted(
            StockAdjustment(
                delta: delta,
                remaining: remaining,
                note: try Sample.note(),
                sequence: sequence,
                at: Sample.at(0)
            )
        )
    }

    private func expect(_ contradiction: Contradiction, from event: SKUEvent, on state: inout SKUState) {
        let before = state.everything()
        var found: Contradiction?
        do {
            try state.apply(event)
        } catch {
            found = error
        }
        let after = state.everything()
        #expect(found == contradiction)
        #expect(after == before, "a contradiction changed the state")
    }

    @Test("an event out of its order is told from the one expected, and changes nothing")
    func sequenceGaps() throws {
        var state = try Sample.sku(Sample.details(), stock: 5)
        for wrong in [UInt64(0), 1, 3, .max] {
            let at = Sample.at(0)
            let details = try Sample.details(amount: 1)
            let events: [SKUEvent] = [
                try purchase(units: 1, remaining: 4, sequence: wrong),
                try adjustment(delta: 1, remaining: 6, sequence: wrong),
                .created(Creation(details: details, stock: try Sample.stock(5), sequence: wrong, at: at)),
                .replaced(DetailsChange(details: details, sequence: wrong, at: at)),
                .amended(DetailsChange(details: details, sequence: wrong, at: at)),
                .removed(Removal(sequence: wrong, at: at)),
            ]
            for event in events { expect(.sequence(expected: 2, found: wrong), from: event, on: &state) }
        }
    }

    @Test("more sold than available is a contradiction, not a negative stock")
    func oversold() throws {
        var state = try Sample.sku(Sample.details(), stock: 5)
        let event = try purchase(units: 6, remaining: -1, sequence: 2)
        expect(.levels(.availableNegative(-1)), from: event, on: &state)
    }

    @Test("an event that remembers another stock is a contradiction")
    func remaining() throws {
        var state = try Sample.sku(Sample.details(), stock: 5)
        let sale = try purchase(units: 1, remaining: 3, sequence: 2)
        expect(.remaining(expected: 4, found: 3), from: sale, on: &state)
        let supply = try adjustment(delta: 1, remaining: 7, sequence: 2)
        expect(.remaining(expected: 6, found: 7), from: supply, on: &state)
    }

    @Test(
        "a delta beyond all numbers is a contradiction, not a trap",
        arguments: [Int64.max, .min, .max - 5, .min + 5, UnitCount.unitsMax, -6]
    )
    func extremeDeltas(delta: Int64) throws {
        var state = try Sample.sku(Sample.details(), stock: 5)
        let event = try adjustment(delta: delta, remaining: 5 &+ delta, sequence: 2)
        let before = state.everything()
        #expect(throws: Contradiction.self) { try state.apply(event) }
        let after = state.everything()
        #expect(after == before)
    }

    @Test("what is not in the catalogue has no changes, and what is has no second creation")
    func catalogue() throws {
        var absent = SKUState()
        let at = Sample.at(0)
        let details = try Sample.details()
        expect(.notInCatalogue, from: try purchase(units: 1, remaining: 0, sequence: 1), on: &absent)
        expect(.notInCatalogue, from: try adjustment(delta: 1, remaining: 1, sequence: 1), on: &absent)
        expect(.notInCatalogue, from: .replaced(DetailsChange(details: details, sequence: 1, at: at)), on: &absent)
        expect(.notInCatalogue, from: .amended(DetailsChange(details: details, sequence: 1, at: at)), on: &absent)
        expect(.notInCatalogue, from: .removed(Removal(sequence: 1, at: at)), on: &absent)
        var present = try Sample.sku(details, stock: 5)
        let creation = Creation(details: details, stock: try Sample.stock(5), sequence: 2, at: at)
        expect(.alreadyInCatalogue, from: .created(creation), on: &present)
    }

    @Test(
        "levels that cannot be are told by their rule",
        arguments: [
            (StockLevels(available: 3, held: 1, sold: 2, supplied: 6), StockLevels.Violation?.none),
            (StockLevels(available: -1, held: 1, sold: 2, supplied: 2), .availableNegative(-1)),
            (StockLevels(available: 3, held: -1, sold: 2, supplied: 4), .heldNegative(-1)),
            (StockLevels(available: 3, held: 1, sold: -2, supplied: 2), .soldNegative(-2)),
            (
                StockLevels(available: 1 << 53, held: 0, sold: 0, supplied: 1 << 53),
                .suppliedOutOfRange(1 << 53)
            ),
            (
                StockLevels(available: 3, held: 1, sold: 2, supplied: 7),
                .unbalanced(StockLevels(available: 3, held: 1, sold: 2, supplied: 7))
            ),
            (
                StockLevels(available: .max, held: .max, sold: 7, supplied: 5),
                .unbalanced(StockLevels(available: .max, held: .max, sold: 7, supplied: 5))
            ),
        ]
    )
    func violations(levels: StockLevels, violation: StockLevels.Violation?) {
        #expect(levels.violation == violation)
    }

    @Test("a snapshot that no events can lead to is refused")
    func snapshots() throws {
        let details = try Sample.details()
        let sold = StockLevels(available: 3, held: 0, sold: 2, supplied: 5)
        func restore(_ details: SKUDetails?, _ levels: StockLevels, bought: UInt64) -> Contradiction? {
            var buyers = FingerprintTable()
            if bought > 0 { buyers.add(bought, to: Sample.buyer(1)) }
            do {
                _ = try SKUState(
                    details: details,
                    levels: levels,
                    sequence: 9,
                    buyers: buyers,
                    holds: HoldTable(),
                    cancelled: FingerprintTable(),
                    reservations: OpenReservations(),
                    begun: 1
                )
                return nil
            } catch {
                return error
            }
        }
        #expect(restore(details, sold, bought: 2) == nil)
        #expect(restore(details, sold, bought: 1) == .buyersDisagree(sold: 2, bought: 1))
        #expect(restore(nil, sold, bought: 2) == .notInCatalogue)
        let unbalanced = StockLevels(available: 3, held: 0, sold: 2, supplied: 6)
        #expect(restore(details, unbalanced, bought: 2) == .levels(.unbalanced(unbalanced)))
        let held = StockLevels(available: 2, held: 1, sold: 2, supplied: 5)
        #expect(restore(details, held, bought: 2) == .holdsDisagree(held: 1, open: 0))
    }
}

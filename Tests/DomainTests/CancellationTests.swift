import Domain
import Testing

@Suite("Cancellations")
struct CancellationTests {
    private func buy(_ units: Int64, _ state: inout SKUState) throws -> CancellableOrder {
        let command = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(units))
        guard case .purchased(let purchase) = try state.run(command, at: Sample.at(1)).get() else {
            throw NoPurchase()
        }
        return CancellableOrder(purchase)
    }

    private struct NoPurchase: Error {}

    private func decide(
        _ order: CancellableOrder,
        _ units: Int64?,
        _ state: borrowing SKUState
    ) throws -> Result<Cancellation, Refusal> {
        state.decideCancellation(
            of: order,
            quantity: try units.map { try Sample.quantity($0) },
            reason: try CancelReason("does not fit"),
            at: Sample.at(2)
        )
    }

    @Test("a part and then the rest of an order go back, once, and the buyer may buy as many again")
    func parts() throws {
        var state = try Sample.sku(Sample.details(limit: 5), stock: 9)
        let order = try buy(5, &state)
        let part = try decide(order, 2, state).get()
        #expect((part.returned, part.left, part.remaining) == (2, 3, 6))
        try state.apply(.cancelled(part))
        let tooMany = try decide(order, 4, state)
        #expect(tooMany == .failure(.aboveOrder(left: 3)))
        let rest = try decide(order, nil, state).get()
        #expect((rest.quantity.units, rest.left) == (3, 0))
        try state.apply(.cancelled(rest))
        let again = try decide(order, nil, state)
        #expect(again == .failure(.orderCancelled))
        let levels = state.levels
        #expect(levels == StockLevels(available: 9, held: 0, sold: 0, supplied: 9))
        _ = try buy(5, &state)
        let violated = state.violatedInvariant()
        #expect(violated == nil)
    }

    @Test("an order of an earlier life of the SKU is cancelled, and brings nothing back")
    func earlierLife() throws {
        var state = try Sample.sku(Sample.details(), stock: 9)
        let order = try buy(5, &state)
        _ = try state.run(.remove(ifSequence: nil), at: Sample.at(3)).get()
        let absent = try decide(order, 1, state).get()
        #expect((absent.returned, absent.left, absent.remaining) == (0, 4, 0))
        try state.apply(.cancelled(absent))
        _ = try state.run(.create(Sample.details(), stock: Sample.stock(2)), at: Sample.at(4)).get()
        let later = try decide(order, nil, state).get()
        #expect((later.returned, later.left, later.remaining) == (0, 0, 2))
        try state.apply(.cancelled(later))
        let levels = state.levels
        #expect(levels == StockLevels(available: 2, held: 0, sold: 0, supplied: 2))
    }

    @Test("a cancellation that cannot be changes nothing", arguments: 0..<4)
    func contradictions(number: Int) throws {
        var state = try Sample.sku(Sample.details(), stock: 9)
        let order = try buy(2, &state)
        let event = Cancellation(
            order: number == 0 ? 99 : order.sequence,
            buyer: number == 1 ? Sample.buyer(7) : order.buyer,
            quantity: try Sample.quantity(number == 2 ? 3 : 1),
            returned: number == 2 ? 3 : 1,
            left: 1,
            remaining: number == 3 ? 9 : number == 2 ? 10 : 8,
            reason: try CancelReason(""),
            sequence: state.sequence + 1,
            at: Sample.at(2)
        )
        let before = state.everything()
        #expect(throws: Contradiction.self) { try state.apply(.cancelled(event)) }
        let after = state.everything()
        #expect(after == before)
    }
}

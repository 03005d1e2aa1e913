import Domain
import Testing

@Suite("Deciding a purchase")
struct PurchaseTests {
    @Test(
        "a sale begins with opens_at and ends before closes_at",
        arguments: [
            (Int64(99), SaleStatus.scheduled), (100, .onSale), (101, .onSale), (199, .onSale), (200, .closed),
            (201, .closed), (Int64.min, .scheduled), (Int64.max, .closed),
        ]
    )
    func windowEdges(now: Int64, status: SaleStatus) throws {
        let state = try Sample.sku(Sample.details(opensAt: 100, closesAt: 200), stock: 5)
        let found = state.status(at: Sample.at(now))
        #expect(found == status)
        let command = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(1))
        let refusal = state.refusal(of: command, at: Sample.at(now))
        let expected: [SaleStatus: Refusal] = [
            .scheduled: .saleNotStarted(opensAt: Sample.at(100)), .closed: .saleEnded,
        ]
        #expect(refusal == expected[status])
    }

    /// Each row makes one reason more go away; the first that is left is told.
    @Test(
        "of several reasons to refuse, the first in the documented order is told",
        arguments: [
            (true, Int64(50), Int64(0), Int64(9), Refusal.salePaused as Refusal?, SaleStatus.paused),
            (false, 50, 0, 9, .saleNotStarted(opensAt: Sample.at(100)), .scheduled),
            (false, 250, 0, 9, .saleEnded, .closed),
            (false, 150, 0, 9, .soldOut, .soldOut),
            (false, 150, 2, 9, Quantity(3).map { .buyerLimitReached(limit: $0, already: 0) }, .onSale),
            (false, 150, 2, 3, .insufficientStock(available: 2), .onSale),
        ]
    )
    func precedence(
        paused: Bool,
        now: Int64,
        stock: Int64,
        units: Int64,
        refusal: Refusal?,
        status: SaleStatus
    ) throws {
        let details = try Sample.details(limit: 3, opensAt: 100, closesAt: 200, paused: paused)
        let state = try Sample.sku(details, stock: stock)
        let command = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(units))
        let found = state.refusal(of: command, at: Sample.at(now))
        #expect(found == refusal)
        let foundStatus = state.status(at: Sample.at(now))
        #expect(foundStatus == status)
    }

    @Test("a purchase tells price, sequence and what remains")
    func purchaseEvent() throws {
        var state = try Sample.sku(Sample.details(), stock: 5)
        let buyer = Sample.buyer(7)
        let outcome = try state.run(.purchase(buyer: buyer, quantity: Sample.quantity(2)), at: Sample.at(42))
        let expected = Purchase(
            buyer: buyer,
            quantity: try Sample.quantity(2),
            unitPrice: try Sample.price(),
            remaining: 3,
            sequence: 2,
            at: Sample.at(42)
        )
        #expect(outcome == .success(.purchased(expected)))
        #expect(expected.total?.amount == 25_800)
        let levels = state.levels
        #expect(levels == StockLevels(available: 3, held: 0, sold: 2, supplied: 5))
    }

    @Test("the last unit can be bought, and only once")
    func lastUnit() throws {
        var state = try Sample.sku(Sample.details(), stock: 1)
        let command = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(1))
        _ = try state.run(command, at: Sample.at(0)).get()
        let second = try state.run(command, at: Sample.at(0))
        #expect(second == .failure(.soldOut))
    }

    @Test("a limit that is set later counts what was bought before")
    func lateLimit() throws {
        var state = try Sample.sku(Sample.details(), stock: 10)
        let buyer = Sample.buyer(1)
        _ = try state.run(.purchase(buyer: buyer, quantity: Sample.quantity(3)), at: Sample.at(0)).get()
        var patch = SKUDetailsPatch()
        patch.limitPerBuyer = .set(try Sample.quantity(4))
        _ = try state.run(.amend(patch, ifSequence: nil), at: Sample.at(0)).get()
        let limit = try Sample.quantity(4)
        let two = try state.run(.purchase(buyer: buyer, quantity: Sample.quantity(2)), at: Sample.at(0))
        #expect(two == .failure(.buyerLimitReached(limit: limit, already: 3)))
        _ = try state.run(.purchase(buyer: buyer, quantity: Sample.quantity(1)), at: Sample.at(0)).get()
        _ = try state.run(.purchase(buyer: Sample.buyer(2), quantity: Sample.quantity(4)), at: Sample.at(0)).get()
    }

    @Test("a total that JSON cannot carry exactly is refused, not sold")
    func totalOverflow() throws {
        let state = try Sample.sku(Sample.details(amount: Money.amountMax), stock: 10)
        let two = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(2))
        let refusal = state.refusal(of: two, at: Sample.at(0))
        #expect(refusal == .limitsOverflow(.total))
        let one = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(1))
        let accepted = state.refusal(of: one, at: Sample.at(0))
        #expect(accepted == nil)
    }

    @Test("what is not in the catalogue is not sold, and has no status")
    func unknown() throws {
        let state = SKUState()
        let command = SKUCommand.purchase(buyer: Sample.buyer(1), quantity: try Sample.quantity(1))
        let refusal = state.refusal(of: command, at: Sample.at(0))
        #expect(refusal == .unknownSKU)
        let status = state.status(at: Sample.at(0))
        #expect(status == nil)
    }
}

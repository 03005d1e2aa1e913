import Domain
import Testing

@Suite("Catalogue and stock of a SKU")
struct CatalogueTests {
    private let now = Sample.at(1_000)

    private func sold(_ sold: Int64, of stock: Int64) throws -> SKUState {
        var state = try Sample.sku(Sample.details(), stock: stock)
        if sold > 0 {
            _ = try state.run(.purchase(buyer: Sample.buyer(1), quantity: Sample.quantity(sold)), at: now).get()
        }
        return state
    }

    @Test("put creates with its stock, then replaces details and leaves the stock alone")
    func put() throws {
        var state = SKUState()
        let first = try state.run(.put(Sample.details(), stock: Sample.stock(5), ifSequence: nil), at: now).get()
        let creation = Creation(details: try Sample.details(), stock: try Sample.stock(5), sequence: 1, at: now)
        #expect(first == .created(creation))
        let next = try Sample.details(amount: 1)
        let second = try state.run(.put(next, stock: Sample.stock(99), ifSequence: 1), at: now).get()
        #expect(second == .replaced(DetailsChange(details: next, sequence: 2, at: now)))
        let everything = state.everything()
        #expect(everything.levels == StockLevels(available: 5, held: 0, sold: 0, supplied: 5))
        #expect(everything.details == next)
    }

    @Test("put leaves a paused sale paused")
    func putKeepsPause() throws {
        var state = try Sample.sku(Sample.details(paused: true), stock: 5)
        _ = try state.run(.put(Sample.details(amount: 1), stock: Sample.stock(0), ifSequence: nil), at: now).get()
        let details = state.details
        #expect(try details == Sample.details(amount: 1, paused: true))
    }

    @Test("create refuses what is there; put with If-Match refuses what is not")
    func existence() throws {
        let state = try sold(0, of: 5)
        let again = state.refusal(of: .create(try Sample.details(), stock: try Sample.stock(1)), at: now)
        #expect(again == .alreadyExists)
        let absent = SKUState()
        let put = SKUCommand.put(try Sample.details(), stock: try Sample.stock(1), ifSequence: 0)
        let refusal = absent.refusal(of: put, at: now)
        #expect(refusal == .preconditionFailed(sequence: 0, available: 0))
    }

    @Test("every change but a purchase is refused where If-Match does not hold")
    func ifMatch() throws {
        let state = try sold(2, of: 5)
        let note = try Sample.note()
        for stale in [UInt64(0), 1, 3] {
            let commands: [SKUCommand] = [
                .put(try Sample.details(), stock: try Sample.stock(1), ifSequence: stale),
                .amend(SKUDetailsPatch(), ifSequence: stale), .adjust(delta: 1, note: note, ifSequence: stale),
                .set(available: try Sample.stock(1), ifAvailable: nil, note: note, ifSequence: stale),
                .remove(ifSequence: stale),
            ]
            for command in commands {
                let refusal = state.refusal(of: command, at: now)
                #expect(refusal == .preconditionFailed(sequence: 2, available: 3))
            }
        }
        let accepted = state.refusal(of: .remove(ifSequence: 2), at: now)
        #expect(accepted == nil)
    }

    @Test("a SKU that is not in the catalogue is unknown to every change")
    func unknown() throws {
        let state = SKUState()
        let note = try Sample.note()
        let commands: [SKUCommand] = [
            .amend(SKUDetailsPatch(), ifSequence: nil), .adjust(delta: 1, note: note, ifSequence: nil),
            .set(available: try Sample.stock(1), ifAvailable: nil, note: note, ifSequence: nil),
            .remove(ifSequence: 7),
        ]
        for command in commands {
            let refusal = state.refusal(of: command, at: now)
            #expect(refusal == .unknownSKU)
        }
    }

    @Test(
        "a delta takes only what is available and stops at 2^53-1",
        arguments: [
            (Int64(50), Int64(53) as Int64?, Refusal?.none), (-3, 0, nil), (0, 3, nil),
            (-4, nil, .stockBelowCommitted(available: 3, held: 0, sold: 2)),
            (Int64.min, nil, .stockBelowCommitted(available: 3, held: 0, sold: 2)),
            (UnitCount.unitsMax - 5, UnitCount.unitsMax - 2, nil),
            (UnitCount.unitsMax - 4, nil, .limitsOverflow(.supplied)), (Int64.max, nil, .limitsOverflow(.supplied)),
        ]
    )
    func delta(delta: Int64, available: Int64?, refusal: Refusal?) throws {
        var state = try sold(2, of: 5)
        let outcome = try state.run(.adjust(delta: delta, note: Sample.note(), ifSequence: nil), at: now)
        let levels = state.levels
        guard let available else {
            #expect(outcome == refusal.map { .failure($0) })
            #expect(levels == StockLevels(available: 3, held: 0, sold: 2, supplied: 5))
            return
        }
        let adjustment = StockAdjustment(
            delta: delta,
            remaining: available,
            note: try Sample.note(),
            sequence: 3,
            at: now
        )
        #expect(outcome == .success(.stockAdjusted(adjustment)))
        #expect(levels == StockLevels(available: available, held: 0, sold: 2, supplied: available + 2))
    }

    @Test(
        "set makes exactly so many available, if so many as expected were",
        arguments: [
            (Int64(500), Int64?.none, Refusal?.none), (0, nil, nil), (3, 3, nil), (7, 3, nil),
            (7, 4, .preconditionFailed(sequence: 2, available: 3)),
            (7, 5, .preconditionFailed(sequence: 2, available: 3)), (UnitCount.unitsMax - 2, nil, nil),
            (UnitCount.unitsMax - 1, nil, .limitsOverflow(.supplied)),
        ]
    )
    func set(target: Int64, ifAvailable: Int64?, refusal: Refusal?) throws {
        var state = try sold(2, of: 5)
        let command = SKUCommand.set(
            available: try Sample.stock(target),
            ifAvailable: ifAvailable.flatMap { UnitCount($0) },
            note: try Sample.note(),
            ifSequence: nil
        )
        let outcome = try state.run(command, at: now)
        let levels = state.levels
        if let refusal {
            #expect(outcome == .failure(refusal))
            #expect(levels.available == 3)
        } else {
            #expect(levels == StockLevels(available: target, held: 0, sold: 2, supplied: target + 2))
        }
    }

    @Test("a removed SKU begins anew but for its sequence")
    func removal() throws {
        var state = try sold(2, of: 5)
        let removed = try state.run(.remove(ifSequence: nil), at: now).get()
        #expect(removed == .removed(Removal(sequence: 3, at: now)))
        let gone = state.everything()
        #expect(gone == Everything(details: nil, levels: .zero, sequence: 3, bought: [:], holds: [], cancelled: [:]))
        let created = try state.run(.put(Sample.details(limit: 2), stock: Sample.stock(2), ifSequence: nil), at: now)
        #expect(try created.get().sequence == 4)
        _ = try state.run(.purchase(buyer: Sample.buyer(1), quantity: Sample.quantity(2)), at: now).get()
    }
}

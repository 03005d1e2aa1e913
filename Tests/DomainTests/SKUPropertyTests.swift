import Domain
import Testing

@Suite("Random lives of a SKU")
struct SKUPropertyTests {
    private static let steps = 6_000

    /// A failure names its seed, which is the argument to run again.
    @Test("a SKU does what the model does, whatever is asked of it", arguments: UInt64(1)...8)
    func againstModel(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var state = SKUState()
        var model = SKUModel()
        var events: [SKUEvent] = []
        var now: Int64 = 0
        var refusals = 0
        for step in 0..<Self.steps {
            now += Int64(random.below(5)) - 1
            let wish = Self.wish(&random, model, now: now)
            let before = state.everything()
            let outcome = try Self.run(wish, on: &state, model, at: now)
            let verdict = model.run(wish, at: now)
            let after = state.everything()
            let place: Comment = "seed \(seed), step \(step), \(wish)"
            switch outcome {
            case .success(nil):
                #expect(verdict == .accepted && after == before, place)
            case .success(let event?):
                if case .hold(let buyer, let units, let until) = wish, case .held(let placed) = event {
                    let isForgotten = model.name(placed.name, buyer: buyer, units: units, until: until, at: now)
                    try #require(isForgotten, place)
                }
                #expect(verdict == .accepted, place)
                #expect(event.sequence == UInt64(events.count + 1), place)
                #expect(event.at == Sample.at(now), place)
                events.append(event)
            case .failure(let refusal):
                refusals += 1
                #expect(verdict == .refused(refusal), place)
                #expect(after == before, place)
            }
            try #require(try after == Self.everything(of: model), place)
            let violated = state.violatedInvariant()
            try #require(violated == nil, place)
        }
        #expect(events.count > Self.steps / 4, "too few accepted to mean anything")
        #expect(refusals > Self.steps / 8, "too few refused to mean anything")
        try Self.expectReplay(of: events, toGive: state.everything())
    }

    @Test("of many buyers who want more than there is, none gets what is not there", arguments: UInt64(1)...4)
    func neverOversell(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let stock: Int64 = 20_000
        let limit: Int64 = 7
        var state = try Sample.sku(Sample.details(limit: limit), stock: stock)
        var sold: Int64 = 0
        var bought = [Int64](repeating: 0, count: 5_000)
        for _ in 0..<40_000 {
            let buyer = random.below(bought.count)
            let quantity = try Sample.quantity(Int64(1 + random.below(3)))
            let outcome = state.decidePurchase(buyer: Sample.buyer(buyer), quantity: quantity, at: Sample.at(1))
            guard case .success(let purchase) = outcome else { continue }
            try state.apply(purchase)
            sold += quantity.units
            bought[buyer] += quantity.units
            try #require(sold <= stock && bought[buyer] <= limit, "seed \(seed)")
            try #require(purchase.remaining == stock - sold, "seed \(seed)")
        }
        let levels = state.levels
        #expect(levels == StockLevels(available: stock - sold, held: 0, sold: sold, supplied: stock))
        #expect(sold == stock)
        let violated = state.violatedInvariant()
        #expect(violated == nil)
    }

    private static func expectReplay(of events: [SKUEvent], toGive expected: Everything) throws {
        var replayed = SKUState()
        for event in events { try replayed.apply(event) }
        let everything = replayed.everything()
        #expect(everything == expected)
    }

    private static func everything(of model: SKUModel) throws -> Everything {
        let bought = model.bought.map { (Sample.buyer($0.key), UInt64($0.value)) }
        return Everything(
            details: try model.sheet.map(details),
            levels: StockLevels(
                available: model.available,
                held: model.held,
                sold: model.sold,
                supplied: model.supplied
            ),
            sequence: model.sequence,
            bought: Dictionary(uniqueKeysWithValues: bought).filter { $0.value > 0 },
            holds: model.holds
                .map { hold in
                    Everything.Held(
                        name: hold.name,
                        buyer: Sample.buyer(hold.buyer),
                        units: hold.units,
                        amount: hold.amount,
                        deadline: Sample.at(hold.deadline),
                        state: hold.state,
                        extensions: hold.extensions,
                        wasFrozen: hold.wasFrozen
                    )
                }
                .sorted { $0.name.place < $1.name.place },
            cancelled: model.orders.reduce(into: [:]) { $0[$1.sequence] = $1.cancelled > 0 ? $1.cancelled : nil }
        )
    }

    /// Decides and applies what the model is asked, too.
    private static func run(
        _ wish: SKUModel.Wish,
        on state: inout SKUState,
        _ model: SKUModel,
        at now: Int64
    ) throws -> Result<SKUEvent?, Refusal> {
        let decided: Result<SKUEvent?, Refusal>
        let now = Sample.at(now)
        let limits = SKUModel.limits
        switch wish {
        case .hold(let buyer, let units, let until):
            decided =
                state.decideHold(
                    buyer: Sample.buyer(buyer),
                    quantity: try Sample.quantity(units),
                    expiresAt: Sample.at(until),
                    limits: limits,
                    at: now
                )
                .map { .held($0) }
        case .confirm(let hold, let units):
            let quantity = try units.map { try Sample.quantity($0) }
            decided = state.decideConfirmation(of: name(hold, model), quantity: quantity, at: now)
                .map { .confirmed($0) }
        case .end(let hold, let isExpiry):
            decided = state.decideEnding(of: name(hold, model), isExpiry: isExpiry, at: now)
                .map { $0.map { .holdEnded($0) } }
        case .extend(let hold, let until):
            decided = state.decideExtension(of: name(hold, model), to: Sample.at(until), limits: limits, at: now)
                .map { .holdProlonged($0) }
        case .freeze(let hold, let milliseconds):
            decided = state.decideFreeze(of: name(hold, model), milliseconds: milliseconds, at: now)
                .map { .holdProlonged($0) }
        case .cancel(let order, let units):
            decided =
                state.decideCancellation(
                    of: try Sample.order(model.orders[order]),
                    quantity: try units.map { try Sample.quantity($0) },
                    reason: try CancelReason("changed my mind"),
                    at: now
                )
                .map { .cancelled($0) }
        default: return try state.run(command(wish), at: now).map { $0 }
        }
        if case .success(let event?) = decided { try state.apply(event) }
        return decided
    }

    /// A hold that nobody has ever placed has a name, too.
    private static func name(_ hold: Int, _ model: SKUModel) -> HoldName {
        hold < model.holds.count ? model.holds[hold].name : HoldName(number: 1, place: UInt32(hold))
    }

    private static func details(_ sheet: SKUModel.Sheet) throws -> SKUDetails {
        try Sample.details(
            amount: sheet.amount,
            limit: sheet.limit,
            opensAt: sheet.opensAt,
            closesAt: sheet.closesAt,
            paused: sheet.isPaused
        )
    }

    private static func command(_ wish: SKUModel.Wish) throws -> SKUCommand {
        switch wish {
        case .purchase(let buyer, let units):
            return .purchase(buyer: Sample.buyer(buyer), quantity: try Sample.quantity(units))
        case .create(let sheet, let stock): return .create(try details(sheet), stock: try Sample.stock(stock))
        case .put(let sheet, let stock, let ifSequence):
            return .put(try details(sheet), stock: try Sample.stock(stock), ifSequence: ifSequence)
        case .limit(let limit, let ifSequence):
            var patch = SKUDetailsPatch()
            patch.limitPerBuyer = try limit.map { .set(try Sample.quantity($0)) } ?? .removed
            return .amend(patch, ifSequence: ifSequence)
        case .pause(let isPaused):
            var patch = SKUDetailsPatch()
            patch.paused = .set(isPaused)
            return .amend(patch, ifSequence: nil)
        case .adjust(let delta, let ifSequence):
            return .adjust(delta: delta, note: try Sample.note(), ifSequence: ifSequence)
        case .set(let target, let ifAvailable):
            return .set(
                available: try Sample.stock(target),
                ifAvailable: try ifAvailable.map { try Sample.stock($0) },
                note: try Sample.note(),
                ifSequence: nil
            )
        case .remove(let ifSequence): return .remove(ifSequence: ifSequence)
        case .hold, .confirm, .end, .extend, .freeze, .cancel: throw CommandlessWish()
        }
    }

    private struct CommandlessWish: Error {}

    private static func wish(_ random: inout SeededGenerator, _ model: SKUModel, now: Int64) -> SKUModel.Wish {
        let ifSequence: UInt64? = random.oneIn(4) ? model.sequence &- UInt64(random.below(2)) : nil
        if random.oneIn(2) { return holdWish(&random, model, now: now) }
        switch random.below(100) {
        case 0..<70:
            let units = random.oneIn(200) ? 1_000_000 : Int64(1 + random.below(5))
            return .purchase(buyer: random.below(12), units: units)
        case 70..<74: return .create(sheet(&random, now: now), stock: Int64(random.below(60)))
        case 74..<79: return .put(sheet(&random, now: now), stock: Int64(random.below(60)), ifSequence: ifSequence)
        case 79..<83: return .limit(random.oneIn(2) ? nil : Int64(1 + random.below(9)), ifSequence: ifSequence)
        case 83..<87: return .pause(random.oneIn(3))
        case 87..<95:
            let delta = random.oneIn(20) ? UnitCount.unitsMax - Int64(random.below(40)) : Int64(random.below(60)) - 20
            return .adjust(delta, ifSequence: ifSequence)
        case 95..<99:
            let expected: Int64? = random.oneIn(2) ? model.available + (random.oneIn(4) ? 1 : 0) : nil
            return .set(Int64(random.below(50)), ifAvailable: expected)
        default: return .remove(ifSequence: ifSequence)
        }
    }

    private static func holdWish(_ random: inout SeededGenerator, _ model: SKUModel, now: Int64) -> SKUModel.Wish {
        let until = now + Int64(random.below(60))
        let hold = random.below(model.holds.count + 1)
        let units: Int64? = random.oneIn(3) ? Int64(1 + random.below(5)) : nil
        switch random.below(20) {
        case 0..<8: return .hold(buyer: random.below(12), units: Int64(1 + random.below(5)), until: until)
        case 8..<11: return .confirm(hold: hold, units: units)
        case 11..<14: return .end(hold: hold, isExpiry: true)
        case 14: return .end(hold: hold, isExpiry: false)
        case 15, 16: return .extend(hold: hold, until: until)
        case 17: return .freeze(hold: hold, milliseconds: Int64(1 + random.below(50)))
        default:
            guard !model.orders.isEmpty else { return .hold(buyer: 0, units: 1, until: until) }
            return .cancel(order: random.below(model.orders.count), units: units)
        }
    }

    private static func sheet(_ random: inout SeededGenerator, now: Int64) -> SKUModel.Sheet {
        let opensAt: Int64? = random.oneIn(3) ? now + Int64(random.below(40)) - 30 : nil
        let end = (opensAt ?? now) + 1 + Int64(random.below(200))
        return SKUModel.Sheet(
            amount: random.oneIn(20) ? Money.amountMax / 3 : Int64(random.below(10_000)),
            limit: random.oneIn(2) ? Int64(1 + random.below(9)) : nil,
            opensAt: opensAt,
            closesAt: random.oneIn(3) ? end : nil,
            isPaused: random.oneIn(10)
        )
    }
}

import Domain

/// What a SKU should do, said as plainly as possible and without the code under test: the measure of random runs.
struct SKUModel {
    struct Sheet: Equatable {
        var amount: Int64
        var limit: Int64?
        var opensAt: Int64?
        var closesAt: Int64?
        var isPaused: Bool
    }

    var sheet: Sheet?
    var available: Int64 = 0
    var supplied: Int64 = 0
    var sequence: UInt64 = 0
    var bought: [Int: Int64] = [:]
    /// In the order in which they were placed.
    var holds: [Hold] = []
    /// In the order in which they were made.
    var orders: [Order] = []
    /// The change that brought it into the catalogue.
    var begun: UInt64 = 0

    var sold: Int64 { bought.values.reduce(0, +) }

    enum Verdict: Equatable {
        case accepted
        case refused(Refusal)
    }

    /// The same words as `SKUCommand`, in plain numbers.
    enum Wish {
        case purchase(buyer: Int, units: Int64)
        case create(Sheet, stock: Int64)
        case put(Sheet, stock: Int64, ifSequence: UInt64?)
        case limit(Int64?, ifSequence: UInt64?)
        case pause(Bool)
        case adjust(Int64, ifSequence: UInt64?)
        case set(Int64, ifAvailable: Int64?)
        case remove(ifSequence: UInt64?)
        case hold(buyer: Int, units: Int64, until: Int64)
        case confirm(hold: Int, units: Int64?)
        case end(hold: Int, isExpiry: Bool)
        case extend(hold: Int, until: Int64)
        case freeze(hold: Int, milliseconds: Int64)
        case cancel(order: Int, units: Int64?)
    }

    mutating func run(_ wish: Wish, at now: Int64) -> Verdict {
        let verdict = judge(wish, at: now)
        guard verdict == .accepted, !isNothing(wish, at: now) else { return verdict }
        sequence += 1
        switch wish {
        case .purchase(let buyer, let units):
            available -= units
            sell(buyer, units)
        case .create(let new, let stock): begin(new, stock)
        case .put(let new, let stock, _):
            guard let old = sheet else {
                begin(new, stock)
                break
            }
            sheet = new
            sheet?.isPaused = old.isPaused
        case .limit(let limit, _): sheet?.limit = limit
        case .pause(let isPaused): sheet?.isPaused = isPaused
        case .adjust(let delta, _): supply(delta)
        case .set(let target, _): supply(target - available)
        case .remove: leave()
        case .hold, .confirm, .end, .extend, .freeze, .cancel: runHold(wish, at: now)
        }
        return .accepted
    }

    mutating func sell(_ buyer: Int, _ units: Int64) {
        bought[buyer, default: 0] += units
        orders.append(Order(sequence: sequence, buyer: buyer, units: units))
    }

    private mutating func leave() {
        (sheet, available, supplied, bought) = (nil, 0, 0, [:])
    }

    private mutating func begin(_ new: Sheet, _ stock: Int64) {
        sheet = new
        begun = sequence
        supply(stock)
    }

    private mutating func supply(_ delta: Int64) {
        available += delta
        supplied += delta
    }

    private func judge(_ wish: Wish, at now: Int64) -> Verdict {
        switch wish {
        case .purchase(let buyer, let units): return judgePurchase(buyer, units, at: now)
        case .create: return sheet == nil ? .accepted : .refused(.alreadyExists)
        case .put(_, _, let ifSequence): return match(ifSequence)
        case .limit(_, let ifSequence):
            return sheet == nil ? .refused(.unknownSKU) : match(ifSequence)
        case .remove(let ifSequence):
            if sheet == nil { return .refused(.unknownSKU) }
            let open = holds.count { $0.state == .held }
            return match(ifSequence) == .accepted && open > 0 ? .refused(.holdsOpen(count: open)) : match(ifSequence)
        case .hold, .confirm, .end, .extend, .freeze, .cancel: return judgeHold(wish, at: now)
        case .pause: return sheet == nil ? .refused(.unknownSKU) : .accepted
        case .adjust(let delta, let ifSequence):
            if sheet == nil { return .refused(.unknownSKU) }
            if match(ifSequence) != .accepted { return match(ifSequence) }
            return judgeSupply(delta)
        case .set(let target, let ifAvailable):
            if sheet == nil { return .refused(.unknownSKU) }
            if let ifAvailable, ifAvailable != available { return match(.max) }
            return judgeSupply(target - available)
        }
    }

    private func match(_ ifSequence: UInt64?) -> Verdict {
        guard let ifSequence, sheet == nil || ifSequence != sequence else { return .accepted }
        return .refused(.preconditionFailed(sequence: sequence, available: available))
    }

    private func judgeSupply(_ delta: Int64) -> Verdict {
        if available + delta < 0 {
            return .refused(.stockBelowCommitted(available: available, held: held, sold: sold))
        }
        return supplied + delta > 9_007_199_254_740_991 ? .refused(.limitsOverflow(.supplied)) : .accepted
    }

    func judgePurchase(_ buyer: Int, _ units: Int64, at now: Int64) -> Verdict {
        guard let sheet else { return .refused(.unknownSKU) }
        if sheet.isPaused { return .refused(.salePaused) }
        if let opensAt = sheet.opensAt, now < opensAt {
            return .refused(.saleNotStarted(opensAt: Instant(millisecondsSinceEpoch: opensAt)))
        }
        if let closesAt = sheet.closesAt, now >= closesAt { return .refused(.saleEnded) }
        if available == 0 { return .refused(.soldOut) }
        let already = self.units(of: buyer)
        if let limit = sheet.limit, let quantity = Quantity(limit), already + units > limit {
            return .refused(.buyerLimitReached(limit: quantity, already: already))
        }
        if units > available { return .refused(.insufficientStock(available: available)) }
        let total = Double(sheet.amount) * Double(units)
        return total > 9_007_199_254_740_991 ? .refused(.limitsOverflow(.total)) : .accepted
    }
}

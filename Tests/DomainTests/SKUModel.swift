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
    }

    mutating func run(_ wish: Wish, at now: Int64) -> Verdict {
        let verdict = judge(wish, at: now)
        guard verdict == .accepted else { return verdict }
        sequence += 1
        switch wish {
        case .purchase(let buyer, let units):
            available -= units
            bought[buyer, default: 0] += units
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
        case .remove: self = SKUModel(sequence: sequence)
        }
        return .accepted
    }

    private mutating func begin(_ new: Sheet, _ stock: Int64) {
        sheet = new
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
        case .limit(_, let ifSequence), .remove(let ifSequence):
            return sheet == nil ? .refused(.unknownSKU) : match(ifSequence)
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
            return .refused(.stockBelowCommitted(available: available, held: 0, sold: sold))
        }
        return supplied + delta > 9_007_199_254_740_991 ? .refused(.limitsOverflow(.supplied)) : .accepted
    }

    private func judgePurchase(_ buyer: Int, _ units: Int64, at now: Int64) -> Verdict {
        guard let sheet else { return .refused(.unknownSKU) }
        if sheet.isPaused { return .refused(.salePaused) }
        if let opensAt = sheet.opensAt, now < opensAt {
            return .refused(.saleNotStarted(opensAt: Instant(millisecondsSinceEpoch: opensAt)))
        }
        if let closesAt = sheet.closesAt, now >= closesAt { return .refused(.saleEnded) }
        if available == 0 { return .refused(.soldOut) }
        let already = bought[buyer] ?? 0
        if let limit = sheet.limit, let quantity = Quantity(limit), already + units > limit {
            return .refused(.buyerLimitReached(limit: quantity, already: already))
        }
        if units > available { return .refused(.insufficientStock(available: available)) }
        let total = Double(sheet.amount) * Double(units)
        return total > 9_007_199_254_740_991 ? .refused(.limitsOverflow(.total)) : .accepted
    }
}

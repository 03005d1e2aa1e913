/// What buyers want who set units aside first.
extension Workload {
    /// Holds that are asked about: the newest ones, as a rule.
    private static let recentHolds = 24

    func hold(_ sku: Int) -> Operation {
        if !histories[sku].isListed && chance.percent(60) { return put(sku) }
        let quantity = Int64(chance.percent(60) ? 1 : chance.within(1...6))
        let seconds = Int64(
            chance.percent(70)
                ? chance.within(1...4) : chance.percent(70) ? chance.within(5...60) : chance.within(61...3_600)
        )
        let made = add(
            .hold(quantity: quantity, seconds: seconds),
            sku,
            "POST /v1/skus/s\(sku)/holds",
            key: key(inHundred: 70),
            body:
                "{\"buyer\":\"\(buyer(isNamed: chance.percent(60)))\",\"quantity\":\(quantity),\"ttl_seconds\":\(seconds)}"
        )
        return know(made, scope: 7, of: "s\(sku)")
    }

    /// Something about a hold that a client knows of; nil where there is none.
    func holdCommand() -> Operation? {
        guard !holds.isEmpty else { return nil }
        let recent = chance.percent(85) ? min(holds.count, Self.recentHolds) : holds.count
        let hold = holds[holds.count - 1 - chance.below(recent)]
        switch chance.below(100) {
        case 0..<45: return confirm(hold)
        case 45..<60: return show(hold)
        case 60..<75: return release(hold)
        case 75..<90: return extend(hold)
        default: return freeze(hold)
        }
    }

    private func confirm(_ hold: KnownHold) -> Operation {
        let quantity = chance.percent(30) ? Int64(chance.within(1...Int(hold.quantity) + 1)) : nil
        let made = add(
            .confirm(hold, quantity: quantity),
            hold.sku,
            "POST /v1/holds/\(hold.id)/confirm",
            key: key(inHundred: 75),
            body: quantity.map { "{\"quantity\":\($0)}" as Text } ?? "{}"
        )
        if !made.isKeyed { hold.unkeyed.append(made) }
        return know(made, scope: 8, of: hold.id)
    }

    private func show(_ hold: KnownHold) -> Operation {
        add(.showHold(hold), hold.sku, "GET /v1/holds/\(hold.id)")
    }

    private func release(_ hold: KnownHold) -> Operation {
        let made = add(.release(hold), hold.sku, "DELETE /v1/holds/\(hold.id)")
        hold.unkeyed.append(made)
        return made
    }

    /// Always under a key: which of two extensions that move nothing a record tells of, nothing else says.
    private func extend(_ hold: KnownHold) -> Operation {
        let seconds = Int64(chance.within(1...20))
        let made = add(
            .extend(hold, seconds: seconds),
            hold.sku,
            "POST /v1/holds/\(hold.id)/extend",
            key: operations.count,
            body: "{\"ttl_seconds\":\(seconds)}"
        )
        return know(made, scope: 10, of: hold.id)
    }

    private func freeze(_ hold: KnownHold) -> Operation {
        let seconds = Int64(chance.within(1...20))
        let made = add(
            .freeze(hold, seconds: seconds),
            hold.sku,
            "POST /v1/holds/\(hold.id)/confirm-intent",
            key: operations.count,
            body: "{\"freeze_seconds\":\(seconds)}"
        )
        return know(made, scope: 12, of: hold.id)
    }
}

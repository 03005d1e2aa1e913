/// What operators want, and who looks at the catalogue.
extension Workload {
    func stock(_ sku: Int) -> Operation {
        let note: Text = "\"reason\":\"r\",\"reference\":\"r\(operations.count)\""
        let kind: Operation.Kind
        let body: Text
        if chance.percent(70) {
            let delta = Int64(chance.percent(80) ? chance.within(1...60) : -chance.within(1...20))
            kind = .adjust(delta)
            body = "{\"delta\":\(delta),\(note)}"
        } else {
            let target = Int64(chance.below(80))
            let seen = chance.percent(50) ? histories[sku].now.available : nil
            kind = .set(target, ifAvailable: seen)
            body = "{\"set\":\(target),\(seen.map { "\"if_available\":\($0)," as Text } ?? "")\(note)}"
        }
        let key = key(inHundred: 60)
        return add(kind, sku, "POST /v1/skus/s\(sku)/stock", key: key, body: body, ifMatch: version(sku))
    }

    func put(_ sku: Int) -> Operation {
        var body: Text = "{\"title\":\"t\(operations.count)\",\"stock\":\(chance.below(120)),"
        body += "\"price\":{\"amount\":\(chance.within(1...9)),\"currency\":\"USD\"}"
        if chance.percent(30) { body += ",\"limit_per_buyer\":\(chance.within(1...9))" }
        if chance.percent(5) { body += ",\"description\":\"\(String(repeating: "d", count: chance.below(900)))\"" }
        body += window(inHundred: 15)
        body += "}"
        return add(.put, sku, "PUT /v1/skus/s\(sku)", body: body, ifMatch: version(sku))
    }

    func amend(_ sku: Int) -> Operation {
        var body: Text = "{\"title\":\"t\(operations.count)\""
        switch chance.below(5) {
        case 0: body += ",\"paused\":\(chance.percent(30))"
        case 1: body += ",\"limit_per_buyer\":\(chance.percent(50) ? "null" : "\(chance.within(1...9))" as Text)"
        case 2: body += ",\"price\":{\"amount\":\(chance.within(1...9)),\"currency\":\"USD\"},\"paused\":false"
        case 3: body += window(inHundred: 40)
        default: body += ",\"paused\":false,\"limit_per_buyer\":null,\"opens_at\":null,\"closes_at\":null"
        }
        body += "}"
        return add(.amend, sku, "PATCH /v1/skus/s\(sku)", body: body, ifMatch: version(sku))
    }

    func remove(_ sku: Int) -> Operation {
        add(.remove, sku, "DELETE /v1/skus/s\(sku)", ifMatch: version(sku))
    }

    /// A sale that opens or ends about now, or neither: both members are always said, so that no old one is in the way.
    private func window(inHundred share: Int) -> Text {
        guard chance.percent(share) else { return ",\"opens_at\":null,\"closes_at\":null" }
        let opens = clock.wall + Int64(chance.within(-3_000...2_000))
        let closes = opens + Int64(chance.within(1...9_000))
        let hasEnd = chance.percent(60)
        let opening: Text = chance.percent(60) ? "\"\(TimeText.text(opens))\"" : "null"
        return ",\"opens_at\":\(opening),\"closes_at\":\(hasEnd ? "\"\(TimeText.text(closes))\"" as Text : "null")"
    }

    /// The change that the SKU is to be at, now and then: its last one, or not.
    private func version(_ sku: Int) -> Int? {
        guard chance.percent(20) else { return nil }
        return max(0, histories[sku].last - (chance.percent(70) ? 0 : chance.within(0...3)))
    }

    func changes(_ sku: Int) -> Operation {
        let after = max(0, histories[sku].last - chance.within(-3...30))
        let limit = chance.within(1...20)
        let kind = Operation.Kind.changes(after: after, limit: limit)
        return add(kind, sku, "GET /v1/skus/s\(sku)/changes?after=\(after)&limit=\(limit)")
    }

    func list() -> Operation {
        let limit = chance.percent(50) ? 100 : chance.within(1...4)
        return add(.list(limit: limit), 0, "GET /v1/skus?limit=\(limit)")
    }
}

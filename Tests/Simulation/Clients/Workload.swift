/// Chooses what clients want.
final class Workload {
    private let chance: Chance
    private let clock: SimulatedClock
    let histories: [History]
    private(set) var operations: [Operation] = []
    /// Purchases and stock changes under a key that were acknowledged.
    private var acknowledged: [Operation] = []
    /// Those whose outcome is open, to be asked again.
    private var uncertain: [Operation] = []
    private let skuShare: Int
    /// The latest time that the server may have seen.
    var latestTime: Int64 { clock.latest }

    private static let buyersOfLimit = 6
    /// How long after its success a key is used again; less than half of the window that keys are remembered for.
    private static let retryMilliseconds: Int64 = 10 * 3_600_000

    init(chance: Chance, clock: SimulatedClock, histories: [History]) {
        self.chance = chance
        self.clock = clock
        self.histories = histories
        skuShare = chance.within(30...80)
    }

    /// What a client asks next: something new, or once more what has no answer.
    func next() -> Operation {
        if !uncertain.isEmpty && chance.percent(25) {
            return uncertain.remove(at: chance.below(uncertain.count))
        }
        if !acknowledged.isEmpty && chance.percent(4) {
            let known = chance.pick(acknowledged)
            if latestTime - known.changedAt < Self.retryMilliseconds { return known }
        }
        return make()
    }

    /// The connection broke before the answer: a client that has a key asks again.
    func lost(_ operation: Operation) {
        if operation.isKeyed, !operation.isAcknowledged, operation.attempts < 8 { uncertain.append(operation) }
    }

    func acknowledge(_ operation: Operation) {
        if operation.isKeyed { acknowledged.append(operation) }
    }

    private func make() -> Operation {
        let sku = chance.percent(skuShare) ? 0 : chance.below(histories.count)
        switch chance.below(100) {
        case 0..<58: return purchase(sku)
        case 58..<66: return stock(sku)
        case 66..<70: return put(sku)
        case 70..<74: return amend(sku)
        case 74: return add(.remove, sku, "DELETE ", "/v1/skus/\(histories[sku].label)")
        case 75..<84: return add(.show, sku, "GET ", "/v1/skus/\(histories[sku].label)")
        case 84..<91: return order(sku)
        case 91..<93: return changes(sku)
        case 93..<97: return list()
        case 97..<99: return reuse() ?? purchase(sku)
        default: return add(.readiness, 0, "GET ", "/readyz")
        }
    }

    /// A SKU that is not in the catalogue is brought there first, as a rule.
    private func purchase(_ sku: Int) -> Operation {
        if histories[sku].now.details == nil && chance.percent(60) { return put(sku) }
        let quantity = Int64(chance.percent(70) ? 1 : chance.within(1...12))
        let isNamed = chance.percent(75)
        let buyer = isNamed ? "u\(operations.count)" : "b\(chance.below(Self.buyersOfLimit))"
        return add(
            .purchase(quantity: quantity, isNamed: isNamed),
            sku,
            "POST ",
            "/v1/skus/\(histories[sku].label)/purchases",
            key: chance.percent(70) ? "k\(operations.count)" : nil,
            body: "{\"buyer\":\"\(buyer)\",\"quantity\":\(quantity)}"
        )
    }

    private func reuse() -> Operation? {
        guard !acknowledged.isEmpty else { return nil }
        let first = chance.pick(acknowledged)
        guard case .purchase(let quantity, _) = first.kind, latestTime - first.changedAt < Self.retryMilliseconds else {
            return nil
        }
        return add(
            .reuse(first, quantity: quantity + 1),
            first.sku,
            "POST ",
            "/v1/skus/\(histories[first.sku].label)/purchases",
            key: "k\(first.number)",
            body: "{\"buyer\":\"u\(operations.count)\",\"quantity\":\(quantity + 1)}"
        )
    }

    private func stock(_ sku: Int) -> Operation {
        let note = "\"reason\":\"r\",\"reference\":\"r\(operations.count)\""
        let kind: Operation.Kind
        let body: String
        if chance.percent(70) {
            let delta = Int64(chance.percent(80) ? chance.within(1...60) : -chance.within(1...20))
            kind = .adjust(delta)
            body = "{\"delta\":\(delta),\(note)}"
        } else {
            let target = Int64(chance.below(80))
            let seen = chance.percent(50) ? histories[sku].now.available : nil
            kind = .set(target, ifAvailable: seen)
            body = "{\"set\":\(target),\(seen.map { "\"if_available\":\($0)," } ?? "")\(note)}"
        }
        let key = chance.percent(60) ? "k\(operations.count)" : nil
        return add(kind, sku, "POST ", "/v1/skus/\(histories[sku].label)/stock", key: key, body: body)
    }

    private func put(_ sku: Int) -> Operation {
        var body = "{\"title\":\"t\(operations.count)\",\"stock\":\(chance.below(120)),"
        body += "\"price\":{\"amount\":\(chance.within(1...9)),\"currency\":\"USD\"}"
        if chance.percent(30) { body += ",\"limit_per_buyer\":\(chance.within(1...9))" }
        if chance.percent(5) { body += ",\"description\":\"\(String(repeating: "d", count: chance.below(900)))\"" }
        return add(.put, sku, "PUT ", "/v1/skus/\(histories[sku].label)", body: body + "}")
    }

    private func amend(_ sku: Int) -> Operation {
        var body = "{\"title\":\"t\(operations.count)\""
        switch chance.below(4) {
        case 0: body += ",\"paused\":\(chance.percent(30))"
        case 1: body += ",\"limit_per_buyer\":\(chance.percent(50) ? "null" : "\(chance.within(1...9))")"
        case 2: body += ",\"price\":{\"amount\":\(chance.within(1...9)),\"currency\":\"USD\"},\"paused\":false"
        default: body += ",\"paused\":false,\"limit_per_buyer\":null"
        }
        return add(.amend, sku, "PATCH ", "/v1/skus/\(histories[sku].label)", body: body + "}")
    }

    private func order(_ sku: Int) -> Operation {
        guard !acknowledged.isEmpty else { return purchase(sku) }
        let first = chance.pick(acknowledged)
        guard case .purchase = first.kind, let id = first.orderID else { return purchase(sku) }
        return add(.order(first), first.sku, "GET ", "/v1/orders/\(id)")
    }

    private func changes(_ sku: Int) -> Operation {
        let after = max(0, histories[sku].last - chance.within(-3...30))
        let limit = chance.within(1...20)
        let path = "/v1/skus/\(histories[sku].label)/changes?after=\(after)&limit=\(limit)"
        return add(.changes(after: after, limit: limit), sku, "GET ", path)
    }

    private func list() -> Operation {
        let limit = chance.percent(50) ? 100 : chance.within(1...4)
        return add(.list(limit: limit), 0, "GET ", "/v1/skus?limit=\(limit)")
    }

    private func add(
        _ kind: Operation.Kind,
        _ sku: Int,
        _ method: StaticString,
        _ path: String,
        key: String? = nil,
        body: String? = nil
    ) -> Operation {
        let request = RequestText(method, path, key: key, body: body).bytes
        let made = Operation(number: operations.count, kind: kind, sku: sku, request: request, isKeyed: key != nil)
        operations.append(made)
        return made
    }
}

extension Operation {
    /// The order that its first answer tells of.
    var orderID: String? {
        guard let body = bodies.first, let place = body.place(of: "\"order\":\"", from: 0) else { return nil }
        return String(decoding: body[place + 9..<place + 35], as: UTF8.self)
    }
}

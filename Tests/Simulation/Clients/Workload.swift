import Domain

/// Chooses what clients want.
final class Workload {
    let chance: Chance
    let clock: SimulatedClock
    let histories: [History]
    let wallets: [WalletHistory]
    private(set) var operations: [Operation] = []
    /// Changes under a key that were acknowledged.
    private(set) var acknowledged: [Operation] = []
    /// Those whose outcome is open, to be asked again.
    private var uncertain: [Operation] = []
    /// Holds that clients know of, the newest last.
    private(set) var holds: [KnownHold] = []
    /// Commands by their key's fingerprint, where nothing else in their records says who asked for them.
    private(set) var byKey: [Fingerprint: Operation] = [:]
    /// The folder's secret, once there is a folder.
    var secret: FingerprintKey?
    /// Whether anybody buys several SKUs in one go, or pays with a wallet.
    var hasBundles = true
    private let skuShare: Int
    /// The latest time that the server may have seen.
    var latestTime: Int64 { clock.latest }

    static let buyersOfLimit = 6
    /// How long after its success a key is used again; less than half of the window that keys are remembered for.
    private static let retryMilliseconds: Int64 = 10 * 3_600_000
    /// Of so many of a hundred requests with content, the client waits for 100 Continue.
    private static let waitsInHundred = 3

    init(chance: Chance, clock: SimulatedClock, histories: [History], wallets: [WalletHistory]) {
        self.chance = chance
        self.clock = clock
        self.histories = histories
        self.wallets = wallets
        skuShare = chance.within(30...80)
    }

    /// What a client asks next: something new, or once more what has no answer.
    func next() -> Operation {
        if !uncertain.isEmpty && chance.percent(25) {
            return uncertain.remove(at: chance.below(uncertain.count))
        }
        if !acknowledged.isEmpty && chance.percent(4) {
            let known = chance.pick(acknowledged)
            if mayAskAgain(known) { return known }
        }
        return make()
    }

    /// Whether the key of a success is far from being forgotten.
    func mayAskAgain(_ operation: Operation) -> Bool {
        latestTime - operation.changedAt < Self.retryMilliseconds
    }

    /// The connection broke before the answer: a client that has a key asks again.
    func lost(_ operation: Operation) {
        if operation.isKeyed, !operation.isAcknowledged, operation.attempts < 8 { uncertain.append(operation) }
    }

    func acknowledge(_ operation: Operation) {
        if operation.isKeyed { acknowledged.append(operation) }
    }

    /// A client was told of a hold.
    func learn(_ hold: KnownHold) { holds.append(hold) }

    private func make() -> Operation {
        let sku = chance.percent(skuShare) ? 0 : chance.below(histories.count)
        switch chance.below(100) {
        case 0..<31: return purchase(sku)
        case 31..<39: return hasBundles ? bundle(sku) : purchase(sku)
        case 39..<46: return hold(sku)
        case 46..<57: return holdCommand() ?? hold(sku)
        case 57..<61: return cancel() ?? purchase(sku)
        case 61..<67: return wallet()
        case 67..<73: return stock(sku)
        case 73..<77: return put(sku)
        case 77..<80: return amend(sku)
        case 80: return remove(sku)
        case 81..<88: return add(.show, sku, "GET /v1/skus/s\(sku)")
        case 88..<93: return order() ?? purchase(sku)
        case 93..<95: return changes(sku)
        case 95..<98: return list()
        case 98: return reuse() ?? purchase(sku)
        default: return add(.readiness, 0, "GET /readyz")
        }
    }

    func add(
        _ kind: Operation.Kind,
        _ subject: Int,
        _ start: consuming Text,
        key: Int? = nil,
        body: Text? = nil,
        ifMatch: Int? = nil
    ) -> Operation {
        let waits = body != nil && chance.percent(Self.waitsInHundred)
        let made = Operation(
            number: operations.count,
            kind: kind,
            subject: subject,
            request: RequestText(start, key: key, body: body, ifMatch: ifMatch, waits: waits),
            isKeyed: key != nil,
            ifMatch: ifMatch
        )
        operations.append(made)
        return made
    }

    /// A key for the next operation, or none: an operation's number, as a rule its own.
    func key(inHundred: Int) -> Int? { chance.percent(inHundred) ? operations.count : nil }

    /// Notes whose records those with the key will be.
    ///
    /// The scope is a number of the format: 7 a hold, 8 its confirmation, 10 its extension, 12 its freeze.
    func know(_ operation: Operation, scope: UInt8, of resource: Text) -> Operation {
        guard operation.isKeyed, let secret else { return operation }
        var hasher = SipHasher128(key: secret)
        hasher.update(FingerprintDomain.idempotencyKey.rawValue)
        hasher.update(scope)
        let end: Text = "\(resource)\0k\(operation.number)"
        hasher.update(end.bytes.span)
        byKey[hasher.finalize()] = operation
        return operation
    }
}

extension Workload {
    /// A SKU that is not in the catalogue is brought there first, as a rule.
    private func purchase(_ sku: Int) -> Operation {
        if !histories[sku].isListed && chance.percent(60) { return put(sku) }
        let quantity = Int64(chance.percent(70) ? 1 : chance.within(1...12))
        let isNamed = chance.percent(75)
        return add(
            .purchase(quantity: quantity, isNamed: isNamed),
            sku,
            "POST /v1/skus/s\(sku)/purchases",
            key: key(inHundred: 70),
            body: "{\"buyer\":\"\(buyer(isNamed: isNamed))\",\"quantity\":\(quantity)}"
        )
    }

    /// Somebody who buys once and whose record names the operation, or one of a few who come again.
    func buyer(isNamed: Bool) -> Buyer {
        isNamed
            ? Buyer(letter: "u", number: operations.count)
            : Buyer(letter: "b", number: chance.below(Self.buyersOfLimit))
    }

    private func reuse() -> Operation? {
        guard !acknowledged.isEmpty else { return nil }
        let first = chance.pick(acknowledged)
        guard case .purchase(let quantity, _) = first.kind, mayAskAgain(first) else { return nil }
        return add(
            .reuse(first, quantity: quantity + 1),
            first.subject,
            "POST /v1/skus/s\(first.subject)/purchases",
            key: first.number,
            body: "{\"buyer\":\"u\(operations.count)\",\"quantity\":\(quantity + 1)}"
        )
    }

    private func order() -> Operation? {
        guard let (first, id) = knownOrder() else { return nil }
        return add(.order(first), first.subject, "GET /v1/orders/\(id)")
    }

    private func cancel() -> Operation? {
        guard let (first, id) = knownOrder() else { return nil }
        let quantity = chance.percent(40) ? Int64(chance.within(1...4)) : nil
        return add(
            .cancel(first, quantity: quantity),
            first.subject,
            "POST /v1/orders/\(id)/cancel",
            key: key(inHundred: 75),
            body: "{\"reason\":\"r\(operations.count)\"\(quantity.map { ",\"quantity\":\($0)" as Text } ?? "")}"
        )
    }

    /// An order that a client was told of, and who asked for it.
    private func knownOrder() -> (Operation, Text)? {
        guard !acknowledged.isEmpty else { return nil }
        let first = chance.pick(acknowledged)
        switch first.kind {
        case .purchase, .confirm, .bundle, .item: return first.orderID.map { (first, $0) }
        default: return nil
        }
    }

    private func wallet() -> Operation {
        let wallet = chance.below(wallets.count)
        if chance.percent(25) { return add(.wallet, wallet, "GET /v1/wallets/w\(wallet)") }
        // One wallet is of another currency than the others, as a rule.
        let currency = (wallet == 0) != chance.percent(3) ? "EUR" : "USD"
        let amount = Int64(chance.within(1...60))
        let content: Text = "{\"amount\":\(amount),\"currency\":\"\(currency)\",\"reference\":\"r\(operations.count)\"}"
        let key = key(inHundred: 75)
        if chance.percent(50) {
            let kind = Operation.Kind.deposit(amount, currency: currency)
            return add(kind, wallet, "POST /v1/wallets/w\(wallet)/deposits", key: key, body: content)
        }
        let kind = Operation.Kind.withdraw(amount, currency: currency)
        return add(kind, wallet, "POST /v1/wallets/w\(wallet)/withdrawals", key: key, body: content)
    }
}

import Domain
import HTTP
import Keepers

extension Serving {
    /// What is to be bought in one go by a cart or a purchase of an item.
    ///
    /// - Parameters:
    ///   - route: the resource.
    ///   - secret: the folder's.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    /// - Returns: all of it, with the request's key.
    /// - Throws: what is wrong with the request.
    func plan(
        _ route: Route,
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> TransactionPlan {
        switch route {
        case .carts: try cartPlan(secret, exchange, bytes)
        case .itemPurchase: try itemPlan(secret, exchange, bytes)
        default: preconditionFailure("a resource that needs one keeper only")
        }
    }

    /// The partition that coordinates what is to be bought, where that is known without its body.
    ///
    /// - Returns: nil where the body has to be read: a cart without a key is its SKUs'.
    func coordinator(
        _ route: Route,
        _ slots: Slots,
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> Int? {
        if slots.partitions == 1 { return 0 }
        guard exchange.request.idempotencyKey.isPresent else { return nil }
        let scope = route == .carts ? KeyScope.cart : .itemPurchase
        let key = fingerprint(scope, Span(), secret, exchange, bytes)
        return slots.partition(ofSlot: Slots.slot(of: key))
    }

    /// What is to be bought by a purchase that a wallet pays for.
    func purchasePlan(
        _ body: PurchaseRequest,
        of sku: ByteRange,
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> TransactionPlan {
        let name = bytes.extracting(sku.bounds)
        let key = try key(.purchase, name, secret, exchange, bytes) { body.update(&$0, bytes) }
        return TransactionPlan(
            kind: .purchase,
            buyer: bytes.extracting(body.buyer.bounds).array,
            lines: [TransactionLine(sku: name.array, quantity: body.quantity)],
            isPaid: true,
            request: key,
            by: caller(exchange)
        )
    }

    private func cartPlan(
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> TransactionPlan {
        let body = try CartRequest(exchange.request.body, bytes)
        let key = try key(.cart, Span(), secret, exchange, bytes) { body.update(&$0, bytes) }
        var lines: [TransactionLine] = []
        lines.reserveCapacity(body.lines.count)
        for line in body.lines {
            lines.append(TransactionLine(sku: bytes.extracting(line.sku.bounds).array, quantity: line.quantity))
        }
        return TransactionPlan(
            kind: .cart,
            buyer: bytes.extracting(body.buyer.bounds).array,
            lines: lines,
            isPaid: body.payment == .wallet,
            request: key,
            by: caller(exchange)
        )
    }

    /// A cart of one unit: so that a key that was used for another item is found, wherever that is.
    private func itemPlan(
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> TransactionPlan {
        let body = try ItemPurchaseRequest(exchange.request.body, bytes)
        let sku = bytes.extracting(body.sku.bounds)
        let buyer = bytes.extracting(body.buyer.bounds)
        let key = try key(.itemPurchase, Span(), secret, exchange, bytes) { hasher in
            hasher.update(buyer)
            hasher.update(0)
            hasher.update(sku)
        }
        return TransactionPlan(
            kind: .cart,
            buyer: buyer.array,
            lines: [TransactionLine(sku: sku.array, quantity: .one)],
            isPaid: true,
            request: key,
            by: caller(exchange)
        )
    }

    /// Buys all of a plan, where the partition can decide it alone.
    func buy(
        _ plan: TransactionPlan,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        guard let outcome = partition.transactions.buy(plan, at: now) else { return .transaction(plan) }
        return answer(outcome, to: plan, of: partition, at: now, exchange, bytes, into: &output)
    }

    /// Answers what became of a transaction.
    ///
    /// - Parameters:
    ///   - outcome: what became of it.
    ///   - plan: what was asked for.
    ///   - partition: the coordinator's.
    ///   - now: the moment of the answer.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    /// - Returns: from where on the answer may leave, or what answers.
    func answer(
        _ outcome: TransactionOutcome,
        to plan: TransactionPlan,
        of partition: Partition,
        at now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        switch outcome {
        case .decided(let decision, let dependsOn):
            composer.bought(decision, key: partition.key, isReplay: false, to: exchange, bytes, into: &output)
            return .answered(dependsOn)
        case .remembered(let place):
            return remembered(place, plan.request, partition)
        case .refused(let refusal, let line, let dependsOn):
            if exchange.label == .cart, let line, let refused = refusedLine(line, exchange, bytes) {
                composer.refusal(refusal, of: refused, at: now, to: exchange, bytes, into: &output)
            } else {
                composer.refusal(refusal, at: now, to: exchange, bytes, into: &output)
            }
            return .answered(dependsOn)
        case .unavailable(let reason):
            return unavailable(reason, exchange, bytes, into: &output)
        }
    }

    /// A line of the plan, as the client has named it.
    private func refusedLine(_ line: Int, _ exchange: Exchange, _ bytes: Span<UInt8>) -> RefusedLine? {
        guard let cart = try? CartRequest(exchange.request.body, bytes), line < cart.lines.count else { return nil }
        return RefusedLine(index: cart.lines[line].index, sku: cart.lines[line].sku)
    }
}

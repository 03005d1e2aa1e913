import Domain
import HTTP
import Keepers

/// What stands behind a public order: facts from the journal, live or read back.
struct OrderFacts {
    let id: OrderID
    let purchase: Purchase
    /// Units that were cancelled.
    var cancelled: Int64 = 0
    /// Whether the buyer's wallet has paid for it; what is cancelled has come back to it then.
    var isPaid = false
}

extension OrderFacts {
    /// An order that a transaction made.
    init(_ line: DecidedLine, isPaid: Bool) {
        self.init(id: OrderID(line.order), purchase: line.purchase, isPaid: isPaid)
    }

    /// What has come back to the wallet that paid; nil where nothing has.
    var refunded: Money? {
        guard isPaid, cancelled > 0 else { return nil }
        return Money(amount: purchase.unitPrice.amount * cancelled, currency: purchase.unitPrice.currency)
    }
}

extension Composer {
    /// Writes an order.
    ///
    /// Parameters:
    /// - `status`: 201 for a sale, also when it is told again; 200 where the order was asked for.
    /// - `isReplay`: the answer to a key that had been used.
    func order(
        _ status: Status,
        _ order: OrderFacts,
        sku: Span<UInt8>,
        buyer: Span<UInt8>,
        key: FingerprintKey,
        isReplay: Bool,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let id = order.id.text(key: key)
        answer(
            status,
            .json,
            to: exchange,
            bytes,
            into: &output,
            fields: { output in
                if status == .created {
                    output.append("Location: /v1/orders/")
                    output.append(id.span)
                    output.append("\r\n")
                }
                if isReplay { output.appendField("Idempotency-Replayed: ", "true") }
            },
            { body, _ in
                Self.write(order, id: id.span, sku: sku, buyer: buyer, to: &body)
                body.append("\n")
            }
        )
    }

    /// Writes what was bought in one go: an order, or a cart with the orders that it made.
    ///
    /// - Parameters:
    ///   - decision: the facts, live or read back.
    ///   - key: the folder's secret.
    ///   - isReplay: the answer to a key that had been used.
    ///   - exchange: the request; its route says what the answer looks like.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    func bought(
        _ decision: TransactionDecision,
        key: FingerprintKey,
        isReplay: Bool,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        metrics.purchased(isReplay ? .replayed : .confirmed)
        guard exchange.label != .cart, let line = decision.lines.first else {
            return cart(decision, key: key, isReplay: isReplay, to: exchange, bytes, into: &output)
        }
        order(
            exchange.label == .itemPurchase ? .ok : .created,
            OrderFacts(line, isPaid: decision.isPaid),
            sku: line.sku.span,
            buyer: decision.buyer.span,
            key: key,
            isReplay: isReplay,
            to: exchange,
            bytes,
            into: &output
        )
    }

    private func cart(
        _ decision: TransactionDecision,
        key: FingerprintKey,
        isReplay: Bool,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        answer(
            .created,
            .json,
            to: exchange,
            bytes,
            into: &output,
            fields: { if isReplay { $0.appendField("Idempotency-Replayed: ", "true") } },
            { body, _ in
                let cart = CartID(decision.id).text
                body.append("{\"cart\":\"")
                body.append(cart.span)
                body.append("\",\"orders\":[")
                for (index, line) in decision.lines.enumerated() {
                    if index > 0 { body.append(",") }
                    let order = OrderFacts(line, isPaid: decision.isPaid)
                    let id = order.id.text(key: key)
                    Self.write(order, id: id.span, sku: line.sku.span, buyer: decision.buyer.span, to: &body)
                }
                body.append("]}\n")
            }
        )
    }

    /// Writes an order as JSON.
    @inline(__always)
    static func write(
        _ order: OrderFacts,
        id: Span<UInt8>,
        sku: Span<UInt8>,
        buyer: Span<UInt8>,
        to body: inout ByteWriter
    ) {
        let purchase = order.purchase
        body.append("{\"order\":\"")
        body.append(id)
        body.append("\",\"sku\":\"")
        body.append(sku)
        body.append("\",\"buyer\":\"")
        body.append(buyer)
        body.append("\",\"quantity\":")
        body.append(decimal: purchase.quantity.units)
        body.append(",\"unit_price\":")
        body.append(purchase.unitPrice)
        body.append(",\"total\":")
        body.append(purchase.total ?? purchase.unitPrice)
        if order.isPaid { body.append(",\"payment\":\"wallet\"") }
        if order.cancelled > 0 {
            body.append(",\"cancelled_quantity\":")
            body.append(decimal: order.cancelled)
        }
        if let refunded = order.refunded {
            body.append(",\"refunded\":")
            body.append(refunded)
        }
        let isCancelled = order.cancelled >= purchase.quantity.units
        body.append(isCancelled ? ",\"state\":\"cancelled\",\"sequence\":" : ",\"state\":\"confirmed\",\"sequence\":")
        body.append(decimal: purchase.sequence)
        body.append(",\"remaining\":")
        body.append(decimal: purchase.remaining)
        body.append(",\"placed_at\":\"")
        body.append(rfc3339: purchase.at.millisecondsSinceEpoch)
        body.append("\"}")
    }

    /// Writes a change of stock: the same facts when the key is used again.
    func stock(
        _ adjustment: StockAdjustment,
        sku: Span<UInt8>,
        isReplay: Bool,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        answer(
            .ok,
            .json,
            to: exchange,
            bytes,
            into: &output,
            fields: { if isReplay { $0.appendField("Idempotency-Replayed: ", "true") } },
            { body, _ in
                body.append("{\"sku\":\"")
                body.append(sku)
                body.append("\",")
                body.append(adjustment)
                body.append(",\"sequence\":")
                body.append(decimal: adjustment.sequence)
                body.append(",\"at\":\"")
                body.append(rfc3339: adjustment.at.millisecondsSinceEpoch)
                body.append("\"}\n")
            }
        )
    }
}

extension ByteWriter {
    /// Appends `{"amount":12900,"currency":"USD"}`.
    mutating func append(_ money: Money) {
        append("{\"amount\":")
        append(decimal: money.amount)
        append(",\"currency\":\"")
        let (first, second, third) = money.currency.bytes
        append(first)
        append(second)
        append(third)
        append("\"}")
    }

    /// Appends the members of a stock change: `"delta":50,"available":530,"reason":"restock"`.
    mutating func append(_ adjustment: StockAdjustment) {
        append("\"delta\":")
        append(decimal: adjustment.delta)
        append(",\"available\":")
        append(decimal: adjustment.remaining)
        append(",\"reason\":\"")
        append(escaped: adjustment.note.reason)
        append("\"")
        if let reference = adjustment.note.reference {
            append(",\"reference\":\"")
            append(escaped: reference)
            append("\"")
        }
    }
}

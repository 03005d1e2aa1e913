import Domain
import HTTP
import Keepers

/// What stands behind a public hold: facts from its keeper, or read back.
struct HoldFacts {
    let id: HoldID
    let quantity: Quantity
    let expiresAt: Instant
    let state: Hold.State
    let remaining: Int64
    /// The order that it became.
    let order: OrderID?

    /// A hold as its keeper has it.
    init(_ view: HoldView, _ id: HoldID, _ partition: Partition) {
        self.id = id
        quantity = view.quantity
        expiresAt = view.expiresAt
        state = view.state
        remaining = view.remaining
        order = view.order.map { OrderID($0.address(seenFrom: partition.journalNumber)) }
    }

    /// A hold right after it was placed.
    init(_ placement: HoldPlacement, sku: Span<UInt8>, key: FingerprintKey) {
        id = HoldID(placement.name, sku: sku, key: key)
        quantity = placement.quantity
        expiresAt = placement.expiresAt
        state = .held
        remaining = placement.remaining
        order = nil
    }

    /// A hold right after its deadline was moved.
    init(_ prolongation: HoldProlongation, sku: Span<UInt8>, key: FingerprintKey) {
        id = HoldID(prolongation.hold, sku: sku, key: key)
        quantity = prolongation.quantity
        expiresAt = prolongation.expiresAt
        state = .held
        remaining = prolongation.remaining
        order = nil
    }
}

extension Composer {
    /// Writes a hold.
    ///
    /// - Parameters:
    ///   - status: 201 for a new one, also when it is told again.
    ///   - hold: the facts.
    ///   - sku: the SKU's name.
    ///   - buyer: the buyer's name.
    ///   - key: the folder's secret.
    ///   - isReplay: the answer to a key that had been used.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    func hold(
        _ status: Status,
        _ hold: HoldFacts,
        sku: Span<UInt8>,
        buyer: Span<UInt8>,
        _ key: FingerprintKey,
        isReplay: Bool = false,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let id = hold.id.text(key: key)
        answer(
            status,
            .json,
            to: exchange,
            bytes,
            into: &output,
            fields: { output in
                if status == .created {
                    output.append("Location: /v1/holds/")
                    output.append(id.span)
                    output.append("\r\n")
                }
                if isReplay { output.appendField("Idempotency-Replayed: ", "true") }
            },
            { body, _ in
                body.append("{\"hold\":\"")
                body.append(id.span)
                body.append("\",\"sku\":\"")
                body.append(sku)
                body.append("\",\"buyer\":\"")
                body.append(buyer)
                body.append("\",\"quantity\":")
                body.append(decimal: hold.quantity.units)
                body.append(",\"expires_at\":\"")
                body.append(rfc3339: hold.expiresAt.millisecondsSinceEpoch)
                body.append("\",\"state\":\"")
                body.append(hold.state.text)
                body.append("\",\"remaining\":")
                body.append(decimal: hold.remaining)
                if let order = hold.order {
                    let text = order.text(key: key)
                    body.append(",\"order\":\"")
                    body.append(text.span)
                    body.append("\"")
                }
                body.append("}\n")
            }
        )
    }

    /// Writes that a hold cannot be released or prolonged, because it is an order already.
    func confirmedBefore(
        _ order: OrderID,
        _ key: FingerprintKey,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let text = order.text(key: key)
        let member: (inout ByteWriter) -> Void = { body in
            body.append(",\"order\":\"")
            body.append(text.span)
            body.append("\"")
        }
        problem(.holdConfirmed, to: exchange, bytes, into: &output, members: member) {
            $0.append("The hold is an order already.")
        }
    }
}

extension Hold.State {
    fileprivate var text: StaticString {
        switch self {
        case .held: "held"
        case .confirmed: "confirmed"
        case .released: "released"
        case .expired: "expired"
        }
    }
}

import Domain
import HTTP
import Keepers

extension Composer {
    /// Writes a problem (RFC 9457).
    ///
    /// Parameters:
    /// - `detail`: appends the sentence for `detail`, as JSON string content.
    /// - `members`: appends members of the problem's own, each with a comma in front.
    /// - `retryAfterSeconds`: for problems whose `Retry-After` is computed.
    func problem(
        _ problem: ProblemType,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter,
        retryAfterSeconds: UInt64? = nil,
        fields: (inout ByteWriter) -> Void = { _ in },
        members: (inout ByteWriter) -> Void = { _ in },
        detail: (inout ByteWriter) -> Void
    ) {
        let code = exchange.label == .itemPurchase ? problem.itemPurchaseStatus : problem.status
        let status = Status(rawValue: code) ?? .internalServerError
        answer(
            status,
            .problem,
            to: exchange,
            bytes,
            into: &output,
            fields: { output in
                if let seconds = retryAfterSeconds ?? problem.fixedRetryAfterSeconds {
                    output.appendField("Retry-After: ", decimal: seconds)
                }
                fields(&output)
            },
            { body, id in
                body.append("{\"type\":\"")
                body.append(problem.type)
                body.append("\",\"title\":\"")
                body.append(problem.title)
                body.append("\",\"status\":")
                body.append(decimal: UInt64(code))
                body.append(",\"detail\":\"")
                detail(&body)
                body.append("\",\"request_id\":\"")
                id.writeContent(&body, bytes)
                body.append("\"")
                members(&body)
                if let refusedLine { body.append(refusedLine, bytes) }
                body.append("}\n")
            }
        )
    }

    /// Writes a problem whose detail is a constant.
    func problem(
        _ type: ProblemType,
        _ detail: StaticString,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        problem(type, to: exchange, bytes, into: &output) { $0.append(detail) }
    }

    /// Writes why a request could not be asked.
    func invalid(
        _ error: InvalidRequest,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        if exchange.label.isPurchase { metrics.purchased(.refused(error.problem)) }
        problem(
            error.problem,
            to: exchange,
            bytes,
            into: &output,
            members: { body in
                guard error.hasField else { return }
                body.append(",\"field\":\"")
                error.writeField(&body, bytes)
                body.append("\"")
            },
            detail: { error.write(&$0, bytes) }
        )
    }

    /// Writes why a message could not be taken apart.
    func refused(_ refusal: HTTPRefusal, to exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        problem(refusal.problem, refusal.reason, to: exchange, bytes, into: &output)
    }

    /// Writes why the server takes no change now.
    func unavailable(
        _ reason: Unavailability,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        switch reason {
        case .overloaded:
            problem(.overloaded, "Too much is waiting for the disk.", to: exchange, bytes, into: &output)
        case .transactionsFull:
            problem(.overloaded, "Too many carts and payments are under way.", to: exchange, bytes, into: &output)
        case .keysFull:
            problem(
                .overloaded,
                "As many idempotency keys are remembered as may be.",
                to: exchange,
                bytes,
                into: &output
            )
        case .readOnly:
            problem(
                .readOnly,
                "The disk refuses writes; nothing was changed.",
                to: exchange,
                bytes,
                into: &output
            )
        }
    }
}

extension Composer {
    /// Writes that the answer depends on a change of which nobody knows whether the failed disk has it.
    func maybeLost(to exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        problem(
            .readOnly,
            "The disk has failed, and whether it holds the last change here shows at the next start.",
            to: exchange,
            bytes,
            into: &output
        )
    }
}

/// The line of a cart that was refused.
struct RefusedLine {
    /// Its place in the request, from 0; the first one of its SKU.
    let index: Int
    /// Its SKU: a range of the request's bytes.
    let sku: ByteRange
}

extension ByteWriter {
    fileprivate mutating func append(_ line: RefusedLine, _ bytes: Span<UInt8>) {
        append(",\"line\":")
        append(decimal: Int64(line.index))
        append(",\"sku\":\"")
        append(bytes, line.sku)
        append("\"")
    }
}

extension ProblemType {
    /// The status that `/api/purchase/` has for it: its clients know 400 for what cannot be bought and 409 for a
    /// conflict.
    var itemPurchaseStatus: UInt16 {
        switch self {
        case .unknownSKU, .soldOut, .insufficientStock, .insufficientFunds: 400
        case .saleNotStarted, .saleEnded, .salePaused, .buyerLimitReached: 400
        case .idempotencyKeyReused: 409
        default: status
        }
    }

    fileprivate var fixedRetryAfterSeconds: UInt64? {
        switch retryAfter {
        case .seconds(let seconds): UInt64(seconds)
        case .absent, .computed: nil
        }
    }
}

extension HTTPRefusal {
    /// The problem that says it.
    var problem: ProblemType {
        switch status {
        case .uriTooLong: .uriTooLong
        case .requestHeaderFieldsTooLarge: .requestHeaderFieldsTooLarge
        case .contentTooLarge: .contentTooLarge
        case .expectationFailed: .expectationFailed
        case .notImplemented: .notImplemented
        case .httpVersionNotSupported: .httpVersionNotSupported
        default: .invalidRequest
        }
    }
}

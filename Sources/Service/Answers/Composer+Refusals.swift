import Domain
import HTTP

extension Composer {
    /// Writes why a keeper refused: the one place where refusals become problems.
    ///
    /// `now`: for `Retry-After` until a sale opens.
    func refusal(
        _ refusal: Refusal,
        at now: Instant,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        count(refusal, exchange)
        let type = refusal.problem
        switch refusal {
        case .unknownSKU:
            problem(type, "There is no such SKU.", to: exchange, bytes, into: &output)
        case .alreadyExists:
            problem(type, "The SKU exists already.", to: exchange, bytes, into: &output)
        case .salePaused:
            problem(type, "The operator has paused the sale.", to: exchange, bytes, into: &output)
        case .saleEnded:
            problem(type, "The sale is over.", to: exchange, bytes, into: &output)
        case .soldOut:
            let members: (inout ByteWriter) -> Void = { $0.append(",\"available\":0") }
            problem(type, to: exchange, bytes, into: &output, members: members) { $0.append("No unit is left.") }
        case .saleNotStarted(let opensAt):
            notStarted(opensAt, now, to: exchange, bytes, into: &output)
        case .buyerLimitReached(let limit, let already):
            figures(type, to: exchange, bytes, into: &output, [("limit", limit.units), ("already", already)]) {
                $0.append("The buyer may not have that many units of this SKU.")
            }
        case .insufficientStock(let available):
            figures(type, to: exchange, bytes, into: &output, [("available", available)]) {
                $0.append("Fewer units are available than were asked for.")
            }
        case .stockBelowCommitted(let available, let held, let sold):
            let members: [Figure] = [("available", available), ("held", held), ("sold", sold)]
            figures(type, to: exchange, bytes, into: &output, members) {
                $0.append("Only available units can be taken out.")
            }
        case .preconditionFailed(let sequence, let available):
            let members: [Figure] = [("sequence", Int64(clamping: sequence)), ("available", available)]
            figures(type, to: exchange, bytes, into: &output, members) { $0.append("The SKU has changed meanwhile.") }
        case .limitsOverflow(.supplied):
            problem(type, "delta: the stock would be above 9007199254740991", to: exchange, bytes, into: &output)
        case .limitsOverflow(.total):
            problem(type, "quantity: the total would be above 9007199254740991", to: exchange, bytes, into: &output)
        case .wallet(let refusal):
            self.refusal(refusal, to: exchange, bytes, into: &output)
        case .invalidDetails(let field):
            invalid(InvalidRequest(field), to: exchange, bytes, into: &output)
        case .unknownHold:
            problem(type, "There is no such hold.", to: exchange, bytes, into: &output)
        case .holdExpired:
            problem(type, "The hold has expired, and its units are not there.", to: exchange, bytes, into: &output)
        case .holdReleased:
            problem(type, "The hold was released.", to: exchange, bytes, into: &output)
        case .holdConfirmed:
            problem(type, "The hold is an order already.", to: exchange, bytes, into: &output)
        case .holdFrozenBefore:
            problem(type, "The hold's clock was stopped before.", to: exchange, bytes, into: &output)
        case .holdExtensionsExhausted(let limit):
            figures(type, to: exchange, bytes, into: &output, [("limit", Int64(limit))]) {
                $0.append("The hold was extended as often as may be.")
            }
        case .openHoldsReached(let limit, let open):
            figures(type, to: exchange, bytes, into: &output, [("limit", Int64(limit)), ("already", Int64(open))]) {
                $0.append("The buyer has as many open holds of this SKU as may be.")
            }
        case .heldUnitsReached(_, let left):
            figures(type, to: exchange, bytes, into: &output, [("available", left)]) {
                $0.append("Only that many more units of this SKU may be held; others can only be bought.")
            }
        case .holdsFull:
            problem(type, "As many holds are remembered as may be.", to: exchange, bytes, into: &output)
        case .holdsOpen(let holds):
            figures(type, to: exchange, bytes, into: &output, [("holds", Int64(holds))]) {
                $0.append("Holds of the SKU are open.")
            }
        case .aboveHold(let held):
            figures(type, to: exchange, bytes, into: &output, [("limit", held.units)]) {
                $0.append("The hold has fewer units.")
            }
        case .aboveOrder(let left):
            figures(type, to: exchange, bytes, into: &output, [("limit", left)]) {
                $0.append("Fewer units of the order are left.")
            }
        case .orderCancelled:
            problem(type, "The order is cancelled already.", to: exchange, bytes, into: &output)
        }
    }

    /// Writes why a line of a cart was refused, naming it.
    ///
    /// - Parameters:
    ///   - refusal: the reason.
    ///   - line: which line.
    ///   - now: for `Retry-After` until a sale opens.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - output: where the answer goes.
    func refusal(
        _ refusal: Refusal,
        of line: RefusedLine,
        at now: Instant,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        refusedLine = line
        defer { refusedLine = nil }
        self.refusal(refusal, at: now, to: exchange, bytes, into: &output)
    }

    private func count(_ refusal: Refusal, _ exchange: Exchange) {
        if exchange.label.isPurchase { metrics.purchased(.refused(refusal.problem)) }
        switch refusal {
        case .openHoldsReached: metrics.reached(.holdsOpenPerBuyer)
        case .heldUnitsReached: metrics.reached(.heldUnits)
        case .holdExtensionsExhausted: metrics.reached(.holdExtensions)
        case .holdsFull: metrics.reached(.holdsKept)
        default: break
        }
    }

    private func notStarted(
        _ opensAt: Instant,
        _ now: Instant,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let milliseconds = max(0, opensAt.millisecondsSinceEpoch - now.millisecondsSinceEpoch)
        problem(
            .saleNotStarted,
            to: exchange,
            bytes,
            into: &output,
            retryAfterSeconds: UInt64(max(1, (milliseconds + 999) / 1_000)),
            members: { body in
                body.append(",\"opens_at\":\"")
                body.append(rfc3339: opensAt.millisecondsSinceEpoch)
                body.append("\"")
            },
            detail: { $0.append("The sale has not begun.") }
        )
    }

    private func figures(
        _ type: ProblemType,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter,
        _ figures: [Figure],
        detail: (inout ByteWriter) -> Void
    ) {
        problem(
            type,
            to: exchange,
            bytes,
            into: &output,
            members: { body in
                for figure in figures {
                    body.append(",\"")
                    body.append(figure.name)
                    body.append("\":")
                    body.append(decimal: figure.value)
                }
            },
            detail: detail
        )
    }
}

/// A member of a problem that holds a number.
private typealias Figure = (name: StaticString, value: Int64)

extension Refusal {
    /// The problem that says it.
    var problem: ProblemType {
        switch self {
        case .unknownSKU: .unknownSKU
        case .alreadyExists: .preconditionFailed
        case .salePaused: .salePaused
        case .saleNotStarted: .saleNotStarted
        case .saleEnded: .saleEnded
        case .soldOut: .soldOut
        case .buyerLimitReached: .buyerLimitReached
        case .insufficientStock, .stockBelowCommitted: .insufficientStock
        case .preconditionFailed: .preconditionFailed
        case .limitsOverflow, .invalidDetails: .invalidRequest
        case .wallet(let refusal): refusal.problem
        case .unknownHold: .unknownHold
        case .holdExpired: .holdExpired
        case .holdReleased: .holdReleased
        case .holdConfirmed: .holdConfirmed
        case .holdExtensionsExhausted: .holdExtensionsExhausted
        case .holdFrozenBefore: .holdFrozenBefore
        case .openHoldsReached: .buyerLimitReached
        case .heldUnitsReached: .insufficientStock
        case .holdsFull: .overloaded
        case .holdsOpen: .holdsOpen
        case .aboveHold, .aboveOrder, .orderCancelled: .quantityExceeded
        }
    }
}

extension InvalidField {
    /// Appends what the sentence for the problem's `detail` says behind the field's name.
    func write(_ writer: inout ByteWriter) {
        switch problem {
        case .empty: writer.append(": must not be empty")
        case .tooManyScalars(let most):
            writer.append(": must have at most ")
            writer.append(decimal: Int64(most))
            writer.append(" characters")
        case .tooManyBytes(let most):
            writer.append(": must have at most ")
            writer.append(decimal: Int64(most))
            writer.append(" bytes")
        case .outOfRange(let least, let most):
            writer.append(": must be from ")
            writer.append(decimal: least)
            writer.append(" to ")
            writer.append(decimal: most)
        case .notAfterOpening: writer.append(": must be after opens_at")
        case .required: writer.append(": cannot be removed")
        }
    }
}

extension ByteWriter {
    /// Appends text as it is.
    mutating func append(text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends text as the content of a JSON string.
    mutating func append(escaped text: String) {
        var text = text
        // SAFETY: the bytes are the string's own, for the length of the call.
        text.withUTF8 { utf8 in append(escaped: unsafe utf8.span) }
    }
}

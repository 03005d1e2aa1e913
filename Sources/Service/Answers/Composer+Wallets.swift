import Domain
import HTTP
import Keepers

extension Composer {
    /// Writes what is in a wallet.
    func wallet(
        _ view: WalletView,
        buyer: Span<UInt8>,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        answer(.ok, .json, to: exchange, bytes, into: &output) { body, _ in
            body.append("{\"buyer\":\"")
            body.append(buyer)
            body.append("\",\"balance\":")
            body.append(view.balance)
            body.append(",\"sequence\":")
            body.append(decimal: view.sequence)
            body.append("}\n")
        }
    }

    /// Writes a change of a wallet: the same facts when the key is used again.
    func wallet(
        _ change: WalletChange,
        buyer: Span<UInt8>,
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
                body.append("{\"buyer\":\"")
                body.append(buyer)
                body.append("\",")
                body.append(change)
                body.append("}\n")
            }
        )
    }

    /// Writes why a wallet refused.
    func refusal(
        _ refusal: WalletRefusal,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        switch refusal {
        case .unknownBuyer:
            problem(.unknownBuyer, "This buyer has no wallet.", to: exchange, bytes, into: &output)
        case .otherCurrency where exchange.label.isPurchase:
            problem(
                .invalidRequest,
                "payment: the prices are of several currencies",
                to: exchange,
                bytes,
                into: &output
            )
        case .otherCurrency(let currency):
            problem(.invalidRequest, to: exchange, bytes, into: &output) { body in
                body.append("currency: the wallet holds ")
                body.append(text: currency.description)
            }
        case .insufficientFunds(let balance, let total):
            let members: (inout ByteWriter) -> Void = { body in
                body.append(",\"balance\":")
                body.append(balance)
                body.append(",\"total\":")
                body.append(total)
            }
            problem(.insufficientFunds, to: exchange, bytes, into: &output, members: members) {
                $0.append("The wallet holds less than that.")
            }
        case .balanceOverflow:
            problem(
                .invalidRequest,
                "amount: the balance would be above 9007199254740991",
                to: exchange,
                bytes,
                into: &output
            )
        }
    }
}

extension ByteWriter {
    /// Appends the members of a wallet's change, from its type to its time.
    mutating func append(_ change: WalletChange) {
        append("\"type\":\"")
        append(change.command.name)
        append("\",\"amount\":")
        append(change.command.amount)
        append(",\"balance\":")
        append(change.balance)
        if let reference = change.command.reference {
            append(",\"reference\":\"")
            append(escaped: reference.text)
            append("\"")
        }
        append(",\"sequence\":")
        append(decimal: change.sequence)
        append(",\"at\":\"")
        append(rfc3339: change.at.millisecondsSinceEpoch)
        append("\"")
    }
}

extension WalletRefusal {
    /// The problem that says it.
    var problem: ProblemType {
        switch self {
        case .unknownBuyer: .unknownBuyer
        case .insufficientFunds: .insufficientFunds
        case .otherCurrency, .balanceOverflow: .invalidRequest
        }
    }
}

extension WalletCommand {
    /// The change's name in answers.
    var name: StaticString {
        switch self {
        case .deposit: "deposit"
        case .withdraw: "withdrawal"
        case .pay: "payment"
        case .refund: "refund"
        }
    }
}

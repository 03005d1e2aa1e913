import Domain
import HTTP
import Journal
import Keepers

extension Serving {
    /// Shows a wallet.
    func wallet(
        _ buyer: ByteRange,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) -> Served {
        let name = bytes.extracting(buyer.bounds)
        guard let view = partition.wallet(of: name)?.assumeIsolated({ $0.view() }) else {
            composer.refusal(.wallet(.unknownBuyer), at: now, to: exchange, bytes, into: &output)
            return .answered(.start)
        }
        composer.wallet(view, buyer: name, to: exchange, bytes, into: &output)
        return .answered(view.dependsOn)
    }

    /// Puts money into a wallet, or takes some out.
    func moveMoney(
        _ buyer: ByteRange,
        _ scope: KeyScope,
        _ partition: Partition,
        _ now: Instant,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter,
        _ command: (Money, WalletReference?) -> WalletCommand
    ) -> Served {
        let body: WalletRequest
        do throws(InvalidRequest) {
            body = try WalletRequest(exchange.request.body, bytes)
        } catch {
            return invalid(error, exchange, bytes, into: &output)
        }
        let wish = command(body.amount, body.reference)
        let name = bytes.extracting(buyer.bounds)
        var key: RequestKey?
        if exchange.request.idempotencyKey.isPresent {
            key = requestKey(partition.key, scope, name, exchange, bytes) { body.update(&$0) }
        } else if keyRequired {
            return keyMissing(exchange, bytes, into: &output)
        }
        let outcome = partition.change(walletOf: name, wish, request: key, at: now)
        switch outcome {
        case .changed(let move):
            composer.wallet(move.change, buyer: name, isReplay: false, to: exchange, bytes, into: &output)
            return .answered(move.dependsOn)
        case .remembered(let place):
            let first = place.address(seenFrom: partition.journalNumber)
            return .read(.walletReplay(first, digest: key?.digest ?? 0), after: place.readableFrom)
        case .refused, .unavailable:
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
    }
}

/// What an idempotency key is scoped to, beside the SKU or buyer.
///
/// The raw values are part of what is journaled.
enum KeyScope: UInt8 {
    case purchase = 1
    case stock = 5
    case hold = 7
    case confirm = 8
    case extend = 10
    case cancel = 11
    case confirmIntent = 12
    case deposit = 20
    case withdrawal = 21
}

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
    ) throws(InvalidRequest) -> Served {
        let body = try WalletRequest(exchange.request.body, bytes)
        let wish = command(body.amount, body.reference)
        let name = bytes.extracting(buyer.bounds)
        let key = try key(scope, name, partition.key, exchange, bytes) { body.update(&$0) }
        let outcome = partition.change(walletOf: name, wish, request: key, at: now)
        guard case .changed(let move) = outcome else {
            return unchanged(outcome, key, partition, now, exchange, bytes, into: &output)
        }
        composer.wallet(move.change, buyer: name, isReplay: false, to: exchange, bytes, into: &output)
        return .answered(move.dependsOn)
    }
}

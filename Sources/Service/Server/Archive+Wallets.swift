import HTTP
import Journal
import Keepers
import Platform

extension Archive {
    /// Gives the first answer to a key of a deposit or withdrawal again, if the same was asked.
    func replayWallet(
        _ address: RecordAddress,
        _ digest: UInt64,
        _ records: RecordFinder<D>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard let found = (try? records.findWallet(address)) ?? nil, let first = found.record.head.key else {
            return unreadable(exchange, bytes)
        }
        guard first.digest == digest else { return reused(exchange, bytes) }
        let payload = found.payload
        composer.wallet(
            found.record.change,
            buyer: payload.span.extracting(found.record.head.sku),
            isReplay: true,
            to: exchange,
            bytes,
            into: &output
        )
    }

    /// Says that a key's first answer is out of reach.
    func unreadable(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        composer.problem(
            .internal,
            "The first answer to this key cannot be read.",
            to: exchange,
            bytes,
            into: &output
        )
    }

    /// Says that a key belongs to another request.
    func reused(_ exchange: Exchange, _ bytes: Span<UInt8>) {
        composer.problem(
            .idempotencyKeyReused,
            "This Idempotency-Key was used for another request.",
            to: exchange,
            bytes,
            into: &output
        )
    }
}

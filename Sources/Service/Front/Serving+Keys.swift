import Domain
import HTTP
import Keepers

/// What an idempotency key is scoped to, beside the SKU or buyer, and the caller.
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
    case cart = 13
    case itemPurchase = 14
    case deposit = 20
    case withdrawal = 21
}

extension Serving {
    /// The request's idempotency key, with what tells the request from another one under the same key.
    ///
    /// - Parameters:
    ///   - scope: the resource that it was sent to.
    ///   - name: of the SKU, buyer, hold or order that the resource belongs to.
    ///   - secret: the folder's.
    ///   - exchange: the request.
    ///   - bytes: the request's.
    ///   - meaning: adds what is asked for to the digest.
    /// - Returns: nil where the request has none.
    /// - Throws: `InvalidRequest` where it has none and the server demands one.
    func key(
        _ scope: KeyScope,
        _ name: Span<UInt8>,
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        _ meaning: (inout SipHasher128) -> Void
    ) throws(InvalidRequest) -> RequestKey? {
        guard exchange.request.idempotencyKey.isPresent else {
            guard !keyRequired else { throw InvalidRequest(.idempotencyKey, "") }
            return nil
        }
        var digest = SipHasher128(key: secret)
        digest.update(FingerprintDomain.request.rawValue)
        meaning(&digest)
        return RequestKey(
            fingerprint: fingerprint(scope, name, secret, exchange, bytes),
            digest: digest.finalize().low
        )
    }

    /// What the request's idempotency key is found by.
    func fingerprint(
        _ scope: KeyScope,
        _ name: Span<UInt8>,
        _ secret: FingerprintKey,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> Fingerprint {
        var hasher = SipHasher128(key: secret)
        hasher.update(FingerprintDomain.idempotencyKey.rawValue)
        hasher.update(scope.rawValue)
        hasher.update(name)
        // No name holds a zero byte: name and key cannot be cut in another place.
        hasher.update(0)
        hasher.update(bytes.extracting(exchange.request.idempotencyKey.bounds))
        // Nor does a key: the same key of another caller is another key.
        if exchange.caller != .nobody {
            hasher.update(0)
            hasher.update(caller(exchange).span)
        }
        return hasher.finalize()
    }
}

extension SipHasher128 {
    /// Adds text behind its length, so that two texts cannot be cut in another place.
    mutating func update(text: String?) {
        guard let text else { return update(integer: -1) }
        update(integer: Int64(text.utf8.count))
        for byte in text.utf8 { update(byte) }
    }
}

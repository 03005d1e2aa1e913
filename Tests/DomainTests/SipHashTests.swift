import Domain
import Testing

@Suite("Fingerprints by SipHash-2-4")
struct SipHashTests {
    private let message = [UInt8](0..<64)

    private func key() throws -> FingerprintKey {
        try Sample.key([UInt8](0..<16))
    }

    /// The fingerprint in the order of bytes in which the reference code writes it.
    private func hex(_ fingerprint: Fingerprint) -> String {
        let words = [fingerprint.high, fingerprint.low]
        let bytes = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) } }
        return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    @Test("the official vectors come out", arguments: 0..<64)
    func vectors(length: Int) throws {
        var hasher = SipHasher128(key: try key())
        hasher.update(message.span.extracting(0..<length))
        #expect(hex(hasher.finalize()) == sipHash128Vectors[length])
    }

    @Test("the parts a message comes in make no difference", arguments: 0..<64)
    func parts(length: Int) throws {
        for first in 0...length {
            for second in first...length {
                var hasher = SipHasher128(key: try key())
                hasher.update(message.span.extracting(0..<first))
                hasher.update(message.span.extracting(first..<second))
                for index in second..<length { hasher.update(message[index]) }
                #expect(hex(hasher.finalize()) == sipHash128Vectors[length])
            }
        }
    }

    @Test("a text has another fingerprint in each domain and under each key")
    func domainsAndKeys() throws {
        let other = try Sample.key([UInt8](1...16))
        var seen: Set<Fingerprint> = []
        for key in [try key(), other] {
            seen.insert(key.fingerprint(of: message.span, domain: .buyer))
            seen.insert(key.fingerprint(of: message.span, domain: .idempotencyKey))
            seen.insert(key.fingerprint(of: message.span, domain: .request))
        }
        #expect(seen.count == 6)
    }

    @Test("a domain is the byte before the text, whatever the version")
    func domainByte() throws {
        let key = try key()
        var hasher = SipHasher128(key: key)
        hasher.update(FingerprintDomain.buyer.rawValue)
        hasher.update(message.span)
        #expect(hasher.finalize() == key.fingerprint(of: message.span, domain: .buyer))
        #expect(FingerprintDomain.buyer.rawValue == 1)
        #expect(FingerprintDomain.idempotencyKey.rawValue == 2)
        #expect(FingerprintDomain.request.rawValue == 3)
    }

    @Test("a key has 16 bytes", arguments: [0, 15, 17, 32])
    func keyLength(count: Int) {
        let bytes = [UInt8](repeating: 7, count: count)
        let key = FingerprintKey(bytes.span)
        #expect(key == nil)
    }
}

import Testing

@testable import Service

@Suite("SHA-256")
struct SHA256Tests {
    private func hex(_ bytes: [UInt8]) -> String { SHA256.digest(of: bytes.span).hex }

    @Test(
        "the digests of the published examples are right (FIPS 180-4 and its supplement)",
        arguments: [
            ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
            (
                "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
                "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
            ),
            (
                "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrst"
                    + "nopqrstu",
                "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
            ),
        ]
    )
    func examples(text: String, digest: String) {
        #expect(hex(Array(text.utf8)) == digest)
    }

    @Test("a million times `a` has the published digest")
    func million() {
        let digest = hex([UInt8](repeating: 0x61, count: 1_000_000))
        #expect(digest == "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
    }

    @Test(
        "short messages have the digests of NIST's CAVP (SHA256ShortMsg.rsp)",
        arguments: [
            ([0xD3], "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"),
            ([0x11, 0xAF], "5ca7133fa735326081558ac312c620eeca9970d1e70a4b95533d956f072d1f98"),
            ([0xB4, 0x19, 0x0E], "dff2e73091f6c05e528896c4c831b9448653dc2ff043528f6769437bc7b975c2"),
            ([0x74, 0xBA, 0x25, 0x21], "b16aa56be3880d18cd41e68384cf1ec8c17680c45a02b1575dc1518923ae8b0e"),
        ] as [([UInt8], String)]
    )
    func shortMessages(message: [UInt8], digest: String) {
        #expect(hex(message) == digest)
    }

    @Test("every length from 0 to 299 is padded as it must be")
    func lengths() {
        // What Python's hashlib says of the digests of all these messages, one behind the other.
        let all = (0..<300).flatMap { count in Array(hex((0..<count).map { UInt8($0 * 7 % 256) }).utf8) }
        #expect(hex(all) == "2956ef4e8392a8964f6f552bfba7613a805ef8f8550abe7eedcd072dcec36695")
    }

    @Test("a digest is read back from its digits, in either case, and from nothing else")
    func digits() throws {
        let digest = SHA256.digest(of: Array("abc".utf8).span)
        for text in [digest.hex, digest.hex.uppercased()] {
            let read = try #require(SHA256Digest(hex: text))
            #expect(read.isEqual(digest))
        }
        for text in ["", String(digest.hex.dropLast()), digest.hex + "0", digest.hex.dropLast() + "g"] {
            #expect(SHA256Digest(hex: text) == nil)
        }
    }

    @Test("digests that differ in any one bit are not equal")
    func bits() throws {
        let digest = SHA256.digest(of: Array("abc".utf8).span)
        let digits = Array(digest.hex)
        for (place, digit) in digits.enumerated() {
            for bit in 0..<4 {
                var other = digits
                let value = try #require(digit.hexDigitValue)
                other[place] = try #require(String(value ^ 1 << bit, radix: 16).first)
                let changed = try #require(SHA256Digest(hex: String(other)))
                #expect(!changed.isEqual(digest))
            }
        }
    }
}

import Domain
import HTTP

/// The body of a deposit or withdrawal: `{"amount": 5000, "currency": "USD", "reference": "..."}`.
struct WalletRequest {
    let amount: Money
    let reference: WalletReference?

    /// Reads the body.
    ///
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var amount: Int64?
        var currency: Currency?
        var reference: WalletReference?
        while let member = try reader.next(bytes) {
            if member.isNamed("amount", in: bytes) {
                try reader.note(0, member)
                amount = try Self.amount(member.value)
            } else if member.isNamed("currency", in: bytes) {
                try reader.note(1, member)
                currency = Currency(try MemberReader(name: "currency", value: member.value).text(bytes))
                guard currency != nil else { throw InvalidRequest("currency", "must be three capital letters") }
            } else if member.isNamed("reference", in: bytes) {
                try reader.note(2, member)
                reference = try Self.reference(MemberReader(name: "reference", value: member.value).text(bytes))
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let amount else { throw InvalidRequest("amount", "is missing") }
        guard let currency else { throw InvalidRequest("currency", "is missing") }
        self.amount = Money(amount: amount, currency: currency)
        self.reference = reference
    }

    private static func amount(_ value: JSONValue) throws(InvalidRequest) -> Int64 {
        guard case .integer(let units) = value, (1...Money.amountMax).contains(units) else {
            throw InvalidRequest("amount", "must be an integer from 1 to 9007199254740991")
        }
        return units
    }

    private static func reference(_ text: String) throws(InvalidRequest) -> WalletReference {
        do throws(InvalidField) {
            return try WalletReference(text)
        } catch {
            throw InvalidRequest(error)
        }
    }

    /// Adds what is asked for to a request's digest.
    func update(_ hasher: inout SipHasher128) {
        hasher.update(integer: amount.amount)
        hasher.update(text: amount.currency.description)
        hasher.update(text: reference?.text)
    }
}

import Domain
import HTTP

/// The body of `POST /v1/skus/{sku}/purchases`: `{"buyer": "u1", "quantity": 1}`.
struct PurchaseRequest {
    /// The buyer's name: a range of the request's bytes.
    let buyer: ByteRange
    let quantity: Quantity

    /// Reads the body without allocating.
    ///
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var buyer: ByteRange?
        var quantity: Quantity?
        while let member = try reader.next(bytes) {
            if member.isNamed("buyer", in: bytes) {
                try reader.note(0, member)
                buyer = try Self.identifier(member.value, bytes)
            } else if member.isNamed("quantity", in: bytes) {
                try reader.note(1, member)
                quantity = try Self.quantity(member.value)
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let buyer else { throw InvalidRequest("buyer", "is missing") }
        guard let quantity else { throw InvalidRequest("quantity", "is missing") }
        self.buyer = buyer
        self.quantity = quantity
    }

    static func identifier(_ value: JSONValue, _ bytes: Span<UInt8>) throws(InvalidRequest) -> ByteRange {
        guard case .string(let text) = value else { throw InvalidRequest("buyer", "must be a string") }
        // Every character of an identifier stands for itself: one that is escaped is refused like any other mistake.
        guard !text.hasEscapes, Identifier.isValid(bytes, text.content) else {
            throw InvalidRequest("buyer", "must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -, without escapes")
        }
        return text.content
    }

    private static func quantity(_ value: JSONValue) throws(InvalidRequest) -> Quantity {
        guard case .integer(let units) = value, let quantity = Quantity(units) else {
            throw InvalidRequest("quantity", "must be an integer from 1 to 1000000")
        }
        return quantity
    }
}

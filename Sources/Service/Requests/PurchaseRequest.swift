import Domain
import HTTP

/// How an order is paid, as far as this server knows.
enum PaymentMethod: UInt8 {
    /// Elsewhere.
    case none = 0
    /// From the buyer's wallet here.
    case wallet = 1
}

/// The body of `POST /v1/skus/{sku}/purchases`: `{"buyer": "u1", "quantity": 1, "payment": "wallet"}`.
struct PurchaseRequest {
    /// The buyer's name: a range of the request's bytes.
    let buyer: ByteRange
    let quantity: Quantity
    let payment: PaymentMethod

    /// Reads the body without allocating.
    ///
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var buyer: ByteRange?
        var quantity: Quantity?
        var payment = PaymentMethod.none
        while let member = try reader.next(bytes) {
            if member.isNamed("buyer", in: bytes) {
                try reader.note(0, member)
                buyer = try MemberReader(name: "buyer", value: member.value).identifier(bytes)
            } else if member.isNamed("quantity", in: bytes) {
                try reader.note(1, member)
                quantity = try MemberReader(name: "quantity", value: member.value).quantity()
            } else if member.isNamed("payment", in: bytes) {
                try reader.note(2, member)
                payment = try MemberReader(name: "payment", value: member.value).payment(bytes)
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let buyer else { throw InvalidRequest("buyer", "is missing") }
        guard let quantity else { throw InvalidRequest("quantity", "is missing") }
        self.buyer = buyer
        self.quantity = quantity
        self.payment = payment
    }

    /// Adds what is asked for to a request's digest.
    func update(_ hasher: inout SipHasher128, _ bytes: Span<UInt8>) {
        hasher.update(bytes.extracting(buyer.bounds))
        hasher.update(integer: quantity.units)
        // Keys of before there was a payment stay what they are.
        if payment != .none { hasher.update(payment.rawValue) }
    }
}

/// The body of `POST /api/purchase/`: `{"user_id": "u1", "item_id": "a"}`.
struct ItemPurchaseRequest {
    /// The buyer's name: a range of the request's bytes.
    let buyer: ByteRange
    /// The SKU's name: a range of the request's bytes.
    let sku: ByteRange

    /// Reads the body without allocating.
    ///
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var buyer: ByteRange?
        var sku: ByteRange?
        while let member = try reader.next(bytes) {
            if member.isNamed("user_id", in: bytes) {
                try reader.note(0, member)
                buyer = try MemberReader(name: "user_id", value: member.value).identifier(bytes)
            } else if member.isNamed("item_id", in: bytes) {
                try reader.note(1, member)
                sku = try MemberReader(name: "item_id", value: member.value).identifier(bytes)
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let buyer else { throw InvalidRequest("user_id", "is missing") }
        guard let sku else { throw InvalidRequest("item_id", "is missing") }
        self.buyer = buyer
        self.sku = sku
    }
}

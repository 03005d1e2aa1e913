import Domain
import HTTP

/// The body of `POST /v1/carts`: `{"buyer": "u1", "lines": [{"sku": "a", "quantity": 1}], "payment": "wallet"}`.
struct CartRequest {
    /// One SKU of the cart.
    struct Line {
        /// The SKU's name: a range of the request's bytes.
        let sku: ByteRange
        /// All units of it that the cart asks for.
        var quantity: Quantity
        /// Where the client names it first, from 0.
        let index: Int
    }

    /// The buyer's name: a range of the request's bytes.
    let buyer: ByteRange
    /// Each SKU once, in the order in which the client names them.
    let lines: [Line]
    let payment: PaymentMethod

    /// The most lines of a cart, so that one request never keeps a loop from the others.
    static let linesMax = 50

    /// Reads the body.
    ///
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var buyer: ByteRange?
        var lines: [Line]?
        var payment = PaymentMethod.none
        while let member = try reader.next(bytes) {
            if member.isNamed("buyer", in: bytes) {
                try reader.note(0, member)
                buyer = try MemberReader(name: "buyer", value: member.value).identifier(bytes)
            } else if member.isNamed("lines", in: bytes) {
                try reader.note(1, member)
                lines = try Self.lines(member.value, bytes)
            } else if member.isNamed("payment", in: bytes) {
                try reader.note(2, member)
                payment = try MemberReader(name: "payment", value: member.value).payment(bytes)
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let buyer else { throw InvalidRequest("buyer", "is missing") }
        guard let lines else { throw InvalidRequest("lines", "is missing") }
        self.buyer = buyer
        self.lines = lines
        self.payment = payment
    }

    private static func lines(_ value: JSONValue, _ bytes: Span<UInt8>) throws(InvalidRequest) -> [Line] {
        guard case .array(let array) = value else { throw InvalidRequest("lines", "must be an array") }
        var elements = JSONElements(array)
        var lines: [Line] = []
        lines.reserveCapacity(8)
        var count = 0
        while let element = try elements.nextElement(bytes) {
            guard count < linesMax else { throw InvalidRequest("lines", "must be at most 50") }
            try add(try line(element, count, bytes), to: &lines, bytes)
            count += 1
        }
        guard count > 0 else { throw InvalidRequest("lines", "must not be empty") }
        return lines
    }

    private static func line(_ value: JSONValue, _ index: Int, _ bytes: Span<UInt8>) throws(InvalidRequest) -> Line {
        guard case .object(let range) = value else { throw InvalidRequest("lines", "must be objects") }
        var reader = BodyReader(range)
        var sku: ByteRange?
        var quantity: Quantity?
        while let member = try reader.next(bytes) {
            if member.isNamed("sku", in: bytes) {
                try reader.note(0, member)
                sku = try MemberReader(name: "lines.sku", value: member.value).identifier(bytes)
            } else if member.isNamed("quantity", in: bytes) {
                try reader.note(1, member)
                quantity = try MemberReader(name: "lines.quantity", value: member.value).quantity()
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let sku else { throw InvalidRequest("lines.sku", "is missing") }
        guard let quantity else { throw InvalidRequest("lines.quantity", "is missing") }
        return Line(sku: sku, quantity: quantity, index: index)
    }

    /// Adds a line, to the one of the same SKU where there is one.
    private static func add(_ line: Line, to lines: inout [Line], _ bytes: Span<UInt8>) throws(InvalidRequest) {
        let known = lines.firstIndex { Text.equals(bytes, $0.sku, line.sku) }
        guard let known else { return lines.append(line) }
        guard let sum = Quantity(lines[known].quantity.units + line.quantity.units) else {
            throw InvalidRequest("lines.quantity", "must be at most 1000000 for one SKU")
        }
        lines[known].quantity = sum
    }

    /// Adds what is asked for to a request's digest.
    func update(_ hasher: inout SipHasher128, _ bytes: Span<UInt8>) {
        hasher.update(bytes.extracting(buyer.bounds))
        hasher.update(payment.rawValue)
        for line in lines {
            // No name holds a zero byte.
            hasher.update(0)
            hasher.update(bytes.extracting(line.sku.bounds))
            hasher.update(0)
            hasher.update(integer: line.quantity.units)
        }
    }
}

extension JSONElements {
    fileprivate mutating func nextElement(_ bytes: Span<UInt8>) throws(InvalidRequest) -> JSONValue? {
        do throws(JSONError) {
            return try next(in: bytes)
        } catch {
            throw InvalidRequest(error)
        }
    }
}

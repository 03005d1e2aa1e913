import Domain
import FoundationEssentials
import HTTP

/// Reads the value of one member of a request as the type that the member has.
struct MemberReader {
    let name: StaticString
    let value: JSONValue

    /// What a merge patch says: null takes the field away.
    func patch<Value>(
        _ read: @autoclosure () throws(InvalidRequest) -> Value
    ) throws(InvalidRequest) -> FieldPatch<Value> {
        if case .null = value { return .removed }
        return .set(try read())
    }

    func text(_ bytes: Span<UInt8>) throws(InvalidRequest) -> String {
        guard case .string(let text) = value else { throw InvalidRequest(name, "must be a string") }
        var writer = ByteWriter(capacity: max(1, Int(text.content.count)), bytesMax: max(1, Int(text.content.count)))
        JSONReader.decode(text, in: bytes, into: &writer)
        // SAFETY: the writer's bytes, copied during the call; the reader has found them to be UTF-8.
        return unsafe writer.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) }
    }

    /// A name: a range of the request's bytes.
    func identifier(_ bytes: Span<UInt8>) throws(InvalidRequest) -> ByteRange {
        guard case .string(let text) = value else { throw InvalidRequest(name, "must be a string") }
        // Every character of an identifier stands for itself: one that is escaped is refused like any other mistake.
        guard !text.hasEscapes, Identifier.isValid(bytes, text.content) else {
            throw InvalidRequest(name, "must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -, without escapes")
        }
        return text.content
    }

    /// How an order is paid.
    func payment(_ bytes: Span<UInt8>) throws(InvalidRequest) -> PaymentMethod {
        guard case .string(let text) = value, !text.hasEscapes, Text.equals(bytes, text.content, "wallet") else {
            throw InvalidRequest(name, "can only be wallet")
        }
        return .wallet
    }

    func flag() throws(InvalidRequest) -> Bool {
        guard case .boolean(let flag) = value else { throw InvalidRequest(name, "must be true or false") }
        return flag
    }

    func units() throws(InvalidRequest) -> UnitCount {
        guard case .integer(let units) = value, let count = UnitCount(units) else {
            throw InvalidRequest(name, "must be an integer from 0 to 9007199254740991")
        }
        return count
    }

    func quantity() throws(InvalidRequest) -> Quantity {
        guard case .integer(let units) = value, let quantity = Quantity(units) else {
            throw InvalidRequest(name, "must be an integer from 1 to 1000000")
        }
        return quantity
    }

    func delta() throws(InvalidRequest) -> Int64 {
        guard case .integer(let units) = value, UnitCount(Int64(clamping: units.magnitude)) != nil else {
            throw InvalidRequest(name, "must be an integer from -9007199254740991 to 9007199254740991")
        }
        return units
    }

    /// A moment as RFC 3339 has it, at any offset, with or without a fraction; kept to the millisecond.
    func instant(_ bytes: Span<UInt8>) throws(InvalidRequest) -> Instant {
        guard let instant = Instant(rfc3339: try text(bytes)) else {
            throw InvalidRequest(name, "must be a time such as 2027-01-01T09:00:00.000Z")
        }
        return instant
    }

    /// `{"amount": 12900, "currency": "USD"}`.
    func money(_ bytes: Span<UInt8>) throws(InvalidRequest) -> Money {
        guard case .object(let range) = value else {
            throw InvalidRequest(name, "must be an object with amount and currency")
        }
        var reader = BodyReader(range)
        var amount: Int64?
        var currency: Currency?
        while let member = try reader.next(bytes) {
            if member.isNamed("amount", in: bytes) {
                try reader.note(0, member)
                amount = try MemberReader(name: "price.amount", value: member.value).units().units
            } else if member.isNamed("currency", in: bytes) {
                try reader.note(1, member)
                currency = Currency(try MemberReader(name: "price.currency", value: member.value).text(bytes))
                guard currency != nil else { throw InvalidRequest("price.currency", "must be three capital letters") }
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let amount else { throw InvalidRequest("price.amount", "is missing") }
        guard let currency else { throw InvalidRequest("price.currency", "is missing") }
        return Money(amount: amount, currency: currency)
    }
}

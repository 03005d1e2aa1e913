import Domain
import HTTP

/// The body of `POST /v1/skus/{sku}/holds`: `{"buyer": "u1", "quantity": 1, "ttl_seconds": 300}`.
struct HoldRequest {
    /// The buyer's name: a range of the request's bytes.
    let buyer: ByteRange
    let quantity: Quantity
    /// How long the units are set aside.
    ///
    /// Unit: seconds.
    let seconds: Int64

    /// What a hold gets that asks for no time.
    static let secondsDefault: Int64 = 300

    /// Reads the body without allocating.
    ///
    /// - Parameters:
    ///   - body: where it stands.
    ///   - bytes: the request's.
    ///   - secondsMax: the longest time that may be asked for.
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>, secondsMax: Int64) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var buyer: ByteRange?
        var quantity: Quantity?
        var seconds: Int64?
        while let member = try reader.next(bytes) {
            if member.isNamed("buyer", in: bytes) {
                try reader.note(0, member)
                buyer = try MemberReader(name: "buyer", value: member.value).identifier(bytes)
            } else if member.isNamed("quantity", in: bytes) {
                try reader.note(1, member)
                quantity = try MemberReader(name: "quantity", value: member.value).quantity()
            } else if member.isNamed("ttl_seconds", in: bytes) {
                try reader.note(2, member)
                seconds = try MemberReader(name: "ttl_seconds", value: member.value).seconds(max: secondsMax)
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let buyer else { throw InvalidRequest("buyer", "is missing") }
        guard let quantity else { throw InvalidRequest("quantity", "is missing") }
        self.buyer = buyer
        self.quantity = quantity
        self.seconds = seconds ?? min(Self.secondsDefault, secondsMax)
    }
}

/// A body with one member that says how long: `{"ttl_seconds": 120}`, `{"freeze_seconds": 60}`.
struct DurationRequest {
    /// Unit: seconds.
    let seconds: Int64

    /// - Throws: what is wrong, with the member's name.
    init(
        _ body: ByteRange,
        _ bytes: Span<UInt8>,
        _ name: StaticString,
        secondsMax: Int64
    ) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var seconds: Int64?
        while let member = try reader.next(bytes) {
            guard member.isNamed(name, in: bytes) else { throw BodyReader.unknown(member) }
            try reader.note(0, member)
            seconds = try MemberReader(name: name, value: member.value).seconds(max: secondsMax)
        }
        guard let seconds else { throw InvalidRequest(name, "is missing") }
        self.seconds = seconds
    }
}

/// The body of `POST /v1/holds/{hold}/confirm`: `{}` or `{"quantity": 1}`.
struct ConfirmRequest {
    /// How many of the hold's units; nil for all.
    let quantity: Quantity?

    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var quantity: Quantity?
        while let member = try reader.next(bytes) {
            guard member.isNamed("quantity", in: bytes) else { throw BodyReader.unknown(member) }
            try reader.note(0, member)
            quantity = try MemberReader(name: "quantity", value: member.value).quantity()
        }
        self.quantity = quantity
    }
}

/// The body of `POST /v1/orders/{order}/cancel`: `{"reason": "...", "quantity": 1}`.
struct CancelRequest {
    let reason: CancelReason
    /// How many of the order's units; nil for all that are left.
    let quantity: Quantity?

    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var reason: String?
        var quantity: Quantity?
        while let member = try reader.next(bytes) {
            if member.isNamed("reason", in: bytes) {
                try reader.note(0, member)
                reason = try MemberReader(name: "reason", value: member.value).text(bytes)
            } else if member.isNamed("quantity", in: bytes) {
                try reader.note(1, member)
                quantity = try MemberReader(name: "quantity", value: member.value).quantity()
            } else {
                throw BodyReader.unknown(member)
            }
        }
        guard let reason else { throw InvalidRequest("reason", "is missing") }
        do throws(InvalidField) {
            self.reason = try CancelReason(reason)
        } catch {
            throw InvalidRequest(error)
        }
        self.quantity = quantity
    }
}

extension MemberReader {
    /// A time that has a configured limit.
    fileprivate func seconds(max most: Int64) throws(InvalidRequest) -> Int64 {
        guard case .integer(let seconds) = value, seconds >= 1 else {
            throw InvalidRequest(name, "must be an integer from 1")
        }
        guard seconds <= most else { throw InvalidRequest(.tooLong(name, secondsMax: most), "") }
        return seconds
    }
}

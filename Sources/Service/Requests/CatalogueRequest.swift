import Domain
import HTTP

/// The body of `PUT` and `PATCH` of a SKU.
struct CatalogueRequest {
    /// What is said of each field.
    private(set) var patch = SKUDetailsPatch()
    /// The first stock; `PUT` only.
    private(set) var stock: UnitCount?

    /// Reads the body.
    ///
    /// `isPut`: `stock` belongs to `PUT`, `paused` to `PATCH`.
    /// Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>, isPut: Bool) throws(InvalidRequest) {
        var reader = BodyReader(body)
        while let member = try reader.next(bytes) {
            guard let field = Field.allCases.first(where: { member.isNamed($0.name, in: bytes) }),
                field != (isPut ? .paused : .stock)
            else { throw BodyReader.unknown(member) }
            try reader.note(field.rawValue, member)
            try take(field, member.value, bytes)
        }
    }

    /// The details that `PUT` asks for.
    func details() throws(InvalidRequest) -> SKUDetails {
        guard case .set(let title) = patch.title else { throw InvalidRequest("title", "is missing") }
        guard case .set(let price) = patch.price else { throw InvalidRequest("price", "is missing") }
        do throws(InvalidField) {
            let least = try SKUDetails(title: title, price: price)
            return try patch.applied(to: least)
        } catch {
            throw InvalidRequest(error)
        }
    }

    private enum Field: Int, CaseIterable {
        case title
        case price
        case stock
        case description
        case image
        case url
        case limitPerBuyer
        case opensAt
        case closesAt
        case paused

        var name: StaticString {
            switch self {
            case .title: "title"
            case .price: "price"
            case .stock: "stock"
            case .description: "description"
            case .image: "image"
            case .url: "url"
            case .limitPerBuyer: "limit_per_buyer"
            case .opensAt: "opens_at"
            case .closesAt: "closes_at"
            case .paused: "paused"
            }
        }
    }

    private mutating func take(_ field: Field, _ value: JSONValue, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        let read = MemberReader(name: field.name, value: value)
        switch field {
        case .title: patch.title = try read.patch(read.text(bytes))
        case .price: patch.price = try read.patch(read.money(bytes))
        case .stock: stock = try read.units()
        case .description: patch.description = try read.patch(read.text(bytes))
        case .image: patch.image = try read.patch(read.text(bytes))
        case .url: patch.url = try read.patch(read.text(bytes))
        case .limitPerBuyer: patch.limitPerBuyer = try read.patch(read.quantity())
        case .opensAt: patch.opensAt = try read.patch(read.instant(bytes))
        case .closesAt: patch.closesAt = try read.patch(read.instant(bytes))
        case .paused: patch.paused = try read.patch(read.flag())
        }
    }
}

/// The body of `POST /v1/skus/{sku}/stock`.
struct StockRequest {
    /// Either a difference or a target.
    enum Change {
        case delta(Int64)
        case set(UnitCount, ifAvailable: UnitCount?)
    }

    let change: Change
    let note: StockNote

    /// Reads the body.
    ///
    /// - Throws: what is wrong, with the member's name.
    init(_ body: ByteRange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        var reader = BodyReader(body)
        var delta: Int64?
        var target: UnitCount?
        var ifAvailable: UnitCount?
        var reason: String?
        var reference: String?
        while let member = try reader.next(bytes) {
            guard let index = Self.names.firstIndex(where: { member.isNamed($0, in: bytes) }) else {
                throw BodyReader.unknown(member)
            }
            try reader.note(index, member)
            let read = MemberReader(name: Self.names[index], value: member.value)
            switch index {
            case 0: delta = try read.delta()
            case 1: target = try read.units()
            case 2: ifAvailable = try read.units()
            case 3: reason = try read.text(bytes)
            default: reference = try read.text(bytes)
            }
        }
        change = try Self.change(delta, target, ifAvailable)
        guard let reason else { throw InvalidRequest("reason", "is missing") }
        do throws(InvalidField) {
            note = try StockNote(reason: reason, reference: reference)
        } catch {
            throw InvalidRequest(error)
        }
    }

    private static let names: [StaticString] = ["delta", "set", "if_available", "reason", "reference"]

    private static func change(
        _ delta: Int64?,
        _ target: UnitCount?,
        _ ifAvailable: UnitCount?
    ) throws(InvalidRequest) -> Change {
        switch (delta, target) {
        case (let delta?, nil):
            guard ifAvailable == nil else { throw InvalidRequest("if_available", "goes with set") }
            return .delta(delta)
        case (nil, let target?): return .set(target, ifAvailable: ifAvailable)
        case (nil, nil): throw InvalidRequest("delta", "is missing: give delta or set")
        case (.some, .some): throw InvalidRequest("set", "cannot stand beside delta")
        }
    }
}

extension StockRequest {
    func command(_ ifSequence: UInt64?) -> SKUCommand {
        switch change {
        case .delta(let delta): .adjust(delta: delta, note: note, ifSequence: ifSequence)
        case .set(let target, let ifAvailable):
            .set(available: target, ifAvailable: ifAvailable, note: note, ifSequence: ifSequence)
        }
    }

    /// Adds what is asked for to a request's digest.
    func update(_ hasher: inout SipHasher128) {
        switch change {
        case .delta(let delta):
            hasher.update(0)
            hasher.update(integer: delta)
        case .set(let target, let ifAvailable):
            hasher.update(1)
            hasher.update(integer: target.units)
            hasher.update(integer: ifAvailable?.units ?? -1)
        }
        hasher.update(text: note.reason)
        hasher.update(text: note.reference)
    }
}

/// What a merge patch says of one field (RFC 7396).
public enum FieldPatch<Value: Sendable>: Sendable {
    /// The field is not in the patch: it stays as it is.
    case absent
    /// The field gets this value.
    case set(Value)
    /// The field is null in the patch: it is taken away.
    case removed

    /// Whether the patch leaves the field alone.
    public var isAbsent: Bool {
        switch self {
        case .absent: true
        case .set, .removed: false
        }
    }

    /// The field after the patch, where it may be absent.
    func applied(to present: Value?) -> Value? {
        switch self {
        case .absent: present
        case .set(let value): value
        case .removed: nil
        }
    }

    /// The field after the patch, where it may not be absent.
    func applied(toRequired present: Value, _ field: InvalidField.Field) throws(InvalidField) -> Value {
        switch self {
        case .absent: return present
        case .set(let value): return value
        case .removed: throw InvalidField(field, .required)
        }
    }
}

/// A merge patch of a SKU's details (RFC 7396).
public struct SKUDetailsPatch: Sendable {
    /// The title; cannot be removed.
    public var title: FieldPatch<String> = .absent
    /// The price; cannot be removed, and is replaced whole: an amount without its currency means nothing.
    public var price: FieldPatch<Money> = .absent
    /// The description.
    public var description: FieldPatch<String> = .absent
    /// The picture's place.
    public var image: FieldPatch<String> = .absent
    /// The product page's place.
    public var url: FieldPatch<String> = .absent
    /// The limit per buyer; removed for no limit.
    public var limitPerBuyer: FieldPatch<Quantity> = .absent
    /// The first moment of the sale.
    public var opensAt: FieldPatch<Instant> = .absent
    /// The first moment after the sale.
    public var closesAt: FieldPatch<Instant> = .absent
    /// Whether the sale is stopped for now; cannot be removed.
    public var paused: FieldPatch<Bool> = .absent

    /// A patch that changes nothing yet.
    public init() {}

    /// Whether the patch names no field at all.
    public var isEmpty: Bool {
        title.isAbsent && price.isAbsent && description.isAbsent && image.isAbsent && url.isAbsent
            && limitPerBuyer.isAbsent && opensAt.isAbsent && closesAt.isAbsent && paused.isAbsent
    }

    /// The details after the patch.
    ///
    /// - Parameter details: the details before it.
    /// - Returns: new details; the old ones are as they were.
    /// - Throws: `InvalidField`, naming the first required field that is removed or the first limit that is broken.
    public func applied(to details: SKUDetails) throws(InvalidField) -> SKUDetails {
        try SKUDetails(
            title: title.applied(toRequired: details.title, .title),
            price: price.applied(toRequired: details.price, .price),
            description: description.applied(to: details.description),
            image: image.applied(to: details.image),
            url: url.applied(to: details.url),
            limitPerBuyer: limitPerBuyer.applied(to: details.limitPerBuyer),
            opensAt: opensAt.applied(to: details.opensAt),
            closesAt: closesAt.applied(to: details.closesAt),
            paused: paused.applied(toRequired: details.paused, .paused)
        )
    }
}

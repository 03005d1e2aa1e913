/// What the catalogue says of one SKU: everything but its stock.
///
/// Immutable and shared: an event, the state and an answer hold the same object, so changing the details of a SKU
/// never copies text.
public final class SKUDetails: Sendable {
    /// The longest title, in Unicode scalars: they count the same in every version of Unicode.
    public static let titleScalarsMax = 200
    /// The longest description, in UTF-8 bytes: without a limit, details would not fit a journal record.
    public static let descriptionBytesMax = 4_096
    /// The longest `image` and `url`, in UTF-8 bytes.
    public static let linkBytesMax = 2_048

    /// The name shown to buyers: 1 to `titleScalarsMax` Unicode scalars.
    public let title: String
    /// What one unit costs: 0...`Money.amountMax`.
    public let price: Money
    /// Text for buyers, at most `descriptionBytesMax` bytes.
    public let description: String?
    /// Where a picture is, at most `linkBytesMax` bytes.
    public let image: String?
    /// Where the product's own page is, at most `linkBytesMax` bytes.
    public let url: String?
    /// How many units one buyer may have in all; nil for no limit.
    public let limitPerBuyer: Quantity?
    /// The first moment of the sale; nil for no beginning.
    public let opensAt: Instant?
    /// The first moment after the sale; nil for no end.
    public let closesAt: Instant?
    /// Whether the operator has stopped the sale for now.
    public let paused: Bool

    /// Details that keep every limit.
    ///
    /// - Throws: `InvalidField`, naming the first field that breaks its limit.
    public init(
        title: String,
        price: Money,
        description: String? = nil,
        image: String? = nil,
        url: String? = nil,
        limitPerBuyer: Quantity? = nil,
        opensAt: Instant? = nil,
        closesAt: Instant? = nil,
        paused: Bool = false
    ) throws(InvalidField) {
        try InvalidField.check(title, .title, scalarsMax: Self.titleScalarsMax)
        guard (0...Money.amountMax).contains(price.amount) else {
            throw InvalidField(.price, .outOfRange(min: 0, max: Money.amountMax))
        }
        try InvalidField.check(description, .description, bytesMax: Self.descriptionBytesMax)
        try InvalidField.check(image, .image, bytesMax: Self.linkBytesMax)
        try InvalidField.check(url, .url, bytesMax: Self.linkBytesMax)
        if let opensAt, let closesAt, closesAt <= opensAt { throw InvalidField(.closesAt, .notAfterOpening) }
        self.title = title
        self.price = price
        self.description = description
        self.image = image
        self.url = url
        self.limitPerBuyer = limitPerBuyer
        self.opensAt = opensAt
        self.closesAt = closesAt
        self.paused = paused
    }

    /// The same but for `paused`; no limit can be broken by it.
    private init(_ other: SKUDetails, paused: Bool) {
        title = other.title
        price = other.price
        description = other.description
        image = other.image
        url = other.url
        limitPerBuyer = other.limitPerBuyer
        opensAt = other.opensAt
        closesAt = other.closesAt
        self.paused = paused
    }

    /// These details, paused or not.
    func with(paused: Bool) -> SKUDetails {
        paused == self.paused ? self : SKUDetails(self, paused: paused)
    }
}

extension SKUDetails: Equatable {
    /// Whether all fields are equal.
    public static func == (left: SKUDetails, right: SKUDetails) -> Bool {
        if left === right { return true }
        return left.title == right.title && left.price == right.price && left.description == right.description
            && left.image == right.image && left.url == right.url && left.limitPerBuyer == right.limitPerBuyer
            && left.opensAt == right.opensAt && left.closesAt == right.closesAt && left.paused == right.paused
    }
}

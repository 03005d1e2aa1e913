/// The name of a hold within its SKU.
public struct HoldName: Sendable, Hashable {
    /// The number of the change that placed it among the SKU's own: no two holds of a SKU share it.
    public let number: UInt64
    /// Where the SKU keeps it; another hold may have the place once this one is forgotten.
    public let place: UInt32

    /// A name as it was given out.
    public init(number: UInt64, place: UInt32) {
        self.number = number
        self.place = place
    }
}

/// Units set aside for one buyer for a time, and what became of them.
///
/// 64 bytes: a SKU may have a million of them.
public struct Hold: Sendable, Equatable {
    /// What became of a hold; it leaves `held` once.
    public enum State: UInt8, Sendable {
        /// The units are set aside.
        case held
        /// All or some of the units were sold; the rest went back.
        case confirmed
        /// The units went back, because the buyer gave them back.
        case released
        /// The units went back, because the time was over.
        case expired
    }

    /// The number of the change that placed it.
    public let number: UInt64
    /// For whom.
    public let buyer: Fingerprint
    /// What one unit costs: the price of the moment at which it was placed.
    public let unitPrice: Money
    /// Units set aside.
    public let quantity: Quantity
    /// How often the deadline was moved.
    public internal(set) var extensions: UInt8 = 0
    /// Whether the clock was stopped for a payment, which is done once.
    public internal(set) var wasFrozen = false
    /// What became of it.
    public internal(set) var state: State = .held
    /// When the units go back, or went back; when they were taken anew, for a hold that was confirmed after its end.
    public internal(set) var deadline: Instant
    /// Where its owner keeps the record that made it an order; means nothing here.
    public internal(set) var order: UInt64 = 0

    /// A hold as it is placed.
    init(_ placement: HoldPlacement) {
        self.init(
            number: placement.sequence,
            buyer: placement.buyer,
            unitPrice: placement.unitPrice,
            quantity: placement.quantity,
            deadline: placement.expiresAt
        )
    }

    init(number: UInt64, buyer: Fingerprint, unitPrice: Money, quantity: Quantity, deadline: Instant) {
        self.number = number
        self.buyer = buyer
        self.unitPrice = unitPrice
        self.quantity = quantity
        self.deadline = deadline
    }
}

/// What an operator allows of holds.
///
/// Only decisions look at it, never `apply`: a journal written under other limits stays readable.
public struct HoldLimits: Sendable {
    /// Most open holds of one buyer on one SKU.
    public var openPerBuyerMax: Int
    /// Most units of one SKU that may be held at once; nil for as many as there are.
    public var heldUnitsMax: Int64?
    /// How often one hold may be extended.
    public var extensionsMax: Int
    /// How long a resolved hold is remembered at least.
    ///
    /// Unit: milliseconds.
    public var rememberedMilliseconds: Int64
    /// Whether there is memory for another hold beside those that must be remembered.
    public var mayGrow = true

    /// Limits as they are configured.
    ///
    /// - Parameters:
    ///   - openPerBuyerMax: at most `openPerBuyerHighest`.
    ///   - heldUnitsMax: nil for as many as there are.
    ///   - extensionsMax: at most 255.
    ///   - rememberedMilliseconds: of a resolved hold.
    public init(
        openPerBuyerMax: Int = 10,
        heldUnitsMax: Int64? = nil,
        extensionsMax: Int = 3,
        rememberedMilliseconds: Int64 = 86_400_000
    ) {
        self.openPerBuyerMax = min(openPerBuyerMax, Self.openPerBuyerHighest)
        self.heldUnitsMax = heldUnitsMax
        self.extensionsMax = min(extensionsMax, Int(UInt8.max))
        self.rememberedMilliseconds = rememberedMilliseconds
    }

    /// The most that `openPerBuyerMax` can be.
    public static let openPerBuyerHighest = HolderTally.countMax
}

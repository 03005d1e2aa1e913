/// Units set aside for a buyer.
public struct HoldPlacement: Sendable, Equatable {
    /// For whom.
    public let buyer: Fingerprint
    /// When it was decided.
    public let at: Instant
    /// When the units go back.
    public let expiresAt: Instant
    /// The number of this change among the SKU's own, and of the hold.
    public let sequence: UInt64
    /// Units available right after it.
    public let remaining: Int64
    /// What one unit costs.
    public let unitPrice: Money
    /// Units set aside.
    public let quantity: Quantity
    /// Where the SKU keeps the hold.
    public let place: UInt32

    /// A placement as it is told or was journaled.
    public init(
        buyer: Fingerprint,
        quantity: Quantity,
        unitPrice: Money,
        expiresAt: Instant,
        place: UInt32,
        remaining: Int64,
        sequence: UInt64,
        at: Instant
    ) {
        self.buyer = buyer
        self.at = at
        self.expiresAt = expiresAt
        self.sequence = sequence
        self.remaining = remaining
        self.unitPrice = unitPrice
        self.quantity = quantity
        self.place = place
    }

    /// The hold's name.
    public var name: HoldName { HoldName(number: sequence, place: place) }
}

/// A hold that became an order.
public struct HoldConfirmation: Sendable, Equatable {
    /// Which hold.
    public let hold: HoldName
    /// What was bought: all that was held or a part of it.
    ///
    /// The rest of a part went back.
    public let purchase: Purchase
    /// Units that the hold had.
    public let held: Quantity
    /// Whether the hold had expired and its units were taken anew.
    public let isReacquired: Bool

    /// Units available right before it.
    public var availableBefore: Int64 {
        purchase.remaining + purchase.quantity.units - (isReacquired ? 0 : held.units)
    }

    /// A confirmation as it is told or was journaled.
    public init(hold: HoldName, purchase: Purchase, held: Quantity, isReacquired: Bool) {
        self.hold = hold
        self.held = held
        self.purchase = purchase
        self.isReacquired = isReacquired
    }
}

/// A hold whose units went back.
public struct HoldEnding: Sendable, Equatable {
    /// Which hold.
    public let hold: HoldName
    /// Whether its time was over; else the buyer gave it back.
    public let isExpiry: Bool
    /// Units that went back: all that it had.
    public let quantity: Quantity
    /// Units available right after it.
    public let remaining: Int64
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// An ending as it is told or was journaled.
    public init(
        hold: HoldName,
        isExpiry: Bool,
        quantity: Quantity,
        remaining: Int64,
        sequence: UInt64,
        at: Instant
    ) {
        self.hold = hold
        self.isExpiry = isExpiry
        self.quantity = quantity
        self.remaining = remaining
        self.sequence = sequence
        self.at = at
    }
}

/// A hold whose deadline was moved.
public struct HoldProlongation: Sendable, Equatable {
    /// Which hold.
    public let hold: HoldName
    /// When its units go back from now on.
    public let expiresAt: Instant
    /// Whether the clock was stopped for a payment; else the hold was extended.
    public let isFreeze: Bool
    /// Units that it has: with the next one, told so that the record alone gives the answer again.
    public let quantity: Quantity
    /// Units available at that moment.
    public let remaining: Int64
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A prolongation as it is told or was journaled.
    public init(
        hold: HoldName,
        expiresAt: Instant,
        isFreeze: Bool,
        quantity: Quantity,
        remaining: Int64,
        sequence: UInt64,
        at: Instant
    ) {
        self.hold = hold
        self.expiresAt = expiresAt
        self.isFreeze = isFreeze
        self.quantity = quantity
        self.remaining = remaining
        self.sequence = sequence
        self.at = at
    }
}

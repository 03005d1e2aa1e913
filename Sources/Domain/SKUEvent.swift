/// One change of one SKU, as it is journaled: a fact, never undone.
///
/// Only rare big payloads are boxed: a box is an allocation.
/// Applied in order, a SKU's events give its state; live traffic, replay and snapshots do the same.
public enum SKUEvent: Sendable, Equatable {
    /// Units were sold.
    case purchased(Purchase)
    /// The SKU came into the catalogue.
    case created(Creation)
    /// The details were replaced.
    case replaced(DetailsChange)
    /// Some of the details were changed.
    case amended(DetailsChange)
    /// Units were brought in or taken out.
    case stockAdjusted(StockAdjustment)
    /// The SKU went out of the catalogue.
    case removed(Removal)
    /// Units were set aside for a buyer.
    case held(HoldPlacement)
    /// A hold became an order.
    case confirmed(HoldConfirmation)
    /// A hold's units went back.
    case holdEnded(HoldEnding)
    /// A hold's deadline was moved.
    case holdProlonged(HoldProlongation)
    /// An order was cancelled, or a part of it.
    indirect case cancelled(Cancellation)
    /// Units were set aside for a transaction.
    case reserved(Reservation)
    /// A transaction has ended for the units that were set aside for it.
    case settled(Settlement)

    /// The number of this change among the SKU's own: from 1, without a gap.
    public var sequence: UInt64 {
        switch self {
        case .purchased(let purchase): purchase.sequence
        case .created(let creation): creation.sequence
        case .replaced(let change): change.sequence
        case .amended(let change): change.sequence
        case .stockAdjusted(let adjustment): adjustment.sequence
        case .removed(let removal): removal.sequence
        case .held(let placement): placement.sequence
        case .confirmed(let confirmation): confirmation.purchase.sequence
        case .holdEnded(let ending): ending.sequence
        case .holdProlonged(let prolongation): prolongation.sequence
        case .cancelled(let cancellation): cancellation.sequence
        case .reserved(let reservation): reservation.purchase.sequence
        case .settled(let settlement): settlement.sequence
        }
    }

    /// When it happened.
    public var at: Instant {
        switch self {
        case .purchased(let purchase): purchase.at
        case .created(let creation): creation.at
        case .replaced(let change): change.at
        case .amended(let change): change.at
        case .stockAdjusted(let adjustment): adjustment.at
        case .removed(let removal): removal.at
        case .held(let placement): placement.at
        case .confirmed(let confirmation): confirmation.purchase.at
        case .holdEnded(let ending): ending.at
        case .holdProlonged(let prolongation): prolongation.at
        case .cancelled(let cancellation): cancellation.at
        case .reserved(let reservation): reservation.purchase.at
        case .settled(let settlement): settlement.at
        }
    }
}

/// Units sold to a buyer.
public struct Purchase: Sendable, Equatable {
    /// Who bought.
    public let buyer: Fingerprint
    /// When it was decided.
    public let at: Instant
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// Units available right after it.
    public let remaining: Int64
    /// What one unit cost at that moment.
    public let unitPrice: Money
    /// Units bought.
    public let quantity: Quantity

    /// A purchase as it is told or was journaled.
    public init(
        buyer: Fingerprint,
        quantity: Quantity,
        unitPrice: Money,
        remaining: Int64,
        sequence: UInt64,
        at: Instant
    ) {
        self.buyer = buyer
        self.at = at
        self.sequence = sequence
        self.remaining = remaining
        self.unitPrice = unitPrice
        self.quantity = quantity
    }

    /// What the buyer pays, or nil where it is more than `Money.amountMax`, which `decide` never lets through.
    public var total: Money? { unitPrice.times(quantity) }
}

/// A SKU's entry into the catalogue.
public struct Creation: Sendable, Equatable {
    /// What the catalogue says of it.
    public let details: SKUDetails
    /// Units it starts with, all of them available.
    public let stock: UnitCount
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A creation as it is told or was journaled.
    public init(details: SKUDetails, stock: UnitCount, sequence: UInt64, at: Instant) {
        self.details = details
        self.stock = stock
        self.sequence = sequence
        self.at = at
    }
}

/// New details of a SKU: all of them, also where only some were changed.
public struct DetailsChange: Sendable, Equatable {
    /// The details from now on.
    public let details: SKUDetails
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A change as it is told or was journaled.
    public init(details: SKUDetails, sequence: UInt64, at: Instant) {
        self.details = details
        self.sequence = sequence
        self.at = at
    }
}

/// Units brought in or taken out by an operator.
public struct StockAdjustment: Sendable, Equatable {
    /// Units brought in; negative where they were taken out.
    public let delta: Int64
    /// Units available right after it.
    public let remaining: Int64
    /// Why.
    public let note: StockNote
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// An adjustment as it is told or was journaled.
    public init(delta: Int64, remaining: Int64, note: StockNote, sequence: UInt64, at: Instant) {
        self.delta = delta
        self.remaining = remaining
        self.note = note
        self.sequence = sequence
        self.at = at
    }
}

/// A SKU's exit from the catalogue.
public struct Removal: Sendable, Equatable {
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A removal as it is told or was journaled.
    public init(sequence: UInt64, at: Instant) {
        self.sequence = sequence
        self.at = at
    }
}

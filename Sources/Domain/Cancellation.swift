/// An order that somebody wants to cancel, as its record tells it.
public struct CancellableOrder: Sendable {
    /// The number of its change among the SKU's own.
    public let sequence: UInt64
    /// Who bought.
    public let buyer: Fingerprint
    /// Units bought.
    public let quantity: Quantity
    /// What the buyer's wallet has paid for each unit; nil where none has.
    public let paid: Money?

    /// The order that a purchase made.
    ///
    /// - Parameters:
    ///   - purchase: as the order's record tells it.
    ///   - isPaid: whether the buyer's wallet has paid for it.
    public init(_ purchase: Purchase, isPaid: Bool = false) {
        sequence = purchase.sequence
        buyer = purchase.buyer
        quantity = purchase.quantity
        paid = isPaid ? purchase.unitPrice : nil
    }
}

/// Units of an order that are not sold after all.
public struct Cancellation: Sendable, Equatable {
    /// The number of the change that the order was.
    public let order: UInt64
    /// Who bought.
    public let buyer: Fingerprint
    /// Units cancelled by this change.
    public let quantity: Quantity
    /// Units that are available again: all of them, or none where the SKU has left the catalogue since.
    public let returned: Int64
    /// Units of the order that stay bought.
    public let left: Int64
    /// Units available right after it.
    public let remaining: Int64
    /// What the buyer's wallet gets back; nil where none has paid.
    public let refund: Money?
    /// Why.
    public let reason: CancelReason
    /// The number of this change among the SKU's own.
    public let sequence: UInt64
    /// When it was decided.
    public let at: Instant

    /// A cancellation as it is told or was journaled.
    public init(
        order: UInt64,
        buyer: Fingerprint,
        quantity: Quantity,
        returned: Int64,
        left: Int64,
        remaining: Int64,
        refund: Money? = nil,
        reason: CancelReason,
        sequence: UInt64,
        at: Instant
    ) {
        self.order = order
        self.buyer = buyer
        self.quantity = quantity
        self.returned = returned
        self.left = left
        self.remaining = remaining
        self.refund = refund
        self.reason = reason
        self.sequence = sequence
        self.at = at
    }
}

/// Why an order was cancelled; kept in the audit trail.
public final class CancelReason: Sendable, Equatable {
    /// The longest reason, in Unicode scalars.
    public static let scalarsMax = 200

    /// 0 to `scalarsMax` Unicode scalars.
    public let text: String

    /// A reason that keeps its limit.
    ///
    /// - Throws: `InvalidField`, naming `reason`.
    public init(_ text: String) throws(InvalidField) {
        if !text.isEmpty { try InvalidField.check(text, .reason, scalarsMax: Self.scalarsMax) }
        self.text = text
    }

    /// Whether the texts are equal.
    public static func == (left: CancelReason, right: CancelReason) -> Bool { left.text == right.text }
}

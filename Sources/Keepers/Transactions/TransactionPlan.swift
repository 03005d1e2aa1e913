import Domain

/// What somebody wants to buy in one go: all of it or none, perhaps paid from a wallet.
public struct TransactionPlan: Sendable, Equatable {
    /// What was asked for, and so what the answer looks like; the raw value is part of what is journaled.
    public enum Kind: UInt8, Sendable {
        /// One SKU, paid from the buyer's wallet.
        case purchase = 0
        /// A cart.
        case cart = 1
    }

    /// Most SKUs of one transaction: one record must be able to name them all.
    public static let linesMax = 50

    /// What was asked for.
    public let kind: Kind
    /// The buyer's name, 1...128 bytes.
    public let buyer: [UInt8]
    /// The SKUs, all different: 1 to `linesMax` of them.
    public let lines: [TransactionLine]
    /// Whether the buyer's wallet pays.
    public let isPaid: Bool
    /// The idempotency key, if there is one.
    public let request: RequestKey?
    /// In whose name it is made; empty for nobody's.
    public let by: [UInt8]

    /// A plan as it was asked for; see the members.
    public init(
        kind: Kind,
        buyer: [UInt8],
        lines: [TransactionLine],
        isPaid: Bool,
        request: RequestKey?,
        by: [UInt8] = []
    ) {
        self.kind = kind
        self.buyer = buyer
        self.lines = lines
        self.isPaid = isPaid
        self.request = request
        self.by = by
    }
}

/// One SKU of a transaction.
public struct TransactionLine: Sendable, Equatable {
    /// The SKU's name, 1...128 bytes.
    public let sku: [UInt8]
    /// Units.
    public let quantity: Quantity

    /// So many units of a SKU.
    public init(sku: [UInt8], quantity: Quantity) {
        self.sku = sku
        self.quantity = quantity
    }
}

/// The name of one transaction: 128 bits that no other one has.
public struct TransactionID: Sendable, Hashable, Comparable, BitwiseCopyable {
    /// The first 64 bits.
    public let high: UInt64
    /// The last 64 bits.
    public let low: UInt64

    /// The id made of these two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// The id that a hash stands for.
    public init(_ fingerprint: Fingerprint) {
        self.init(high: fingerprint.high, low: fingerprint.low)
    }

    /// Half of it is enough: it is made by a hash with a secret.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(low)
    }

    /// Whether the left one is the smaller number: an order for whoever needs any.
    public static func < (left: TransactionID, right: TransactionID) -> Bool {
        (left.high, left.low) < (right.high, right.low)
    }
}

/// What a record of a participant says of its transaction.
public struct TransactionLink: Sendable, Hashable, BitwiseCopyable {
    /// Which transaction.
    public let id: TransactionID
    /// Who knows whether it was decided: the number of a partition, which means nothing here.
    public let coordinator: UInt16

    /// A part of the transaction that the coordinator decides.
    public init(id: TransactionID, coordinator: UInt16) {
        self.id = id
        self.coordinator = coordinator
    }
}

import Domain
import Journal

/// What somebody wants of a hold.
public enum HoldCommand: Sendable {
    /// Buy so many of its units, or all where it is nil.
    case confirm(Quantity?)
    /// Give the units back.
    case release
    /// Let it last at least so long from now.
    case extend(milliseconds: Int64)
    /// Stop its clock for so long, once, while a payment runs.
    case freeze(milliseconds: Int64)
}

/// What became of a command about a hold.
public struct HoldChange: Sendable {
    /// The hold after it.
    public let view: HoldView
    /// The order, where the hold was confirmed.
    public let order: Purchase?
    /// Whether the hold had expired, and its units were taken anew.
    public let isReacquired: Bool
    /// Where the record starts; nil where there was nothing left to do.
    public let position: JournalPosition?
}

/// A hold as an answer shows it.
public struct HoldView: Sendable {
    /// Its name within the SKU.
    public let name: HoldName
    /// Units set aside.
    public let quantity: Quantity
    /// When the units go back or went back.
    public let expiresAt: Instant
    /// What became of it.
    public let state: Hold.State
    /// Where the record of its order stands, as the SKU's partition remembers it; nil unless it is confirmed.
    public let order: RecordPlace?
    /// Units of the SKU available now.
    public let remaining: Int64
    /// For whom.
    public let buyer: BuyerName
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
}

/// A buyer's name that is copied without an allocation.
public struct BuyerName: Sendable {
    /// The most bytes of a name.
    public static let bytesMax = 128

    /// The name, and zeros.
    public let bytes: InlineArray<128, UInt8>
    /// Bytes of the name.
    public let count: Int

    /// A copy of a name of at most `bytesMax` bytes.
    public init(_ name: Span<UInt8>) {
        count = min(name.count, Self.bytesMax)
        var bytes = InlineArray<128, UInt8>(repeating: 0)
        for index in 0..<count { bytes[index] = name[index] }
        self.bytes = bytes
    }
}

/// An order that was cancelled, or a part of it.
public struct OrderCancel: Sendable {
    /// Units of the order that are cancelled by now.
    public let cancelled: Int64
    /// What the buyer's wallet gets back for this cancellation; nil where none has paid, or nothing was left to do.
    public var refund: Money?
    /// Where the record starts; nil where all of it was cancelled before.
    public let position: JournalPosition?
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
}

/// What became of a hold whose timer has come up.
enum HoldExpiry {
    /// Its units went back.
    case expired
    /// It is resolved already.
    case resolved
    /// It lasts until then.
    case open(until: Instant)
    /// The journal takes no more now.
    case unavailable
}

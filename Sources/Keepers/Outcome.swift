import Domain
import Journal

/// What became of a command to a keeper.
///
/// Nothing of it may be shown before the journal is durable up to what it depends on.
public enum Outcome<Change: Sendable>: Sendable {
    /// The change is in the journal's open batch and in the state.
    case changed(Change)
    /// The idempotency key has been used: the record that answers it stands there.
    case remembered(RecordPlace)
    /// Nothing was changed. The reason was true once everything before `dependsOn` is durable.
    case refused(Refusal, dependsOn: JournalPosition)
    /// Nothing was changed, for the server's own reasons.
    case unavailable(Unavailability)
}

/// Why a partition takes no change now.
public enum Unavailability: Sendable {
    /// The journal's staging or the memory of keys is full: try again soon.
    case overloaded
    /// As many transactions are under way as may be, or one was made to fail: try again soon.
    case transactionsFull
    /// As many idempotency keys are remembered as may be: try again when some are forgotten, or without a key.
    case keysFull
    /// The disk refuses writes: not before a restart.
    case readOnly
}

/// A purchase that was made.
public struct Sale: Sendable {
    /// The facts, as journaled.
    public let purchase: Purchase
    /// Where its record starts: the order's id is made of it.
    public let position: JournalPosition
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
}

/// A change of a SKU's catalogue entry or stock that was made.
public struct SKUChange: Sendable {
    /// The SKU after it, or before it where it left the catalogue.
    public let view: SKUView?
    /// Whether the SKU came into being.
    public let isCreation: Bool
    /// Where its record starts.
    public let position: JournalPosition
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
    /// For a change of stock: what was recorded.
    public let adjustment: StockAdjustment?
}

/// A SKU as an answer shows it.
public struct SKUView: Sendable {
    /// The catalogue entry.
    public let details: SKUDetails
    /// Where the units are.
    public let levels: StockLevels
    /// The SKU's count of changes.
    public let sequence: UInt64
    /// Whether it can be bought at the moment of the answer.
    public let status: SaleStatus
    /// The answer may leave once the journal is durable up to here.
    public let dependsOn: JournalPosition
}

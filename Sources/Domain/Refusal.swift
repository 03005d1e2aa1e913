/// Why a command changed nothing.
public enum Refusal: Error, Equatable {
    /// The SKU is not in the catalogue.
    case unknownSKU
    /// The SKU is in the catalogue already.
    case alreadyExists
    /// The operator has stopped the sale for now.
    case salePaused
    /// The sale begins at `opensAt`.
    case saleNotStarted(opensAt: Instant)
    /// The sale is over.
    case saleEnded
    /// No unit is available.
    case soldOut
    /// The buyer has `already` units and may have no more than `limit`.
    case buyerLimitReached(limit: Quantity, already: Int64)
    /// Only `available` units are available: fewer than asked for, more than none.
    case insufficientStock(available: Int64)
    /// Units that are held or sold cannot be taken out; only `available` can.
    case stockBelowCommitted(available: Int64, held: Int64, sold: Int64)
    /// The SKU's last change is number `sequence` and `available` units are available: not what the command expects.
    case preconditionFailed(sequence: UInt64, available: Int64)
    /// A figure would leave the range in which every JSON reader keeps it exact.
    case limitsOverflow(LimitedFigure)
    /// The details would break a limit after the change.
    case invalidDetails(InvalidField)
    /// The buyer's wallet does not allow it.
    case wallet(WalletRefusal)
    /// There is no such hold, or it is forgotten.
    case unknownHold
    /// The hold's time was over, and its units are not there any more.
    case holdExpired
    /// The buyer gave the hold back.
    case holdReleased
    /// The hold is an order already, whose record its owner keeps at `order`.
    case holdConfirmed(order: UInt64)
    /// The hold was extended as often as may be.
    case holdExtensionsExhausted(limit: Int)
    /// The clock was stopped for this hold once already.
    case holdFrozenBefore
    /// More units than the hold has are to be confirmed.
    case aboveHold(held: Quantity)
    /// The buyer has `open` open holds of this SKU and may have no more than `limit`.
    case openHoldsReached(limit: Int, open: Int)
    /// Only so many more units of this SKU may be held now, although more are available.
    case heldUnitsReached(limit: Int64, left: Int64)
    /// No more holds of this SKU can be remembered.
    case holdsFull
    /// Holds or transactions are open: the SKU must stay in the catalogue.
    case holdsOpen(count: Int)
    /// All of the order is cancelled already.
    case orderCancelled
    /// Only `left` units of the order are not cancelled yet.
    case aboveOrder(left: Int64)

    /// A figure with an upper limit.
    public enum LimitedFigure: Equatable, Sendable {
        /// All units of the SKU: at most `UnitCount.unitsMax`.
        case supplied
        /// The total of a purchase: at most `Money.amountMax`.
        case total
    }
}

/// An event that cannot follow the state it is applied to: the journal is damaged, or the code that wrote it was wrong.
public enum Contradiction: Error, Equatable {
    /// The event's number is not the next one.
    case sequence(expected: UInt64, found: UInt64)
    /// The event changes a SKU that is not in the catalogue.
    case notInCatalogue
    /// The event brings in a SKU that is in the catalogue.
    case alreadyInCatalogue
    /// The stock would be impossible after it.
    case levels(StockLevels.Violation)
    /// The event says other units are available after it than there are.
    case remaining(expected: Int64, found: Int64)
    /// The event is about a hold that is not there or not as it should be.
    case hold(HoldName)
    /// The event cancels more than the order has left.
    case cancelsTooMuch(order: UInt64)
    /// The event settles what is not set aside, or not as it should be.
    case reservation(order: UInt64)
    /// The units of all open holds and reservations are not the units held.
    case holdsDisagree(held: Int64, open: Int64)
    /// The units of all buyers are not the units sold.
    case buyersDisagree(sold: Int64, bought: UInt64)
    /// A wallet's change does not lead from what was in it to what it says is in it then.
    case wallet(expected: Int64, found: Int64)
}

/// What somebody wants of one SKU.
///
/// `ifSequence` is an `If-Match`: the command is refused unless the SKU's last change has that number. Rare big
/// payloads are boxed, so that the command of a purchase moves in registers and a cache line.
public enum SKUCommand: Sendable {
    /// Sell units to a buyer.
    case purchase(buyer: Fingerprint, quantity: Quantity)
    /// Bring a SKU into the catalogue; refused if it is there (`PUT` with `If-None-Match: *`).
    case create(SKUDetails, stock: UnitCount)
    /// Bring a SKU into the catalogue with this stock, or replace its details and leave its stock alone.
    ///
    /// A replaced SKU stays paused if it was: `PUT` cannot say `paused`, and a sale must not reopen by accident.
    case put(SKUDetails, stock: UnitCount, ifSequence: UInt64?)
    /// Change some of the details.
    indirect case amend(SKUDetailsPatch, ifSequence: UInt64?)
    /// Bring in `delta` units, or take out that many available ones where it is negative.
    case adjust(delta: Int64, note: StockNote, ifSequence: UInt64?)
    /// Make exactly `available` units available, by bringing in or taking out the difference.
    ///
    /// Refused unless so many as `ifAvailable` are available now, where it is given.
    case set(available: UnitCount, ifAvailable: UnitCount?, note: StockNote, ifSequence: UInt64?)
    /// Take the SKU out of the catalogue; its orders stay.
    case remove(ifSequence: UInt64?)
}

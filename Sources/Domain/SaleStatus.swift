/// Whether a SKU can be bought, and if not, why; the raw value is the name clients use.
///
/// Where several apply, the first in the order of the cases is told.
public enum SaleStatus: String, Sendable, CaseIterable {
    /// The operator has stopped the sale for now.
    case paused
    /// The sale has not begun: it is before `opens_at`.
    case scheduled
    /// The sale is over: it is `closes_at` or later.
    case closed
    /// No unit is available.
    case soldOut = "sold_out"
    /// Units can be bought.
    case onSale = "on_sale"
}

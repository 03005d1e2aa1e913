/// Where the units of one SKU are.
///
/// `supplied` is kept beside the other three, not computed from them: a change that forgets one side shows.
public struct StockLevels: Sendable, Hashable {
    /// Units that may be sold now.
    public let available: Int64
    /// Units set aside for buyers who have not confirmed yet.
    public let held: Int64
    /// Units sold and not taken back.
    public let sold: Int64
    /// Units ever brought in, less those taken out unsold.
    public let supplied: Int64

    /// A rule of the levels that does not hold.
    public enum Violation: Error, Equatable, Sendable {
        /// Fewer than no units are available.
        case availableNegative(Int64)
        /// Fewer than no units are held.
        case heldNegative(Int64)
        /// Fewer than no units are sold.
        case soldNegative(Int64)
        /// More units than `UnitCount.unitsMax`, or fewer than none, were brought in.
        case suppliedOutOfRange(Int64)
        /// `available + held + sold` is not `supplied`.
        case unbalanced(StockLevels)
    }

    /// Nothing of anything.
    public static let zero = StockLevels(available: 0, held: 0, sold: 0, supplied: 0)

    /// Levels as they are given; ask `violation` whether they can be.
    public init(available: Int64, held: Int64, sold: Int64, supplied: Int64) {
        self.available = available
        self.held = held
        self.sold = sold
        self.supplied = supplied
    }

    /// The first rule that does not hold, or nil: each level is 0 or more, `supplied` at most `UnitCount.unitsMax`, and
    /// `available + held + sold == supplied`.
    public var violation: Violation? {
        if available < 0 { return .availableNegative(available) }
        if held < 0 { return .heldNegative(held) }
        if sold < 0 { return .soldNegative(sold) }
        if supplied < 0 || supplied > UnitCount.unitsMax { return .suppliedOutOfRange(supplied) }
        // Wrapping is safe: three numbers below 2^63 that sum to one below 2^53 modulo 2^64 either did not wrap, or
        // one of them is above 2^53 and is refused here.
        guard available <= supplied, held <= supplied, available &+ held &+ sold == supplied else {
            return .unbalanced(self)
        }
        return nil
    }

    /// The levels once so many available units are sold; impossible ones have a `violation`.
    func selling(_ quantity: Quantity) -> StockLevels {
        StockLevels(
            available: available &- quantity.units,
            held: held,
            sold: sold &+ quantity.units,
            supplied: supplied
        )
    }

    /// The levels once so many available units are held, or so many held ones are back, below 0.
    func holding(_ units: Int64) -> StockLevels {
        StockLevels(available: available &- units, held: held &+ units, sold: sold, supplied: supplied)
    }

    /// The levels once a hold of so many units has ended in a sale of some of them.
    func confirming(_ sold: Quantity, of held: Quantity) -> StockLevels {
        StockLevels(
            available: available &+ held.units &- sold.units,
            held: self.held &- held.units,
            sold: self.sold &+ sold.units,
            supplied: supplied
        )
    }

    /// The levels once so many sold units are available again.
    func takingBack(_ units: Int64) -> StockLevels {
        StockLevels(available: available &+ units, held: held, sold: sold &- units, supplied: supplied)
    }

    /// The levels once so many units are brought in (or taken out, below 0); impossible ones have a `violation`.
    func adjusted(by delta: Int64) -> StockLevels {
        // An addition that wraps gives a negative number, because the levels themselves are 0 or more.
        StockLevels(available: available &+ delta, held: held, sold: sold, supplied: supplied &+ delta)
    }
}

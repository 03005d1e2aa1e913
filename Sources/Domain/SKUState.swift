/// All that the events of one SKU add up to.
///
/// It changes only through `apply`, and what to apply is decided by `decide`: neither does I/O, reads a clock or logs.
///
/// Isolation: the SKU's keeper.
public struct SKUState: ~Copyable, Sendable {
    /// What the catalogue says; nil while the SKU is not in it.
    public internal(set) var details: SKUDetails?
    /// Where the units are.
    public internal(set) var levels: StockLevels
    /// The number of the last change: 0 before the first, then without a gap, also across a removal.
    public internal(set) var sequence: UInt64
    /// Units bought by each buyer since the SKU came into the catalogue.
    ///
    /// Always counted, so that a limit that is set in the middle of a sale holds for what was bought before.
    public internal(set) var buyers: FingerprintTable
    /// The holds that are open, and those that are remembered.
    public internal(set) var holds: HoldTable
    /// Units and number of the open holds of each buyer, as `HolderTally` packs them; empty where none is open.
    var holders: FingerprintTable
    /// Units cancelled of each order that is not whole any more, by the number of its change.
    public internal(set) var cancelled: FingerprintTable
    /// Units set aside for transactions that are not decided yet, oldest first.
    public internal(set) var reservations = OpenReservations()
    /// The number of the change that brought it into the catalogue: orders with smaller ones are of an earlier life.
    public internal(set) var begun: UInt64

    /// A SKU of which nothing is known yet.
    public init() {
        details = nil
        levels = .zero
        sequence = 0
        buyers = FingerprintTable()
        holds = HoldTable()
        holders = FingerprintTable()
        cancelled = FingerprintTable()
        begun = 0
    }

    /// A SKU as a snapshot tells it.
    ///
    /// - Throws: `Contradiction` where no events can have led to such a state.
    public init(
        details: SKUDetails?,
        levels: StockLevels,
        sequence: UInt64,
        buyers: consuming FingerprintTable,
        holds: HoldTable,
        cancelled: consuming FingerprintTable,
        reservations: consuming OpenReservations,
        begun: UInt64
    ) throws(Contradiction) {
        self.details = details
        self.levels = levels
        self.sequence = sequence
        self.buyers = buyers
        self.holds = holds
        self.cancelled = cancelled
        self.reservations = reservations
        self.begun = begun
        var holders = FingerprintTable()
        holds.visit { _, hold in
            if hold.state == .held { holders.add(HolderTally.of(hold.quantity), to: hold.buyer) }
        }
        self.holders = holders
        if let violated = violatedInvariant() { throw violated }
    }

    /// Units that may be sold now.
    public var available: Int64 { levels.available }
    /// Units set aside for buyers who have not confirmed yet, and for transactions.
    public var held: Int64 { levels.held }
    /// Units sold and not taken back.
    public var sold: Int64 { levels.sold }
    /// Units ever brought in, less those taken out unsold; always `available + held + sold`.
    public var supplied: Int64 { levels.supplied }
    /// Whether the SKU is in the catalogue.
    public var isInCatalogue: Bool { details != nil }

    /// Whether the SKU can be bought at a moment, or nil while it is not in the catalogue.
    public func status(at now: Instant) -> SaleStatus? {
        details.map { status($0, at: now) }
    }

    /// The status under these details; what a purchase is decided by, too.
    func status(_ details: SKUDetails, at now: Instant) -> SaleStatus {
        if details.paused { return .paused }
        if let opensAt = details.opensAt, now < opensAt { return .scheduled }
        if let closesAt = details.closesAt, now >= closesAt { return .closed }
        return levels.available == 0 ? .soldOut : .onSale
    }

    /// The first rule that does not hold, or nil.
    ///
    /// `apply` checks the levels before each change. This one also adds up all buyers.
    ///
    /// Cost: a walk over all buyers.
    public func violatedInvariant() -> Contradiction? {
        if let violation = levels.violation { return .levels(violation) }
        if details == nil, levels != .zero { return .notInCatalogue }
        let bought = buyers.sum
        if bought != UInt64(levels.sold) { return .buyersDisagree(sold: levels.sold, bought: bought) }
        var open = reservations.units
        holds.visit { _, hold in if hold.state == .held { open &+= hold.quantity.units } }
        if open != levels.held { return .holdsDisagree(held: levels.held, open: open) }
        return nil
    }
}

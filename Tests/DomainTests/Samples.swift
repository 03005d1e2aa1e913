import Domain
import Testing

/// Short ways to write the values that tests are full of.
enum Sample {
    static func usd() throws -> Currency { try #require(Currency("USD")) }

    static func price(_ amount: Int64 = 12_900) throws -> Money { Money(amount: amount, currency: try usd()) }

    static func quantity(_ units: Int64) throws -> Quantity { try #require(Quantity(units)) }

    static func stock(_ units: Int64) throws -> UnitCount { try #require(UnitCount(units)) }

    static func buyer(_ number: Int) -> Fingerprint { Fingerprint(high: 0, low: UInt64(number)) }

    static func at(_ milliseconds: Int64) -> Instant { Instant(millisecondsSinceEpoch: milliseconds) }

    static func key(_ bytes: [UInt8]) throws -> FingerprintKey {
        let key = FingerprintKey(bytes.span)
        return try #require(key)
    }

    static func currency(_ bytes: [UInt8]) -> Currency? { Currency(bytes.span) }

    static func note() throws -> StockNote { try StockNote(reason: "restock") }

    static func details(
        amount: Int64 = 12_900,
        limit: Int64? = nil,
        opensAt: Int64? = nil,
        closesAt: Int64? = nil,
        paused: Bool = false
    ) throws -> SKUDetails {
        try SKUDetails(
            title: "Sneaker",
            price: price(amount),
            limitPerBuyer: limit.flatMap { Quantity($0) },
            opensAt: opensAt.map(at),
            closesAt: closesAt.map(at),
            paused: paused
        )
    }

    static func order(_ order: SKUModel.Order) throws -> CancellableOrder {
        CancellableOrder(
            Purchase(
                buyer: buyer(order.buyer),
                quantity: try quantity(order.units),
                unitPrice: try price(),
                remaining: 0,
                sequence: order.sequence,
                at: at(0)
            )
        )
    }

    /// A SKU in the catalogue; its sequence is 1.
    static func sku(_ details: SKUDetails, stock units: Int64) throws -> SKUState {
        var state = SKUState()
        _ = try state.run(.create(details, stock: stock(units)), at: at(0)).get()
        return state
    }
}

extension SKUState {
    /// Decides and, unless refused, applies: what a keeper does.
    mutating func run(_ command: SKUCommand, at now: Instant) throws -> Result<SKUEvent, Refusal> {
        let outcome = decide(command, at: now)
        if case .success(let event) = outcome { try apply(event) }
        return outcome
    }

    /// All there is to a state, to compare it by.
    func everything() -> Everything {
        var bought: [Fingerprint: UInt64] = [:]
        buyers.visit { bought[$0] = $1 > 0 ? $1 : nil }
        var all: [Everything.Held] = []
        holds.visit { place, hold in
            all.append(
                Everything.Held(
                    name: HoldName(number: hold.number, place: place),
                    buyer: hold.buyer,
                    units: hold.quantity.units,
                    amount: hold.unitPrice.amount,
                    deadline: hold.deadline,
                    state: hold.state,
                    extensions: Int(hold.extensions),
                    wasFrozen: hold.wasFrozen
                )
            )
        }
        var cancelledUnits: [UInt64: Int64] = [:]
        cancelled.visit { cancelledUnits[$0.high] = Int64($1) }
        return Everything(
            details: details,
            levels: levels,
            sequence: sequence,
            bought: bought,
            holds: all,
            cancelled: cancelledUnits
        )
    }

    /// The refusal of a command, or nil if it is accepted.
    func refusal(of command: SKUCommand, at now: Instant) -> Refusal? {
        switch decide(command, at: now) {
        case .success: nil
        case .failure(let refusal): refusal
        }
    }
}

struct Everything: Equatable {
    let details: SKUDetails?
    let levels: StockLevels
    let sequence: UInt64
    let bought: [Fingerprint: UInt64]
    let holds: [Held]
    let cancelled: [UInt64: Int64]

    struct Held: Equatable {
        let name: HoldName
        let buyer: Fingerprint
        let units: Int64
        let amount: Int64
        let deadline: Instant
        let state: Hold.State
        let extensions: Int
        let wasFrozen: Bool
    }
}

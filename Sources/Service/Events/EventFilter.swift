import Domain
import HTTP
import Keepers

/// Which events somebody wants.
struct EventFilter: Equatable {
    /// The SKU they must be of; nil for all SKUs and wallets.
    private(set) var sku: [UInt8]?
    /// Their type.
    private(set) var type: [UInt8]?

    /// Every type there is, of SKUs and of wallets.
    static let types: [StaticString] = [
        "purchased", "created", "replaced", "amended", "stock_adjusted", "removed", "held", "hold_confirmed",
        "hold_expired", "hold_released", "hold_frozen", "hold_extended", "order_cancelled", "reserved", "sold",
        "returned",
        "deposit", "withdrawal", "payment", "refund",
    ]

    /// All events.
    init() {}

    /// What a request's query asks for.
    ///
    /// - Throws: where it asks for no SKU's name, or a type that there is none of.
    init(_ exchange: Exchange, _ bytes: Span<UInt8>) throws(InvalidRequest) {
        if let name = try Query.text("sku", exchange, bytes) {
            guard Identifier.isValid(bytes, name) else { throw InvalidRequest("sku", "is no identifier") }
            sku = bytes.extracting(name.bounds).array
        }
        if let name = try Query.text("type", exchange, bytes) {
            guard Self.types.contains(where: { Text.equals(bytes, name, $0) }) else {
                throw InvalidRequest("type", "is no type of an event")
            }
            type = bytes.extracting(name.bounds).array
        }
    }

    /// Whether a record is wanted; what transactions note for themselves is nobody's event.
    func takes(_ record: JournalRecord, _ payload: Span<UInt8>) -> Bool {
        switch record {
        case .sku(let record):
            if let sku, !Self.equal(payload.extracting(record.head.sku), sku) { return false }
            return has(record.event.name)
        case .wallet(let record): return sku == nil && has(record.change.command.name)
        case .transaction: return false
        }
    }

    /// Whether a purchase is wanted.
    @inline(__always)
    func takes(_ record: PurchaseRecord, _ payload: Span<UInt8>) -> Bool {
        if let sku, !Self.equal(payload.extracting(record.head.sku), sku) { return false }
        return type == nil || has("purchased")
    }

    private func has(_ name: StaticString) -> Bool {
        guard let type else { return true }
        return Text.equals(type.span, ByteRange(0..<type.count), name)
    }

    private static func equal(_ left: Span<UInt8>, _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        for index in 0..<right.count where left[index] != right[index] { return false }
        return true
    }
}

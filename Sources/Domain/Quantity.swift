/// How many units one request is about: 1 to 1,000,000.
public struct Quantity: Sendable, Hashable, Comparable {
    /// The most units one request may ask for; with it a stock of 2^53-1 cannot overflow in one step.
    public static let unitsMax: Int64 = 1_000_000

    /// Four bytes, so that a purchase event stays within a cache line.
    @usableFromInline let stored: UInt32

    /// A quantity of `units`, or nil if that is not 1 to `unitsMax`.
    public init?(_ units: Int64) {
        guard (1...Self.unitsMax).contains(units) else { return nil }
        stored = UInt32(units)
    }

    private init(stored: UInt32) {
        self.stored = stored
    }

    /// One unit.
    public static var one: Quantity { Quantity(stored: 1) }

    /// The number of units: 1 to `unitsMax`.
    @inlinable public var units: Int64 { Int64(stored) }

    /// Whether the left one is fewer units.
    @inlinable
    public static func < (left: Quantity, right: Quantity) -> Bool { left.stored < right.stored }
}

/// How many units there are of something: 0 to 2^53-1.
public struct UnitCount: Sendable, Hashable, Comparable {
    /// The largest integer that every JSON reader keeps exact (RFC 8259, section 6).
    public static let unitsMax: Int64 = (1 << 53) - 1

    /// The number of units: 0 to `unitsMax`.
    public let units: Int64

    /// A count of `units`, or nil if that is not 0 to `unitsMax`.
    public init?(_ units: Int64) {
        guard (0...Self.unitsMax).contains(units) else { return nil }
        self.units = units
    }

    /// Whether the left one is fewer units.
    @inlinable
    public static func < (left: UnitCount, right: UnitCount) -> Bool { left.units < right.units }
}

/// An ISO 4217 alphabetic currency code, such as `USD`.
///
/// Only the form is checked, not the list: codes come and go, and an old journal must stay readable.
public struct Currency: Sendable, Hashable, BitwiseCopyable, CustomStringConvertible {
    /// The three letters, first in the highest of the lower 24 bits.
    private let packed: UInt32

    /// The code written as these bytes, or nil unless they are three ASCII capitals.
    public init?(_ bytes: Span<UInt8>) {
        guard bytes.count == 3 else { return nil }
        self.init(bytes[0], bytes[1], bytes[2])
    }

    /// The code written as this text, or nil unless it is three ASCII capitals.
    public init?(_ text: String) {
        var bytes = text.utf8.makeIterator()
        guard let first = bytes.next(), let second = bytes.next(), let third = bytes.next(), bytes.next() == nil
        else { return nil }
        self.init(first, second, third)
    }

    private init?(_ first: UInt8, _ second: UInt8, _ third: UInt8) {
        let capitals = UInt8(ascii: "A")...UInt8(ascii: "Z")
        guard capitals.contains(first), capitals.contains(second), capitals.contains(third) else { return nil }
        packed = UInt32(first) << 16 | UInt32(second) << 8 | UInt32(third)
    }

    /// The three ASCII letters.
    public var bytes: (UInt8, UInt8, UInt8) {
        (
            UInt8(truncatingIfNeeded: packed >> 16), UInt8(truncatingIfNeeded: packed >> 8),
            UInt8(truncatingIfNeeded: packed)
        )
    }

    /// The code as text.
    public var description: String {
        let (first, second, third) = bytes
        return String(decoding: [first, second, third], as: UTF8.self)
    }
}

/// An amount in the minor units of one currency: 12900 `USD` is 129 dollars.
public struct Money: Sendable, Hashable, BitwiseCopyable {
    /// The largest price or total: the largest integer that every JSON reader keeps exact (RFC 8259, section 6).
    public static let amountMax: Int64 = (1 << 53) - 1

    /// The amount in minor units; a price is 0...`amountMax`.
    public let amount: Int64
    /// The currency whose minor units these are.
    public let currency: Currency

    /// So many minor units of a currency.
    @inlinable
    public init(amount: Int64, currency: Currency) {
        self.amount = amount
        self.currency = currency
    }

    /// What so many units cost, or nil where it would be more than `amountMax` either way.
    public func times(_ quantity: Quantity) -> Money? {
        let (total, overflow) = amount.multipliedReportingOverflow(by: quantity.units)
        guard !overflow, (-Self.amountMax...Self.amountMax).contains(total) else { return nil }
        return Money(amount: total, currency: currency)
    }
}

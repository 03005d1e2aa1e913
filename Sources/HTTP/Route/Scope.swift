/// What a credential may do; a route asks for one of some scopes.
public struct ScopeSet: OptionSet, BitwiseCopyable, Sendable {
    /// One bit a scope.
    public let rawValue: UInt8

    /// The set with these bits.
    @inlinable
    public init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// Buys for buyers: purchases, holds and their orders.
    public static let sell = Self(rawValue: 1)
    /// Runs the sale: catalogue, stock, money, cancellations, metrics.
    public static let operate = Self(rawValue: 2)
    /// Reads everything and changes nothing.
    public static let read = Self(rawValue: 4)

    /// Each scope with its name, as credentials and refusals have it.
    public static var all: [(name: StaticString, scope: Self)] {
        [("sell", .sell), ("operate", .operate), ("read", .read)]
    }
}

extension Route {
    /// Whether it is for whoever runs the sale, and not for those who sell: what an address of its own can be set for.
    public func isOperators(for method: Method) -> Bool {
        let scopes = scopes(for: method)
        return !scopes.isEmpty && !scopes.contains(.sell)
    }

    /// The scopes of which a credential must have one, where the server has credentials; none for what is open to
    /// everybody.
    ///
    /// This table is all there is: who may read a resource may read it with HEAD, too.
    public func scopes(for method: Method) -> ScopeSet {
        switch self {
        case .health, .readiness, .problem, .document: []
        case .metrics, .changes, .events: [.operate, .read]
        case .skus, .feed, .order, .wallet, .buyerOrders: [.sell, .operate, .read]
        case .sku: method.reads ? [.sell, .operate, .read] : .operate
        case .hold: method.reads ? [.sell, .operate, .read] : .sell
        case .purchases, .holds, .confirm, .extend, .confirmIntent, .carts, .itemPurchase: .sell
        case .stock, .cancel, .deposits, .withdrawals: .operate
        }
    }
}

extension Method {
    fileprivate var reads: Bool { self == .get || self == .head }
}

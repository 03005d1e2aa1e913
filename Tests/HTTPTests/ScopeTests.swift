import Testing

@testable import HTTP

@Suite("Scopes")
struct ScopeTests {
    private static let name = ByteRange(1..<2)

    /// Who may do what: method, route, the scopes of which one is needed.
    private static let table: [(Method, Route, ScopeSet)] = [
        (.post, .purchases(sku: name), .sell), (.post, .holds(sku: name), .sell), (.delete, .hold(name), .sell),
        (.post, .confirm(hold: name), .sell), (.post, .extend(hold: name), .sell),
        (.post, .confirmIntent(hold: name), .sell), (.post, .carts, .sell), (.post, .itemPurchase, .sell),
        (.put, .sku(name), .operate), (.patch, .sku(name), .operate), (.delete, .sku(name), .operate),
        (.post, .stock(sku: name), .operate), (.post, .cancel(order: name), .operate),
        (.post, .deposits(buyer: name), .operate), (.post, .withdrawals(buyer: name), .operate),
        (.get, .sku(name), [.sell, .operate, .read]), (.get, .skus, [.sell, .operate, .read]),
        (.get, .hold(name), [.sell, .operate, .read]), (.get, .order(name), [.sell, .operate, .read]),
        (.get, .wallet(name), [.sell, .operate, .read]), (.get, .changes(sku: name), [.operate, .read]),
        (.get, .feed(sku: name), [.sell, .operate, .read]),
        (.get, .metrics, [.operate, .read]), (.get, .events, [.operate, .read]),
        (.get, .buyerOrders(buyer: name), [.sell, .operate, .read]),
        (.get, .health, []), (.get, .readiness, []), (.get, .problem(type: name), []),
    ]

    @Test("each route asks for the scopes of the table, and HEAD for those of GET")
    func scopes() {
        for (method, route, scopes) in Self.table {
            #expect(route.scopes(for: method) == scopes, "\(method) \(route)")
            if method == .get { #expect(route.scopes(for: .head) == scopes, "HEAD \(route)") }
        }
    }

    @Test("nothing that changes anything is open, or allowed to who may only read")
    func changes() {
        for (method, route, _) in Self.table where method != .get {
            let scopes = route.scopes(for: method)
            #expect(!scopes.isEmpty && !scopes.contains(.read), "\(method) \(route)")
        }
    }

    @Test("the operator's routes are those that nobody who sells may use")
    func operators() {
        for (method, route, scopes) in Self.table {
            #expect(
                route.isOperators(for: method) == (!scopes.isEmpty && !scopes.contains(.sell)),
                "\(method) \(route)"
            )
        }
    }

    @Test("every scope has one bit and one name")
    func names() {
        let all = ScopeSet.all
        #expect(all.map(\.name.description) == ["sell", "operate", "read"])
        #expect(all.reduce(0) { $0 + Int($1.scope.rawValue) } == all.reduce(0) { $0 | Int($1.scope.rawValue) })
    }
}

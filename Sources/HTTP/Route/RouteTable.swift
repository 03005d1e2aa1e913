/// The resources of the API; ranges are decoded, valid identifiers.
public enum Route: BitwiseCopyable, Equatable, Sendable {
    /// `/v1/skus`: the catalogue.
    case skus
    /// `/v1/skus/{sku}`.
    case sku(ByteRange)
    /// `/v1/skus/{sku}/purchases`.
    case purchases(sku: ByteRange)
    /// `/v1/skus/{sku}/stock`.
    case stock(sku: ByteRange)
    /// `/v1/skus/{sku}/changes`: the audit trail.
    case changes(sku: ByteRange)
    /// `/v1/skus/{sku}/feed`: what may be bought of it, told as it changes.
    case feed(sku: ByteRange)
    /// `/v1/skus/{sku}/holds`.
    case holds(sku: ByteRange)
    /// `/v1/holds/{hold}`.
    case hold(ByteRange)
    /// `/v1/holds/{hold}/confirm`.
    case confirm(hold: ByteRange)
    /// `/v1/holds/{hold}/extend`.
    case extend(hold: ByteRange)
    /// `/v1/holds/{hold}/confirm-intent`.
    case confirmIntent(hold: ByteRange)
    /// `/v1/carts`.
    case carts
    /// `/api/purchase/`, also without the last slash: one unit of an item.
    case itemPurchase
    /// `/v1/orders/{order}`.
    case order(ByteRange)
    /// `/v1/wallets/{buyer}`.
    case wallet(ByteRange)
    /// `/v1/wallets/{buyer}/deposits`.
    case deposits(buyer: ByteRange)
    /// `/v1/wallets/{buyer}/withdrawals`.
    case withdrawals(buyer: ByteRange)
    /// `/v1/buyers/{buyer}/orders`.
    case buyerOrders(buyer: ByteRange)
    /// `/v1/events`: every change of every SKU and wallet.
    case events
    /// `/v1/orders/{order}/cancel`.
    case cancel(order: ByteRange)
    /// `/problems/{type}`: what a problem means.
    case problem(type: ByteRange)
    /// `/healthz`: the process is alive.
    case health
    /// `/readyz`: it takes requests.
    case readiness
    /// `/metrics`.
    case metrics
    /// `/openapi.json`, `/openapi.yaml`, `/docs`: what the API is.
    case document(DocumentName)
}

/// A document that the server has about itself.
public enum DocumentName: BitwiseCopyable, Equatable, Sendable {
    /// `/openapi.json`.
    case openAPI
    /// `/openapi.yaml`.
    case openAPIText
    /// `/docs`: the same, to be read.
    case page
}

extension Route {
    /// The path, with its parameters in braces, as the documentation has it.
    public var template: StaticString {
        switch self {
        case .skus: "/v1/skus"
        case .sku: "/v1/skus/{sku}"
        case .purchases: "/v1/skus/{sku}/purchases"
        case .stock: "/v1/skus/{sku}/stock"
        case .changes: "/v1/skus/{sku}/changes"
        case .feed: "/v1/skus/{sku}/feed"
        case .holds: "/v1/skus/{sku}/holds"
        case .hold: "/v1/holds/{hold}"
        case .confirm: "/v1/holds/{hold}/confirm"
        case .extend: "/v1/holds/{hold}/extend"
        case .confirmIntent: "/v1/holds/{hold}/confirm-intent"
        case .order: "/v1/orders/{order}"
        case .wallet: "/v1/wallets/{buyer}"
        case .deposits: "/v1/wallets/{buyer}/deposits"
        case .withdrawals: "/v1/wallets/{buyer}/withdrawals"
        case .cancel: "/v1/orders/{order}/cancel"
        case .problem: "/problems/{type}"
        case .health: "/healthz"
        case .readiness: "/readyz"
        case .metrics: "/metrics"
        case .carts: "/v1/carts"
        case .buyerOrders: "/v1/buyers/{buyer}/orders"
        case .events: "/v1/events"
        case .itemPurchase: "/api/purchase/"
        case .document(.openAPI): "/openapi.json"
        case .document(.openAPIText): "/openapi.yaml"
        case .document(.page): "/docs"
        }
    }

    /// The methods that the resource has, OPTIONS apart.
    public var methods: MethodSet {
        switch self {
        case .sku: [.get, .put, .patch, .delete]
        case .purchases, .stock, .holds, .confirm, .extend, .confirmIntent, .cancel, .deposits, .withdrawals, .carts,
            .itemPurchase:
            .post
        case .hold: [.get, .delete]
        case .skus, .changes, .feed, .order, .buyerOrders, .events, .wallet, .problem, .health, .readiness, .metrics,
            .document:
            .get
        }
    }
}

/// What a method and a path lead to.
public enum RouteMatch: Equatable, Sendable {
    /// The resource has the method.
    case route(Route)
    /// OPTIONS: answer 204 with these in `Allow`.
    case options(MethodSet)
    /// Answer 405 with these in `Allow`.
    case methodNotAllowed(MethodSet)
    /// Answer 404.
    case notFound
    /// The path is malformed.
    case refused(HTTPRefusal)
}

/// Which path leads where.
public enum RouteTable {
    /// Finds the resource of a request.
    ///
    /// - Parameters:
    ///   - request: its method and path.
    ///   - bytes: what the request was parsed from. Escaped segments are decoded in place: a request is matched once.
    /// - Returns: what to do. A trailing or doubled `/` makes another path, which leads nowhere but for `/api/purchase/`.
    public static func match(_ request: Request, in bytes: inout MutableSpan<UInt8>) -> RouteMatch {
        if request.method == .options, isServer(request.path, bytes.span) {
            return .options([.get, .post, .put, .patch, .delete])
        }
        do throws(HTTPRefusal) {
            guard let route = try route(request.path, &bytes) else { return .notFound }
            if route.methods.allows(request.method) { return .route(route) }
            return request.method == .options ? .options(route.methods) : .methodNotAllowed(route.methods)
        } catch {
            return .refused(error)
        }
    }

    /// `OPTIONS *` asks about the server as a whole (RFC 9110 9.3.7).
    private static func isServer(_ path: ByteRange, _ bytes: Span<UInt8>) -> Bool {
        path.isEmpty || Words.equal(bytes, path, "*")
    }

    /// The table: a new resource is a case of `Route` and a line here, under the number of its segments.
    private static func route(
        _ path: ByteRange,
        _ bytes: inout MutableSpan<UInt8>
    ) throws(HTTPRefusal) -> Route? {
        guard let parts = try Segments(path, &bytes) else { return nil }
        switch parts.count {
        case 1:
            if parts.is(0, "healthz", bytes.span) { return .health }
            if parts.is(0, "readyz", bytes.span) { return .readiness }
            if parts.is(0, "metrics", bytes.span) { return .metrics }
            if parts.is(0, "openapi.json", bytes.span) { return .document(.openAPI) }
            if parts.is(0, "openapi.yaml", bytes.span) { return .document(.openAPIText) }
            if parts.is(0, "docs", bytes.span) { return .document(.page) }
        case 2:
            if parts.is(0, "v1", bytes.span), parts.is(1, "skus", bytes.span) { return .skus }
            if parts.is(0, "v1", bytes.span), parts.is(1, "events", bytes.span) { return .events }
            if parts.is(0, "v1", bytes.span), parts.is(1, "carts", bytes.span) { return .carts }
            if parts.is(0, "api", bytes.span), parts.is(1, "purchase", bytes.span) { return .itemPurchase }
            if parts.is(0, "problems", bytes.span) { return .problem(type: try parts.identifier(1, bytes.span)) }
        case 3:
            guard parts.is(0, "v1", bytes.span) else { return parts.isItemPurchase(bytes.span) ? .itemPurchase : nil }
            if parts.is(1, "skus", bytes.span) { return .sku(try parts.identifier(2, bytes.span)) }
            if parts.is(1, "orders", bytes.span) { return .order(try parts.identifier(2, bytes.span)) }
            if parts.is(1, "wallets", bytes.span) { return .wallet(try parts.identifier(2, bytes.span)) }
            if parts.is(1, "holds", bytes.span) { return .hold(try parts.identifier(2, bytes.span)) }
        case 4:
            return parts.is(0, "v1", bytes.span) ? try part(of: parts, bytes.span) : nil
        default:
            return nil
        }
        return nil
    }

    /// What belongs to one SKU, hold, order or wallet.
    private static func part(of parts: Segments, _ bytes: Span<UInt8>) throws(HTTPRefusal) -> Route? {
        if parts.is(1, "skus", bytes) {
            let sku = try parts.identifier(2, bytes)
            if parts.is(3, "purchases", bytes) { return .purchases(sku: sku) }
            if parts.is(3, "holds", bytes) { return .holds(sku: sku) }
            if parts.is(3, "stock", bytes) { return .stock(sku: sku) }
            if parts.is(3, "changes", bytes) { return .changes(sku: sku) }
            if parts.is(3, "feed", bytes) { return .feed(sku: sku) }
        } else if parts.is(1, "holds", bytes) {
            let hold = try parts.identifier(2, bytes)
            if parts.is(3, "confirm", bytes) { return .confirm(hold: hold) }
            if parts.is(3, "extend", bytes) { return .extend(hold: hold) }
            if parts.is(3, "confirm-intent", bytes) { return .confirmIntent(hold: hold) }
        } else if parts.is(1, "orders", bytes) {
            let order = try parts.identifier(2, bytes)
            if parts.is(3, "cancel", bytes) { return .cancel(order: order) }
        } else if parts.is(1, "buyers", bytes) {
            let buyer = try parts.identifier(2, bytes)
            if parts.is(3, "orders", bytes) { return .buyerOrders(buyer: buyer) }
        } else if parts.is(1, "wallets", bytes) {
            let buyer = try parts.identifier(2, bytes)
            if parts.is(3, "deposits", bytes) { return .deposits(buyer: buyer) }
            if parts.is(3, "withdrawals", bytes) { return .withdrawals(buyer: buyer) }
        }
        return nil
    }
}

/// The decoded segments of a path that is short enough to be a resource's.
private struct Segments {
    private static let countMax = 4
    private var ranges = InlineArray<4, ByteRange>(repeating: .absent)
    private(set) var count = 0

    /// Nil where there are more segments than any resource has.
    init?(_ path: ByteRange, _ bytes: inout MutableSpan<UInt8>) throws(HTTPRefusal) {
        let hasEscapes = Words.find(bytes.span, from: path.start, to: path.end) { Words.equal($0, 0x25) } < path.end
        var segments = PathSegments(path)
        while let segment = segments.next(in: bytes.span) {
            guard count < Self.countMax else { return nil }
            ranges[count] = hasEscapes ? try Target.percentDecode(&bytes, segment) : segment
            count &+= 1
        }
    }

    @inline(__always)
    func `is`(_ index: Int, _ literal: StaticString, _ bytes: Span<UInt8>) -> Bool {
        Words.equal(bytes, ranges[index], literal)
    }

    /// `/api/purchase/`: clients of old send its last slash.
    func isItemPurchase(_ bytes: Span<UInt8>) -> Bool {
        `is`(0, "api", bytes) && `is`(1, "purchase", bytes) && ranges[2].isEmpty
    }

    func identifier(_ index: Int, _ bytes: Span<UInt8>) throws(HTTPRefusal) -> ByteRange {
        guard Identifier.isValid(bytes, ranges[index]) else { throw .identifierMalformed }
        return ranges[index]
    }
}

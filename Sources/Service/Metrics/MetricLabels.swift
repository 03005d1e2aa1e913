// The closed sets that labels come from. Nothing that a client sends is ever a label: a SKU or a path would let anybody
// grow the metrics without end.

/// What a request was routed to.
public enum RouteLabel: Int, CaseIterable, BitwiseCopyable, Sendable {
    /// No route has this path, or the message was not read so far.
    case none
    /// `POST /v1/skus/{sku}/purchases`.
    case purchase
    /// `POST /v1/carts`.
    case cart
    /// `POST /api/purchase/`.
    case itemPurchase
    /// `GET /v1/orders/{order}`.
    case orderRead
    /// `GET /v1/events`.
    case events
    /// `GET /v1/buyers/{buyer}/orders`.
    case buyerOrders
    /// `POST /v1/skus/{sku}/holds`.
    case holdPlace
    /// `GET /v1/holds/{hold}`.
    case holdRead
    /// `POST /v1/holds/{hold}/confirm`.
    case holdConfirm
    /// `POST /v1/holds/{hold}/extend`.
    case holdExtend
    /// `POST /v1/holds/{hold}/confirm-intent`.
    case holdConfirmIntent
    /// `DELETE /v1/holds/{hold}`.
    case holdRelease
    /// `POST /v1/orders/{order}/cancel`.
    case orderCancel
    /// `GET /v1/skus`.
    case skuList
    /// `GET /v1/skus/{sku}`.
    case skuRead
    /// `PUT /v1/skus/{sku}`.
    case skuPut
    /// `PATCH /v1/skus/{sku}`.
    case skuPatch
    /// `POST /v1/skus/{sku}/stock`.
    case stockAdjust
    /// `DELETE /v1/skus/{sku}`.
    case skuDelete
    /// `GET /v1/skus/{sku}/changes`.
    case skuChanges
    /// `GET /v1/skus/{sku}/feed`.
    case skuFeed
    /// `GET /v1/wallets/{buyer}`.
    case walletRead
    /// `POST /v1/wallets/{buyer}/deposits`.
    case walletDeposit
    /// `POST /v1/wallets/{buyer}/withdrawals`.
    case walletWithdraw
    /// `GET /problems/{type}`.
    case problem
    /// `GET /healthz`.
    case health
    /// `GET /readyz`.
    case readiness
    /// `GET /metrics`.
    case metrics
    /// `GET /openapi.json`, `/openapi.yaml`, `/docs`.
    case document

    /// The label's value.
    public var label: String {
        switch self {
        case .none: "none"
        case .purchase: "purchase"
        case .cart: "cart"
        case .itemPurchase: "item_purchase"
        case .orderRead: "order_read"
        case .events: "events"
        case .buyerOrders: "buyer_orders"
        case .holdPlace: "hold_place"
        case .holdRead: "hold_read"
        case .holdConfirm: "hold_confirm"
        case .holdExtend: "hold_extend"
        case .holdConfirmIntent: "hold_confirm_intent"
        case .holdRelease: "hold_release"
        case .orderCancel: "order_cancel"
        case .skuList: "sku_list"
        case .skuRead: "sku_read"
        case .skuPut: "sku_put"
        case .skuPatch: "sku_patch"
        case .stockAdjust: "stock_adjust"
        case .skuDelete: "sku_delete"
        case .skuChanges: "sku_changes"
        case .skuFeed: "sku_feed"
        case .walletRead: "wallet_read"
        case .walletDeposit: "wallet_deposit"
        case .walletWithdraw: "wallet_withdraw"
        case .problem: "problem"
        case .health: "health"
        case .readiness: "readiness"
        case .metrics: "metrics"
        case .document: "document"
        }
    }
}

extension RouteLabel {
    /// Whether somebody wants to buy: how such a request ends is counted.
    var isPurchase: Bool {
        switch self {
        case .purchase, .cart, .itemPurchase: true
        default: false
        }
    }
}

/// What the server is doing.
public enum PhaseLabel: String, CaseIterable, Sendable {
    /// The journals are being replayed; everything but the operator's routes is refused.
    case recovering
    /// Requests are served; where a journal has failed, changes are refused.
    case serving
    /// It has been told to stop.
    case draining
}

/// How a purchase ended; a cart is one.
public enum PurchaseOutcome: Equatable, Sendable {
    /// Sold, and durable.
    case confirmed
    /// The answer of an earlier request with the same Idempotency-Key.
    case replayed
    /// Not sold, because of this.
    case refused(ProblemType)

    static let all = [confirmed, replayed] + ProblemType.allCases.map(refused)

    /// Its place in `all`.
    var index: Int {
        switch self {
        case .confirmed: 0
        case .replayed: 1
        case .refused(let problem): 2 + Int(problem.rawValue)
        }
    }

    /// The label's value.
    public var label: String {
        switch self {
        case .confirmed: "confirmed"
        case .replayed: "replayed"
        case .refused(let problem): problem.slug.replacing("-", with: "_")
        }
    }
}

/// What became of a hold or an order.
public enum HoldOutcome: Int, CaseIterable, Sendable {
    /// Units were set aside.
    case placed
    /// Bought in time.
    case confirmed
    /// Bought after its end, because the units were still there.
    case reacquired
    /// Extended, or its clock stopped.
    case prolonged
    /// Given back.
    case released
    /// The time was over.
    case expired

    /// The label's value.
    public var label: String {
        switch self {
        case .placed: "placed"
        case .confirmed: "confirmed"
        case .reacquired: "reacquired"
        case .prolonged: "prolonged"
        case .released: "released"
        case .expired: "expired"
        }
    }
}

/// A limit that was reached; the label is the setting that would have to be changed.
public enum LimitLabel: Int, CaseIterable, Sendable {
    /// Too many connections: accepting paused.
    case connections
    /// Too long a request line or header: 414, 431.
    case headBytes
    /// Too long a content: 413.
    case bodyBytes
    /// Too slow a request: 408.
    case requestTimeout
    /// A connection closed for want of requests.
    case idleTimeout
    /// A connection closed because its peer took no bytes.
    case writeTimeout
    /// Too many requests in flight on a connection: reading paused.
    case pipelined
    /// A mailbox between two loops was full: 503.
    case mailboxBytes
    /// A journal's batch was full: 503.
    case stagingBytes
    /// Too many idempotency keys: 503.
    case idempotencyKeys
    /// A buyer had as many open holds of a SKU as may be: 403.
    case holdsOpenPerBuyer
    /// As many units of a SKU were held as may be: 409.
    case heldUnits
    /// A hold had been extended as often as may be: 409.
    case holdExtensions
    /// As many holds were kept as may be: 503.
    case holdsKept
    /// Too many streams of events: 503.
    case eventStreams
    /// Too many watchers of SKUs: 503.
    case feedWatchers
    /// The index of orders let go of its older half.
    case indexOrders
    /// A client's address had asked too often: 429.
    case addressRate
    /// A credential had been used too often: 429.
    case credentialRate
    /// As many addresses and credentials were counted as may be: the quietest one was forgotten.
    case rateLimitEntries
    /// Draining took too long: connections were closed.
    case drainTimeout

    /// The label's value: a setting's path.
    public var label: String {
        switch self {
        case .connections: "http.connections_max"
        case .headBytes: "http.head_bytes_max"
        case .bodyBytes: "http.body_bytes_max"
        case .requestTimeout: "http.request_timeout_seconds"
        case .idleTimeout: "http.idle_timeout_seconds"
        case .writeTimeout: "http.write_timeout_seconds"
        case .pipelined: "http.pipelined_max"
        case .mailboxBytes: "mailbox_bytes"
        case .stagingBytes: "journal.staging_bytes"
        case .idempotencyKeys: "idempotency.keys_max"
        case .holdsOpenPerBuyer: "holds.open_per_buyer_max"
        case .heldUnits: "holds.held_units_max"
        case .holdExtensions: "holds.extensions_max"
        case .holdsKept: "holds.kept_max"
        case .eventStreams: "streams.events_max"
        case .feedWatchers: "streams.watchers_max"
        case .indexOrders: "index.orders_max"
        case .addressRate: "rate_limits.address_per_second"
        case .credentialRate: "rate_limits.credential_per_second"
        case .rateLimitEntries: "rate_limits.entries_max"
        case .drainTimeout: "drain_timeout_seconds"
        }
    }
}

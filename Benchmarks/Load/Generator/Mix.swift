/// What kind of requests a run sends.
enum Mix: String, CaseIterable, Sendable {
    /// Every request buys one unit of the same SKU.
    case purchaseHot = "purchase-hot"
    /// Every request buys one unit of a SKU drawn from a Zipf distribution.
    case purchaseZipf = "purchase-zipf"
    /// Purchases of a SKU that has nothing left: every answer is a refusal.
    case soldOut = "sold-out"
    /// Every other request holds one unit of the same SKU, the next one on the connection confirms that hold.
    case hold
    /// Every request holds one unit of the same SKU for `holdSeconds`, and nobody confirms.
    case holdOnly = "hold-only"
    /// Every request buys one unit of the same SKU, paid from the wallet of one of `buyers`, which must hold enough.
    case wallet
    /// Every request buys one unit of each of the same `linesPerSale` SKUs.
    case cart
    /// Every request reads the same SKU.
    case get
    /// Every request reads a SKU drawn from a Zipf distribution.
    case getZipf = "get-zipf"
    /// Request n creates SKU n; the way to fill a server.
    case create

    /// The status of every answer when all is well.
    var expectedStatus: Int {
        switch self {
        case .purchaseHot, .purchaseZipf, .hold, .holdOnly, .wallet, .cart, .create: 201
        case .soldOut: 409
        case .get, .getZipf: 200
        }
    }

    /// Whether each request names a SKU drawn at random.
    var isZipf: Bool {
        switch self {
        case .purchaseZipf, .getZipf: true
        case .purchaseHot, .soldOut, .hold, .holdOnly, .wallet, .cart, .get, .create: false
        }
    }

    /// Whether requests change stock, so that the books must be checked afterwards.
    var isPurchase: Bool {
        switch self {
        case .purchaseHot, .purchaseZipf, .soldOut, .hold, .holdOnly, .wallet, .cart: true
        case .get, .getZipf, .create: false
        }
    }

    /// What a request for a SKU is sent to.
    var resource: String {
        switch self {
        case .purchaseHot, .purchaseZipf, .soldOut, .wallet: "/purchases"
        case .hold, .holdOnly: "/holds"
        case .cart, .get, .getZipf, .create: ""
        }
    }

    /// SKUs of which one sale has a unit each.
    var linesPerSale: Int { self == .cart ? 3 : 1 }

    /// How many buyers take turns; nil where each request has a buyer of its own.
    var buyers: UInt64? { self == .wallet ? 256 : nil }

    /// Requests that one sale takes.
    var requestsPerSale: Double { self == .hold ? 2 : 1 }
}

/// How the SKUs of a run are named: a prefix and eight digits, so that every request has the same length.
struct SKUNames: Sendable {
    static let digits = 8
    /// Most SKUs that eight digits can tell apart.
    static let countMax = 100_000_000

    let prefix: String

    /// The name of SKU `index`.
    func name(_ index: Int) -> String {
        let number = String(index)
        return prefix + String(repeating: "0", count: Swift.max(0, Self.digits - number.utf8.count)) + number
    }
}

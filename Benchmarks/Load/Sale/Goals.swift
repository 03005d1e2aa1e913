/// The figures to be reached, and the bounds that end a run with an error.
///
/// A goal is what the server should reach on a quiet machine; missing it is reported. A bound is what no machine may
/// break: counts do not depend on the machine, and a ratio below its floor means that something is broken, not noisy.
enum Goals {
    /// Requests per second, as a share of the ceiling's in the same round.
    static let purchaseHot = Goal(.atLeast(0.85), bound: .atLeast(0.40))
    static let purchaseZipf = Goal(.atLeast(0.80), bound: .atLeast(0.35))
    /// Sales of two requests each, as a share of the ceiling's requests.
    static let hold = Goal(.atLeast(0.40), bound: .atLeast(0.15))
    /// Purchases that a wallet pays for: the SKU and the wallet are in one partition, or each in one of two.
    static let walletOneLoop = Goal(.atLeast(0.60), bound: .atLeast(0.15))
    static let walletTwoLoops = Goal(.atLeast(0.40), bound: .atLeast(0.10))
    /// Carts of three SKUs; three orders each.
    static let cart = Goal(.atLeast(0.20), bound: .atLeast(0.05))
    /// What 100,000 holds that expire in one second add to the p99 of everybody else, in milliseconds.
    static let expiryMilliseconds = Goal(.atMost(5))
    static let soldOut = Goal(.atLeast(0.90), bound: .atLeast(0.45))
    static let get = Goal(.atLeast(0.90), bound: .atLeast(0.45))

    /// Milliseconds, open loop at half of the server's own maximum.
    static let latencyP50Milliseconds = 0.6
    static let latencyP99Milliseconds = 2.0
    /// Where the ceiling is slow itself, this many times its figure is the goal.
    static let latencyCeilingFactor = 2.0

    /// With a disk whose sync takes 2 ms.
    static let slowSyncMicroseconds = 2_000
    static let slowDiskGetFactor = Goal(.atMost(2))

    /// One read and one write a request, and its share of waiting, journal writes and syncs.
    static let syscallsPerRequest = Goal(.atMost(2.5), bound: .atMost(3))
    /// What grows with the sale (the memory of keys) grows in large steps; a purchase itself allocates nothing.
    static let allocationsPerPurchase = Goal(.atMost(0.1), bound: .atMost(1))

    static let recoverySecondsPerTenMillion = 5.0
    /// The p99 of purchases while a snapshot is made, as a multiple of that without.
    static let latencyBesideSnapshot = Goal(.atMost(1.5))
    /// So much is no burden to the disk, and soon enough.
    static let snapshotSecondsPerTenMillion = 120.0
    /// A second for ten million orders, and the replay of what is behind them.
    static func recoveryFromSnapshot(orders: Double, tail: Double) -> Goal {
        Goal(.atMost(max(1, orders / 1e7) + tail / 1e7 * recoverySecondsPerTenMillion))
    }
    /// Gigabytes a second that `journal verify` checks: one, or as many as the disk reads.
    static func verify(readPerSecond: Double) -> Goal { Goal(.atLeast(min(1, readPerSecond))) }
    /// Ten thousand watchers take less than a tenth of the purchases.
    static let saleBesideWatchers = Goal(.atLeast(0.9))
    static let bytesPerWatcher = Goal(.atMost(16_384))
    static let eventsPerSecond = Goal(.atLeast(500_000))
    /// It is nobody's to wait for, and should be there before anybody misses it.
    static func indexSeconds(orders: Double) -> Goal { Goal(.atMost(max(1, 60 * orders / 1e7))) }
    static let indexBytesPerOrder = Goal(.atMost(28))
    static let residentBytesPerOrder = Goal(.atMost(100))
    static let bytesPerIdleSKU = Goal(.atMost(600))
    /// With the memory of its key.
    static let bytesPerOpenHold = Goal(.atMost(200))

    /// Purchases on one hot SKU with the slow disk: the more wait together, the more each sync carries.
    static func slowDiskPurchase(connections: Int) -> Goal {
        connections >= 1_024
            ? Goal(.atLeast(0.80), bound: .atLeast(0.30))
            : Goal(.atLeast(0.40), bound: .atLeast(0.15))
    }
}

/// A limit that a figure has to keep to.
enum Limit: Codable, Sendable {
    case atLeast(Double)
    case atMost(Double)

    func isKept(by value: Double) -> Bool {
        switch self {
        case .atLeast(let limit): value >= limit
        case .atMost(let limit): value <= limit
        }
    }

    /// How far inside (positive) or outside (negative) the limit the value is.
    func margin(of value: Double) -> Double {
        switch self {
        case .atLeast(let limit): value - limit
        case .atMost(let limit): limit - value
        }
    }

    var text: String {
        switch self {
        case .atLeast(let limit): ">= \(Figure.short(limit))"
        case .atMost(let limit): "<= \(Figure.short(limit))"
        }
    }
}

struct Goal: Sendable {
    let limit: Limit
    let bound: Limit?

    init(_ limit: Limit, bound: Limit? = nil) {
        self.limit = limit
        self.bound = bound
    }
}

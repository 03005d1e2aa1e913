import Platform

/// Everything that decides what a run sends.
struct LoadPlan: Sendable {
    enum Stop: Sendable, Equatable {
        case seconds(Double)
        case requests(UInt64)
    }

    enum Pace: Sendable, Equatable {
        /// Each connection sends its next request when the answer to the last one is there.
        case closed
        /// Requests leave at a fixed rate, whatever the answers do. Unit: requests per second over all connections.
        case open(perSecond: UInt64)
    }

    var address: SocketAddress
    var mix: Mix
    var connections = 64
    var threads = 1
    var stop = Stop.seconds(5)
    var pace = Pace.closed
    /// Requests in flight on one connection.
    var pipeline = 1
    var names = SKUNames(prefix: "bench-")
    /// One SKU by its full name, in place of a prefix and digits.
    var sku: String?
    var skus = 1
    var skew = 0.99
    /// Stock of each created SKU.
    var stock: UInt64 = 1_000_000_000_000
    /// Price of each created SKU, in cents.
    static let price: UInt64 = 12_900
    /// How long each hold lasts.
    var holdSeconds = 300
    /// Whether purchases carry an Idempotency-Key.
    var keys = true
    /// Tells the keys of this run from those of every other.
    var keySpace = UInt64.random(in: .min ... .max)
    var seed: UInt64 = 1
    /// Further header lines, without their line ends.
    var headers: [String] = []

    /// The number of requests of thread `thread`, where a total is given.
    func share(of total: UInt64, thread: Int) -> UInt64 {
        total / UInt64(threads) + (UInt64(thread) < total % UInt64(threads) ? 1 : 0)
    }

    /// The connections of thread `thread`.
    func connectionShare(thread: Int) -> Int {
        connections / threads + (thread < connections % threads ? 1 : 0)
    }
}

/// What a run counted; times are in nanoseconds.
struct LoadResult: Sendable {
    /// Answers by status; index 0 is unused.
    var statuses = [UInt64](repeating: 0, count: 600)
    var latency = Histogram()
    /// 201 answers to purchases, by SKU index.
    var accepted: [UInt64] = []
    /// Answers that came before the run's time was over, and how long it was: what a rate is made of.
    var answeredInTime: UInt64 = 0
    var elapsedNanoseconds: UInt64 = 0
    var sent: UInt64 = 0
    var bytesReceived: UInt64 = 0
    /// Requests without an answer, whose outcome is unknown.
    var unanswered: UInt64 = 0
    /// Requests of an open loop that were due and never left.
    var unsent: UInt64 = 0
    var connectionsLost = 0
    /// Why the first lost connection was lost; empty if none was.
    var firstLoss = ""

    var answered: UInt64 { latency.total }
    var acceptedTotal: UInt64 { accepted.reduce(0, +) }
    var perSecond: Double {
        elapsedNanoseconds == 0 ? 0 : Double(answeredInTime) * 1e9 / Double(elapsedNanoseconds)
    }

    /// Adds what another thread counted in the same run.
    mutating func add(_ other: LoadResult) {
        for index in statuses.indices { statuses[index] += other.statuses[index] }
        if accepted.isEmpty { accepted = [UInt64](repeating: 0, count: other.accepted.count) }
        for index in accepted.indices { accepted[index] += other.accepted[index] }
        latency.add(other.latency)
        answeredInTime += other.answeredInTime
        elapsedNanoseconds = max(elapsedNanoseconds, other.elapsedNanoseconds)
        sent += other.sent
        bytesReceived += other.bytesReceived
        unanswered += other.unanswered
        unsent += other.unsent
        connectionsLost += other.connectionsLost
        if firstLoss.isEmpty { firstLoss = other.firstLoss }
    }
}

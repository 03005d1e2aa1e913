/// One thing that a client wants, however often it has to ask for it.
final class Operation {
    /// Its number in the run; the request carries it to where the record shows it again.
    let number: Int
    let kind: Kind
    /// The SKU it is about.
    let sku: Int
    /// The whole request.
    let request: [UInt8]
    /// Whether it carries an idempotency key.
    let isKeyed: Bool

    /// Requests under way.
    var attemptsOpen = 0
    /// Requests that were made.
    var attempts = 0
    /// An attempt has ended without an answer, or with one that leaves the outcome open.
    var isUncertain = false
    /// The SKU's change that it made, by its record.
    var change: Int?
    /// When that was decided.
    var changedAt: Int64 = 0
    /// When the change of its first success was decided.
    var placedAt: Int64 = 0
    /// The body of the answer that told of its success.
    ///
    /// One, unless its key was used again after its window: then each of these was right once.
    var bodies: [[UInt8]] = []

    enum Kind {
        case purchase(quantity: Int64, isNamed: Bool)
        /// The key of another purchase with another request.
        case reuse(Operation, quantity: Int64)
        case adjust(Int64)
        case set(Int64, ifAvailable: Int64?)
        case put
        case amend
        case remove
        case show
        case order(Operation)
        case changes(after: Int, limit: Int)
        case list(limit: Int)
        case readiness
    }

    init(number: Int, kind: Kind, sku: Int, request: [UInt8], isKeyed: Bool) {
        self.number = number
        self.kind = kind
        self.sku = sku
        self.request = request
        self.isKeyed = isKeyed
    }

    /// Whether it changes anything.
    var isChange: Bool {
        switch kind {
        case .purchase, .reuse, .adjust, .set, .put, .amend, .remove: true
        case .show, .order, .changes, .list, .readiness: false
        }
    }

    /// Whether its success is remembered under a key.
    var isAcknowledged: Bool { !bodies.isEmpty }
}

/// One request of an operation, on its way.
struct Attempt {
    let operation: Operation
    /// How much of each SKU's history had been shown to anybody when it was made; one SKU's, or all of them.
    let floors: [Int]
    /// Where it ends in all that its connection has sent.
    let end: Int

    func floor(_ sku: Int) -> Int { floors.count == 1 ? floors[0] : floors[sku] }
}

/// One thing that a client wants, however often it has to ask for it.
final class Operation {
    /// Its number in the run; the request carries it to where the record shows it again.
    let number: Int
    let kind: Kind
    /// The SKU it is about, or the wallet.
    let subject: Int
    /// The whole request; empty once it has been made and may not be made again.
    private(set) var request: [UInt8]
    /// Bytes of the request behind which the client waits for 100 Continue.
    let pauseAt: Int?
    /// Whether it carries an idempotency key.
    let isKeyed: Bool
    /// The change that must have been the SKU's last one.
    let ifMatch: Int?

    /// Requests under way.
    var attemptsOpen = 0
    /// Requests that were made.
    var attempts = 0
    /// An attempt has ended without an answer, or with one that leaves the outcome open.
    var isUncertain = false
    /// The SKU's or wallet's change that it made, by its record.
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
        case cancel(Operation, quantity: Int64?)
        case changes(after: Int, limit: Int)
        case list(limit: Int)
        case readiness
        case hold(quantity: Int64, seconds: Int64)
        case showHold(KnownHold)
        case confirm(KnownHold, quantity: Int64?)
        case extend(KnownHold, seconds: Int64)
        case freeze(KnownHold, seconds: Int64)
        case release(KnownHold)
        /// SKUs of one transaction, and the wallet that pays for it; a cart where there are several, or nobody pays.
        case bundle([BundleLine], payer: Int?)
        /// One unit by the compatibility route, paid from a wallet.
        case item(payer: Int)
        case wallet
        case deposit(Int64, currency: String)
        case withdraw(Int64, currency: String)
    }

    init(number: Int, kind: Kind, subject: Int, request: RequestText, isKeyed: Bool, ifMatch: Int?) {
        self.number = number
        self.kind = kind
        self.subject = subject
        self.request = request.bytes
        pauseAt = request.pauseAt
        self.isKeyed = isKeyed
        self.ifMatch = ifMatch
    }

    /// Hands over the request for one more attempt: without a key it is made once.
    func takeRequest() -> [UInt8] {
        defer { if !isKeyed { request = [] } }
        return request
    }

    /// Whether its success is remembered under a key.
    var isAcknowledged: Bool { !bodies.isEmpty }

    /// Whether a change may come of it yet.
    var mayChange: Bool { attemptsOpen > 0 || isUncertain }

    /// Whether it is about a wallet.
    var isOfWallet: Bool {
        switch kind {
        case .wallet, .deposit, .withdraw: true
        default: false
        }
    }
}

/// Units of one SKU in a cart.
struct BundleLine {
    let sku: Int
    let quantity: Int64
}

/// A hold that a client was told of.
final class KnownHold {
    /// Its public name.
    let id: Text
    let sku: Int
    /// The change of the SKU that placed it.
    let number: Int
    /// Units that it was placed for.
    let quantity: Int64
    /// Commands on it whose records do not say who asked for them.
    var unkeyed: [Operation] = []

    init(id: Text, sku: Int, number: Int, quantity: Int64) {
        self.id = id
        self.sku = sku
        self.number = number
        self.quantity = quantity
    }
}

/// One request of an operation, on its way.
struct Attempt {
    let operation: Operation
    /// How much of everything's history had been shown to anybody when it was made.
    let floors: Floors
    /// Where it ends in all that its connection has sent.
    let end: Int
    /// When it was made.
    let askedAt: Int64
    /// How often the clock had been set back by then.
    let setbacks: Int

    func floor(_ sku: Int) -> Int { floors.ofSKUs.isEmpty ? floors.own : floors.ofSKUs[sku] }

    struct Floors {
        /// Of the SKU or wallet that it is about, or of the wallet that pays.
        let own: Int
        /// Of all SKUs, where it is about more than one thing.
        var ofSKUs: [Int] = []
    }
}

extension Operation {
    var kindName: String {
        switch kind {
        case .purchase: "purchase"
        case .reuse: "purchase under a used key"
        case .adjust, .set: "stock"
        case .put: "put"
        case .amend: "patch"
        case .remove: "delete"
        case .show: "read"
        case .order: "order"
        case .cancel: "cancellation"
        case .changes: "trail"
        case .list: "page"
        case .readiness: "readiness"
        case .hold: "hold"
        case .showHold(let hold): "read of hold \(hold.number)"
        case .confirm(let hold, _): "confirmation of hold \(hold.number)"
        case .extend(let hold, _): "extension of hold \(hold.number)"
        case .freeze(let hold, _): "freeze of hold \(hold.number)"
        case .release(let hold): "release of hold \(hold.number)"
        case .bundle(let lines, let payer): "bundle of \(lines.count)\(payer.map { " paid by w\($0)" } ?? "")"
        case .item(let payer): "item paid by w\(payer)"
        case .wallet: "read of a wallet"
        case .deposit: "deposit"
        case .withdraw: "withdrawal"
        }
    }

    /// The order that its first answer tells of.
    var orderID: Text? {
        guard let body = bodies.first, let place = body.place(of: "\"order\":\"", from: 0) else { return nil }
        return Text(body[place + 9..<place + 35])
    }
}

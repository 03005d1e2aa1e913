/// A purchase as a client intends it; the key makes it one, however often it is sent.
struct Purchase: Hashable, Sendable {
    let sku: String
    let buyer: String
    let quantity: Int
    let key: String

    var request: TestRequest { .purchase(sku, buyer: buyer, quantity: quantity, key: key) }
}

/// A 2xx answer to a purchase: the promise that the server must keep whatever happens next.
struct Sale: Equatable, Sendable {
    let order: String
    let sequence: Int
    let remaining: Int
    /// The bytes of the answer.
    let body: [UInt8]

    init(_ response: TestResponse) throws {
        let json = try response.json()
        guard let order = json["order"]?.string, let sequence = json["sequence"]?.int,
            let remaining = json["remaining"]?.int
        else { throw HarnessFailure("not an order: \(response.text)") }
        self.init(order: order, sequence: sequence, remaining: remaining, body: response.body)
    }

    init(order: String, sequence: Int, remaining: Int, body: [UInt8]) {
        self.order = order
        self.sequence = sequence
        self.remaining = remaining
        self.body = body
    }
}

/// What a client was told of a purchase.
enum Outcome: Equatable, Sendable {
    case sold(Sale)
    /// A refusal, by its status and the type of its problem.
    case refused(Int, String)
    /// The connection ended first, or the server could not say (503): it may have happened or not.
    case unknown

    init(_ response: TestResponse) throws {
        switch response.status {
        case 201: self = .sold(try Sale(response))
        case 503: self = .unknown
        default: self = .refused(response.status, try response.json()["type"]?.string ?? "")
        }
    }

    var sale: Sale? {
        guard case .sold(let sale) = self else { return nil }
        return sale
    }
}

/// One purchase and what came of it, as its client saw it.
struct Attempt: Equatable, Sendable {
    let purchase: Purchase
    var outcome: Outcome
}

/// Everything that clients know of some SKUs which nobody else has changed.
struct History: Sendable {
    /// Each SKU as it was before the first purchase.
    var created: [String: Stock] = [:]
    var attempts: [Attempt] = []

    var sales: [Sale] { attempts.compactMap(\.outcome.sale) }

    var unknown: [Attempt] { attempts.filter { $0.outcome == .unknown } }

    /// The same history once those who got no answer have asked again.
    func settled(by aftermath: Aftermath) -> History {
        var settled = self
        for index in attempts.indices where attempts[index].outcome == .unknown {
            guard let answer = aftermath.retries[attempts[index].purchase.key]?.first else { continue }
            settled.attempts[index].outcome = answer.outcome
        }
        return settled
    }
}

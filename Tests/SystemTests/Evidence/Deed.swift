/// One change that a client wants; the key makes it one, however often it is sent.
struct Deed: Hashable, Sendable {
    /// What kind of change, of what.
    enum Wish: Hashable, Sendable {
        case purchase(sku: String, quantity: Int)
        case hold(sku: String, quantity: Int, seconds: Int)
        /// All of a hold, or a part of it.
        case confirm(hold: String, quantity: Int?)
        case release(hold: String)
        /// All of an order, or a part of it.
        case cancel(order: String, quantity: Int?)
        case deposit(Int)
        case withdrawal(Int)
        /// A purchase that the buyer's wallet pays for.
        case payment(sku: String, quantity: Int)
        case cart([Line], isPaid: Bool)
    }

    /// Units of a SKU in a cart.
    struct Line: Hashable, Sendable {
        let sku: String
        let quantity: Int
    }

    let buyer: String
    let wish: Wish
    let key: String

    var request: TestRequest {
        switch wish {
        case .purchase(let sku, let quantity): .purchase(sku, buyer: buyer, quantity: quantity, key: key)
        case .hold(let sku, let quantity, let seconds):
            .hold(sku, buyer: buyer, quantity: quantity, seconds: seconds, key: key)
        case .confirm(let hold, let quantity):
            .post("/v1/holds/\(hold)/confirm", quantity.map { #"{"quantity":\#($0)}"# } ?? "{}", key: key)
        case .release(let hold): .delete("/v1/holds/\(hold)")
        case .cancel(let order, let quantity):
            .post(
                "/v1/orders/\(order)/cancel",
                #"{"reason":"test"\#(quantity.map { #","quantity":\#($0)"# } ?? "")}"#,
                key: key
            )
        case .deposit(let amount): move("deposits", amount)
        case .withdrawal(let amount): move("withdrawals", amount)
        case .payment(let sku, let quantity): .paid(sku, buyer: buyer, quantity: quantity, key: key)
        case .cart(let lines, let isPaid):
            .cart(lines.map { ($0.sku, $0.quantity) }, buyer: buyer, payment: isPaid, key: key)
        }
    }

    private func move(_ kind: String, _ amount: Int) -> TestRequest {
        .post("/v1/wallets/\(buyer)/\(kind)", #"{"amount":\#(amount),"currency":"USD"}"#, key: key)
    }

    /// What it adds to its buyer's wallet; nil where it is about something else.
    var amount: Int? {
        switch wish {
        case .deposit(let amount): amount
        case .withdrawal(let amount): -amount
        case .purchase, .hold, .confirm, .release, .cancel, .payment, .cart: nil
        }
    }

    /// Whether its buyer's wallet pays for it.
    var isPaid: Bool {
        switch wish {
        case .payment: true
        case .cart(_, let isPaid): isPaid
        case .purchase, .hold, .confirm, .release, .cancel, .deposit, .withdrawal: false
        }
    }

    /// Whether the second answer says that it is one; a release needs no key and says nothing.
    var isMarked: Bool {
        if case .release = wish { false } else { true }
    }
}

/// What a client was told of a deed.
enum Told: Equatable, Sendable {
    /// It is done: the promise that the server must keep whatever happens next.
    case done(Int, [UInt8])
    /// A refusal, by its status and the type of its problem.
    case refused(Int, String)
    /// The connection ended first, or the server could not say (503): it may have happened or not.
    case unknown

    init(_ response: TestResponse) throws {
        switch response.status {
        case 200..<300: self = .done(response.status, response.body)
        case 503: self = .unknown
        default: self = .refused(response.status, try response.json()["type"]?.string ?? "")
        }
    }

    var isDone: Bool {
        if case .done = self { true } else { false }
    }

    /// The members of the answer to what is done; nil where there are none.
    var json: JSON? {
        guard case .done(_, let body) = self else { return nil }
        return try? JSON(body)
    }

    /// The orders in the answer to what is done: those of a cart, or the one that it is.
    var orders: [JSON] {
        guard let json else { return [] }
        return json["orders"]?.array ?? (json["order"] == nil ? [] : [json])
    }
}

/// A deed and what its client was told of it.
struct Report: Sendable {
    let deed: Deed
    var told: Told
}

/// The second answer to a deed, or the third.
struct Echo: Equatable, Sendable {
    let told: Told
    let isReplay: Bool
}

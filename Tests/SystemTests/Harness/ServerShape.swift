import Testing

/// How many loops and partitions a server has: with more of either, what is bought in one go is in several places.
struct ServerShape: CustomTestStringConvertible, Sendable {
    let loops: Int
    let partitions: Int

    static let all = [
        ServerShape(loops: 1, partitions: 1), ServerShape(loops: 1, partitions: 2),
        ServerShape(loops: 2, partitions: 2),
    ]

    var options: ServerOptions { .good("--loops", "\(loops)", "--partitions", "\(partitions)") }

    var testDescription: String { "\(loops) loops, \(partitions) partitions" }
}

extension TestRequest {
    /// A purchase that the buyer's wallet pays for.
    static func paid(_ sku: String, buyer: String, quantity: Int = 1, key: String? = nil) -> Self {
        let body = #"{"buyer":"\#(buyer)","quantity":\#(quantity),"payment":"wallet"}"#
        return post("/v1/skus/\(sku)/purchases", body, key: key)
    }

    /// A cart.
    static func cart(_ lines: [(String, Int)], buyer: String, payment: Bool = false, key: String? = nil) -> Self {
        let text = lines.map { #"{"sku":"\#($0.0)","quantity":\#($0.1)}"# }.joined(separator: ",")
        let wallet = payment ? #","payment":"wallet""# : ""
        return post("/v1/carts", #"{"buyer":"\#(buyer)","lines":[\#(text)]\#(wallet)}"#, key: key)
    }

    /// One unit by the route that clients of old know.
    static func item(_ item: String, user: String, key: String? = nil) -> Self {
        post("/api/purchase/", #"{"user_id":"\#(user)","item_id":"\#(item)"}"#, key: key)
    }
}

extension TestConnection {
    /// Whether a wallet comes to hold so much: what another partition's wallet is owed comes soon, not at once.
    func balance(of buyer: String, becomes amount: Int) throws -> Bool {
        try waits { try balance(of: buyer) == amount }
    }

    /// A SKU's counts once so many units are available: what a refused cart had set aside elsewhere comes back soon.
    func stockOnceFree(of sku: String, available: Int) throws -> Stock {
        _ = try waits { try stock(of: sku).available == available }
        return try stock(of: sku)
    }

    /// A SKU's counts once nothing of it is set aside.
    func settledStock(of sku: String) throws -> Stock {
        _ = try waits { try stock(of: sku).held == 0 }
        return try stock(of: sku)
    }

    /// Asks until `isSo`, for at most ten seconds.
    private func waits(_ isSo: () throws -> Bool) throws -> Bool {
        let deadline = TestRun.now + 10
        while try !isSo() {
            guard TestRun.now < deadline else { return false }
        }
        return true
    }
}

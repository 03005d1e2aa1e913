import Foundation
import Platform

/// What is in the buyers' wallets, to be held against what they have paid.
struct WalletBooks {
    /// What the books are about of `GET /v1/wallets/{buyer}`.
    private struct State: Decodable {
        let balance: Balance

        struct Balance: Decodable {
            let amount: UInt64
        }
    }

    /// What is put into each wallet: more than is ever spent.
    ///
    /// Unit: cents.
    static let deposit: UInt64 = 1_000_000_000_000

    /// How many wallets there are.
    let count: UInt64

    /// Puts money into all wallets.
    ///
    /// - Throws: `failed` where the server does not take it.
    func fund(_ address: SocketAddress) throws(BenchError) {
        let body = #"{"amount":\#(Self.deposit),"currency":"USD"}"#
        let requests = (0..<count)
            .map { ControlClient.Request(method: "POST", path: Self.path($0) + "/deposits", body: body) }
        let answers = try ControlClient(address).ask(requests)
        guard answers.allSatisfy({ $0.status == 201 }) else { throw .failed("the wallets cannot be filled") }
    }

    /// Holds what is missing in all wallets against the price of all sales.
    ///
    /// - Throws: `failed` where they differ.
    func check(_ address: SocketAddress, sales: UInt64) throws(BenchError) {
        var left: UInt64 = 0
        for answer in try ControlClient(address).ask((0..<count).map { ControlClient.Request(path: Self.path($0)) }) {
            guard answer.status == 200, let state = try? JSONDecoder().decode(State.self, from: Data(answer.body))
            else { throw .failed("the books of a wallet cannot be read: status \(answer.status)") }
            left += state.balance.amount
        }
        guard left + sales * LoadPlan.price == count * Self.deposit else {
            throw .failed(
                "the wallets do not balance: \(sales) purchases of \(LoadPlan.price) were paid from "
                    + "\(count * Self.deposit), and \(left) are left"
            )
        }
    }

    private static func path(_ buyer: UInt64) -> String {
        let digits = String(buyer)
        let zeros = RequestTemplate.buyerDigits - digits.utf8.count
        return "/v1/wallets/b" + String(repeating: "0", count: zeros) + digits
    }
}

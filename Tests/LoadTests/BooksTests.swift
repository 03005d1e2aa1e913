import Testing

@testable import stockkeeper_bench

@Suite("Books")
struct BooksTests {
    @Test("books that balance pass")
    func balanced() throws {
        try check(#"{"available":997,"held":0,"sold":3,"supplied":1000}"#)
    }

    @Test(
        "whatever does not add up fails, with exit code 1",
        arguments: [
            #"{"available":996,"held":0,"sold":4,"supplied":1000}"#,
            #"{"available":998,"held":0,"sold":2,"supplied":1000}"#,
            #"{"available":996,"held":0,"sold":3,"supplied":1000}"#,
            #"{"available":996,"held":1,"sold":3,"supplied":1000}"#,
            #"{"available":997,"held":1,"sold":3,"supplied":1000}"#,
            #"{"available":998,"held":0,"sold":3,"supplied":1001}"#,
            #"{"available":997,"held":0,"sold":3}"#,
            "not JSON",
        ]
    )
    func unbalanced(state: String) {
        #expect { try check(state) } throws: { ($0 as? BenchError)?.exitCode == 1 }
    }

    @Test("a SKU that is gone fails, even when nothing was sold of it")
    func missing() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(404, "{}") }
        defer { server.stop() }
        let books = Books(names: SKUNames(prefix: "bench-"), skus: 1, stock: 0)
        #expect { try books.check(server.address) } throws: { ($0 as? BenchError)?.exitCode == 1 }
    }

    @Test("every SKU is looked at, also the last of many")
    func everySKU() throws {
        let server = try ScriptedServer { request in
            let isLast = request.contains("bench-00000099 ")
            return ScriptedServer.answer(200, state(sold: isLast ? 1 : 0))
        }
        defer { server.stop() }
        let books = Books(names: SKUNames(prefix: "bench-"), skus: 100, stock: 1_000)
        #expect { try books.check(server.address) } throws: { "\($0)".contains("bench-00000099") }
    }

    @Test("wallets that have paid too little or too much fail", arguments: [(0, true), (1, false), (-1, false)])
    func wallets(error: Int, passes: Bool) throws {
        let server = try ScriptedServer { request in
            guard request.contains("/wallets/") else { return ScriptedServer.answer(200, state(sold: 3)) }
            let paid = request.contains("b000000001 ") ? 3 * Int(LoadPlan.price) + error : 0
            let balance = Int(WalletBooks.deposit) - paid
            return ScriptedServer.answer(200, #"{"balance":{"amount":\#(balance),"currency":"USD"}}"#)
        }
        defer { server.stop() }
        var books = Books(names: SKUNames(prefix: "bench-"), skus: 1, stock: 1_000, wallets: WalletBooks(count: 2))
        var result = LoadResult()
        result.accepted = [3]
        books.add(result)
        let failed = (try? books.check(server.address)) == nil
        #expect(failed != passes)
    }

    private func check(_ state: String) throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(200, state) }
        defer { server.stop() }
        var books = Books(names: SKUNames(prefix: "bench-"), skus: 1, stock: 1_000)
        var result = LoadResult()
        result.accepted = [3]
        books.add(result)
        try books.check(server.address)
    }
}

private func state(sold: Int) -> String {
    #"{"available":\#(1_000 - sold),"held":0,"sold":\#(sold),"supplied":1000}"#
}

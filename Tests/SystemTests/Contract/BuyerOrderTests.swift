import Foundation
import Testing

extension SystemTests {
    @Suite("A buyer's orders")
    struct BuyerOrderTests {
        @Test(
            "the list has every order as it is told alone, newest first, whatever the page's size",
            arguments: [1, 3]
        )
        func pages(partitions: Int) throws {
            try withServer(.good("--loops", "2", "--partitions", "\(partitions)")) { _, client in
                let skus = (0..<5).map { "sku-\($0)" }
                for sku in skus { try client.create(sku, stock: 100) }
                var locations: [String] = []
                for number in 0..<23 {
                    let answer = try client.call(.purchase(skus[number % 5], buyer: "ann", quantity: 2))
                    locations.append(try #require(answer["Location"]))
                    #expect(try client.call(.purchase(skus[number % 5], buyer: "bob-\(number)")).status == 201)
                }
                // Cancelled wholly and in part.
                _ = try client.call(.post("\(locations[3])/cancel", #"{"reason":"x"}"#))
                _ = try client.call(.post("\(locations[8])/cancel", #"{"reason":"x","quantity":1}"#))
                // A hold is an order once it is confirmed.
                let held = try client.call(.hold("sku-0", buyer: "ann")).json()["hold"]?.string
                let hold = try #require(held)
                try client.waitForOrders(of: "ann")
                #expect(try client.allOrders(of: "ann", limit: 500).count == 23)
                let confirmed = try client.call(.post("/v1/holds/\(hold)/confirm", "{}"))
                locations.append(try #require(confirmed["Location"]))
                try client.waitForOrders(of: "ann")
                let alone = try locations.map { try client.call(.get($0)).json() }
                for limit in [1, 2, 7, 24, 500] {
                    let all = try client.allOrders(of: "ann", limit: limit)
                    #expect(all.sorted(by: Self.isOlder) == alone.sorted(by: Self.isOlder), "\(limit)")
                    let times = all.compactMap { $0["placed_at"]?.string }
                    #expect(times == times.sorted().reversed())
                }
            }
        }

        private static func isOlder(_ left: JSON, _ right: JSON) -> Bool {
            (left["order"]?.string ?? "") < (right["order"]?.string ?? "")
        }

        @Test("an unknown buyer has an empty page; a wrong query is refused; without an index there is no list")
        func edges() throws {
            try withServer { _, client in
                let page = try client.call(.get("/v1/buyers/nobody/orders")).json()
                #expect(page["items"] == .array([]) && page["next"] == nil && page["forgotten"] == .integer(0))
                let wrong = [
                    "limit=0", "limit=501", "after=x", "after=0", "after=0.", "after=9.0", "after=0.1~0.2",
                    "after=1&after=1",
                ]
                for query in wrong {
                    try expectProblem(client.call(.get("/v1/buyers/ann/orders?\(query)")), 400, "invalid-request")
                }
                #expect(try client.call(.post("/v1/buyers/ann/orders", "{}")).status == 405)
                try expectProblem(client.call(.get("/v1/buyers/a%20b/orders")), 400, "invalid-request")
            }
            let none = ServerOptions.good(environment: ["STOCKKEEPER_INDEX_ORDERS_MAX": "0"])
            try withServer(none) { _, client in
                try expectProblem(client.call(.get("/v1/buyers/ann/orders")), 404, "not-found")
                #expect(!(try client.call(.get("/metrics")).text.contains("stockkeeper_index_orders ")))
            }
        }

        @Test("carts and what a wallet has paid are orders like others, refused ones are none", arguments: [1, 3])
        func transactions(partitions: Int) throws {
            try withServer(.good("--loops", "2", "--partitions", "\(partitions)")) { _, client in
                let skus = (0..<5).map { "sku-\($0)" }
                for sku in skus { try client.create(sku, stock: 3) }
                let money = #"{"amount":100000,"currency":"USD"}"#
                #expect(try client.call(.post("/v1/wallets/ann/deposits", money)).status == 201)
                let lines = skus.map { #"{"sku":"\#($0)","quantity":1}"# }.joined(separator: ",")
                let cart = try client.call(.post("/v1/carts", #"{"buyer":"ann","lines":[\#(lines)]}"#))
                var orders = (try cart.json()["orders"]?.array ?? []).compactMap { $0["order"]?.string }
                #expect(orders.count == 5)
                for sku in skus {
                    let body = #"{"buyer":"ann","quantity":1,"payment":"wallet"}"#
                    let paid = try client.call(.post("/v1/skus/\(sku)/purchases", body))
                    orders.append(try #require(try paid.json()["order"]?.string))
                }
                let cancel = TestRequest.post("/v1/orders/\(orders[7])/cancel", #"{"reason":"x"}"#)
                #expect(try client.call(cancel).status == 200)
                // All of them get one reservation, and then one line too many.
                let over = #"{"buyer":"ann","lines":[\#(lines),{"sku":"sku-0","quantity":3}]}"#
                #expect(try client.call(.post("/v1/carts", over)).status == 409)
                try client.waitForOrders(of: "ann")
                let alone = try orders.map { try client.call(.get("/v1/orders/\($0)")).json() }
                for limit in [1, 3, 500] {
                    let all = try client.allOrders(of: "ann", limit: limit)
                    #expect(all.sorted(by: Self.isOlder) == alone.sorted(by: Self.isOlder), "\(limit)")
                }
            }
        }

        @Test("after a kill, and with another number of partitions, the list is what it was")
        func rebuilt() throws {
            let folder = try DataFolder()
            let server = try ServerProcess(in: folder, .good("--partitions", "2"))
            let client = try server.connect()
            for number in 0..<6 { try client.create("sku-\(number)", stock: 1_000) }
            var last = ""
            for number in 0..<600 {
                let sold = try client.call(.purchase("sku-\(number % 6)", buyer: "buyer-\(number % 5)"))
                if number % 5 == 2 { last = try #require(sold["Location"]) }
            }
            let cancel = TestRequest.post("\(last)/cancel", #"{"reason":"x"}"#)
            #expect(try client.call(cancel).status == 200)
            try client.waitForOrders(of: "buyer-2")
            let before = try client.allOrders(of: "buyer-2", limit: 50)
            #expect(before.count == 120 && before.count { $0["state"] == .string("cancelled") } == 1)
            try server.kill()
            for count in [2, 3, 1] {
                let run = try ToolRun(.stockkeeper, "repartition", folder.data, "--partitions", "\(count)")
                #expect(run.exit == .code(0), "\(run)")
                let again = try ServerProcess(in: folder)
                let back = try again.connect()
                try back.waitForOrders(of: "buyer-2")
                #expect(try back.allOrders(of: "buyer-2", limit: 50) == before)
                let sold = try back.call(.purchase("sku-1", buyer: "late-\(count)"))
                try back.waitForOrders(of: "late-\(count)")
                #expect(try back.allOrders(of: "late-\(count)", limit: 50) == [sold.json()])
                again.terminate()
                #expect(try again.waitForExit() == .code(0))
            }
        }
    }
}

extension TestConnection {
    /// Asks until the index of orders has read all there is, but not for ever.
    func waitForOrders(of buyer: String) throws {
        let deadline = TestRun.now + 30
        while try call(.get("/v1/buyers/\(buyer)/orders?limit=1")).json()["as_of"]?["behind_bytes"] != .integer(0) {
            guard TestRun.now < deadline else { throw HarnessFailure("the index of orders stays behind") }
        }
    }

    /// All orders of a buyer, over as many pages as it takes.
    func allOrders(of buyer: String, limit: Int) throws -> [JSON] {
        var orders: [JSON] = []
        var after = ""
        while true {
            let page = try Page(call(.get("/v1/buyers/\(buyer)/orders?limit=\(limit)\(after)")))
            #expect(page.items.count <= limit)
            orders += page.items
            guard let next = page.next else { return orders }
            after = "&after=\(next)"
        }
    }
}

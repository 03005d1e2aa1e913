import Testing

extension SystemTests {
    @Suite("Carts")
    struct CartTests {
        private static let skus = ["mug", "cup", "pot", "hat", "pen"]

        @Test(
            "all lines are bought, each as an order of its own, in the order of the lines",
            arguments: ServerShape.all
        )
        func cart(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for sku in Self.skus { try client.create(sku, stock: 9) }
                let lines = [("pen", 1), ("mug", 2), ("cup", 3), ("pen", 4), ("hat", 1), ("pot", 1)]
                let answer = try client.call(.cart(lines, buyer: "ann"))
                #expect(answer.status == 201)
                let cart = try answer.json()
                #expect(cart["cart"]?.string?.isEmpty == false && cart.object?.count == 2)
                let orders = try #require(cart["orders"]?.array)
                #expect(orders.map { $0["sku"]?.string } == ["pen", "mug", "cup", "hat", "pot"])
                #expect(orders.map { $0["quantity"]?.int } == [5, 2, 3, 1, 1])
                for order in orders {
                    let quantity = try #require(order["quantity"]?.int)
                    #expect(order["buyer"] == .string("ann") && order["payment"] == nil)
                    #expect(order["remaining"] == .integer(9 - quantity))
                    #expect(order["total"]?["amount"] == .integer(12_900 * quantity))
                    let id = try #require(order["order"]?.string)
                    #expect(try client.call(.get("/v1/orders/\(id)")).json() == order)
                    let stock = try client.settledStock(of: order["sku"]?.string ?? "")
                    #expect((stock.available, stock.sold) == (9 - quantity, quantity))
                }
            }
        }

        @Test("an order that was told is there, at once and on every connection", arguments: ServerShape.all)
        func atOnce(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                let skus = ["mug", "cup", "pot", "hat", "pen"]
                for sku in skus { try client.create(sku, stock: 10_000) }
                let missing = try inParallel(4) { thread in
                    let buyer = try TestConnection(port: port)
                    let readers = try (0..<4).map { _ in try TestConnection(port: port) }
                    var missing: [String] = []
                    for turn in 0..<100 {
                        let cart = try buyer.call(.cart(skus.map { ($0, 1) }, buyer: "b\(thread)-\(turn)")).json()
                        for (number, order) in (cart["orders"]?.array ?? []).enumerated() {
                            let read = try readers[number % 4].call(.get("/v1/orders/\(order["order"]?.string ?? "")"))
                            if try read.status != 200 || read.json() != order { missing.append(read.text) }
                        }
                    }
                    return missing
                }
                #expect(missing.flatMap { $0 } == [])
                for sku in skus { #expect(try client.settledStock(of: sku).sold == 400) }
            }
        }

        @Test("a wallet pays for all lines at once, or for none", arguments: ServerShape.all)
        func wallet(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for sku in Self.skus { try client.create(sku, stock: 9) }
                try client.deposit(5 * 12_900 - 1, to: "ann")
                let request = TestRequest.cart(Self.skus.map { ($0, 1) }, buyer: "ann", payment: true, key: "k")
                let problem = try expectProblem(client.call(request), 402, "insufficient-funds")
                #expect(problem["balance"]?["amount"] == .integer(5 * 12_900 - 1))
                #expect(problem["total"]?["amount"] == .integer(5 * 12_900) && problem["line"] == nil)
                for sku in Self.skus { #expect(try client.stockOnceFree(of: sku, available: 9).available == 9) }
                try client.deposit(1, to: "ann")
                let bought = try client.call(request)
                #expect(bought.status == 201)
                #expect(try bought.json()["orders"]?.array?.allSatisfy { $0["payment"] == .string("wallet") } == true)
                #expect(try client.balance(of: "ann") == 0)
                for sku in Self.skus { #expect(try client.settledStock(of: sku).sold == 1) }
            }
        }

        @Test("a refusal names the line, and nothing of the cart is bought", arguments: ServerShape.all)
        func refused(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for sku in Self.skus { try client.create(sku, stock: 3) }
                try client.create("one", stock: 9, #""limit_per_buyer":1"#)
                try client.create("gone", stock: 0)
                try client.create("shut", stock: 9)
                _ = try client.call(.patch("/v1/skus/shut", #"{"paused":true}"#))
                let cases: [(sku: String, quantity: Int, status: Int, type: String)] = [
                    ("cup", 4, 409, "insufficient-stock"), ("gone", 1, 409, "sold-out"),
                    ("none-such", 1, 404, "unknown-sku"), ("one", 2, 403, "buyer-limit-reached"),
                    ("shut", 1, 403, "sale-paused"),
                ]
                for entry in cases {
                    // The line is the first one that names the SKU, as the client counts.
                    let lines = [("mug", 1), ("mug", 1), ("pot", 1), (entry.sku, entry.quantity), ("pen", 1)]
                    let problem = try expectProblem(
                        client.call(.cart(lines, buyer: "ann")),
                        entry.status,
                        entry.type
                    )
                    #expect(problem["line"] == .integer(3) && problem["sku"] == .string(entry.sku), "\(problem)")
                    for sku in Self.skus { #expect(try client.stockOnceFree(of: sku, available: 3).sold == 0) }
                }
            }
        }

        @Test("prices of several currencies are no wallet's to pay", arguments: ServerShape.all)
        func currencies(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                try client.create("mug", stock: 3)
                let euro = #"{"title":"t","price":{"amount":5,"currency":"EUR"},"stock":3}"#
                #expect(try client.call(.put("/v1/skus/cup", euro)).status == 201)
                try client.deposit(100_000, to: "ann")
                let paid = try client.call(.cart([("mug", 1), ("cup", 1)], buyer: "ann", payment: true))
                let problem = try expectProblem(paid, 400, "invalid-request")
                #expect(problem["detail"]?.string?.hasPrefix("payment: ") == true, "\(problem)")
                #expect(try client.balance(of: "ann") == 100_000)
                for sku in ["mug", "cup"] { #expect(try client.stockOnceFree(of: sku, available: 3).sold == 0) }
                #expect(try client.call(.cart([("mug", 1), ("cup", 1)], buyer: "ann")).status == 201)
            }
        }

        @Test("a key is one cart, before and after a kill, and no other cart's", arguments: ServerShape.all)
        func keys(shape: ServerShape) throws {
            let folder = try DataFolder()
            let before = try ServerProcess(in: folder, shape.options).connected()
            for sku in Self.skus { try before.connection.create(sku, stock: 9) }
            try before.connection.deposit(1_000_000, to: "ann")
            var first: [String: TestResponse] = [:]
            for key in ["k1", "k2", "k3", "k4"] {
                let answer = try before.connection.call(Self.keyed(key))
                #expect(answer.status == 201 && !answer.isReplay)
                first[key] = answer
            }
            try Self.expectRemembered(first, before.connection)
            try before.server.kill()
            let after = try ServerProcess(in: folder, shape.options).connected()
            try Self.expectRemembered(first, after.connection)
            #expect(try after.connection.balance(of: "ann") == 1_000_000 - 8 * 12_900)
        }

        private static func keyed(_ key: String) -> TestRequest {
            .cart([("mug", 1), ("cup", 1)], buyer: "ann", payment: true, key: key)
        }

        private static func expectRemembered(_ first: [String: TestResponse], _ client: TestConnection) throws {
            for (key, answer) in first {
                let again = try client.call(keyed(key))
                #expect((again.status, again.body, again.isReplay) == (201, answer.body, true))
                // A cart of other SKUs, of more, of another buyer, and one that nobody pays for here.
                let others: [TestRequest] = [
                    .cart([("hat", 1), ("pen", 1)], buyer: "ann", payment: true, key: key),
                    .cart([("pot", 1)], buyer: "ann", payment: true, key: key),
                    .cart([("mug", 1), ("cup", 2)], buyer: "ann", payment: true, key: key),
                    .cart([("mug", 1), ("cup", 1)], buyer: "bob", payment: true, key: key),
                    .cart([("mug", 1), ("cup", 1)], buyer: "ann", key: key),
                ]
                for other in others { try expectProblem(client.call(other), 422, "idempotency-key-reused") }
            }
        }

        @Test("many carts with one key at once are one cart", arguments: ServerShape.all)
        func inFlight(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                for sku in Self.skus { try client.create(sku, stock: 99) }
                let request = TestRequest.cart(Self.skus.map { ($0, 2) }, buyer: "ann", key: "k")
                let bodies = try inParallel(8) { _ in
                    let connections = try (0..<4).map { _ in try TestConnection(port: port) }
                    for connection in connections { try connection.send(request) }
                    return try connections.map { try $0.receive() }.map { $0.status == 201 ? $0.body : [] }
                }
                #expect(Set(bodies.flatMap { $0 }).count == 1 && bodies[0][0] != [])
                for sku in Self.skus { #expect(try client.settledStock(of: sku).sold == 2) }
            }
        }

        @Test(
            "of carts that want the same units in any order as many win as there are units",
            arguments: ServerShape.all
        )
        func race(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                for sku in Self.skus { try client.create(sku, stock: 40) }
                let statuses = try inParallel(8) { thread in
                    let connections = try (0..<8).map { _ in try TestConnection(port: port) }
                    var statuses: [Int] = []
                    for turn in 0..<10 {
                        for (number, connection) in connections.enumerated() {
                            let start = (thread + number + turn) % 5
                            let lines = (0..<5).map { (Self.skus[(start + $0) % 5], 1) }
                            try connection.send(.cart(lines, buyer: "b\(thread)-\(number)-\(turn)"))
                        }
                        statuses += try connections.map { try $0.receive().status }
                    }
                    return statuses
                }
                let flat = statuses.flatMap { $0 }
                #expect(flat.allSatisfy { $0 == 201 || $0 == 409 })
                let won = flat.filter { $0 == 201 }.count
                for sku in Self.skus {
                    let stock = try client.settledStock(of: sku)
                    #expect((stock.sold, stock.available) == (won, 40 - won))
                }
                // Some of them may have kept units from each other for a moment; alone one gets what is left.
                if won < 40 {
                    let rest = try client.call(.cart(Self.skus.map { ($0, 40 - won) }, buyer: "last"))
                    #expect(rest.status == 201)
                }
            }
        }

        @Test(
            "a body that is no cart is refused and names the member",
            arguments: [
                (#"{"buyer":"ann"}"#, "lines"), (#"{"buyer":"ann","lines":[]}"#, "lines"),
                (#"{"lines":[{"sku":"mug","quantity":1}]}"#, "buyer"),
                (#"{"buyer":"ann","lines":[{"sku":"mug"}]}"#, "lines.quantity"),
                (#"{"buyer":"ann","lines":[{"sku":"a/b","quantity":1}]}"#, "lines.sku"),
                (#"{"buyer":"ann","lines":[{"sku":"mug","quantity":1,"gift":true}]}"#, "gift"),
                (#"{"buyer":"ann","lines":[{"sku":"mug","quantity":1}],"payment":"card"}"#, "payment"),
                (#"{"buyer":"ann","lines":[{"sku":"mug","quantity":1}],"coupon":"x"}"#, "coupon"),
                (#"{"buyer":"ann","lines":[\#(line(51))]}"#, "lines"),
                (#"{"buyer":"ann","lines":[{"sku":"mug","quantity":1000000},{"sku":"mug","quantity":1}]}"#, "lines"),
            ]
        )
        func invalid(body: String, member: String) throws {
            try withServer(.good("--loops", "2")) { _, client in
                try client.create("mug", stock: 9)
                let problem = try expectProblem(client.call(.post("/v1/carts", body)), 400, "invalid-request")
                #expect(problem["detail"]?.string?.hasPrefix(member) == true, "\(problem)")
                #expect(try client.stock(of: "mug").available == 9)
            }
        }

        private static func line(_ count: Int) -> String {
            (0..<count).map { #"{"sku":"s\#($0)","quantity":1}"# }.joined(separator: ",")
        }

        @Test("fifty lines are a cart, and too long a body is none", arguments: ServerShape.all)
        func limits(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for number in 0..<50 { try client.create("s\(number)", stock: 1) }
                let body = #"{"buyer":"ann","lines":[\#(Self.line(50))]}"#
                let answer = try client.call(.post("/v1/carts", body))
                #expect(answer.status == 201)
                #expect(try answer.json()["orders"]?.array?.count == 50)
                let long =
                    #"{"buyer":"ann","lines":[\#(Self.line(50))],"x":"\#(String(repeating: "x", count: 65_536))"}"#
                try expectProblem(client.call(.post("/v1/carts", long)), 413, "content-too-large")
            }
        }

        @Test("the resource has one method")
        func methods() throws {
            try withServer { _, client in
                let answer = try client.call(.get("/v1/carts"))
                #expect((answer.status, answer.allowed) == (405, ["POST", "OPTIONS"]))
                #expect(try client.call(.get("/v1/carts/x")).status == 404)
            }
        }
    }
}

import Testing

extension SystemTests {
    @Suite("Purchases that a wallet pays for")
    struct WalletPaymentTests {
        @Test("the order says so, and the wallet has paid once", arguments: ServerShape.all)
        func purchase(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for sku in ["mug", "cup", "pot", "hat"] {
                    let created = try client.create(sku, stock: 5)
                    try client.deposit(30_000, to: "ann-\(sku)")
                    let answer = try client.call(.paid(sku, buyer: "ann-\(sku)", quantity: 2))
                    #expect(answer.status == 201)
                    let order = try answer.json()
                    let id = try #require(order["order"]?.string)
                    #expect(answer["Location"] == "/v1/orders/\(id)")
                    #expect(order["payment"] == .string("wallet") && order["state"] == .string("confirmed"))
                    #expect(order["total"] == .object(["amount": .integer(25_800), "currency": .string("USD")]))
                    #expect(order["sequence"] == .integer(created.sequence + 1) && order["remaining"] == .integer(3))
                    #expect(order["refunded"] == nil && order["cancelled_quantity"] == nil)
                    #expect(try client.call(.get("/v1/orders/\(id)")).body == answer.body)
                    #expect(try client.balance(of: "ann-\(sku)") == 4_200)
                    let stock = try client.stock(of: sku)
                    #expect((stock.available, stock.held, stock.sold) == (3, 0, 2))
                }
            }
        }

        @Test("a wallet that holds too little, or none, is 402 and changes nothing", arguments: ServerShape.all)
        func insufficient(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                let request = TestRequest.paid("mug", buyer: "ann", quantity: 2, key: "k")
                let created = try client.create("mug", stock: 5)
                let none = try expectProblem(client.call(request), 402, "insufficient-funds")
                #expect(none["balance"] == .object(["amount": .integer(0), "currency": .string("USD")]))
                #expect(none["total"]?["amount"] == .integer(25_800))
                try client.deposit(25_799, to: "ann")
                let less = try expectProblem(client.call(request), 402, "insufficient-funds")
                #expect(less["balance"]?["amount"] == .integer(25_799) && less["total"]?["amount"] == .integer(25_800))
                #expect(try client.stockOnceFree(of: "mug", available: 5).sold == created.sold)
                #expect(try client.balance(of: "ann") == 25_799)
                // A refusal is not remembered.
                try client.deposit(1, to: "ann")
                let paid = try client.call(request)
                #expect(paid.status == 201 && !paid.isReplay)
                #expect(try client.balance(of: "ann") == 0)
            }
        }

        @Test("a wallet of another currency pays nothing", arguments: ServerShape.all)
        func otherCurrency(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                try client.create("mug", stock: 5)
                let deposit = #"{"amount":1000000,"currency":"EUR"}"#
                #expect(try client.call(.post("/v1/wallets/ann/deposits", deposit)).status == 201)
                try expectProblem(client.call(.paid("mug", buyer: "ann")), 402, "insufficient-funds")
                #expect(try client.balance(of: "ann") == 1_000_000)
                #expect(try client.stockOnceFree(of: "mug", available: 5).sold == 0)
            }
        }

        @Test("what refuses a purchase refuses one that a wallet pays for", arguments: ServerShape.all)
        func refused(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                try client.deposit(9_000_000, to: "ann")
                try client.create("mug", stock: 3)
                try client.create("few", stock: 9, #""limit_per_buyer":2"#)
                try expectProblem(client.call(.paid("none-such", buyer: "ann")), 404, "unknown-sku")
                let more = try expectProblem(
                    client.call(.paid("mug", buyer: "ann", quantity: 4)),
                    409,
                    "insufficient-stock"
                )
                #expect(more["available"] == .integer(3) && more["line"] == nil)
                try expectProblem(client.call(.paid("few", buyer: "ann", quantity: 3)), 403, "buyer-limit-reached")
                #expect(try client.call(.paid("mug", buyer: "ann", quantity: 3)).status == 201)
                try expectProblem(client.call(.paid("mug", buyer: "ann")), 409, "sold-out")
                _ = try client.call(.patch("/v1/skus/few", #"{"paused":true}"#))
                try expectProblem(client.call(.paid("few", buyer: "ann")), 403, "sale-paused")
                for payment in [#""card""#, "null", "1", "true", #"["wallet"]"#] {
                    let body = #"{"buyer":"ann","quantity":1,"payment":\#(payment)}"#
                    let problem = try expectProblem(
                        client.call(.post("/v1/skus/mug/purchases", body)),
                        400,
                        "invalid-request"
                    )
                    #expect(problem["detail"]?.string?.hasPrefix("payment: ") == true, "\(problem)")
                }
                #expect(try client.balance(of: "ann") == 9_000_000 - 3 * 12_900)
            }
        }

        @Test(
            "a key is one payment, before and after a kill, and belongs to what was asked",
            arguments: ServerShape.all
        )
        func keys(shape: ServerShape) throws {
            let folder = try DataFolder()
            let before = try ServerProcess(in: folder, shape.options).connected()
            try before.connection.create("mug", stock: 5)
            try before.connection.deposit(100_000, to: "ann")
            let request = TestRequest.paid("mug", buyer: "ann", key: "k")
            let first = try before.connection.call(request)
            #expect(first.status == 201 && !first.isReplay)
            try Self.expectOne(request, first, before.connection)
            try before.server.kill()
            let after = try ServerProcess(in: folder, shape.options).connected()
            try Self.expectOne(request, first, after.connection)
            let location = try #require(first["Location"])
            #expect(try after.connection.call(.get(location)).body == first.body)
        }

        private static func expectOne(_ request: TestRequest, _ first: TestResponse, _ client: TestConnection) throws {
            let again = try client.call(request)
            #expect((again.status, again.body, again.isReplay) == (201, first.body, true))
            #expect(again["Location"] == first["Location"])
            let plain = try client.call(.purchase("mug", buyer: "ann", key: "k"))
            try expectProblem(plain, 422, "idempotency-key-reused")
            let more = try client.call(.paid("mug", buyer: "ann", quantity: 2, key: "k"))
            try expectProblem(more, 422, "idempotency-key-reused")
            #expect(try client.balance(of: "ann") == 100_000 - 12_900)
            #expect(try client.stock(of: "mug").sold == 1)
        }

        @Test("a used key of a plain purchase is not a payment", arguments: ServerShape.all)
        func plainKey(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                try client.create("mug", stock: 5)
                try client.deposit(100_000, to: "ann")
                #expect(try client.call(.purchase("mug", buyer: "ann", key: "k")).status == 201)
                try expectProblem(client.call(.paid("mug", buyer: "ann", key: "k")), 422, "idempotency-key-reused")
                #expect(try client.balance(of: "ann") == 100_000)
            }
        }

        @Test("many requests with one key at once are one order and one payment", arguments: ServerShape.all)
        func inFlight(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                try client.create("mug", stock: 50)
                try client.deposit(1_000_000, to: "ann")
                for round in 0..<5 {
                    let request = TestRequest.paid("mug", buyer: "ann", key: "k\(round)")
                    let bodies = try inParallel(8) { _ in
                        let connections = try (0..<4).map { _ in try TestConnection(port: port) }
                        for connection in connections { try connection.send(request) }
                        return try connections.map { try $0.receive() }.map { $0.status == 201 ? $0.body : [] }
                    }
                    #expect(Set(bodies.flatMap { $0 }).count == 1 && bodies[0][0] != [])
                    #expect(try client.balance(of: "ann") == 1_000_000 - (round + 1) * 12_900)
                    #expect(try client.stock(of: "mug").sold == round + 1)
                }
            }
        }

        @Test("however many ask at once, a wallet pays for no more than is in it", arguments: ServerShape.all)
        func overspending(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                let skus = ["mug", "cup", "pot", "hat"]
                for sku in skus { try client.create(sku, stock: 1_000) }
                try client.deposit(3 * 12_900 + 12_899, to: "ann")
                let statuses = try inParallel(8) { thread in
                    let connections = try (0..<8).map { _ in try TestConnection(port: port) }
                    for (number, connection) in connections.enumerated() {
                        try connection.send(.paid(skus[(thread + number) % 4], buyer: "ann"))
                    }
                    return try connections.map { try $0.receive().status }
                }
                let flat = statuses.flatMap { $0 }
                #expect(flat.filter { $0 == 201 }.count == 3 && flat.filter { $0 == 402 }.count == 61, "\(flat)")
                #expect(try client.balance(of: "ann") == 12_899)
                let sold = try skus.map { try client.settledStock(of: $0).sold }.reduce(0, +)
                #expect(sold == 3)
            }
        }
    }

    @Suite("Cancelled orders that a wallet has paid")
    struct RefundTests {
        @Test("a cancelled order says what came back to the wallet, once, whatever crashes", arguments: ServerShape.all)
        func cancel(shape: ServerShape) throws {
            let folder = try DataFolder()
            let skus = ["mug", "cup", "pot", "hat"]
            let body = #"{"reason":"too small"}"#
            var told: [String: TestResponse] = [:]
            let before = try ServerProcess(in: folder, shape.options).connected()
            for sku in skus {
                let client = before.connection
                try client.create(sku, stock: 5)
                try client.deposit(50_000, to: "ann-\(sku)")
                let bought = try client.call(.paid(sku, buyer: "ann-\(sku)", quantity: 3, key: "p"))
                let location = try #require(bought["Location"])
                let cancelled = try client.call(.post("\(location)/cancel", body, key: "c"))
                #expect(cancelled.status == 200)
                let order = try cancelled.json()
                #expect(order["state"] == .string("cancelled") && order["payment"] == .string("wallet"))
                #expect(order["cancelled_quantity"] == .integer(3))
                #expect(order["refunded"] == .object(["amount": .integer(38_700), "currency": .string("USD")]))
                #expect(try client.call(.get(location)).body == cancelled.body)
                // The purchase is told again as it was.
                let replayed = try client.call(.paid(sku, buyer: "ann-\(sku)", quantity: 3, key: "p"))
                #expect(replayed.isReplay && replayed.body == bought.body)
                told[location] = cancelled
            }
            try before.server.kill()
            let after = try ServerProcess(in: folder, shape.options).connected()
            for (location, cancelled) in told {
                let again = try after.connection.call(.post("\(location)/cancel", body, key: "c"))
                #expect(again.status == 200 && again.isReplay && again.body == cancelled.body)
                #expect(try after.connection.call(.post("\(location)/cancel", body)).body == cancelled.body)
                #expect(try after.connection.call(.get(location)).body == cancelled.body)
            }
            for sku in skus {
                #expect(try after.connection.balance(of: "ann-\(sku)", becomes: 50_000))
                #expect(try after.connection.stock(of: sku).available == 5)
            }
        }

        @Test("a part of an order brings a part of its price back", arguments: ServerShape.all)
        func part(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                try client.create("mug", stock: 5)
                try client.deposit(38_700, to: "ann")
                let location = try #require(client.call(.paid("mug", buyer: "ann", quantity: 3))["Location"])
                let part = try client.call(.post("\(location)/cancel", #"{"reason":"one is enough","quantity":2}"#))
                let order = try part.json()
                #expect(order["state"] == .string("confirmed") && order["cancelled_quantity"] == .integer(2))
                #expect(order["refunded"]?["amount"] == .integer(25_800))
                #expect(try client.balance(of: "ann", becomes: 25_800))
                let more = try client.call(.post("\(location)/cancel", #"{"reason":"all","quantity":2}"#))
                try expectProblem(more, 409, "quantity-exceeded")
                let rest = try client.call(.post("\(location)/cancel", #"{"reason":"all"}"#)).json()
                #expect(rest["state"] == .string("cancelled") && rest["refunded"]?["amount"] == .integer(38_700))
                #expect(try client.balance(of: "ann", becomes: 38_700))
            }
        }

        @Test(
            "one order of a cart is cancelled and refunded alone; a plain order refunds nothing",
            arguments: ServerShape.all
        )
        func cart(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for sku in ["mug", "cup", "pot"] { try client.create(sku, stock: 5) }
                try client.deposit(100_000, to: "ann")
                let bought = try client.call(.cart([("mug", 1), ("cup", 2), ("pot", 1)], buyer: "ann", payment: true))
                let orders = try #require(bought.json()["orders"]?.array)
                let id = try #require(orders[1]["order"]?.string)
                let cancelled = try client.call(.post("/v1/orders/\(id)/cancel", #"{"reason":"x"}"#)).json()
                #expect(cancelled["sku"] == .string("cup") && cancelled["refunded"]?["amount"] == .integer(25_800))
                #expect(try client.balance(of: "ann", becomes: 100_000 - 25_800))
                let plain = try #require(client.call(.purchase("mug", buyer: "ann"))["Location"])
                let none = try client.call(.post("\(plain)/cancel", #"{"reason":"x"}"#)).json()
                #expect(none["refunded"] == nil && none["payment"] == nil && none["state"] == .string("cancelled"))
                #expect(try client.balance(of: "ann") == 100_000 - 25_800)
            }
        }
    }
}

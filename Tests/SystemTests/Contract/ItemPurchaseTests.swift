import Testing

extension SystemTests {
    @Suite("/api/purchase/")
    struct ItemPurchaseTests {
        @Test(
            "one unit is bought and paid from the wallet, with the last slash and without",
            arguments: ServerShape.all
        )
        func purchase(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                for item in ["mug", "cup", "pot"] {
                    try client.create(item, stock: 5)
                    try client.deposit(30_000, to: "ann-\(item)")
                    let body = #"{"user_id":"ann-\#(item)","item_id":"\#(item)"}"#
                    for path in ["/api/purchase/", "/api/purchase"] {
                        let answer = try client.call(.post(path, body))
                        #expect(answer.status == 200)
                        let order = try answer.json()
                        #expect(order["sku"] == .string(item) && order["buyer"] == .string("ann-\(item)"))
                        #expect(order["quantity"] == .integer(1) && order["payment"] == .string("wallet"))
                        let id = try #require(order["order"]?.string)
                        #expect(try client.call(.get("/v1/orders/\(id)")).body == answer.body)
                    }
                    #expect(try client.balance(of: "ann-\(item)") == 30_000 - 2 * 12_900)
                    #expect(try client.stock(of: item).sold == 2)
                }
            }
        }

        @Test("whatever keeps it from being bought is 400, and changes nothing", arguments: ServerShape.all)
        func refused(shape: ServerShape) throws {
            try withServer(shape.options) { _, client in
                try client.create("mug", stock: 5)
                try client.create("gone", stock: 0)
                try client.create("shut", stock: 5)
                _ = try client.call(.patch("/v1/skus/shut", #"{"paused":true}"#))
                try client.deposit(12_899, to: "ann")
                try expectProblem(client.call(.item("gone", user: "ann")), 400, "sold-out")
                try expectProblem(client.call(.item("none-such", user: "ann")), 400, "unknown-sku")
                try expectProblem(client.call(.item("shut", user: "ann")), 400, "sale-paused")
                let poor = try expectProblem(client.call(.item("mug", user: "ann")), 400, "insufficient-funds")
                #expect(poor["balance"]?["amount"] == .integer(12_899) && poor["total"]?["amount"] == .integer(12_900))
                let none = try expectProblem(client.call(.item("mug", user: "bob")), 400, "insufficient-funds")
                #expect(none["balance"]?["amount"] == .integer(0))
                #expect(try client.stockOnceFree(of: "mug", available: 5).sold == 0)
                #expect(try client.balance(of: "ann") == 12_899)
            }
        }

        @Test(
            "bad input is 400 and names the member",
            arguments: [
                ("{}", "user_id"), (#"{"user_id":"ann"}"#, "item_id"), (#"{"item_id":"mug"}"#, "user_id"),
                (#"{"user_id":1,"item_id":"mug"}"#, "user_id"), (#"{"user_id":"ann","item_id":""}"#, "item_id"),
                (#"{"user_id":"ann","item_id":"mug","quantity":2}"#, "quantity"), ("", ""), ("[]", ""),
                (#"{"user_id":"ann","item_id":"mug""#, ""),
            ]
        )
        func invalid(body: String, member: String) throws {
            try withServer(.good("--loops", "2")) { _, client in
                try client.create("mug", stock: 5)
                let problem = try expectProblem(client.call(.post("/api/purchase/", body)), 400, "invalid-request")
                #expect(problem["detail"]?.string?.hasPrefix(member) == true, "\(problem)")
                #expect(try client.call(.get("/api/purchase/")).status == 405)
            }
        }

        @Test(
            "a key is one purchase, before and after a kill; with another request it is a conflict",
            arguments: ServerShape.all
        )
        func keys(shape: ServerShape) throws {
            let folder = try DataFolder()
            let before = try ServerProcess(in: folder, shape.options).connected()
            for item in ["mug", "cup", "pot"] { try before.connection.create(item, stock: 5) }
            try before.connection.deposit(100_000, to: "ann")
            let request = TestRequest.item("mug", user: "ann", key: "k")
            let first = try before.connection.call(request)
            #expect(first.status == 200 && !first.isReplay)
            try Self.expectOne(request, first, before.connection)
            try before.server.kill()
            let after = try ServerProcess(in: folder, shape.options).connected()
            try Self.expectOne(request, first, after.connection)
        }

        private static func expectOne(_ request: TestRequest, _ first: TestResponse, _ client: TestConnection) throws {
            let again = try client.call(request)
            #expect((again.status, again.body, again.isReplay) == (200, first.body, true))
            for item in ["cup", "pot"] {
                try expectProblem(client.call(.item(item, user: "ann", key: "k")), 409, "idempotency-key-reused")
            }
            try expectProblem(client.call(.item("mug", user: "bob", key: "k")), 409, "idempotency-key-reused")
            #expect(try client.balance(of: "ann") == 100_000 - 12_900)
        }

        @Test("two clicks without a key buy no more than the wallet pays for", arguments: ServerShape.all)
        func doubleClick(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                for round in 0..<20 {
                    let (item, user) = ("item-\(round)", "user-\(round)")
                    try client.create(item, stock: 5)
                    // Enough for one, and in every other round for two.
                    let paid = 1 + round % 2
                    try client.deposit(paid * 12_900 + 5, to: user)
                    let statuses = try inParallel(2) { _ in
                        try TestConnection(port: port).call(.item(item, user: user)).status
                    }
                    #expect(statuses.sorted() == (paid == 2 ? [200, 200] : [200, 400]))
                    #expect(try client.balance(of: user) == 5)
                    #expect(try client.settledStock(of: item).sold == paid)
                }
            }
        }

        @Test("clicks with one key are one purchase, and every click gets it", arguments: ServerShape.all)
        func inFlight(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                try client.create("mug", stock: 5)
                try client.deposit(100_000, to: "ann")
                let bodies = try inParallel(8) { _ in
                    let connections = try (0..<4).map { _ in try TestConnection(port: port) }
                    for connection in connections { try connection.send(.item("mug", user: "ann", key: "k")) }
                    return try connections.map { try $0.receive() }.map { $0.status == 200 ? $0.body : [] }
                }
                #expect(Set(bodies.flatMap { $0 }).count == 1 && bodies[0][0] != [])
                #expect(try client.balance(of: "ann") == 100_000 - 12_900)
            }
        }
    }
}

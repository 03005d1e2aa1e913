import Testing

extension SystemTests {
    @Suite("Idempotency keys")
    struct IdempotencyTests {
        @Test("the same key and request again is the first answer, marked, and sells nothing")
        func replay() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let request = TestRequest.purchase("mug", buyer: "ann", quantity: 2, key: "k1")
                let first = try client.call(request)
                #expect(first.status == 201)
                #expect(first["Idempotency-Replayed"] == nil)
                let second = try client.call(request)
                #expect((second.status, second.body) == (201, first.body))
                #expect(second.isReplay)
                #expect(second["Location"] == first["Location"])
                #expect(try client.stock(of: "mug").sold == 2)
            }
        }

        @Test("without a key, the same request is another purchase")
        func withoutKey() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let first = try client.call(.purchase("mug", buyer: "ann"))
                let second = try client.call(.purchase("mug", buyer: "ann"))
                #expect((first.status, second.status) == (201, 201))
                #expect(first["Location"] != second["Location"])
                #expect(!second.isReplay)
                #expect(try client.stock(of: "mug").sold == 2)
            }
        }

        @Test("a key in quotes and the same key bare are one")
        func quoted() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let first = try client.call(.purchase("mug", buyer: "ann", key: #""k-1""#))
                let second = try client.call(.purchase("mug", buyer: "ann", key: "k-1"))
                #expect(first.status == 201)
                #expect(second.isReplay)
                #expect(second.body == first.body)
            }
        }

        @Test("what is spelled otherwise but means the same is the same request")
        func spelling() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let first = try client.call(.purchase("mug", buyer: "ann", quantity: 2, key: "k1"))
                let respelled = #" { "quantity" : 2, "buyer" : "ann" } "#
                let second = try client.call(.post("/v1/skus/m%75g/purchases", respelled, key: "k1"))
                #expect(second.isReplay)
                #expect(second.body == first.body)
            }
        }

        @Test("another request under a used key is refused and changes nothing")
        func reused() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                _ = try client.call(.purchase("mug", buyer: "ann", key: "k1"))
                let otherQuantity = try client.call(.purchase("mug", buyer: "ann", quantity: 2, key: "k1"))
                try expectProblem(otherQuantity, 422, "idempotency-key-reused")
                let otherBuyer = try client.call(.purchase("mug", buyer: "bob", key: "k1"))
                try expectProblem(otherBuyer, 422, "idempotency-key-reused")
                let otherKind = try client.call(.post("/v1/skus/mug/stock", #"{"delta":1,"reason":"x"}"#, key: "k1"))
                #expect(otherKind.status == 200, "a SKU's stock is another resource than its purchases")
                let stock = try client.stock(of: "mug")
                #expect((stock.sold, stock.supplied) == (1, 6))
            }
        }

        @Test("the same key on another SKU is another key")
        func scope() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                try client.create("hat", stock: 5)
                let mug = try client.call(.purchase("mug", buyer: "ann", key: "k1"))
                let hat = try client.call(.purchase("hat", buyer: "ann", quantity: 2, key: "k1"))
                #expect((mug.status, hat.status) == (201, 201))
                #expect(!hat.isReplay)
            }
        }

        @Test("a refusal is not remembered: the same key may try again")
        func refusal() throws {
            try withServer { _, client in
                try client.create("mug", stock: 1)
                let request = TestRequest.purchase("mug", buyer: "ann", quantity: 3, key: "k1")
                #expect(try client.call(request).status == 409)
                #expect(try client.call(.post("/v1/skus/mug/stock", #"{"delta":5,"reason":"restock"}"#)).status == 200)
                let second = try client.call(request)
                #expect(second.status == 201)
                #expect(!second.isReplay)
                #expect(try client.call(request).isReplay)
            }
        }

        @Test("a replay is given even where a new purchase would be refused")
        func replayWhenSoldOut() throws {
            try withServer { _, client in
                try client.create("mug", stock: 1)
                let request = TestRequest.purchase("mug", buyer: "ann", key: "k1")
                let first = try client.call(request)
                try expectProblem(client.call(.purchase("mug", buyer: "bob")), 409, "sold-out")
                _ = try client.call(.patch("/v1/skus/mug", #"{"paused":true}"#))
                let again = try client.call(request)
                #expect((again.status, again.body) == (201, first.body))
                #expect(again.isReplay)
            }
        }

        @Test("a restock under a key happens once")
        func restock() throws {
            try withServer { _, client in
                try client.create("mug", stock: 1)
                let request = TestRequest.post("/v1/skus/mug/stock", #"{"delta":5,"reason":"restock"}"#, key: "k1")
                let first = try client.call(request)
                let second = try client.call(request)
                #expect((first.status, second.status) == (200, 200))
                #expect(second.isReplay)
                #expect(second.body == first.body)
                #expect(try client.stock(of: "mug").supplied == 6)
            }
        }

        @Test("the answer survives a restart with its key")
        func restart() throws {
            let folder = try DataFolder()
            let request = TestRequest.purchase("mug", buyer: "ann", key: "k1")
            let server = try ServerProcess(in: folder)
            let client = try server.connect()
            try client.create("mug", stock: 5)
            let first = try client.call(request)
            server.terminate()
            #expect(try server.waitForExit() == .code(0))
            let again = try ServerProcess(in: folder).answer(to: request)
            #expect((again.status, again.body) == (201, first.body))
            #expect(again.isReplay)
        }

        @Test(
            "a key that is none is refused",
            arguments: ["", #""""#, "a b", #""open"#, String(repeating: "k", count: 256)]
        )
        func malformed(key: String) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                try expectProblem(client.call(.purchase("mug", buyer: "ann", key: key)), 400, "invalid-request")
            }
        }
    }
}

extension ServerProcess {
    /// One request on a connection of its own.
    func answer(to request: TestRequest) throws -> TestResponse { try connect().call(request) }
}

import Testing

extension SystemTests {
    @Suite("Stock")
    struct StockTests {
        private static let path = "/v1/skus/mug/stock"

        @Test("a delta and a new total move what is available, and nothing else")
        func adjust() throws {
            try withServer { _, client in
                let created = try client.create("mug", stock: 5)
                _ = try client.call(.purchase("mug", buyer: "ann", quantity: 2))
                #expect(try client.call(.post(Self.path, #"{"delta":50,"reason":"restock"}"#)).status == 200)
                #expect(
                    try client.stock(of: "mug")
                        == Stock(53, sold: 2, supplied: 55, sequence: created.sequence + 2)
                )
                #expect(try client.call(.post(Self.path, #"{"delta":-53,"reason":"lost"}"#)).status == 200)
                #expect(try client.stock(of: "mug").status == "sold_out")
            }
        }

        @Test("stock never goes below what is sold")
        func floor() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                _ = try client.call(.purchase("mug", buyer: "ann", quantity: 2))
                let answer = try client.call(.post(Self.path, #"{"delta":-4,"reason":"lost"}"#))
                #expect(answer.status == 409)
                #expect(answer.isProblem)
                let stock = try client.stock(of: "mug")
                #expect((stock.available, stock.supplied) == (3, 5))
            }
        }

        @Test("a total is set only where the count that was seen still holds")
        func ifAvailable() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let stale = try client.call(.post(Self.path, #"{"set":9,"if_available":4,"reason":"count"}"#))
                try expectProblem(stale, 412, "precondition-failed")
                #expect(try client.stock(of: "mug").available == 5)
                let fresh = try client.call(.post(Self.path, #"{"set":9,"if_available":5,"reason":"count"}"#))
                #expect(fresh.status == 200)
                #expect(try client.stock(of: "mug").isConserved)
            }
        }

        @Test("If-Match holds a change to the state that was seen")
        func ifMatch() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let tag = try #require(try client.call(.get("/v1/skus/mug"))["ETag"])
                let change = TestRequest.post(Self.path, #"{"delta":1,"reason":"found"}"#)
                #expect(try client.call(change.with("If-Match", tag)).status == 200)
                try expectProblem(client.call(change.with("If-Match", tag)), 412, "precondition-failed")
                #expect(try client.stock(of: "mug").supplied == 6)
            }
        }

        @Test(
            "an adjustment that is not exactly one is refused",
            arguments: [
                #"{"reason":"x"}"#, #"{"delta":1,"set":1,"reason":"x"}"#, #"{"delta":0.5,"reason":"x"}"#,
                #"{"delta":"1","reason":"x"}"#, #"{"set":-1,"reason":"x"}"#, #"{"delta":1,"reason":7}"#,
                #"{"delta":9007199254740992,"reason":"x"}"#, #"{"delta":1,"reason":"x","why":"y"}"#,
            ]
        )
        func refused(body: String) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                try expectProblem(client.call(.post(Self.path, body)), 400, "invalid-request")
                #expect(try client.stock(of: "mug").supplied == 5)
            }
        }

        @Test("the audit trail tells every change once, oldest first, in pages")
        func changes() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                for buyer in ["ann", "bob", "cid"] { _ = try client.call(.purchase("mug", buyer: buyer)) }
                _ = try client.call(.post(Self.path, #"{"delta":4,"reason":"restock","reference":"PO-7"}"#))
                let last = try client.stock(of: "mug").sequence
                let all = try Page(try client.call(.get("/v1/skus/mug/changes"))).items
                let sequences = all.compactMap { $0["sequence"]?.int }
                #expect(sequences.count == all.count)
                #expect(sequences.last == last)
                #expect(zip(sequences, sequences.dropFirst()).allSatisfy { $1 == $0 + 1 }, "\(sequences)")
                #expect(all.count >= 5)
                let page = try Page(try client.call(.get("/v1/skus/mug/changes?after=\(last - 3)&limit=2"))).items
                #expect(page.compactMap { $0["sequence"]?.int } == [last - 2, last - 1])
                #expect(try Page(try client.call(.get("/v1/skus/mug/changes?after=\(last)"))).items.isEmpty)
                try expectProblem(client.call(.get("/v1/skus/none-such/changes")), 404, "unknown-sku")
            }
        }
    }
}

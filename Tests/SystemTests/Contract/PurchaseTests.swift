import Testing

extension SystemTests {
    @Suite("Purchases")
    struct PurchaseTests {
        @Test("a purchase is 201 with its order, its place and what remains")
        func purchase() throws {
            try withServer { _, client in
                let created = try client.create("mug", stock: 5)
                let answer = try client.call(.purchase("mug", buyer: "ann", quantity: 2))
                #expect(answer.status == 201)
                let order = try answer.json()
                let identifier = try #require(order["order"]?.string)
                #expect(answer["Location"] == "/v1/orders/\(identifier)")
                #expect(answer["Content-Type"]?.hasPrefix("application/json") == true)
                #expect(order["sku"] == .string("mug"))
                #expect(order["buyer"] == .string("ann"))
                #expect(order["quantity"] == .integer(2))
                #expect(order["unit_price"] == .object(["amount": .integer(12_900), "currency": .string("USD")]))
                #expect(order["total"] == .object(["amount": .integer(25_800), "currency": .string("USD")]))
                #expect(order["state"] == .string("confirmed"))
                #expect(order["sequence"] == .integer(created.sequence + 1))
                #expect(order["remaining"] == .integer(3))
                let placed = try #require(order["placed_at"]?.string)
                #expect(placed.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(placed)")
            }
        }

        @Test("an order reads as it was acknowledged")
        func order() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let bought = try client.call(.purchase("mug", buyer: "ann"))
                let location = try #require(bought["Location"])
                let read = try client.call(.get(location))
                #expect(read.status == 200)
                #expect(read.body == bought.body)
                try expectProblem(client.call(.get("/v1/orders/none-such")), 404, "unknown-order")
            }
        }

        @Test("the last units go out whole or not at all, and then it is sold out")
        func soldOut() throws {
            try withServer { _, client in
                try client.create("mug", stock: 3)
                let tooMany = try client.call(.purchase("mug", buyer: "ann", quantity: 4))
                #expect(try expectProblem(tooMany, 409, "insufficient-stock")["available"] == .integer(3))
                #expect(try client.call(.purchase("mug", buyer: "ann", quantity: 3)).status == 201)
                try expectProblem(client.call(.purchase("mug", buyer: "bob")), 409, "sold-out")
                let stock = try client.stock(of: "mug")
                #expect((stock.available, stock.sold, stock.status) == (0, 3, "sold_out"))
            }
        }

        @Test("a purchase of what is not there is unknown-sku")
        func unknown() throws {
            try withServer { _, client in
                try expectProblem(client.call(.purchase("none-such", buyer: "ann")), 404, "unknown-sku")
            }
        }

        @Test("a percent-encoded SKU is the same SKU")
        func percentEncoded() throws {
            try withServer { _, client in
                try client.create("a.b~c", stock: 5)
                let answer = try client.call(.purchase("a%2Eb%7ec", buyer: "ann"))
                #expect(answer.status == 201)
                #expect(try answer.json()["sku"] == .string("a.b~c"))
                #expect(try client.stock(of: "%61.b~c").sold == 1)
                #expect(try client.call(.get("/v1/skus/a%2Fb")).status == 400)
                #expect(try client.call(.get("/v1/skus/a%2")).status == 400)
            }
        }

        @Test(
            "a purchase that is not exactly what it should be is refused, and says which field",
            arguments: [
                (#"{"buyer":"u1","quantity":1,"colour":"red"}"#, "colour"),
                (#"{"quantity":1}"#, "buyer"),
                (#"{"buyer":7,"quantity":1}"#, "buyer"),
                (#"{"buyer":null,"quantity":1}"#, "buyer"),
                (#"{"buyer":"","quantity":1}"#, "buyer"),
                (#"{"buyer":"a b","quantity":1}"#, "buyer"),
                (#"{"buyer":"\u0061","quantity":1}"#, "buyer"),
                (#"{"buyer":"ü","quantity":1}"#, "buyer"),
                (#"{"buyer":"\#(String(repeating: "x", count: 129))","quantity":1}"#, "buyer"),
                (#"{"buyer":"u1","buyer":"u2","quantity":1}"#, "buyer"),
                (#"{"buyer":"u1","quantity":"1"}"#, "quantity"),
                (#"{"buyer":"u1","quantity":1.5}"#, "quantity"),
                (#"{"buyer":"u1","quantity":true}"#, "quantity"),
                (#"{"buyer":"u1","quantity":0}"#, "quantity"),
                (#"{"buyer":"u1","quantity":-1}"#, "quantity"),
                (#"{"buyer":"u1","quantity":1000001}"#, "quantity"),
                (#"{"buyer":"u1","quantity":9223372036854775808}"#, "quantity"),
                (#"{"buyer":"u1","quantity":18446744073709551617}"#, "quantity"),
                (#"{"buyer":"u1","quantity":1e400}"#, "quantity"),
                (#"{"buyer":"u1","quantity":1,"quantity":1}"#, "quantity"),
                (#"{"buyer":"u1","quantity":1,"payment":"shells"}"#, "payment"),
            ]
        )
        func wrongField(body: String, field: String) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let answer = try client.call(.post("/v1/skus/mug/purchases", body))
                let detail = try #require(try expectProblem(answer, 400, "invalid-request")["detail"]?.string)
                #expect(detail.contains(field), "\(detail)")
                #expect(try client.stock(of: "mug").sold == 0)
            }
        }

        @Test(
            "a body that is no JSON object is refused",
            arguments: [
                "", " ", "null", "[]", "1", "{", #"{"buyer":"u1","quantity":1"#, #"{"buyer":"u1","quantity":1}}"#,
                #"{"buyer":"u1","quantity":1} {}"#, #"{"buyer":"u1","quantity":01}"#, #"{"buyer":"u1","quantity":1,}"#,
                #"{'buyer':'u1','quantity':1}"#, "\u{FEFF}{}", String(repeating: "[", count: 5_000),
                String(repeating: #"{"a":"#, count: 5_000),
            ]
        )
        func notAnObject(body: String) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                try expectProblem(client.call(.post("/v1/skus/mug/purchases", body)), 400, "invalid-request")
                #expect(try client.call(.purchase("mug", buyer: "ann")).status == 201)
            }
        }

        @Test(
            "bytes that are not UTF-8 are refused",
            arguments: [[0xFF], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]]
        )
        func notUTF8(bytes: [UInt8]) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let body = Array(#"{"buyer":"u"#.utf8) + bytes + Array(#"","quantity":1}"#.utf8)
                let problem = try expectProblem(
                    client.call(.post("/v1/skus/mug/purchases", body)),
                    400,
                    "invalid-request"
                )
                let detail = try #require(problem["detail"]?.string)
                #expect(detail.contains("buyer") || detail.contains("UTF-8"), "\(detail)")
            }
        }
    }
}

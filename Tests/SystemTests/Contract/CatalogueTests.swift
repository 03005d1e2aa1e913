import Testing

extension SystemTests {
    @Suite("Catalogue")
    struct CatalogueTests {
        private static let body = #"{"title":"Mug","price":{"amount":900,"currency":"EUR"},"stock":7}"#

        @Test("PUT creates with 201, replaces with 200, and counts stock only once")
        func put() throws {
            try withServer { _, client in
                let created = try client.call(.put("/v1/skus/mug", Self.body))
                #expect(created.status == 201)
                #expect(try client.call(.purchase("mug", buyer: "ann")).status == 201)
                let more = #"{"title":"Cup","price":{"amount":950,"currency":"EUR"},"stock":99}"#
                #expect(try client.call(.put("/v1/skus/mug", more)).status == 200)
                let sku = try client.call(.get("/v1/skus/mug")).json()
                #expect(sku["sku"] == .string("mug"))
                #expect(sku["title"] == .string("Cup"))
                #expect(sku["price"] == .object(["amount": .integer(950), "currency": .string("EUR")]))
                let stock = try Stock(sku)
                #expect((stock.available, stock.sold, stock.supplied, stock.status) == (6, 1, 7, "on_sale"))
            }
        }

        @Test("PATCH changes what it names, removes what is null, and leaves the rest")
        func patch() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5, #""description":"Blue""#, #""limit_per_buyer":2"#)
                let patch = #"{"title":"Cup","description":null}"#
                #expect(try client.call(.patch("/v1/skus/mug", patch)).status == 200)
                let sku = try client.call(.get("/v1/skus/mug")).json()
                #expect(sku["title"] == .string("Cup"))
                #expect(sku["description"] == nil || sku["description"] == .null)
                #expect(sku["limit_per_buyer"] == .integer(2))
                #expect(sku["price"]?["amount"] == .integer(12_900))
            }
        }

        @Test(
            "a PATCH of what cannot be changed so is refused",
            arguments: [
                (#"{"stock":9}"#, "stock"), (#"{"colour":"red"}"#, "colour"), (#"{"title":null}"#, "title"),
                (#"{"price":null}"#, "price"), (#"{"paused":"yes"}"#, "paused"),
                (#"{"opens_at":"tomorrow"}"#, "opens_at"),
            ]
        )
        func patchRefused(body: String, field: String) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let problem = try expectProblem(client.call(.patch("/v1/skus/mug", body)), 400, "invalid-request")
                #expect(problem["detail"]?.string?.contains(field) == true)
                #expect(try client.stock(of: "mug").supplied == 5)
            }
        }

        @Test(
            "a PUT that is not a SKU is refused, and says which field",
            arguments: [
                (#"{"price":{"amount":1,"currency":"USD"},"stock":1}"#, "title"),
                (#"{"title":"x","stock":1}"#, "price"),
                (#"{"title":"x","price":{"amount":1.5,"currency":"USD"},"stock":1}"#, "amount"),
                (#"{"title":"x","price":{"amount":-1,"currency":"USD"},"stock":1}"#, "amount"),
                (#"{"title":"x","price":{"amount":1,"currency":"dollars"},"stock":1}"#, "currency"),
                (#"{"title":"x","price":{"amount":1,"currency":"USD"},"stock":-1}"#, "stock"),
                (#"{"title":"x","price":{"amount":1,"currency":"USD"},"stock":9007199254740992}"#, "stock"),
                (#"{"title":"x","price":{"amount":1,"currency":"USD"},"stock":1,"stocks":1}"#, "stocks"),
                (
                    #"{"title":"x","price":{"amount":1,"currency":"USD"},"stock":1,"limit_per_buyer":0}"#,
                    "limit_per_buyer"
                ),
            ]
        )
        func putRefused(body: String, field: String) throws {
            try withServer { _, client in
                let problem = try expectProblem(client.call(.put("/v1/skus/mug", body)), 400, "invalid-request")
                #expect(problem["detail"]?.string?.contains(field) == true, "\(problem)")
                try expectProblem(client.call(.get("/v1/skus/mug")), 404, "unknown-sku")
            }
        }

        @Test("an identifier has 1 to 128 unreserved characters")
        func identifiers() throws {
            try withServer { _, client in
                let longest = String(repeating: "x", count: 128)
                try client.create(longest, stock: 1)
                #expect(try client.call(.purchase(longest, buyer: longest)).status == 201)
                #expect(try client.call(.put("/v1/skus/\(longest)x", Self.body)).status == 400)
                #expect(try client.call(.put("/v1/skus/a+b", Self.body)).status == 400)
            }
        }

        @Test("the list comes in pages, every SKU exactly once")
        func pages() throws {
            try withServer(.good("--loops", "2", "--partitions", "3")) { _, client in
                let names = (0..<10).map { "sku-\($0)" }
                for name in names { try client.create(name, stock: 1) }
                var seen: [String] = []
                var cursor: String?
                repeat {
                    let query = cursor.map { "&cursor=\($0)" } ?? ""
                    let page = try Page(try client.call(.get("/v1/skus?limit=3\(query)")))
                    #expect(page.items.count <= 3)
                    seen += page.items.compactMap { $0["sku"]?.string }
                    cursor = page.next
                } while cursor != nil && seen.count < 100
                #expect(seen.sorted() == names)
                #expect(try client.call(.get("/v1/skus?limit=0")).status == 400)
                #expect(try client.call(.get("/v1/skus?limit=x")).status == 400)
                #expect(try client.call(.get("/v1/skus?cursor=%25garbage")).status == 400)
            }
        }

        @Test("an ETag stands for a state: 304 while it holds, a new one after a change")
        func entityTags() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let tag = try #require(try client.call(.get("/v1/skus/mug"))["ETag"])
                let same = try client.call(.get("/v1/skus/mug", ["If-None-Match": tag]))
                #expect((same.status, same["ETag"]) == (304, tag))
                #expect(try client.call(.get("/v1/skus/mug", ["If-None-Match": #""x", \#(tag)"#])).status == 304)
                _ = try client.call(.purchase("mug", buyer: "ann"))
                let changed = try client.call(.get("/v1/skus/mug", ["If-None-Match": tag]))
                #expect(changed.status == 200)
                #expect(changed["ETag"] != tag)
            }
        }

        @Test("DELETE takes a SKU off; its orders stay")
        func delete() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let order = try #require(try client.call(.purchase("mug", buyer: "ann"))["Location"])
                #expect(try client.call(.delete("/v1/skus/mug")).status == 204)
                try expectProblem(client.call(.get("/v1/skus/mug")), 404, "unknown-sku")
                try expectProblem(client.call(.purchase("mug", buyer: "bob")), 404, "unknown-sku")
                #expect(try client.call(.get(order)).status == 200)
            }
        }
    }
}

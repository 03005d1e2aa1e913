import Foundation
import Testing

extension SystemTests {
    @Suite("Who did what")
    struct AuditTests {
        private let ops: MadeToken
        private let web: MadeToken
        private let app: MadeToken

        init() throws {
            (ops, web) = (try MadeToken("ops", "operate"), try MadeToken("web.1", "sell"))
            app = try MadeToken("app", "sell")
        }

        private func trail(_ shop: GuardedServer, _ sku: String) throws -> [JSON] {
            try Page(shop.call(.get("/v1/skus/\(sku)/changes?limit=500"), ops)).items
        }

        @Test("the trail shows each change with who, why, before and after", arguments: [1, 2])
        func trail(loops: Int) throws {
            let shop = try GuardedServer([ops, web], "--loops", "\(loops)", "--partitions", "3")
            try shop.create("mug", ops)
            let bought = try shop.call(.purchase("mug", buyer: "ann", quantity: 2), web)
            let restock = TestRequest.post("/v1/skus/mug/stock", #"{"delta":5,"reason":"more came"}"#)
            #expect(try shop.call(restock, ops).status == 200)
            #expect(try shop.call(.patch("/v1/skus/mug", #"{"title":"n"}"#), ops).status == 200)
            let order = try #require(try bought.json()["order"]?.string)
            let cancel = TestRequest.post("/v1/orders/\(order)/cancel", #"{"reason":"broken"}"#)
            #expect(try shop.call(cancel, ops).status == 200)
            let items = try trail(shop, "mug")
            let types = ["created", "purchased", "stock_adjusted", "amended", "order_cancelled"]
            #expect(items.map { $0["type"]?.string } == types)
            #expect(items.map { $0["by"]?.string } == ["ops", "web.1", "ops", "ops", "ops"])
            #expect(items.map { $0["reason"]?.string } == [nil, nil, "more came", nil, "broken"])
            #expect(items.map { $0["available_before"]?.int } == [nil, 10, 8, nil, 13])
            #expect(items.map { $0["available"]?.int } == [nil, 8, 13, nil, 15])
        }

        @Test("what the server does by itself stands in its own name")
        func expiry() throws {
            let shop = try GuardedServer([ops, web])
            try shop.create("mug", ops)
            #expect(try shop.call(.hold("mug", buyer: "ann", seconds: 1), web).status == 201)
            let deadline = TestRun.now + 10
            while try shop.call(.get("/v1/skus/mug"), ops).json()["held"]?.int != 0, TestRun.now < deadline {}
            #expect(try trail(shop, "mug").map { $0["by"]?.string } == ["ops", "web.1", "server"])
        }

        @Test("a cart over several partitions stands in its buyer's credential's name, and its end in the server's")
        func cart() throws {
            let shop = try GuardedServer([ops, web], "--loops", "2", "--partitions", "4")
            let skus = ["a", "b", "c", "d", "e", "f"]
            for sku in skus { try shop.create(sku, ops) }
            let lines = skus.map { #"{"sku":"\#($0)","quantity":1}"# }.joined(separator: ",")
            let cart = TestRequest.post("/v1/carts", #"{"buyer":"ann","lines":[\#(lines)]}"#, key: "k")
            #expect(try shop.call(cart, web).status == 201)
            let deadline = TestRun.now + 10
            for sku in skus {
                while try shop.call(.get("/v1/skus/\(sku)"), ops).json()["sold"]?.int != 1, TestRun.now < deadline {}
                #expect(try trail(shop, sku).map { $0["by"]?.string } == ["ops", "web.1", "server"], "\(sku)")
            }
        }

        @Test("journal inspect shows who, after a restart too; without credentials nobody is named")
        func inspect() throws {
            let shop = try GuardedServer([ops, web])
            try shop.create("mug", ops)
            _ = try shop.call(.purchase("mug", buyer: "ann"), web)
            let deposit = TestRequest.post("/v1/wallets/ann/deposits", #"{"amount":5,"currency":"USD"}"#)
            #expect(try shop.call(deposit, ops).status == 201)
            try shop.server.kill()
            // The folder goes on without credentials.
            let open = try ServerProcess(in: shop.server.folder)
            let client = try open.connect()
            #expect(try client.call(.purchase("mug", buyer: "bob")).status == 201)
            let items = try Page(client.call(.get("/v1/skus/mug/changes"))).items
            #expect(items.map { $0["by"]?.string } == ["ops", "web.1", nil])
            let data = shop.server.folder.data
            let records = try ToolRun("inspect", "--json", data).json().sorted { $0.when < $1.when }
            #expect(records.map { $0["by"]?.string } == ["ops", "web.1", "ops", nil])
            let text = try ToolRun("inspect", data).output
            #expect(text.contains("by=web.1") && text.contains("by=ops"))
            #expect(text.components(separatedBy: "by=").count == 4)
        }

        @Test("a key is the caller's own: another caller's is another key, and tells nothing", arguments: [1, 2])
        func keys(loops: Int) throws {
            let shop = try GuardedServer([ops, web, app], "--loops", "\(loops)", "--partitions", "3")
            try shop.create("mug", ops)
            let purchase = TestRequest.purchase("mug", buyer: "ann", key: "k")
            let first = try shop.call(purchase, web)
            let others = try shop.call(purchase, app)
            #expect((first.status, others.status) == (201, 201))
            #expect(!others.isReplay && others["Location"] != first["Location"])
            // Not even that the key was used for something else.
            #expect(try shop.call(.purchase("mug", buyer: "eve", key: "k2"), app).status == 201)
            #expect(try shop.call(.purchase("mug", buyer: "ann", key: "k2"), web).status == 201)
            try expectProblem(
                shop.call(.purchase("mug", buyer: "eve", key: "k"), web),
                422,
                "idempotency-key-reused"
            )
            let again = try MadeToken("web.1", "sell")
            try shop.reload([ops, web, app, again])
            for token in [web, again] {
                let replay = try shop.call(purchase, token)
                #expect(replay.isReplay && replay.body == first.body)
            }
            let cart = TestRequest.post("/v1/carts", #"{"buyer":"ann","lines":[{"sku":"mug","quantity":1}]}"#, key: "c")
            let carts = try [web, app].map { try shop.call(cart, $0) }
            #expect(carts.map(\.status) == [201, 201] && !carts[1].isReplay)
            #expect(try shop.call(cart, again).body == carts[0].body)
        }

        @Test("keys that were used without credentials stay what they were without them")
        func keysOfBefore() throws {
            let folder = try DataFolder()
            let purchase = TestRequest.purchase("mug", buyer: "ann", key: "k")
            let before = try ServerProcess(in: folder)
            let client = try before.connect()
            try client.create("mug", stock: 10)
            let first = try client.call(purchase)
            try before.kill()
            let shop = try GuardedServer([web], in: folder)
            #expect(try shop.call(purchase, web).isReplay == false)
            try shop.server.kill()
            let replay = try ServerProcess(in: folder).connect().call(purchase)
            #expect(replay.isReplay && replay.body == first.body)
        }
    }
}

extension JSON {
    /// When a record was made.
    fileprivate var when: String { self["at"]?.string ?? "" }
}

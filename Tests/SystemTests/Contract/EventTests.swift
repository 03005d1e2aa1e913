import Foundation
import Testing

extension SystemTests {
    @Suite("The feed of events")
    struct EventTests {
        @Test(
            "it has every change of every SKU and wallet once, in order, whatever the page's size",
            arguments: [1, 3]
        )
        func complete(partitions: Int) throws {
            try withServer(.good("--loops", "2", "--partitions", "\(partitions)")) { _, client in
                let skus = try Self.trade(client)
                let all = try client.events()
                try Self.expectComplete(all, client, skus)
                let wallets = all.filter { $0["wallet"] != nil }
                #expect(wallets.compactMap { $0["sequence"]?.int } == [1, 2, 3])
                #expect(wallets.allSatisfy { $0["wallet"] == .string("ann") })
                let times = all.compactMap { $0["at"]?.string }
                #expect(times == times.sorted() && times.count == all.count)
                for limit in [1, 7, 10_000] { #expect(try client.events("limit=\(limit)") == all) }
            }
        }

        @Test("it goes on behind each offset with what follows there, and tells where it stands")
        func resumed() throws {
            try withServer(.good("--loops", "2", "--partitions", "3")) { _, client in
                _ = try Self.trade(client)
                let all = try client.events()
                for (index, event) in all.enumerated() where index % 5 == 0 || index > all.count - 3 {
                    let offset = try #require(event["offset"]?.string)
                    #expect(try client.events(after: offset) == Array(all[(index + 1)...]))
                }
                let last = try #require(all.last?["offset"]?.string)
                let end = try client.call(.get("/v1/events?after=\(last)"))
                #expect(end.status == 200 && end.body.isEmpty && end["Events-Next"] == last)
                #expect(end["Events-Behind-Bytes"] == "0" && end["Content-Type"] == "application/x-ndjson")
                #expect(try client.call(.purchase("sku-1", buyer: "late")).status == 201)
                let news = try client.events(after: last)
                #expect(news.count == 1 && news[0]["buyer"] == .string("late"))
            }
        }

        @Test("filters let through what they name, and nothing else; a wrong query is refused")
        func filters() throws {
            try withServer(.good("--loops", "2", "--partitions", "2")) { _, client in
                _ = try Self.trade(client)
                // What was left out moves the offset, too.
                let all = Self.withoutOffset(try client.events())
                let mug = all.filter { $0["sku"] == .string("sku-2") }
                #expect(Self.withoutOffset(try client.events("sku=sku-2&limit=3")) == mug && mug.count > 3)
                for type in Set(all.compactMap { $0["type"]?.string }) {
                    let some = Self.withoutOffset(try client.events("type=\(type)&limit=2"))
                    #expect(some == all.filter { $0["type"] == .string(type) }, "\(type)")
                }
                #expect(try client.events("type=purchased&sku=nothing").isEmpty)
                let wrong = [
                    "limit=0", "limit=10001", "type=bought", "sku=a%20b", "after=0.8", "after=7.0", "after=x",
                    "after=0.999992",
                    "sku=a&sku=b",
                ]
                for query in wrong {
                    try expectProblem(client.call(.get("/v1/events?\(query)")), 400, "invalid-request")
                }
                let lines = try client.call(.get("/v1/events?limit=1", ["Accept": "application/x-ndjson"]))
                #expect(lines.status == 200 && lines["Content-Type"] == "application/x-ndjson")
                for accept in ["application/json", "*/*", "text/html, application/x-ndjson;q=0.1"] {
                    #expect(try client.call(.get("/v1/events", ["Accept": accept])).status == 200, "\(accept)")
                }
                for accept in ["image/png", "application/x-ndjson;q=0"] {
                    try expectProblem(client.call(.get("/v1/events", ["Accept": accept])), 406, "not-acceptable")
                }
                #expect(try client.call(.post("/v1/events", "{}")).status == 405)
            }
        }

        @Test(
            "a consumer that goes on behind what it has seen gets every event in order, through kills and repartitions"
        )
        func crashes() throws {
            let seed = TestRun.seed("events through kills")
            let story = try CrashStory(seed: seed, skus: 6, stock: 1_000_000, arguments: ["--loops", "2"])
            var seen: [JSON] = []
            for round in 0..<4 {
                let server = try story.start()
                let reader = try server.connect()
                seen += try reader.events(after: seen)
                try story.load(server, turns: 20, killAfter: story.choose(100...400))
                // What the dead server had said is still true of the next one.
                if let last = try? reader.events(after: seen) { seen += last }
                try server.kill()
                if round == 2 {
                    let run = try story.repartition(3)
                    #expect(run.exit == .code(0), "\(run)")
                }
            }
            let server = try story.start()
            let client = try server.connect()
            seen += try client.events(after: seen)
            try Self.expectComplete(seen, client, story.skus + [CrashStory.calm])
            #expect(try client.events() == seen)
        }

        private static func withoutOffset(_ events: [JSON]) -> [JSON] {
            events.map(\.withoutOffset)
        }

        /// Every kind of change.
        private static func trade(_ client: TestConnection) throws -> [String] {
            let skus = (0..<5).map { "sku-\($0)" }
            for sku in skus { try client.create(sku, stock: 50) }
            let money = #"{"amount":100000,"currency":"USD"}"#
            for kind in ["deposits", "withdrawals"] {
                #expect(try client.call(.post("/v1/wallets/ann/\(kind)", money)).status == 201)
            }
            #expect(try client.call(.post("/v1/wallets/ann/deposits", money)).status == 201)
            for (number, sku) in skus.enumerated() {
                for _ in 0...number { #expect(try client.call(.purchase(sku, buyer: "ann")).status == 201) }
                let location = try client.call(.purchase(sku, buyer: "bob", quantity: 2))["Location"] ?? ""
                _ = try client.call(.post("\(location)/cancel", #"{"reason":"a \"quoted\"\nreason"}"#))
                _ = try client.call(.post("/v1/skus/\(sku)/stock", #"{"delta":5,"reason":"restock"}"#))
                _ = try client.call(.patch("/v1/skus/\(sku)", #"{"paused":false,"title":"Täßchen"}"#))
                let hold = try client.call(.hold(sku, buyer: "cid")).json()["hold"]?.string ?? ""
                let other = try client.call(.hold(sku, buyer: "dan")).json()["hold"]?.string ?? ""
                _ = try client.call(.post("/v1/holds/\(hold)/confirm", "{}"))
                _ = try client.call(.delete("/v1/holds/\(other)"))
            }
            return skus
        }

        /// Holds events against the trails of the SKUs.
        private static func expectComplete(_ events: [JSON], _ client: TestConnection, _ skus: [String]) throws {
            for sku in skus {
                var trail: [JSON] = []
                while true {
                    let page = try Page(client.call(.get("/v1/skus/\(sku)/changes?after=\(trail.count)&limit=500")))
                        .items
                    trail += page
                    if page.isEmpty { break }
                }
                let own = withoutOffset(events.filter { $0["sku"] == .string(sku) })
                    .map { event in
                        var members = event.object ?? [:]
                        members["sku"] = nil
                        return JSON.object(members)
                    }
                #expect(own == trail, "\(sku): \(own.count) events, \(trail.count) changes")
            }
            #expect(events.count { $0["sku"] != nil } == events.count { skus.contains($0["sku"]?.string ?? "") })
        }
    }
}

extension TestConnection {
    /// All events that a query lets through, over as many pages as it takes.
    func events(_ query: String = "limit=1000", after start: String? = nil) throws -> [JSON] {
        var events: [JSON] = []
        var offset = start ?? ""
        while true {
            let page = try call(.get("/v1/events?\(query)" + (offset.isEmpty ? "" : "&after=\(offset)")))
            guard page.status == 200, let next = page["Events-Next"] else {
                throw HarnessFailure("no events: \(page.status) \(page.text)")
            }
            events += try page.text.split(separator: "\n").map { try JSON(Array($0.utf8)) }
            if page.body.isEmpty, page["Events-Behind-Bytes"] == "0" { return events }
            offset = next
        }
    }

    /// All events behind the last of those.
    func events(after seen: [JSON]) throws -> [JSON] {
        try events(after: seen.last?["offset"]?.string)
    }
}

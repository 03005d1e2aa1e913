import Foundation
import Testing

extension SystemTests {
    @Suite("Watching a SKU")
    struct FeedTests {
        @Test("a watcher sees the present state first, then the latest one after changes, whatever the loops are")
        func watched() throws {
            try withServer(.good("--loops", "2", "--partitions", "3")) { server, client in
                for number in 0..<4 { try client.create("sku-\(number)", stock: 1_000) }
                for number in 0..<4 {
                    let sku = "sku-\(number)"
                    // Connections alternate between the loops.
                    let watchers = try (0..<3).map { _ in try server.watch(sku) }
                    for watcher in watchers { try Self.expect(try watcher.next(), client, sku) }
                    for buyer in 0..<3 {
                        #expect(try client.call(.purchase(sku, buyer: "b\(buyer)")).status == 201)
                        for watcher in watchers { try Self.expect(try watcher.next(), client, sku) }
                    }
                    let late = try server.watch(sku)
                    try Self.expect(try late.next(), client, sku)
                }
            }
        }

        @Test("many changes are told as few, in order, the last one always")
        func coalesced() throws {
            try withServer(.good("--loops", "2", "--partitions", "2")) { server, client in
                try client.create("mug", stock: 2_000)
                let watchers = try (0..<4).map { _ in try server.watch("mug") }
                let sales = (0..<2_000).map { TestRequest.purchase("mug", buyer: "b\($0)") }
                for answer in try client.pipeline(sales) { #expect(answer.status == 201) }
                for watcher in watchers {
                    var last = -1
                    var events = 0
                    repeat {
                        let event = try #require(try watcher.next())
                        let sequence = try #require(event.data["sequence"]?.int)
                        #expect(sequence > last)
                        last = sequence
                        events += 1
                    } while last < 2_001
                    #expect(events < 1_000)
                }
            }
        }

        @Test("nobody watches a SKU that there is none of, and who watches one that goes is told")
        func removed() throws {
            try withServer(.good("--loops", "2", "--partitions", "2")) { server, client in
                try expectProblem(client.call(.get("/v1/skus/mug/feed")), 404, "unknown-sku")
                try expectProblem(
                    client.call(TestRequest.get("/v1/skus/mug/feed").with("Accept", "application/json")),
                    406,
                    "not-acceptable"
                )
                try client.create("mug", stock: 5)
                let watchers = try (0..<4).map { _ in try server.watch("mug") }
                for watcher in watchers { #expect(try watcher.next()?.data["available"] == .integer(5)) }
                #expect(try client.call(.delete("/v1/skus/mug")).status == 204)
                for watcher in watchers {
                    let rest = try watcher.rest()
                    #expect(rest.map(\.type) == ["end"] && rest[0].data["reason"] == .string("removed"))
                }
                try expectProblem(client.call(.get("/v1/skus/mug/feed")), 404, "unknown-sku")
                try client.create("mug", stock: 7)
                #expect(try server.watch("mug").next()?.data["available"] == .integer(7))
                try client.wait(for: #"stockkeeper_streams{of="sku"}"#, toBe: 0)
            }
        }

        @Test("there are no more watchers than are allowed, and a place is free again when its client has gone")
        func limit() throws {
            let options = ServerOptions.good(
                "--loops",
                "2",
                "--partitions",
                "2",
                environment: ["STOCKKEEPER_STREAMS_WATCHERS_MAX": "3"]
            )
            try withServer(options) { server, client in
                try client.create("mug", stock: 5)
                var watchers = try (0..<3).map { _ in try server.watch("mug") }
                for watcher in watchers { _ = try watcher.next() }
                try expectProblem(client.call(.get("/v1/skus/mug/feed")), 503, "overloaded")
                watchers.removeLast()
                try client.wait(for: #"stockkeeper_streams{of="sku"}"#, toBe: 2)
                #expect(try server.watch("mug").next()?.data["available"] == .integer(5))
            }
        }

        /// Holds an event against what GET says; nothing may have changed meanwhile.
        private static func expect(_ event: Follower.Event?, _ client: TestConnection, _ sku: String) throws {
            let event = try #require(event)
            let whole = try client.call(.get("/v1/skus/\(sku)")).json()
            let members = try #require(event.data.object)
            #expect(event.type == "message" && members.count == 8)
            for (name, value) in members { #expect(whole[name] == value, "\(name)") }
        }
    }
}

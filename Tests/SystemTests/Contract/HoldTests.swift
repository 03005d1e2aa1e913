import Foundation
import Testing

extension SystemTests {
    @Suite("Holds")
    struct HoldTests {
        /// Places a hold, and says its id.
        private func place(
            _ client: TestConnection,
            _ sku: String = "mug",
            buyer: String = "ann",
            quantity: Int = 1,
            seconds: Int = 300
        ) throws -> String {
            let answer = try client.call(.hold(sku, buyer: buyer, quantity: quantity, seconds: seconds))
            try #require(answer.status == 201, "\(answer.text)")
            return try #require(try answer.json()["hold"]?.string)
        }

        private func state(_ client: TestConnection, _ hold: String) throws -> String? {
            try client.call(.get("/v1/holds/\(hold)")).json()["state"]?.string
        }

        /// Asks until the hold is in a state; the answers' times are the server's.
        private func wait(_ client: TestConnection, _ hold: String, for expected: String) throws {
            let deadline = Date(timeIntervalSinceNow: 15)
            while try state(client, hold) != expected {
                guard Date() < deadline else { throw HarnessFailure("\(hold) never became \(expected)") }
            }
        }

        @Test("a hold is 201 with its id, its end and what remains, and reads the same")
        func hold() throws {
            try withServer(.good("--loops", "2")) { _, client in
                try client.create("mug", stock: 5)
                let answer = try client.call(.hold("mug", buyer: "ann", quantity: 2))
                #expect(answer.status == 201)
                let hold = try answer.json()
                let identifier = try #require(hold["hold"]?.string)
                #expect(answer["Location"] == "/v1/holds/\(identifier)")
                #expect(hold["sku"] == .string("mug") && hold["buyer"] == .string("ann"))
                #expect(hold["quantity"] == .integer(2) && hold["remaining"] == .integer(3))
                #expect(hold["state"] == .string("held"))
                let expires = try #require(hold["expires_at"]?.string)
                #expect(expires.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/) != nil, "\(expires)")
                let read = try client.call(.get("/v1/holds/\(identifier)"))
                #expect(read.status == 200 && read.body == answer.body)
                let stock = try client.stock(of: "mug")
                #expect((stock.available, stock.held, stock.sold) == (3, 2, 0))
                try expectProblem(client.call(.get("/v1/holds/none-such")), 404, "unknown-hold")
                let forged = identifier.dropLast() + (identifier.hasSuffix("0") ? "1" : "0")
                try expectProblem(client.call(.get("/v1/holds/\(forged)")), 404, "unknown-hold")
            }
        }

        @Test("a confirmed hold is an order like any other, and confirming it again shows that order")
        func confirm() throws {
            try withServer(.good("--loops", "2")) { _, client in
                try client.create("mug", stock: 5)
                let hold = try place(client, quantity: 3)
                let bought = try client.call(.post("/v1/holds/\(hold)/confirm", #"{"quantity":2}"#, key: "k"))
                #expect(bought.status == 201)
                let order = try bought.json()
                #expect(order["quantity"] == .integer(2) && order["buyer"] == .string("ann"))
                #expect(order["remaining"] == .integer(3) && order["state"] == .string("confirmed"))
                let location = try #require(bought["Location"])
                #expect(try client.call(.get(location)).body == bought.body)
                let replayed = try client.call(.post("/v1/holds/\(hold)/confirm", #"{"quantity":2}"#, key: "k"))
                #expect(replayed.status == 201 && replayed.isReplay && replayed.body == bought.body)
                let other = try client.call(.post("/v1/holds/\(hold)/confirm", #"{"quantity":1}"#, key: "k"))
                try expectProblem(other, 422, "idempotency-key-reused")
                let again = try client.call(.post("/v1/holds/\(hold)/confirm", "{}"))
                #expect(again.status == 200 && again.body == bought.body)
                let released = try client.call(.delete("/v1/holds/\(hold)"))
                #expect(try expectProblem(released, 409, "hold-confirmed")["order"] == order["order"])
                #expect(try client.call(.get("/v1/holds/\(hold)")).json()["order"] == order["order"])
                let stock = try client.stock(of: "mug")
                #expect((stock.available, stock.held, stock.sold) == (3, 0, 2))
            }
        }

        @Test("a released hold gives its units back, once, and cannot be confirmed")
        func release() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let hold = try place(client, quantity: 3)
                try expectProblem(client.call(.delete("/v1/skus/mug")), 409, "holds-open")
                #expect(try client.call(.delete("/v1/holds/\(hold)")).status == 204)
                #expect(try client.call(.delete("/v1/holds/\(hold)")).status == 204)
                #expect(try state(client, hold) == "released")
                #expect(try client.stock(of: "mug").available == 5)
                let late = try client.call(.post("/v1/holds/\(hold)/confirm", "{}"))
                try expectProblem(late, 409, "hold-released")
                try expectProblem(
                    client.call(.post("/v1/holds/\(hold)/extend", #"{"ttl_seconds":9}"#)),
                    409,
                    "hold-released"
                )
                #expect(try client.call(.delete("/v1/skus/mug")).status == 204)
            }
        }

        @Test(
            "an expired hold gives its units back within a second; confirmed late it takes them anew, or says that they are gone"
        )
        func expiry() throws {
            try withServer { _, client in
                try client.create("mug", stock: 2)
                let first = try place(client, quantity: 2, seconds: 1)
                let begun = ContinuousClock.now
                try wait(client, first, for: "expired")
                #expect(ContinuousClock.now - begun < .seconds(4))
                #expect(try client.stock(of: "mug").available == 2)
                let late = try client.call(.post("/v1/holds/\(first)/confirm", #"{"quantity":1}"#))
                #expect(late.status == 201)
                let second = try place(client, buyer: "bob", seconds: 1)
                try wait(client, second, for: "expired")
                #expect(try client.call(.purchase("mug", buyer: "cyd")).status == 201)
                try expectProblem(client.call(.post("/v1/holds/\(second)/confirm", "{}")), 409, "hold-expired")
                try expectProblem(
                    client.call(.post("/v1/holds/\(second)/extend", #"{"ttl_seconds":9}"#)),
                    409,
                    "hold-expired"
                )
                #expect(try client.call(.delete("/v1/holds/\(second)")).status == 204)
                #expect(try client.stock(of: "mug").sold == 2)
            }
        }

        @Test("a hold is extended a bounded number of times, and its clock stops once")
        func prolonged() throws {
            let environment = ["STOCKKEEPER_HOLDS_EXTENSIONS_MAX": "1"]
            try withServer(.good(environment: environment)) { _, client in
                try client.create("mug", stock: 5)
                let hold = try place(client, seconds: 60)
                let extended = try client.call(.post("/v1/holds/\(hold)/extend", #"{"ttl_seconds":90}"#, key: "e"))
                #expect(extended.status == 200)
                let again = try client.call(.post("/v1/holds/\(hold)/extend", #"{"ttl_seconds":90}"#, key: "e"))
                #expect(again.status == 200 && again.isReplay && again.body == extended.body)
                let more = try client.call(.post("/v1/holds/\(hold)/extend", #"{"ttl_seconds":90}"#, key: "f"))
                #expect(try expectProblem(more, 409, "hold-extensions-exhausted")["limit"] == .integer(1))
                let intent = "/v1/holds/\(hold)/confirm-intent"
                // The same key belongs to another resource there.
                let frozen = try client.call(.post(intent, #"{"freeze_seconds":30}"#, key: "e"))
                #expect(frozen.status == 200 && !frozen.isReplay)
                let before = try #require(try extended.json()["expires_at"]?.string)
                let after = try #require(try frozen.json()["expires_at"]?.string)
                #expect(try Self.seconds(from: before, to: after) == 30)
                try expectProblem(client.call(.post(intent, #"{"freeze_seconds":30}"#)), 409, "hold-frozen-before")
            }
        }

        private static func seconds(from start: String, to end: String) throws -> Double {
            let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            return (try Date(end, strategy: format).timeIntervalSince(try Date(start, strategy: format))).rounded()
        }

        @Test("nobody hoards: a buyer's open holds and a SKU's held units have limits")
        func hoarding() throws {
            let environment = [
                "STOCKKEEPER_HOLDS_OPEN_PER_BUYER_MAX": "2", "STOCKKEEPER_HOLDS_HELD_UNITS_MAX": "10",
                "STOCKKEEPER_HOLDS_TTL_SECONDS_MAX": "100",
            ]
            try withServer(.good(environment: environment)) { _, client in
                try client.create("mug", stock: 50)
                for _ in 0..<2 { _ = try place(client, quantity: 4, seconds: 100) }
                let third = try client.call(.hold("mug", buyer: "ann", seconds: 100))
                #expect(try expectProblem(third, 403, "buyer-limit-reached")["limit"] == .integer(2))
                let many = try client.call(.hold("mug", buyer: "bob", quantity: 3, seconds: 100))
                #expect(try expectProblem(many, 409, "insufficient-stock")["available"] == .integer(2))
                #expect(try client.call(.purchase("mug", buyer: "bob", quantity: 3)).status == 201)
                let long = try client.call(.hold("mug", buyer: "bob", seconds: 101))
                let detail = try expectProblem(long, 400, "invalid-request")["detail"]?.string
                #expect(detail?.contains("ttl_seconds") == true && detail?.contains("100") == true)
                let metrics = try client.call(.get("/metrics")).text
                #expect(metrics.contains("stockkeeper_limit_reached_total{limit=\"holds.open_per_buyer_max\"} 1\n"))
                #expect(metrics.contains("stockkeeper_limit_reached_total{limit=\"holds.held_units_max\"} 1\n"))
                #expect(metrics.contains("stockkeeper_holds_open 2\n"))
            }
        }

        @Test("a purchase limit counts what is held")
        func limit() throws {
            try withServer { _, client in
                try client.create("mug", stock: 50, #""limit_per_buyer":3"#)
                let hold = try place(client, quantity: 2)
                let problem = try expectProblem(
                    client.call(.purchase("mug", buyer: "ann", quantity: 2)),
                    403,
                    "buyer-limit-reached"
                )
                #expect(problem["already"] == .integer(2))
                #expect(try client.call(.post("/v1/holds/\(hold)/confirm", "{}")).status == 201)
                #expect(try client.call(.purchase("mug", buyer: "ann")).status == 201)
                try expectProblem(client.call(.hold("mug", buyer: "ann")), 403, "buyer-limit-reached")
            }
        }

        @Test(
            "a request about a hold that is not exactly what it should be is refused, and says which field",
            arguments: [
                ("", #"{"buyer":"u1"}"#, "quantity"),
                ("", #"{"buyer":"u1","quantity":1,"ttl_seconds":0}"#, "ttl_seconds"),
                ("", #"{"buyer":"u1","quantity":1,"ttl_seconds":"9"}"#, "ttl_seconds"),
                ("", #"{"buyer":"u1","quantity":1,"ttl":9}"#, "ttl"), ("confirm", #"{"quantity":0}"#, "quantity"),
                ("confirm", #"{"units":1}"#, "units"), ("extend", "{}", "ttl_seconds"),
                ("extend", #"{"ttl_seconds":3601}"#, "ttl_seconds"), ("confirm-intent", "{}", "freeze_seconds"),
                ("confirm-intent", #"{"freeze_seconds":1,"freeze_seconds":1}"#, "freeze_seconds"),
            ]
        )
        func wrongField(part: String, body: String, field: String) throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let hold = try place(client)
                let target = part.isEmpty ? "/v1/skus/mug/holds" : "/v1/holds/\(hold)/\(part)"
                let answer = try client.call(.post(target, body))
                let detail = try #require(try expectProblem(answer, 400, "invalid-request")["detail"]?.string)
                #expect(detail.contains(field), "\(detail)")
                #expect(try client.stock(of: "mug").held == 1)
            }
        }

        @Test("open holds survive a kill; those whose time is over are given back before the first answer")
        func restart() throws {
            let folder = try DataFolder()
            let before = try ServerProcess(in: folder).connected()
            try before.connection.create("mug", stock: 9)
            let long = try place(before.connection, quantity: 2, seconds: 600)
            let short = try place(before.connection, buyer: "bob", quantity: 3, seconds: 1)
            let bought = try place(before.connection, buyer: "cyd", quantity: 1, seconds: 600)
            let order = try before.connection.call(.post("/v1/holds/\(bought)/confirm", "{}", key: "k"))
            try before.server.kill()
            // Down while the short one ends.
            let end = Date(timeIntervalSinceNow: 1.2)
            while Date() < end { Thread.sleep(until: end) }
            let after = try ServerProcess(in: folder).connected()
            let stock = try after.connection.stock(of: "mug")
            #expect((stock.available, stock.held, stock.sold) == (6, 2, 1))
            #expect(try state(after.connection, long) == "held")
            #expect(try state(after.connection, short) == "expired")
            #expect(try state(after.connection, bought) == "confirmed")
            let again = try after.connection.call(.post("/v1/holds/\(bought)/confirm", "{}", key: "k"))
            #expect(again.isReplay && again.body == order.body)
            #expect(try after.connection.call(.post("/v1/holds/\(long)/confirm", "{}")).status == 201)
        }

        @Test("the trail shows each step of a hold, with the counts before and after")
        func trail() throws {
            try withServer { _, client in
                try client.create("mug", stock: 9)
                let hold = try place(client, quantity: 4)
                _ = try client.call(.post("/v1/holds/\(hold)/extend", #"{"ttl_seconds":900}"#))
                _ = try client.call(.post("/v1/holds/\(hold)/confirm", #"{"quantity":3}"#))
                let other = try place(client, quantity: 2)
                _ = try client.call(.delete("/v1/holds/\(other)"))
                let items = try Page(client.call(.get("/v1/skus/mug/changes"))).items.dropFirst()
                let expected = [
                    ("held", 9, 5), ("hold_extended", 5, 5), ("hold_confirmed", 5, 6), ("held", 6, 4),
                    ("hold_released", 4, 6),
                ]
                #expect(items.count == expected.count)
                for (item, (type, before, after)) in zip(items, expected) {
                    #expect(item["type"] == .string(type))
                    #expect(item["available_before"] == .integer(before), "\(item)")
                    #expect(item["available"] == .integer(after), "\(item)")
                }
                #expect(items.first?["hold"] == .string(hold))
            }
        }
    }
}

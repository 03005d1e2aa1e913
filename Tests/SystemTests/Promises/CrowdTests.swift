import Testing

extension SystemTests {
    @Suite("Ten thousand buyers at once")
    struct CrowdTests {
        @Test(
            "exactly as many are served as there are units",
            arguments: [(stock: 1, loops: 1), (stock: 1, loops: 2), (stock: 500, loops: 2)]
        )
        func drop(stock: Int, loops: Int) throws {
            try withServer(.good("--loops", "\(loops)")) { server, client in
                let created = try client.create("drop", stock: stock)
                let load = Load(threads: 20, connectionsPerThread: 20, requestsPerConnection: 25) {
                    Purchase(sku: "drop", buyer: "buyer-\($0)", quantity: 1, key: "key-\($0)")
                }
                let history = History(created: ["drop": created], attempts: try load.run(port: server.port))
                #expect(history.attempts.count == 10_000)
                #expect(Set(history.attempts.map(\.purchase.buyer)).count == 10_000)
                #expect(history.sales.count == stock)
                let refused = Outcome.refused(409, "/problems/sold-out")
                #expect(history.attempts.filter { $0.outcome == refused }.count == 10_000 - stock)
                try Self.audit(server, history)
            }
        }

        @Test("a crowd over many SKUs, on several loops and partitions, gets each of them right")
        func manySKUs() throws {
            let names = (0..<40).map { "drop-\($0)" }
            try withServer(.good("--loops", "2", "--partitions", "4")) { server, client in
                var history = History()
                for name in names { history.created[name] = try client.create(name, stock: 100) }
                let load = Load(threads: 10, connectionsPerThread: 20, requestsPerConnection: 25) {
                    Purchase(sku: names[$0 % 40], buyer: "buyer-\($0)", quantity: 1, key: "key-\($0)")
                }
                history.attempts = try load.run(port: server.port)
                #expect(history.attempts.count == 5_000)
                for name in names {
                    #expect(history.attempts.filter { $0.purchase.sku == name && $0.outcome.sale != nil }.count == 100)
                }
                try Self.audit(server, history)
            }
        }

        @Test("one buyer's many clicks with one key are one order, and every click gets it")
        func clicks() throws {
            try withServer(.good("--loops", "2")) { server, client in
                try client.create("drop", stock: 50)
                let purchase = Purchase(sku: "drop", buyer: "ann", quantity: 1, key: "click")
                let load = Load(threads: 8, connectionsPerThread: 8, requestsPerConnection: 8) { _ in purchase }
                let attempts = try load.run(port: server.port)
                #expect(attempts.count == 512)
                let sales = attempts.compactMap(\.outcome.sale)
                #expect(sales.count == 512)
                #expect(Set(sales.map(\.body)).count == 1)
                #expect(try client.stock(of: "drop").sold == 1)
            }
        }

        @Test("one buyer's many clicks with many keys never pass the limit")
        func limit() throws {
            try withServer(.good("--loops", "2")) { server, client in
                try client.create("drop", stock: 500, #""limit_per_buyer":3"#)
                let load = Load(threads: 8, connectionsPerThread: 8, requestsPerConnection: 8) {
                    Purchase(sku: "drop", buyer: "buyer-\($0 % 4)", quantity: 1, key: "click-\($0)")
                }
                let attempts = try load.run(port: server.port)
                let outcomes = Dictionary(grouping: attempts, by: \.purchase.buyer).mapValues { $0.map(\.outcome) }
                #expect(outcomes.count == 4)
                for own in outcomes.values { Self.expectThree(own) }
                #expect(try client.stock(of: "drop").sold == 12)
            }
        }

        /// Three of one buyer's purchases are accepted, all others meet the limit.
        private static func expectThree(_ outcomes: [Outcome]) {
            let refusals = outcomes.filter { $0 == .refused(403, "/problems/buyer-limit-reached") }
            #expect(outcomes.compactMap(\.sale).count == 3)
            #expect(refusals.count == outcomes.count - 3)
        }

        /// Every accepted order is readable and replayed, and all counts add up.
        private static func audit(_ server: ServerProcess, _ history: History) throws {
            let aftermath = try Aftermath.ask(port: server.port, about: history)
            #expect(violations(history, aftermath) == [])
        }
    }
}

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

        @Test("one unit is one order, by whichever way ten thousand buyers want it", arguments: ServerShape.all)
        func everyWay(shape: ServerShape) throws {
            try withServer(shape.options) { server, client in
                let port = server.port
                let paying = (0..<10_000).filter { Way($0).isPaid }
                let deposit = #"{"amount":30000,"currency":"USD"}"#
                let wallets = paying.map { TestRequest.post("/v1/wallets/buyer-\($0)/deposits", deposit) }
                #expect(try client.pipeline(wallets).allSatisfy { $0.status == 201 })
                try client.create("drop", stock: 1)
                try client.create("extra", stock: 10_000)
                let answers = try inParallel(20) { thread in
                    let connections = try (0..<20).map { _ in try TestConnection(port: port) }
                    return try (0..<25)
                        .flatMap { turn in
                            let first = (turn * 20 + thread) * 20
                            return try Way.ask(connections, first)
                        }
                }
                .flatMap { $0 }
                #expect(answers.count == 10_000)
                let won = answers.filter(\.isOrder)
                #expect(won.count == 1, "\(won)")
                #expect(answers.allSatisfy { $0.isOrder || $0.isSoldOut })
                let winner = try #require(won.first)
                let drop = try client.settledStock(of: "drop")
                #expect((drop.available, drop.sold) == (0, 1))
                #expect(try client.settledStock(of: "extra").sold == (winner.way == .cart ? 1 : 0))
                let balances = try client.pipeline(paying.map { .get("/v1/wallets/buyer-\($0)") })
                    .map { try $0.json()["balance"]?["amount"]?.int ?? 0 }
                let price = winner.way == .cart ? 25_800 : winner.way.isPaid ? 12_900 : 0
                #expect(balances.reduce(0, +) == paying.count * 30_000 - price)
                #expect(balances.filter { $0 != 30_000 }.count == (price > 0 ? 1 : 0))
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

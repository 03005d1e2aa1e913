import Testing

extension SystemTests {
    @Suite("Rate limits and other origins")
    struct RateLimitTests {
        private static let read = TestRequest.get("/v1/skus")

        private func environment(_ settings: [String: String]) -> [String: String] {
            var environment: [String: String] = [:]
            for (name, value) in settings { environment["STOCKKEEPER_\(name)"] = value }
            return environment
        }

        @Test("an address that asks too often is told 429, when to come again, and what is allowed", arguments: [1, 2])
        func address(loops: Int) throws {
            // So slow that no token comes back while the test runs.
            let settings = ["RATE_LIMITS_ADDRESS_PER_SECOND": "1", "RATE_LIMITS_ADDRESS_BURST": "1000"]
            let options = ServerOptions(arguments: ["--loops", "\(loops)"], environment: environment(settings))
            try withServer(options) { server, client in
                let others = try (0..<4).map { _ in try server.connect() }
                var statuses: [Int] = []
                for connection in others + [client] {
                    statuses += try connection.pipeline([TestRequest](repeating: Self.read, count: 300)).map(\.status)
                }
                let passed = statuses.count { $0 == 200 }
                // The limit is one for all loops; a few tokens may have come back meanwhile, and one be spent on the
                // description.
                #expect((999...1_060).contains(passed), "\(passed)")
                #expect(statuses.allSatisfy { [200, 429].contains($0) })
                let answer = try client.call(Self.read)
                if answer.status == 429 {
                    try expectProblem(answer, 429, "rate-limited")
                    #expect(answer["Retry-After"] == "1")
                    #expect(answer["RateLimit-Policy"] == #""address";q=1000;w=1000"#)
                    #expect(answer["RateLimit"] == #""address";r=0;t=1"#)
                }
                #expect(try client.call(.get("/healthz")).status == 200)
                #expect(try client.call(.get("/readyz")).status == 200)
                // What leads nowhere costs the same.
                #expect(try client.pipeline((0..<20).map { _ in .get("/nowhere") }).contains { $0.status == 429 })
            }
        }

        @Test("each credential has a limit of its own, whatever tokens it uses; its refusals change nothing")
        func credential() throws {
            let (ops, web) = (try MadeToken("ops", "operate"), try MadeToken("web", "sell"))
            let second = try MadeToken("web", "sell")
            let settings = environment([
                "RATE_LIMITS_CREDENTIAL_PER_SECOND": "1", "RATE_LIMITS_CREDENTIAL_BURST": "10",
            ])
            let shop = try GuardedServer([ops, web, second], settings: settings, "--loops", "2")
            try shop.create("mug", ops)
            var statuses: [Int] = []
            for number in 0..<40 {
                statuses.append(
                    try shop.call(.purchase("mug", buyer: "b\(number)"), number % 2 == 0 ? web : second).status
                )
            }
            #expect(statuses.prefix(10) == [201, 201, 201, 201, 201, 201, 201, 201, 201, 201])
            #expect(statuses.dropFirst(10).contains(429))
            #expect(try shop.call(.get("/v1/skus/mug"), ops).json()["sold"]?.int == 10)
            #expect(try shop.call(.get("/v1/skus/mug"), nil).status == 401)
        }

        @Test("behind a trusted proxy each of its clients is counted alone; others are not believed")
        func proxies() throws {
            var settings = ["RATE_LIMITS_ADDRESS_PER_SECOND": "1", "RATE_LIMITS_ADDRESS_BURST": "5"]
            func passed(_ field: (Int) -> String) throws -> Int {
                try withServer(ServerOptions(environment: environment(settings))) { _, client in
                    try client.pipeline((0..<50).map { Self.read.with("X-Forwarded-For", field($0)) })
                        .count { $0.status == 200 }
                }
            }
            #expect(try passed { "192.0.2.\($0)" } < 50)
            settings["HTTP_TRUSTED_PROXIES"] = "127.0.0.0/8"
            #expect(try passed { "192.0.2.\($0)" } == 50)
            #expect(try passed { "192.0.2.\($0), 198.51.100.1" } < 50)
            #expect(try passed { "2001:db8::\($0)" } < 50)
        }

        @Test("a page of a configured origin may call, and no other", arguments: [1, 2])
        func origins(loops: Int) throws {
            let settings = environment(["HTTP_CORS_ORIGINS": "https://shop.example"])
            let options = ServerOptions(
                arguments: ["--loops", "\(loops)", "--partitions", "3"],
                environment: settings
            )
            try withServer(options) { _, client in
                try client.create("mug", stock: 5)
                let order = try client.call(.purchase("mug", buyer: "ann").with("Origin", "https://shop.example"))
                let location = try #require(order["Location"])
                let paths = ["/v1/skus/mug", "/v1/skus", location, "/v1/skus/mug/changes", "/healthz", "/v1/skus/none"]
                for path in paths {
                    let answer = try client.call(.get(path, ["Origin": "https://shop.example"]))
                    #expect(answer["Access-Control-Allow-Origin"] == "https://shop.example", "\(path)")
                    #expect(answer["Access-Control-Expose-Headers"]?.contains("ETag") == true)
                    #expect(answer.fields.contains { $0 == ("vary", "Origin") })
                    for other in ["https://evil.example", "https://shop.example.evil", "null"] {
                        let refused = try client.call(.get(path, ["Origin": other]))
                        #expect(refused["Access-Control-Allow-Origin"] == nil)
                        #expect(refused.fields.contains { $0 == ("vary", "Origin") })
                    }
                }
                let ask = TestRequest(
                    "OPTIONS",
                    "/v1/skus/mug/purchases",
                    ["Origin": "https://shop.example", "Access-Control-Request-Method": "POST"]
                )
                let preflight = try client.call(ask)
                #expect(preflight.status == 204)
                #expect(preflight["Access-Control-Allow-Methods"] == "POST, OPTIONS")
                #expect(preflight["Access-Control-Allow-Headers"]?.contains("Idempotency-Key") == true)
                #expect(preflight["Access-Control-Max-Age"] == "600")
            }
            try withServer { _, client in
                let answer = try client.call(.get("/healthz", ["Origin": "https://shop.example"]))
                #expect(answer["Access-Control-Allow-Origin"] == nil && answer["Vary"] == nil)
            }
        }
    }
}

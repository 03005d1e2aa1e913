import Foundation
import Testing

extension SystemTests {
    @Suite("Access")
    struct AccessTests {
        @Test("who shows no token, or a wrong one, is told 401 and how to do better; nothing is changed")
        func unauthenticated() throws {
            let ops = try MadeToken("ops", "operate")
            let shop = try GuardedServer([ops])
            try shop.create("mug", ops)
            let requests: [TestRequest] = [
                .purchase("mug", buyer: "ann"), .cart([("mug", 1)], buyer: "ann"), .item("mug", user: "ann"),
                .get("/v1/skus/mug"), .get("/metrics"), .delete("/v1/skus/mug"),
            ]
            for request in requests {
                let answer = try shop.call(request, nil)
                try expectProblem(answer, 401, "unauthenticated")
                #expect(answer["WWW-Authenticate"] == "Bearer")
                let wrong = try shop.client.call(request.with("Authorization", "Bearer \(ops.token)x"))
                try expectProblem(wrong, 401, "unauthenticated")
                #expect(wrong["WWW-Authenticate"] == #"Bearer error="invalid_token""#)
            }
            #expect(try shop.call(.get("/v1/skus/mug"), ops).json()["sold"]?.int == 0)
            for open in ["/healthz", "/readyz", "/problems/unauthenticated"] {
                #expect(try shop.call(.get(open), nil).status == 200)
            }
            #expect(!shop.server.output.contains("no credentials"))
        }

        @Test("a credential may do what its scopes say and nothing else", arguments: [1, 2])
        func scopes(loops: Int) throws {
            let tokens = try ["sell", "operate", "read"].map { try MadeToken($0, $0) }
            let (sell, operate, read) = (tokens[0], tokens[1], tokens[2])
            let shop = try GuardedServer(tokens, "--loops", "\(loops)", "--partitions", "2")
            try shop.create("mug", operate)
            let purchase = TestRequest.purchase("mug", buyer: "ann")
            let restock = TestRequest.post("/v1/skus/mug/stock", #"{"delta":1,"reason":"more"}"#)
            #expect(try shop.call(purchase, sell).status == 201)
            #expect(try shop.call(restock, operate).status == 200)
            let (cart, item) = (TestRequest.cart([("mug", 1)], buyer: "ann"), TestRequest.item("mug", user: "ann"))
            let forbidden = [
                (purchase, operate), (purchase, read), (restock, sell), (restock, read), (cart, operate), (cart, read),
                (item, operate), (item, read),
            ]
            for (request, token) in forbidden {
                let answer = try shop.call(request, token)
                try expectProblem(answer, 403, "forbidden")
                let scope = request.target.hasSuffix("stock") ? "operate" : "sell"
                #expect(answer["WWW-Authenticate"] == #"Bearer error="insufficient_scope", scope="\#(scope)""#)
                #expect(try answer.json()["scopes"]?.array?.compactMap(\.string) == [scope])
            }
            for token in tokens { #expect(try shop.call(.get("/v1/skus/mug"), token).status == 200) }
            #expect(try shop.call(.get("/metrics"), read).status == 200)
            try expectProblem(shop.call(.get("/metrics"), sell), 403, "forbidden")
            #expect(try shop.call(.get("/v1/skus/mug"), read).json()["sold"]?.int == 1)
        }

        @Test("a token is exchanged without a pause: both are good until the first one's line is gone")
        func rotation() throws {
            let (old, new) = (try MadeToken("ops", "operate"), try MadeToken("ops", "operate"))
            let shop = try GuardedServer([old], "--loops", "2")
            try shop.create("mug", old)
            // A connection that has been served stays what it is: its requests are judged anew.
            let other = try shop.server.connect()
            let read = TestRequest.get("/v1/skus/mug")
            #expect(try other.call(read.with("Authorization", "Bearer \(new.token)")).status == 401)
            try shop.reload([old, new])
            #expect(try other.call(read.with("Authorization", "Bearer \(old.token)")).status == 200)
            #expect(try other.call(read.with("Authorization", "Bearer \(new.token)")).status == 200)
            try shop.reload([new])
            for client in [other, shop.client] {
                #expect(try client.call(read.with("Authorization", "Bearer \(old.token)")).status == 401)
                #expect(try client.call(read.with("Authorization", "Bearer \(new.token)")).status == 200)
            }
        }

        @Test("pipelined requests are judged one by one, and answered in their order")
        func pipelined() throws {
            let (ops, web) = (try MadeToken("ops", "operate"), try MadeToken("web", "sell"))
            let shop = try GuardedServer([ops, web], "--loops", "2", "--partitions", "2")
            for sku in ["a", "b", "c"] { try shop.create(sku, ops) }
            let requests = (0..<60)
                .map { number in
                    let request = TestRequest.purchase(["a", "b", "c"][number % 3], buyer: "b\(number)")
                    let field = ["Bearer \(web.token)", "Bearer \(ops.token)", "Bearer x"][number % 4 % 3]
                    return request.with("Authorization", field)
                }
            let expected = (0..<60).map { [201, 403, 401][$0 % 4 % 3] }
            let statuses = try shop.client.pipeline(requests).map(\.status)
            var left = ["a": 10, "b": 10, "c": 10]
            for (number, status) in statuses.enumerated() {
                let sku = ["a", "b", "c"][number % 3]
                guard expected[number] == 201 else {
                    #expect(status == expected[number])
                    continue
                }
                #expect(status == (left[sku, default: 0] > 0 ? 201 : 409))
                left[sku, default: 0] -= 1
            }
        }

        @Test("without credentials only this machine is served, unless the operator says otherwise; both are told")
        func loopback() throws {
            let folder = try DataFolder()
            let everywhere = ["serve", "--listen", "0.0.0.0:0", "--data", folder.data]
            let program = try TestRun.executable("stockkeeper")
            let refused = try ToolRun(program, everywhere)
            #expect(refused.exit == .code(64))
            #expect(refused.errors.contains("credentials.open_to_anyone"))
            #expect(!FileManager.default.fileExists(atPath: folder.data))
            let open = ["STOCKKEEPER_CREDENTIALS_OPEN_TO_ANYONE": "true"]
            let process = try ChildProcess(program, everywhere, environment: open, errors: folder.errors)
            #expect(try process.waitForLine(with: "listening on 0.0.0.0:", seconds: 30) != nil)
            #expect(try process.waitForLine(with: "no credentials: whoever reaches 0.0.0.0:", seconds: 30) != nil)
            #expect(try process.waitForLine(with: "ready: ", seconds: 30) != nil)
            process.send(SIGHUP)
            #expect(try process.waitForLine(with: "there are no credentials to be read again", seconds: 10) != nil)
            process.send(SIGTERM)
            #expect(try process.waitForExit(seconds: 20) == .code(0))
        }

        @Test("the operator's routes can have an address of their own, which serves all others too", arguments: [1, 2])
        func operatorsAddress(loops: Int) throws {
            let settings = ["STOCKKEEPER_LISTEN_OPERATOR": "127.0.0.1:0"]
            let options = ServerOptions(arguments: ["--loops", "\(loops)"], environment: settings)
            try withServer(options) { server, client in
                let line = try #require(
                    server.output.split(separator: "\n").first { $0.hasPrefix("operator's address") }
                )
                let port = try #require(UInt16(line.split(separator: ":").last ?? ""))
                for _ in 0..<4 {
                    let operators = try TestConnection(port: port, keeping: server)
                    let others = try server.connect()
                    let body = #"{"title":"t","price":{"amount":1,"currency":"USD"},"stock":9}"#
                    let put = TestRequest.put("/v1/skus/mug", body)
                    try expectProblem(others.call(put), 404, "not-found")
                    #expect([200, 201].contains(try operators.call(put).status))
                    #expect(try operators.call(.purchase("mug", buyer: "ann")).status == 201)
                    #expect(try others.call(.purchase("mug", buyer: "ann")).status == 201)
                    #expect(try others.call(.get("/v1/skus/mug")).status == 200)
                    for path in ["/metrics", "/v1/skus/mug/changes"] {
                        try expectProblem(others.call(.get(path)), 404, "not-found")
                        #expect(try operators.call(.get(path)).status == 200)
                    }
                }
                try expectProblem(client.call(.delete("/v1/skus/mug")), 404, "not-found")
            }
        }

        @Test("both addresses must have a port of their own, and keep to this machine without credentials")
        func addresses() throws {
            for (address, reason) in [("127.0.0.1:81", "another port"), ("0.0.0.0:82", "credentials.open_to_anyone")] {
                let folder = try DataFolder()
                let run = try ToolRun(
                    TestRun.executable("stockkeeper"),
                    ["serve", "--listen", "127.0.0.1:81", "--data", folder.data],
                    environment: ["STOCKKEEPER_LISTEN_OPERATOR": address]
                )
                #expect(run.exit == .code(78) && run.errors.contains(reason), "\(run)")
            }
        }

        @Test("a server whose credentials are wrong does not start, and names the line")
        func wrongFile() throws {
            let folder = try DataFolder()
            let file = folder.path + "/credentials"
            try "# tokens\nweb sell".write(toFile: file, atomically: true, encoding: .utf8)
            let refusal = try ServerProcess.refusal(
                in: folder,
                .good(environment: ["STOCKKEEPER_CREDENTIALS_FILE": file])
            )
            #expect(refusal.exit == .code(78))
            #expect(refusal.errors.contains("\(file):2: "))
        }
    }
}

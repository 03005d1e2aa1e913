import Foundation
import Testing

extension SystemTests {
    @Suite("HTTP")
    struct ProtocolTests {
        @Test("a client's Request-Id comes back; without one the server makes one")
        func requestIdentifier() throws {
            try withServer { _, client in
                #expect(try client.call(.get("/healthz", ["Request-Id": "abc-123"]))["Request-Id"] == "abc-123")
                let first = try #require(try client.call(.get("/healthz"))["Request-Id"])
                let second = try #require(try client.call(.get("/healthz"))["Request-Id"])
                #expect(!first.isEmpty && first != second)
                let tooLong = String(repeating: "x", count: 129)
                #expect(try client.call(.get("/healthz", ["Request-Id": tooLong]))["Request-Id"] != tooLong)
                let problem = try client.call(.get("/nowhere", ["Request-Id": "abc-124"]))
                #expect(try problem.json()["request_id"] == .string("abc-124"))
            }
        }

        @Test("pipelined requests are answered in their order")
        func pipelining() throws {
            try withServer(.good("--loops", "2", "--partitions", "4")) { _, client in
                for number in 0..<8 { try client.create("sku-\(number)", stock: 100) }
                let requests = (0..<200)
                    .flatMap { number -> [TestRequest] in
                        [
                            .purchase("sku-\(number % 8)", buyer: "b\(number)"),
                            .get("/v1/skus/sku-\((number + 3) % 8)"),
                            .get("/nowhere"),
                        ]
                    }
                let tagged = requests.enumerated().map { $1.with("Request-Id", "r\($0)") }
                let answers = try client.pipeline(tagged, window: 48)
                #expect(answers.enumerated().allSatisfy { $1["Request-Id"] == "r\($0)" })
                #expect(answers.map(\.status) == (0..<200).flatMap { _ in [201, 200, 404] })
            }
        }

        @Test("a request may come in any pieces, a chunked body too")
        func pieces() throws {
            try withServer { server, client in
                try client.create("mug", stock: 500)
                for byte in TestRequest.purchase("mug", buyer: "ann").bytes { try client.send([byte]) }
                #expect(try client.receive().status == 201)
                let chunked = """
                    POST /v1/skus/mug/purchases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n\
                    Transfer-Encoding: chunked\r\n\r\n8\r\n{"buyer"\r\n14;x=y\r\n:"bob","quantity":1}\r\n0\r\n\r\n
                    """
                try client.send(Array(chunked.utf8))
                #expect(try client.receive().status == 201)
                #expect(try server.answer(to: .get("/v1/skus/mug")).json()["sold"] == .integer(2))
            }
        }

        @Test("HEAD is GET without the body")
        func head() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let get = try client.call(.get("/v1/skus/mug"))
                let head = try client.call(TestRequest("HEAD", "/v1/skus/mug"))
                #expect(head.status == 200)
                #expect(head["Content-Length"] == "\(get.body.count)")
                #expect(head["ETag"] == get["ETag"])
                #expect(try client.call(TestRequest("HEAD", "/v1/skus/none-such")).status == 404)
            }
        }

        @Test("OPTIONS and a method that is not allowed both name those that are")
        func methods() throws {
            try withServer { _, client in
                let options = try client.call(TestRequest("OPTIONS", "/v1/skus/mug"))
                #expect((200...204).contains(options.status))
                #expect(options.allowed.isSuperset(of: ["GET", "HEAD", "PUT", "PATCH"]))
                let wrong = try client.call(.post("/v1/skus/mug", "{}"))
                try expectProblem(wrong, 405, "method-not-allowed")
                #expect(wrong.allowed.isSuperset(of: ["GET", "HEAD", "PUT", "PATCH"]))
                #expect(try client.call(.get("/v1/skus/mug/purchases")).allowed.contains("POST"))
            }
        }

        @Test(
            "what is not there is not-found, however it is spelled",
            arguments: [
                "/nowhere", "/v1", "/v1/", "/v1/skus/a/b/c", "/v2/skus", "//v1/skus", "/v1/skus/../skus", "/V1/skus",
            ]
        )
        func notFound(target: String) throws {
            try withServer { _, client in
                try expectProblem(client.call(.get(target)), 404, "not-found")
            }
        }

        @Test("content that is not JSON is 415")
        func mediaType() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let form = TestRequest(
                    "POST",
                    "/v1/skus/mug/purchases",
                    ["Content-Type": "application/x-www-form-urlencoded"],
                    body: Array("buyer=ann".utf8)
                )
                try expectProblem(client.call(form), 415, "unsupported-media-type")
                var json = TestRequest.purchase("mug", buyer: "ann")
                json.fields = [("Content-Type", "Application/JSON; charset=utf-8")]
                #expect(try client.call(json).status == 201)
            }
        }

        @Test("what is too long is refused by its kind: 413, 414, 431")
        func limits() throws {
            try withServer { server, _ throws in
                let body = TestRequest("POST", "/v1/skus/mug/purchases", ["Content-Length": "100000000"])
                #expect(try server.answer(to: body).status == 413)
                #expect(try server.answer(to: .get("/" + String(repeating: "x", count: 20_000))).status == 414)
                let field = String(repeating: "x", count: 40_000)
                #expect(try server.answer(to: .get("/healthz", ["X-Long": field])).status == 431)
                var many = TestRequest.get("/healthz")
                many.fields = (0..<1_000).map { ("X-\($0)", "y") }
                #expect(try server.answer(to: many).status == 431)
            }
        }

        @Test("a POST that states no length is 411")
        func lengthRequired() throws {
            try withServer { server, client in
                try client.create("mug", stock: 5)
                let request = TestRequest("POST", "/v1/skus/mug/purchases", ["Content-Type": "application/json"])
                try expectProblem(server.answer(to: request), 411, "length-required")
            }
        }

        @Test("a client that waits for 100-continue is told to go on")
        func expectContinue() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let request = TestRequest.purchase("mug", buyer: "ann").with("Expect", "100-continue")
                #expect(try client.call(request).status == 201)
            }
        }

        @Test("health, readiness and metrics answer")
        func operating() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                _ = try client.call(.purchase("mug", buyer: "ann"))
                #expect(try client.call(.get("/healthz")).status == 200)
                #expect(try client.call(.get("/readyz")).status == 200)
                let metrics = try client.call(.get("/metrics"))
                #expect(metrics.status == 200)
                #expect(metrics["Content-Type"]?.hasPrefix("text/plain") == true)
                #expect(metrics.text.contains("# TYPE stockkeeper_"))
                #expect(!metrics.text.contains("mug") && !metrics.text.contains("ann\""))
            }
        }

        @Test("every problem's type explains itself")
        func problemPages() throws {
            try withServer { _, client throws in
                for type in ["sold-out", "unknown-sku", "invalid-request", "read-only", "idempotency-key-reused"] {
                    #expect(try client.call(.get("/problems/\(type)")).status == 200, "\(type)")
                }
                #expect(try client.call(.get("/problems/none-such")).status == 404)
            }
        }

        @Test(
            "bytes that two servers could read differently are refused, and the connection closes",
            arguments: [
                "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
                "Content-Length: 5\r\nContent-Length: 6\r\n",
                "Content-Length: 5, 6\r\n",
                "Content-Length: +5\r\n",
                "Content-Length: -5\r\n",
                "Content-Length: 0x5\r\n",
                "Content-Length: 99999999999999999999\r\n",
                "Content-Length : 5\r\n",
                "Transfer-Encoding: xchunked\r\n",
                "Transfer-Encoding: chunked, identity\r\n",
                "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
                "Transfer-Encoding:\u{0B}chunked\r\n",
                "X: a\r\n Content-Length: 5\r\n",
                "X: a\nContent-Length: 5\r\n",
                "X: a\u{0}b\r\n",
                "Host: other\r\n",
                ": empty\r\n",
            ]
        )
        func smuggling(fields: String) throws {
            try withServer { server, client in
                try client.create("mug", stock: 5)
                let hidden = String(decoding: TestRequest.purchase("mug", buyer: "eve").bytes, as: UTF8.self)
                let head = "POST /v1/skus/mug/purchases HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                let attacker = try server.connect()
                try attacker.send(Array("\(head)\(fields)\r\n0\r\n\r\n\(hidden)".utf8))
                let answer = String(decoding: try attacker.receiveUntilClosed(), as: UTF8.self)
                #expect(answer.hasPrefix("HTTP/1.1 4") || answer.hasPrefix("HTTP/1.1 501"), "\(answer)")
                #expect(answer.components(separatedBy: "HTTP/1.1 ").count == 2, "one answer, then the end: \(answer)")
                #expect(try client.stock(of: "mug").sold == 0)
            }
        }
    }
}

import Testing

extension SystemTests {
    @Suite("Unkind clients")
    struct UnkindClientTests {
        @Test("a slow sender is told 408, or dropped, and others do not notice")
        func slowSender() throws {
            let impatient = ["STOCKKEEPER_HTTP_REQUEST_TIMEOUT_SECONDS": "1"]
            try withServer(ServerOptions(environment: impatient)) { server, client in
                try client.create("mug", stock: 5)
                let request = TestRequest.purchase("mug", buyer: "ann").bytes
                let slow = try server.connect(timeoutSeconds: 10)
                try slow.send(Array(request.dropLast(4)))
                #expect(try client.call(.get("/v1/skus/mug")).status == 200)
                let answer = String(decoding: try slow.receiveUntilClosed(), as: UTF8.self)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 408"), "\(answer)")
                #expect(try client.stock(of: "mug").sold == 0)
            }
        }

        @Test("an idle connection is closed when its time is over")
        func idle() throws {
            let impatient = ["STOCKKEEPER_HTTP_IDLE_TIMEOUT_SECONDS": "1"]
            try withServer(ServerOptions(environment: impatient)) { _, client in
                _ = try client.call(.get("/healthz"))
                let rest = String(decoding: try client.receiveUntilClosed(), as: UTF8.self)
                #expect(rest.isEmpty || rest.hasPrefix("HTTP/1.1 408"), "\(rest)")
            }
        }

        @Test("a client that never reads costs the server a bounded amount of memory")
        func neverReads() throws {
            try withServer { server, client in
                try client.create("mug", stock: 5)
                let request = TestRequest.get("/v1/skus/mug").bytes
                let requests = Array([[UInt8]](repeating: request, count: 500).joined())
                let greedy = try (0..<16).map { _ in try server.connect() }
                let before = try server.residentBytes()
                for _ in 0..<50 { for connection in greedy { _ = connection.sendWhatFits(requests) } }
                #expect(try client.call(.get("/v1/skus/mug")).status == 200)
                let grown = try server.residentBytes() - before
                #expect(grown < 32 << 20, "\(grown) bytes for 16 connections")
                // Each was read only as far as it was answered: what it gets now is whole answers.
                #expect(try greedy[0].receive().status == 200)
            }
        }

        @Test("a purchase whose client left before the answer happened once, or not at all")
        func leavesEarly() throws {
            try withServer { server, client in
                try client.create("mug", stock: 500)
                for number in 0..<100 {
                    try server.connect().send(.purchase("mug", buyer: "b\(number)", key: "k\(number)"))
                }
                let requests = (0..<100).map { TestRequest.purchase("mug", buyer: "b\($0)", key: "k\($0)") }
                #expect(try client.pipeline(requests).allSatisfy { $0.status == 201 })
                #expect(try client.stock(of: "mug").sold == 100)
            }
        }

        @Test("a client that ends its sending side still gets its answers")
        func halfClosed() throws {
            try withServer { server, client in
                try client.create("mug", stock: 5)
                let polite = try server.connect()
                try polite.send(.purchase("mug", buyer: "ann"))
                polite.endSending()
                #expect(try polite.receive().status == 201)
                #expect(try polite.receiveUntilClosed() == [])
            }
        }

        @Test("a thousand connections that come and go leave nothing behind")
        func churn() throws {
            try withServer { server, client in
                // Once it is answered, the client's own connection is among them.
                _ = try client.call(.get("/healthz"))
                let sockets = try server.openSockets()
                for _ in 0..<1_000 { #expect(try server.answer(to: .get("/healthz")).status == 200) }
                // The last closings may still be on their way.
                let deadline = TestRun.now + 5
                while try server.openSockets() > sockets, TestRun.now < deadline {
                    _ = try client.call(.get("/healthz"))
                }
                #expect(try server.openSockets() <= sockets)
            }
        }
    }
}

import Platform
import Testing

@testable import Service

@Suite("Answers and the disk", .serialized)
struct DurabilityTests {
    /// Everything that shows or depends on a change of `a` that is not on disk.
    private static let dependents: [(String, Int)] = [
        (.purchase("a", buyer: "bob"), 201),
        (.purchase("a", "Idempotency-Key: k\r\n"), 201),
        (.purchase("a", buyer: "bob", "Idempotency-Key: k\r\n"), 422),
        (.purchase("a", buyer: "ann"), 403),
        (.get("/v1/skus/a"), 200),
        (.get("/v1/skus/a", "If-None-Match: *\r\n"), 304),
        (.get("/v1/skus"), 200),
        (.get("/v1/skus/a/changes"), 200),
    ]

    @Test("nothing that depends on a change leaves before the change is on disk", arguments: [1, 2])
    func neverEarly(loops: Int) throws {
        let server = try TestServer(loops: loops, partitions: loops)
        try server.create("a", "b", "c")
        let limit = try server.call(.with("PATCH", "/v1/skus/a", "{\"limit_per_buyer\":1}", ""))
        #expect(limit.status == 200)
        server.disk.gate.close()
        let first = try server.connect()
        try first.send(.purchase("a", "Idempotency-Key: k\r\n"))
        server.disk.gate.awaitSync()
        var clients: [(TestClient, Int)] = []
        for (request, status) in Self.dependents {
            let client = try server.connect()
            try client.send(request)
            clients.append((client, status))
        }
        for _ in 0..<20 { #expect(try server.call(.get("/v1/skus/b")).status == 200) }
        #expect(try !first.hasNews())
        for (client, _) in clients { #expect(try !client.hasNews()) }
        server.disk.gate.open()
        #expect(try first.answer().status == 201)
        for (client, status) in clients { #expect(try client.answer().status == status) }
    }

    @Test("answers in flight when the server is told to stop are made durable and sent", arguments: [1, 2])
    func drains(loops: Int) throws {
        let server = try TestServer(loops: loops, partitions: loops)
        try server.create("a", "b", "c")
        server.disk.gate.close()
        let clients = try ["a", "b", "c"]
            .map { sku in
                let client = try server.connect()
                try client.send(.purchase(sku))
                return client
            }
        let decided = "outcome=\"confirmed\"} 3"
        while try !server.call(.get("/metrics")).body.contains(decided) {}
        let stop = try server.beginStop()
        server.disk.gate.open()
        for client in clients { #expect(try client.answer().status == 201) }
        stop.join()
    }

    @Test("a disk that fails ends what waits for it, and the server still stops", arguments: [1, 2])
    func diskFails(loops: Int) throws {
        let server = try TestServer(loops: loops, partitions: loops)
        try server.create("a", "b", "c", "d")
        server.disk.gate.close()
        server.disk.gate.failSyncs()
        let skus = ["a", "b", "c", "d"]
        let buyers = try skus.map { sku in
            let client = try server.connect()
            try client.send(.purchase(sku, "Idempotency-Key: k\r\n"))
            return client
        }
        let decided = "outcome=\"confirmed\"} 4"
        while try !server.call(.get("/metrics")).body.contains(decided) {}
        server.disk.gate.awaitSync()
        let list = try server.connect()
        try list.send(.get("/v1/skus"))
        server.disk.gate.open()
        // Nobody knows whether these were written: the clients are told so, not left waiting.
        for client in buyers { #expect(try client.answer().body.contains("read-only")) }
        #expect(try list.answer().body.contains("read-only"))
        for sku in skus {
            #expect(try server.call(.purchase(sku)).body.contains("read-only"))
            #expect(try server.call(.purchase(sku, "Idempotency-Key: k\r\n")).body.contains("read-only"))
            #expect(try server.call(.get("/v1/skus/\(sku)")).body.contains("read-only"))
            #expect(try server.call(.get("/v1/skus/\(sku)/changes")).body.contains("read-only"))
        }
        #expect(try server.call(.get("/v1/skus")).body.contains("read-only"))
        #expect(try server.call(.get("/healthz")).status == 200)
        #expect(try server.call(.get("/readyz")).status == 503)
        server.stop()
    }

    @Test("a record that cannot be read is the server's fault, not an order that never was")
    func unreadableOrder() throws {
        let server = try TestServer()
        try server.create("a")
        let order = try server.call(.purchase("a"))
        let location = try #require(order.head.split(separator: "\r\n").first { $0.hasPrefix("Location: ") })
        let path = String(location.dropFirst(10))
        #expect(try server.call(.get(path)).status == 200)
        server.disk.gate.failReads()
        #expect(try server.call(.get(path)).status == 500)
    }

    @Test("a damaged record is the server's fault, not an order that never was")
    func damagedOrder() throws {
        let server = try TestServer()
        try server.create("a")
        let order = try server.call(.purchase("a"))
        let location = try #require(order.head.split(separator: "\r\n").first { $0.hasPrefix("Location: ") })
        let path = String(location.dropFirst(10))
        #expect(try server.call(.get(path)).status == 200)
        server.disk.gate.garbleReads()
        #expect(try server.call(.get(path)).status == 500)
    }

    @Test("a trail with a record that cannot be read is no shorter trail")
    func unreadableTrail() throws {
        let server = try TestServer()
        try server.create("a")
        for _ in 0..<3 { #expect(try server.call(.purchase("a")).status == 201) }
        let whole = try server.call(.get("/v1/skus/a/changes"))
        #expect(whole.body.contains("\"last\":4}"))
        for reads in 0..<8 {
            server.disk.gate.failReads(after: reads)
            let answer = try server.call(.get("/v1/skus/a/changes"))
            #expect(answer.status == 500 || answer.body == whole.body, "after \(reads) reads: \(answer)")
        }
    }

    @Test("a page shows no removal before it is on disk")
    func removalInPage() throws {
        let server = try TestServer()
        try server.create("a", "b")
        server.disk.gate.close()
        let remover = try server.connect()
        try remover.send("DELETE /v1/skus/a HTTP/1.1\r\nHost: x\r\n\r\n")
        server.disk.gate.awaitSync()
        let list = try server.connect()
        try list.send(.get("/v1/skus"))
        for _ in 0..<20 { #expect(try server.call(.get("/v1/skus/b")).status == 200) }
        #expect(try !list.hasNews())
        server.disk.gate.open()
        #expect(try list.answer().body.contains("\"sku\":\"b\""))
    }

    @Test("a purchase is decided by the time at which it arrives, however long the loop slept before")
    func time() throws {
        let clock = TestClock()
        let server = try TestServer(clock: clock)
        try server.create("a")
        let opening = try server.call(.with("PATCH", "/v1/skus/a", "{\"opens_at\":\"2027-01-15T08:01:00Z\"}", ""))
        #expect(opening.status == 200)
        let client = try server.connect()
        try client.send(.purchase("a"))
        #expect(try client.answer().body.contains("sale-not-started"))
        clock.advance(milliseconds: 60_000)
        try client.send(.purchase("a"))
        #expect(try client.answer().status == 201)
    }
}

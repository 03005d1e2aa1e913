import Testing

@testable import Service

@Suite("Pipelined requests", .serialized)
struct PipelineTests {
    @Test("a request for another thread is answered though an answer stands before it that nothing holds")
    func elsewhereBehindAnAnswer() throws {
        let server = try TestServer(loops: 2, partitions: 2)
        try server.create("a", "b", "c", "d")
        let client = try server.connect()
        try client.send(.get("/healthz") + .get("/v1/skus") + .get("/healthz") + .get("/v1/skus/a/changes"))
        #expect(try client.answers(4).map(\.status) == [200, 200, 200, 200])
        let skus = ["a", "b", "c", "d"].map { String.get("/v1/skus/\($0)") + .get("/v1/skus/\($0)/changes") }
        try client.send(skus.joined() + .get("/nowhere"))
        #expect(try client.answers(9).map(\.status) == [200, 200, 200, 200, 200, 200, 200, 200, 404])
    }

    @Test("the last request of a connection is answered though it waits behind a held answer")
    func lastRequestWaits() throws {
        let server = try TestServer()
        try server.create("a")
        let client = try server.connect()
        let key = "Idempotency-Key: k\r\n"
        try client.send(.purchase("a", key) + .purchase("a", key + "Connection: close\r\n"))
        let answers = try client.answers(2)
        #expect(answers.map(\.status) == [201, 201])
        #expect(answers[1].head.contains("Idempotency-Replayed: true"))
        #expect(answers[1].head.contains("Connection: close"))
        #expect(try client.rest() == "")
    }

    @Test("a client that waits for 100 Continue gets it, and the answer before it first", arguments: [false, true])
    func continueBehindAnAnswer(isHeld: Bool) throws {
        let server = try TestServer()
        try server.create("a")
        let client = try server.connect()
        let purchase = String.purchase("a", "Expect: 100-continue\r\n")
        let body = "{\"buyer\":\"ann\",\"quantity\":1}"
        let before = isHeld ? String.purchase("a") : .get("/healthz")
        try client.send(before + String(purchase.dropLast(body.count)))
        #expect(try client.answers(2).map(\.status) == [isHeld ? 201 : 200, 100])
        try client.send(body)
        #expect(try client.answer().status == 201)
    }

    @Test("as many long answers as are pipelined arrive whole")
    func longAnswers() throws {
        let server = try TestServer()
        let description = String(repeating: "\\u0001", count: 4_000)
        try server.create("a", description: description)
        let client = try server.connect()
        let held = String.purchase("a")
        try client.send(held + String(repeating: .get("/v1/skus/a"), count: 100) + .get("/healthz"))
        let answers = try client.answers(102)
        #expect(answers[0].status == 201)
        #expect(answers[1...100].allSatisfy { $0.body == answers[1].body && $0.body.hasSuffix("}\n") })
        #expect(answers[1].body.contains(description))
        #expect(answers[101].body == "alive\n")
    }

    @Test("what follows the last request of a connection is ignored, however the bytes were cut")
    func bytesBehindTheLast() throws {
        let server = try TestServer()
        let text = String.get("/healthz", "Connection: close\r\n") + .get("/v1/skus")
        for cut in [1, 20, 40, 60, text.utf8.count - 3] {
            let client = try server.connect()
            try client.send(String(text.prefix(cut)))
            // Another connection's answer shows that the loop has seen the first part.
            _ = try server.call(.get("/healthz"))
            try client.send(String(text.dropFirst(cut)))
            #expect(try client.answer().body == "alive\n")
            #expect(try client.rest() == "")
        }
    }

    @Test("a key is of one resource: a purchase and a restock may have the same")
    func keysOfResources() throws {
        let server = try TestServer()
        try server.create("a")
        #expect(try server.call(.purchase("a", "Idempotency-Key: k\r\n")).status == 201)
        #expect(try server.call(.restock("a", 1, "Idempotency-Key: k\r\n")).status == 200)
        #expect(try server.call(.purchase("a", buyer: "bob", "Idempotency-Key: k\r\n")).status == 422)
    }
}

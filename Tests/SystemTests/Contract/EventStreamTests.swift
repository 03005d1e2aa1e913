import Foundation
import Testing

extension SystemTests {
    @Suite("Following the events")
    struct EventStreamTests {
        @Test("a follower is told of each change as it comes, as a line has it", arguments: [1, 3])
        func live(partitions: Int) throws {
            try withServer(.good("--loops", "2", "--partitions", "\(partitions)")) { server, client in
                for number in 0..<4 { try client.create("sku-\(number)", stock: 1_000) }
                let follower = try server.follow(after: "now")
                for number in 0..<40 {
                    let sold = try client.call(.purchase("sku-\(number % 4)", buyer: "b\(number)")).json()
                    let event = try #require(try follower.next())
                    #expect(event.type == "purchased" && event.data["order"] == sold["order"])
                    #expect(event.id == event.data["offset"]?.string)
                }
                let all = try client.events()
                let middle = try #require(all[9]["offset"]?.string)
                let starts: [(String?, String?, Int)] = [(nil, nil, 0), (middle, nil, 10), ("0.0", middle, 10)]
                for (after, lastID, first) in starts {
                    let replay = try server.follow(after: after, lastID: lastID)
                    for line in all[first...] { #expect(try replay.next()?.data == line) }
                }
            }
        }

        @Test("a follower of one SKU, or of one type, is told of nothing else and of all of that")
        func filtered() throws {
            try withServer(.good("--loops", "2", "--partitions", "3")) { server, client in
                for number in 0..<3 { try client.create("sku-\(number)", stock: 1_000) }
                let queries = ["sku=sku-1", "type=purchased", "sku=sku-2&type=created"]
                let followers = try queries.map { try Follower(server, "/v1/events?\($0)") }
                for number in 0..<60 { _ = try client.call(.purchase("sku-\(number % 3)", buyer: "b\(number)")) }
                for (query, follower) in zip(queries, followers) {
                    let wanted = try client.events(query).map(\.withoutOffset)
                    let told = try wanted.compactMap { _ in try follower.next()?.data.withoutOffset }
                    #expect(!wanted.isEmpty && wanted.allSatisfy { told.contains($0) }, "\(query)")
                }
            }
        }

        @Test("a change reaches its followers within tens of milliseconds of its answer")
        func prompt() throws {
            try withServer(.good("--loops", "2", "--partitions", "2")) { server, client in
                try client.create("mug", stock: 1_000)
                let follower = try server.follow(after: "now")
                var delays: [Double] = []
                for number in 0..<21 {
                    #expect(try client.call(.purchase("mug", buyer: "b\(number)")).status == 201)
                    let begun = TestRun.now
                    _ = try #require(try follower.next())
                    delays.append(TestRun.now - begun)
                }
                // The median: a busy machine may hold one of them up.
                #expect(delays.sorted()[10] < 0.05, "\(delays)")
            }
        }

        @Test("a consumer that comes back behind what it has noted misses nothing, through its own falls and kills")
        func resumed() throws {
            let seed = TestRun.seed("event streams through kills")
            let story = try CrashStory(seed: seed, skus: 4, stock: 1_000_000, arguments: ["--loops", "2"])
            var consumer = Consumer()
            for _ in 0..<4 {
                let server = try story.start()
                try consumer.take(story.choose(1...200), from: server)
                try consumer.take(story.choose(1...200), from: server)
                let follower = try server.follow(lastID: consumer.noted)
                try story.load(server, turns: 20, killAfter: story.choose(100...300))
                for event in try follower.rest() { consumer.take(event) }
            }
            let server = try story.start()
            let all = try server.connect().events()
            try consumer.take(.max, from: server)
            #expect(consumer.repeats > 0 && consumer.seen.count == all.count)
            for sku in story.skus + [CrashStory.calm] {
                func own(_ events: [JSON]) -> [JSON] {
                    events.filter { $0["sku"] == .string(sku) }.map(\.withoutOffset)
                }
                #expect(own(consumer.seen) == own(all), "\(sku)")
            }
        }

        @Test("followers that read nothing hold no sale up, are cut off in time, and get the rest when they come back")
        func slow() throws {
            let impatient = ServerOptions.good(
                "--loops",
                "2",
                environment: ["STOCKKEEPER_HTTP_WRITE_TIMEOUT_SECONDS": "1"]
            )
            try withServer(impatient) { server, client in
                try client.create("mug", stock: 10)
                let slow = try (0..<8).map { _ in try server.follow(after: "now") }
                let patch = TestRequest.patch(
                    "/v1/skus/mug",
                    #"{"description":"\#(String(repeating: "x", count: 4_000))"}"#
                )
                var changes = 0
                let deadline = TestRun.now + 60
                let sample = #"stockkeeper_streams_ended_total{reason="slow"}"#
                while try client.metric(sample) < 8, TestRun.now < deadline {
                    for answer in try client.pipeline(Array(repeating: patch, count: 100)) {
                        #expect(answer.status == 200)
                    }
                    changes += 100
                }
                // A stream's place is free once its connection has gone.
                while try client.metric(#"stockkeeper_streams{of="events"}"#) > 0, TestRun.now < deadline {}
                #expect(try client.metric(#"stockkeeper_streams{of="events"}"#) == 0)
                let seen = try slow[0].rest().map(\.data)
                let rest = try client.events(after: slow[0].lastID)
                #expect(seen.count < changes && seen.count + rest.count == changes)
                #expect(rest.first?["sequence"]?.int == seen.count + 2)
            }
        }

        @Test("there are no more streams than are allowed, and a place is free again when its client has gone")
        func limit() throws {
            try withServer(.good(environment: ["STOCKKEEPER_STREAMS_EVENTS_MAX": "2"])) { server, client in
                let first = try server.follow()
                var second: Follower? = try server.follow()
                let stream = TestRequest.get("/v1/events").with("Accept", "text/event-stream")
                try expectProblem(client.call(stream), 503, "overloaded")
                #expect(try client.metric(#"stockkeeper_limit_reached_total{limit="streams.events_max"}"#) == 1)
                #expect(second?.head.status == 200 && first.head.status == 200)
                second = nil
                try client.wait(for: #"stockkeeper_streams{of="events"}"#, toBe: 1)
                #expect(try server.follow().head.status == 200)
            }
        }

        @Test("a stream ends with the server, and says so")
        func draining() throws {
            try withServer(.good("--loops", "2", "--partitions", "2")) { server, client in
                try client.create("mug", stock: 10)
                let followers =
                    try (0..<3).map { _ in try server.follow() } + [server.watch("mug"), server.watch("mug")]
                server.terminate()
                let exit = try server.waitForExit()
                #expect(exit == .code(0))
                for follower in followers {
                    let last = try #require(try follower.rest().last)
                    #expect(last.type == "end" && last.data["reason"] == .string("draining"))
                }
            }
        }

        @Test("a wrong place to begin is refused, and HEAD has the head alone")
        func refused() throws {
            try withServer { _, client in
                try client.create("mug", stock: 10)
                func stream(_ query: String) -> TestRequest {
                    TestRequest.get("/v1/events?\(query)").with("Accept", "text/event-stream")
                }
                for query in ["after=x", "after=9.0", "after=0.999992", "type=bought", "after=0.8"] {
                    try expectProblem(client.call(stream(query)), 400, "invalid-request")
                }
                let lost = try expectProblem(client.call(stream("").with("Last-Event-ID", "x")), 400, "invalid-request")
                #expect(lost["field"] == .string("Last-Event-ID"))
                for target in ["/v1/events", "/v1/skus/mug/feed"] {
                    let head = try client.call(TestRequest("HEAD", target).with("Accept", "text/event-stream"))
                    #expect(head.status == 200 && head["Content-Type"] == "text/event-stream")
                }
                let now = try client.call(.get("/v1/events?after=now"))
                #expect(now.body.isEmpty && now["Events-Behind-Bytes"] == "0")
            }
        }
    }
}

/// Somebody who writes down what a stream says, notes now and then how far it is, and falls.
private struct Consumer {
    /// Each event once.
    private(set) var seen: [JSON] = []
    /// The id that it comes back with.
    private(set) var noted: String?
    /// Events that it had seen before.
    private(set) var repeats = 0
    private var known: Set<String> = []

    mutating func take(_ event: Follower.Event) {
        let name = "\(event.data["sku"]?.string ?? "") \(event.data["sequence"]?.int ?? 0)"
        guard known.insert(name).inserted else {
            repeats += 1
            return
        }
        seen.append(event.data)
        if seen.count % 7 == 0 { noted = event.id }
    }

    /// Connects, takes so many events at most of those that there are, and falls.
    mutating func take(_ most: Int, from server: ServerProcess) throws {
        let behind = try server.connect().events(after: noted).count
        let follower = try server.follow(lastID: noted)
        for _ in 0..<min(most, behind) {
            guard let event = try follower.next() else { return }
            take(event)
        }
    }
}

extension JSON {
    /// An event as another reading may have it: where it stands among those of other journals is not told of it.
    var withoutOffset: JSON {
        var members = object ?? [:]
        members["offset"] = nil
        return .object(members)
    }
}

import Platform
import Synchronization
import Testing

@testable import stockkeeper_bench

@Suite("Generator")
struct GeneratorTests {
    @Test(
        "every answer is counted once, in whatever pieces it comes",
        arguments: [1, 7, 64, Int.max],
        [1, 5]
    )
    func counts(pieceBytes: Int, pipeline: Int) throws {
        let seen = Atomic<Int>(0)
        let server = try ScriptedServer(pieceBytes: pieceBytes) { _ in
            let number = seen.wrappingAdd(1, ordering: .relaxed).oldValue
            return ScriptedServer.answer(number % 3 == 0 ? 409 : 201, number % 2 == 0 ? "" : #"{"a":"b"}"#)
        }
        defer { server.stop() }
        var plan = LoadPlan(address: server.address, mix: .purchaseZipf)
        plan.connections = 4
        plan.pipeline = pipeline
        plan.skus = 10
        plan.stop = .requests(300)
        let result = try Load.run(plan)
        #expect(result.answered == 300)
        #expect(result.sent == 300)
        #expect(result.statuses[409] == 100)
        #expect(result.statuses[201] == 200)
        #expect(result.acceptedTotal == 200)
        #expect(result.unanswered == 0)
        #expect(result.connectionsLost == 0)
    }

    @Test("accepted purchases are counted for the SKU that was asked for")
    func acceptedBySKU() throws {
        let asked = Asked()
        let server = try ScriptedServer { request in
            asked.count(request)
            return ScriptedServer.answer(201, "{}")
        }
        defer { server.stop() }
        var plan = LoadPlan(address: server.address, mix: .purchaseZipf)
        plan.connections = 3
        plan.pipeline = 4
        plan.skus = 20
        plan.stop = .requests(500)
        let result = try Load.run(plan)
        #expect(result.accepted.map(Int.init) == (0..<20).map { asked.of(plan.names.name($0)) })
    }

    @Test("a request whose connection is lost is unanswered, and the run is not clean")
    func lostConnection() throws {
        let seen = Atomic<Int>(0)
        let server = try ScriptedServer { _ in
            seen.wrappingAdd(1, ordering: .relaxed).oldValue < 10 ? ScriptedServer.answer(201, "{}") : nil
        }
        defer { server.stop() }
        var plan = LoadPlan(address: server.address, mix: .purchaseHot)
        plan.connections = 2
        plan.stop = .requests(100)
        let result = try Load.run(plan)
        #expect(result.answered == 10)
        #expect(result.unanswered == 2)
        #expect(result.connectionsLost == 2)
        #expect { try result.requireClean(plan) } throws: { ($0 as? BenchError)?.exitCode == 1 }
    }

    @Test("an open loop sends every request of its schedule, on one thread or two", arguments: [1, 2])
    func openLoop(threads: Int) throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(201, "{}") }
        defer { server.stop() }
        var plan = LoadPlan(address: server.address, mix: .purchaseHot)
        plan.connections = 3
        plan.threads = threads
        plan.pace = .open(perSecond: 20_001)
        plan.stop = .requests(400)
        let result = try Load.run(plan)
        #expect(result.sent == 400)
        #expect(result.answered == 400)
        #expect(result.unsent == 0)
    }

    @Test("a run with another status than the mix expects is not clean")
    func unexpectedStatus() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer(503, "{}") }
        defer { server.stop() }
        var plan = LoadPlan(address: server.address, mix: .get)
        plan.connections = 1
        plan.stop = .requests(5)
        let result = try Load.run(plan)
        #expect(throws: BenchError.self) { try result.requireClean(plan) }
    }

    @Test("nobody listening is said at once, with exit code 3")
    func nobodyThere() throws {
        let server = try ScriptedServer { _ in nil }
        server.stop()
        let plan = LoadPlan(address: server.address, mix: .get)
        #expect { try Load.run(plan) } throws: { ($0 as? BenchError)?.exitCode == 3 }
    }
}

/// Counts requests by SKU.
private final class Asked: Sendable {
    private let counts = Mutex<[String: Int]>([:])

    func count(_ request: String) {
        let path = request.split(separator: " ")[1]
        let sku = String(path.split(separator: "/")[2])
        counts.withLock { $0[sku, default: 0] += 1 }
    }

    func of(_ sku: String) -> Int { counts.withLock { $0[sku] ?? 0 } }
}

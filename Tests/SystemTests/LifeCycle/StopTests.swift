import Foundation
import Testing

extension SystemTests {
    @Suite("Stop")
    struct StopTests {
        @Test("SIGTERM answers what is in flight and ends with 0; nothing of it is lost")
        func drain() throws {
            let folder = try DataFolder()
            let server = try ServerProcess(in: folder, .faulty("--slow-sync-us", "200000", "--loops", "1"))
            let probe = try server.connect()
            try probe.create("mug", stock: 100)
            let buyers = try (0..<10).map { _ in try server.connect() }
            for (number, buyer) in buyers.enumerated() { try buyer.send(.purchase("mug", buyer: "b\(number)")) }
            // One loop reads in the order of arrival: once the probe is answered, the purchases are read.
            _ = try probe.call(.get("/healthz"))
            server.terminate()
            let answers = try buyers.map { try $0.receive() }
            #expect(answers.map(\.status) == [Int](repeating: 201, count: 10))
            #expect(try server.waitForExit() == .code(0))
            let again = try ServerProcess(in: folder).connect()
            #expect(try again.stock(of: "mug").sold == 10)
            for answer in answers {
                let order = try #require(answer["Location"])
                #expect(try again.call(.get(order)).body == answer.body)
            }
        }

        @Test("SIGTERM under load ends with 0, and every promise is kept")
        func underLoad() throws {
            let story = try CrashStory(seed: TestRun.seed("SIGTERM under load"), skus: 20, stock: 1_000_000)
            for _ in 0..<(2 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, killAfter: story.choose(50...1_200), signal: SIGTERM)
                #expect(try server.waitForExit() == .code(0))
                try story.expectKept()
            }
        }

        @Test("SIGTERM with nothing to do ends at once, idle connections or not")
        func idle() throws {
            try withServer { server, client throws in
                #expect(try client.call(.get("/healthz")).status == 200)
                let start = TestRun.now
                server.terminate()
                #expect(try server.waitForExit() == .code(0))
                #expect(TestRun.now - start < 3)
                #expect(try client.receiveUntilClosed() == [])
            }
        }

        @Test("a second SIGTERM does not wait")
        func twice() throws {
            let folder = try DataFolder()
            try ServerProcess(in: folder, .good("--partitions", "1")).connect().create("mug", stock: 5)
            let server = try ServerProcess(in: folder, .faulty("--slow-sync-us", "3000000", "--loops", "1"))
            let client = try server.connect()
            try client.send(.purchase("mug", buyer: "ann"))
            let probe = try server.connect()
            _ = try probe.call(.get("/healthz"))
            let start = TestRun.now
            server.terminate()
            try server.waitForLine("draining")
            server.terminate()
            #expect(try server.waitForExit() == .code(143))
            #expect(TestRun.now - start < 2)
        }
    }
}

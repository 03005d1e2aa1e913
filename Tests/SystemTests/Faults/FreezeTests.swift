import Foundation
import Testing

extension SystemTests {
    @Suite("A server that is stopped for a while")
    struct FreezeTests {
        /// Half a minute in a long run; enough for clients to give up in a short one.
        private static let seconds = TestRun.scale >= 20 ? 30.0 : 3.0

        @Test("SIGSTOP under load: clients give up and ask again with their keys, and the books balance")
        func frozen() throws {
            let story = try CrashStory(seed: TestRun.seed("SIGSTOP"), skus: 8, stock: 1_000_000)
            let server = try story.start()
            let start = TestRun.now
            try story.load(server, timeoutSeconds: 0.25, after: story.choose(100...600), server.sender(of: SIGSTOP))
            // The kernel still accepts connections: more and more clients send, wait and give up.
            var given = 0
            while TestRun.now - start < Self.seconds {
                #expect(try story.load(server, turns: 1, timeoutSeconds: 0.05, after: .max, {}) == 0)
                given += 1
            }
            #expect(given > 0 && story.history.unknown.count > given)
            server.sender(of: SIGCONT)()
            try story.expectKept(on: server)
            #expect(try story.load(server, turns: 5) > 0)
            try server.kill()
            try story.expectKept()
        }
    }
}

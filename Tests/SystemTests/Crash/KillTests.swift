import Testing

extension SystemTests {
    /// The third rung: the whole server under load, killed from outside at a moment that the seed chooses.
    @Suite("kill -9 under load")
    struct KillTests {
        @Test(
            "what was acknowledged is there again, once, and what was not can be asked again",
            arguments: [
                (skus: 1, arguments: ["--loops", "1", "--partitions", "1"]),
                (skus: 50, arguments: ["--loops", "2", "--partitions", "2"]),
                (skus: 50, arguments: ["--loops", "2", "--partitions", "4"]),
                (skus: 50, arguments: ["--loops", "1", "--partitions", "3"]),
            ]
        )
        func rounds(skus: Int, arguments: [String]) throws {
            let seed = TestRun.seed("kill -9 with \(arguments.joined(separator: " "))")
            let story = try CrashStory(seed: seed, skus: skus, stock: 1_000_000, arguments: arguments)
            for _ in 0..<(3 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, killAfter: story.choose(50...1_200))
                #expect(try server.waitForExit() == .signal(9))
                try story.expectKept()
            }
        }

        @Test("a power cut under load takes nothing that was acknowledged")
        func powerCut() throws {
            let story = try CrashStory(seed: TestRun.seed("power cut"), skus: 20, stock: 1_000_000)
            for _ in 0..<(4 * TestRun.scale) {
                // A slow sync leaves more unsynced behind.
                let server = try story.start(.faultyServer, ["--forgetful", "--slow-sync-us", "5000"])
                try story.load(server, killAfter: story.choose(50...1_200))
                #expect(try server.waitForExit() == .signal(9))
                try story.expectKept()
            }
        }

        @Test("units that run out under load are sold exactly once, across crashes")
        func scarce() throws {
            let seed = TestRun.seed("kill -9 with scarce stock")
            let story = try CrashStory(seed: seed, skus: 4, stock: 400)
            for _ in 0..<(3 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, turns: 40, killAfter: story.choose(50...700))
                try server.kill()
                try story.expectKept()
            }
        }

        @Test("a server that is killed while it recovers recovers all the same")
        func duringRecovery() throws {
            let seed = TestRun.seed("kill -9 during recovery")
            let story = try CrashStory(seed: seed, skus: 10, stock: 1_000_000)
            let server = try story.start()
            try story.load(server, killAfter: 1_000)
            try server.kill()
            for _ in 0..<5 { try story.killWhileStarting() }
            try story.expectKept()
        }
    }
}

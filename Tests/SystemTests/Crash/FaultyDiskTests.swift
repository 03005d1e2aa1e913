import Testing

extension SystemTests {
    /// The second rung: the disk of `faulty-server` kills, refuses, is slow or lies at a named operation.
    @Suite("A disk that misbehaves")
    struct FaultyDiskTests {
        /// The operations a crash may come at, with the numbers that are tried.
        private static let points =
            ["write", "before-sync", "sync"]
            .flatMap { operation in
                [1, 2, 7, 40].map { "\(operation):\($0)" }
            } + ["write:300", "sync:300", "create:2", "rename:1", "rename:3", "sync-directory:1", "sync-directory:3"]

        @Test("a crash at any operation of the disk keeps every promise", arguments: points)
        func killed(at point: String) throws {
            let story = try CrashStory(seed: TestRun.seed("kill at \(point)"), skus: 8, stock: 100_000)
            do {
                let server = try story.start(.faultyServer, ["--forgetful", "--kill-at", point])
                try story.load(server, turns: 60)
                // Not every operation comes that often; the crash comes anyway.
                try server.kill()
            } catch let failure as StartFailure {
                #expect(failure.exit == .signal(9), "\(failure)")
            }
            try story.expectKept()
        }

        @Test(
            "a power cut that leaves any part of what was not synced keeps every promise, segments sealed or not",
            arguments: [
                "write:3", "write:40", "before-sync:2", "before-sync:30", "sync:3", "create:2", "create:4", "rename:2",
                "rename:4", "sync-directory:2", "sync-directory:5",
            ]
        )
        func spilled(at point: String) throws {
            for _ in 0..<(2 * TestRun.scale) {
                let seed = TestRun.seed("power cut at \(point)")
                let story = try CrashStory(
                    seed: seed,
                    skus: 8,
                    stock: 100_000,
                    environment: ServerOptions.tinySegments
                )
                let before = try story.start()
                try story.load(before, killAfter: story.choose(1...600))
                try before.kill()
                do {
                    let server = try story.start(.faultyServer, ["--kill-at", point, "--spill", "\(seed)"])
                    try story.load(server, turns: 60)
                    try server.kill()
                } catch let failure as StartFailure {
                    #expect(failure.exit == .signal(9), "\(failure)")
                }
                try story.expectKept()
            }
        }

        @Test("a server that is killed at its first operations on an empty folder starts afterwards")
        func killedAtCreation() throws {
            let points = ["write:1", "write:2", "sync:1", "before-sync:1", "rename:1", "create:1", "sync-directory:1"]
            for point in points + ["rename:2", "rename:3", "unlink:1", "sync:4", "sync-directory:5"] {
                for remains in [["--forgetful"], ["--spill", "\(TestRun.seed("killed at \(point)"))"]] {
                    let folder = try DataFolder()
                    do {
                        let options = ServerOptions(program: .faultyServer, arguments: remains + ["--kill-at", point])
                        try ServerProcess(in: folder, options).kill()
                    } catch let failure as StartFailure {
                        #expect(failure.exit == .signal(9), "\(point): \(failure)")
                    }
                    try ServerProcess(in: folder).connect().create("mug", stock: 1)
                }
            }
        }

        @Test(
            "a failed sync stops writes, not reads, and nothing acknowledged is lost",
            arguments: [
                ["--sync-fails-at", "20"], ["--sync-fails-at", "300"], ["--sync-fails-at", "21", "--forgetful"],
            ]
        )
        func syncFails(faults: [String]) throws {
            let story = try CrashStory(seed: TestRun.seed("sync fails"), skus: 4, stock: 100_000)
            let server = try story.start(.faultyServer, faults)
            #expect(try story.load(server, turns: 200) > 0)
            try story.expectReadOnly(server)
        }

        @Test(
            "a disk that fails at the start is told of with 74, and a good one goes on from there",
            arguments: [
                ["--sync-fails-at", "1"], ["--sync-fails-at", "4"], ["--full-after", "1"], ["--full-after", "9000"],
            ]
        )
        func failsAtStart(faults: [String]) throws {
            let folder = try DataFolder()
            let options = ServerOptions(program: .faultyServer, arguments: faults)
            let refusal = try ServerProcess.refusal(in: folder, options)
            #expect(refusal.exit == .code(74))
            #expect(refusal.errors.contains(folder.data), "\(refusal)")
            try ServerProcess(in: folder).connect().create("mug", stock: 1)
        }

        @Test("a full disk stops writes, not reads; with room again the server goes on", arguments: [70_000, 800_000])
        func full(roomBytes: Int) throws {
            let story = try CrashStory(seed: TestRun.seed("full disk"), skus: 4, stock: 100_000)
            let server = try story.start(.faultyServer, ["--full-after", "\(roomBytes)"])
            #expect(try story.load(server, turns: 400) > 0)
            try story.expectReadOnly(server)
            let roomy = try story.start()
            #expect(try story.load(roomy, turns: 5) > 0)
        }

        @Test("while a purchase waits for a slow disk, other SKUs are read without waiting")
        func slow() throws {
            let slow = ["--slow-sync-us", "50000", "--loops", "1", "--partitions", "1"]
            try withServer(ServerOptions(program: .faultyServer, arguments: slow)) { server, client in
                try client.create("busy", stock: 1_000)
                try client.create("calm", stock: 1_000)
                let buyer = try server.connect()
                var waits: [Double] = []
                for number in 0..<20 {
                    try buyer.send(.purchase("busy", buyer: "b\(number)"))
                    for _ in 0..<5 {
                        let start = TestRun.now
                        _ = try client.stock(of: "calm")
                        waits.append(TestRun.now - start)
                    }
                    #expect(try buyer.receive().status == 201)
                }
                let median = waits.sorted()[waits.count / 2]
                #expect(median < 0.015, "median \(median) s with a sync of 0.05 s")
            }
        }

        @Test("a disk that forgets what it called synced is found out: these tests can fail")
        func lies() throws {
            let seed = TestRun.seed("sync lies")
            let story = try CrashStory(seed: seed, skus: 4, stock: 100_000)
            let server = try story.start(.faultyServer, ["--sync-lies", "--kill-at", "sync:50"])
            #expect(try story.load(server, turns: 200) > 0)
            #expect(try server.waitForExit() == .signal(9))
            let found = try story.verdict()
            #expect(found.contains { if case .lostOrder = $0 { true } else { false } }, "SYSTEM_TEST_SEED=\(seed)")
        }
    }
}

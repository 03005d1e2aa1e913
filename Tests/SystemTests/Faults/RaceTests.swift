import Foundation
import Testing

extension SystemTests {
    @Suite("Several servers and one folder")
    struct RaceTests {
        @Test("of servers that race for a folder one gets it, the others say who has it, and no sale is lost")
        func race() throws {
            let seed = TestRun.seed("race for a folder")
            var random = SplitMix64(seed: seed)
            for _ in 0..<(2 * TestRun.scale) {
                // The first round of each also races to make the folder.
                let folder = try DataFolder()
                for round in 0..<4 {
                    let winner = try Self.race(for: folder, racers: Int.random(in: 2...4, using: &random))
                    if round == 0 { try winner.connect().create("mug", stock: 100) }
                    let client = try winner.connect()
                    #expect(try client.call(.purchase("mug", buyer: "b\(round)", key: "k\(round)")).status == 201)
                    #expect(try client.stock(of: "mug").sold == round + 1, "SYSTEM_TEST_SEED=\(seed)")
                    if Bool.random(using: &random) {
                        try winner.kill()
                    } else {
                        winner.terminate()
                        #expect(try winner.waitForExit() == .code(0))
                    }
                }
            }
        }

        @Test("a second server that starts while the first is killed finds everything, or is refused")
        func takesOver() throws {
            let story = try CrashStory(seed: TestRun.seed("takes over"), skus: 8, stock: 1_000_000)
            for _ in 0..<(4 * TestRun.scale) {
                let first = try story.start()
                let second = try ChildProcess(story.options(), in: story.folder)
                let sender = first.sender(of: SIGKILL)
                try story.load(first, after: story.choose(1...200), sender)
                // A process that was killed holds its folder until the kernel is done with it.
                try first.kill()
                if try second.waitForLine(with: "ready: ", seconds: 30) == nil {
                    #expect(try second.waitForExit(seconds: 10) == .code(75))
                }
                second.send(SIGKILL)
                _ = try second.waitForExit(seconds: 10)
                try story.expectKept()
            }
        }

        /// Starts several servers at once.
        ///
        /// - Returns: the only one that got ready; the others have ended.
        private static func race(for folder: DataFolder, racers count: Int) throws -> ServerProcess {
            let racers = try (0..<count).map { _ in try ChildProcess(ServerOptions(), in: folder) }
            var winners: [ServerProcess] = []
            for racer in racers {
                do {
                    winners.append(try ServerProcess(racer, in: folder))
                } catch let failure as StartFailure {
                    #expect(failure.exit == .code(75))
                    #expect(failure.errors.contains("the data folder is in use: \(folder.data)"), "\(failure)")
                }
            }
            #expect(winners.count == 1)
            return try #require(winners.first)
        }
    }
}

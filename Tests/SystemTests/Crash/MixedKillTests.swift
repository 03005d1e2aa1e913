import Foundation
import Testing

extension SystemTests {
    /// All that changes something at once: purchases, holds and what becomes of them, cancellations, wallets.
    @Suite("Crashes under a mixed load")
    struct MixedKillTests {
        private static let clients = 16

        private func story(
            _ name: String,
            skus: Int = 6,
            stock: Int = 1_000_000,
            _ arguments: [String] = ["--loops", "2", "--partitions", "3"],
            environment: [String: String] = [:]
        ) throws -> CrashStory {
            try CrashStory(
                seed: TestRun.seed(name),
                skus: skus,
                stock: stock,
                arguments: arguments,
                environment: environment,
                shoppers: Self.clients
            )
        }

        @Test(
            "what was acknowledged is there after kill -9, once, and units come back in time, also after a time without a server",
            arguments: [(stock: 1_000_000, loops: 2), (stock: 60, loops: 2), (stock: 60, loops: 1)]
        )
        func rounds(stock: Int, loops: Int) throws {
            let story = try story("mixed, kill -9", stock: stock, ["--loops", "\(loops)", "--partitions", "3"])
            for round in 0..<(3 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, killAfter: story.choose(round == 0 ? 3_000...5_000 : 50...2_000))
                #expect(try server.waitForExit() == .signal(9))
                if round == 1 { story.waitUntilHoldsAreDue() }
                try story.expectKept()
            }
            try story.expectEverythingHappened()
        }

        private func bundles(
            _ name: String,
            stock: Int = 1_000_000,
            _ arguments: [String] = ["--loops", "2", "--partitions", "3"]
        ) throws -> CrashStory {
            try CrashStory(
                seed: TestRun.seed(name),
                skus: 6,
                stock: stock,
                arguments: arguments,
                shoppers: Self.clients,
                taste: .bundles
            )
        }

        @Test(
            "carts and payments by wallet alone: all or nothing of each after kill -9, paid once, and a key knows",
            arguments: [(stock: 1_000_000, loops: 2), (stock: 300, loops: 2), (stock: 1_000_000, loops: 1)]
        )
        func transactions(stock: Int, loops: Int) throws {
            let story = try bundles("carts, kill -9", stock: stock, ["--loops", "\(loops)", "--partitions", "3"])
            for round in 0..<(3 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, killAfter: story.choose(round == 0 ? 500...1_000 : 50...500))
                #expect(try server.waitForExit() == .signal(9))
                try story.expectKept()
            }
            try story.expectBooks()
        }

        @Test("a power cut parts no cart from its payment")
        func transactionsPowerCut() throws {
            let story = try bundles("carts, power cut")
            for _ in 0..<(3 * TestRun.scale) {
                let server = try story.start(.faultyServer, ["--forgetful", "--slow-sync-us", "2000"])
                try story.load(server, killAfter: story.choose(50...800))
                #expect(try server.waitForExit() == .signal(9))
                try story.expectKept()
            }
            try story.expectBooks()
        }

        @Test("a disk that forgets what it called synced parts carts, and is found out: these tests can fail")
        func transactionsLie() throws {
            let story = try bundles("carts, sync lies")
            let server = try story.start(.faultyServer, ["--sync-lies", "--kill-at", "sync:50"])
            #expect(try story.load(server, turns: 200) > 0)
            #expect(try server.waitForExit() == .signal(9))
            let found = try story.verdict()
            #expect(found.contains { if case .changedAnswer = $0 { true } else { false } })
        }

        @Test("what is open at kill -9 is settled by a repartition, and the next server keeps every promise")
        func repartitioned() throws {
            // Two partitions at first: one for each loop.
            let story = try bundles("carts, repartition", ["--loops", "2"])
            var open = 0
            for partitions in [3, 1] {
                for _ in 0..<TestRun.scale {
                    let server = try story.start()
                    try story.load(server, killAfter: story.choose(200...400))
                    #expect(try server.waitForExit() == .signal(9))
                }
                open += try FolderBooks(story.folder).openUnits
                let run = try ToolRun("repartition", story.folder.data, "--partitions", "\(partitions)")
                #expect(run.exit == .code(0), "\(run)")
                try story.expectBooks()
                try story.expectKept()
            }
            #expect(open > 0, "no kill came while a transaction was open")
        }

        @Test("a power cut takes nothing that was acknowledged, and undoes nothing that was told")
        func powerCut() throws {
            let story = try story("mixed, power cut")
            for _ in 0..<(4 * TestRun.scale) {
                // A slow sync leaves more unsynced behind.
                let server = try story.start(.faultyServer, ["--forgetful", "--slow-sync-us", "2000"])
                try story.load(server, killAfter: story.choose(50...1_500))
                #expect(try server.waitForExit() == .signal(9))
                try story.expectKept()
            }
        }

        @Test(
            "a crash at any operation of the disk keeps every promise",
            arguments: [
                "write:2", "write:40", "write:300", "before-sync:1", "before-sync:40", "sync:7", "sync:300", "create:2",
                "rename:1", "rename:3", "sync-directory:1",
            ]
        )
        func killed(at point: String) throws {
            let story = try story("mixed, kill at \(point)")
            // Holds of a life before end in this one, or while there is none.
            let before = try story.start()
            try story.load(before, killAfter: story.choose(100...600))
            try before.kill()
            do {
                let server = try story.start(.faultyServer, ["--forgetful", "--kill-at", point])
                try story.load(server, turns: 60)
                try server.kill()
            } catch let failure as StartFailure {
                #expect(failure.exit == .signal(9), "\(failure)")
            }
            try story.expectKept()
        }

        @Test("holds, cancellations and wallets are the same from a snapshot and what is behind it")
        func snapshots() throws {
            var always = ServerOptions.tinySegments
            always["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES"] = "1"
            let story = try story("mixed, snapshots", ["--partitions", "1"], environment: always)
            for _ in 0..<(2 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, killAfter: story.choose(1_000...3_000))
                try server.kill()
                try story.expectKept()
            }
            #expect(try story.start().output.contains("began from the snapshots of 1 partitions"))
        }

        @Test("a disk that forgets what it called synced is found out: these tests can fail")
        func lies() throws {
            let story = try story("mixed, sync lies")
            let server = try story.start(.faultyServer, ["--sync-lies", "--kill-at", "sync:50"])
            #expect(try story.load(server, turns: 200) > 0)
            #expect(try server.waitForExit() == .signal(9))
            let found = try story.verdict()
            #expect(found.contains { if case .lostHold = $0 { true } else { false } })
            #expect(found.contains { if case .changedAnswer = $0 { true } else { false } })
        }
    }
}

extension CrashStory {
    /// Lets the short holds run out while there is no server.
    func waitUntilHoldsAreDue() {
        let end = TestRun.now + 1.1
        while TestRun.now < end { Thread.sleep(forTimeInterval: end - TestRun.now) }
    }

    /// By the folder's records alone, all of each transaction is there, or nothing.
    func expectBooks() throws {
        let books = try FolderBooks(folder)
        #expect(books.violations.isEmpty, "\(books.violations.prefix(5))")
        for type in ["decided", "sold", "returned", "payment", "refund", "order_cancelled"] {
            #expect(books.types.contains(type))
        }
    }

    /// A mix in which something never happens would say nothing of it.
    func expectEverythingHappened() throws {
        let server = try start()
        let client = try server.connect()
        let types = try Set(skus.flatMap { try client.trail(of: $0) }.map(\.type))
        let all = ["purchased", "held", "hold_confirmed", "hold_released", "hold_expired", "order_cancelled"]
        for type in all { #expect(types.contains(type)) }
        let buyers = shoppers.map(\.buyer)
        let wallets = try buyers.map { try client.call(.get("/v1/wallets/\($0)")).status }
        #expect(wallets.contains(200))
    }
}

import Foundation
import Testing

extension SystemTests {
    /// Copies of folders whose carts and payments concern several journals.
    @Suite("journal backup and restore, of transactions over several journals")
    struct ConsistentBackupTests {
        private static let arguments = ["--partitions", "3", "--loops", "2"]

        private func story(_ name: String) throws -> CrashStory {
            try CrashStory(
                seed: TestRun.seed(name),
                skus: 8,
                stock: 1_000_000,
                arguments: Self.arguments,
                shoppers: 8,
                taste: .bundles
            )
        }

        @Test("a backup that is made while carts are bought has all of a cart and its payment, or nothing")
        func backups() throws {
            let story = try story("backups under transactions")
            let server = try story.start()
            try story.load(server, turns: 10)
            let copies = try (0..<(3 * TestRun.scale)).map { _ in try DataFolder() }
            // A folder that a server writes can be restored from as well.
            let direct = try DataFolder()
            let (port, original, kill) = (server.port, story.folder.data, server.sender(of: SIGKILL))
            let (shoppers, backups, live) = (story.shoppers, copies.map(\.data), direct.data)
            _ = try inParallel(shoppers.count + 1) { side in
                if side < shoppers.count {
                    var shopper = shoppers[side]
                    return try shopper.run(port, turns: 100_000, timeoutSeconds: 15, AnswerBell(at: .max) {})
                }
                defer { kill() }
                for backup in backups {
                    let run = try ToolRun("backup", original, backup)
                    #expect(run.exit == .code(0), "\(run)")
                }
                let run = try ToolRun("restore", original, live)
                #expect(run.exit == .code(0), "\(run)")
            }
            #expect(try server.waitForExit() == .signal(9))
            var decided = 0
            for copy in copies {
                let restored = try DataFolder()
                let run = try ToolRun("restore", copy.data, restored.data)
                #expect(run.exit == .code(0), "\(run)")
                decided = try max(decided, expectBalanced(restored, story))
            }
            decided = try max(decided, expectBalanced(direct, story))
            #expect(decided > 100)
        }

        @Test("a folder restored up to a position or a time has all of a cart and its payment, or nothing")
        func until() throws {
            let story = try story("restores under transactions")
            let server = try story.start()
            try story.load(server, turns: 25)
            try server.kill()
            let records = try ToolRun("inspect", "--json", story.folder.data).json()
            let kinds = ["reserved", "payment", "decided", "sold", "returned", "refund", "closed"]
            for kind in kinds {
                let all = records.filter { $0["type"]?.string == kind }
                for byTime in [false, true] where !all.isEmpty {
                    let record = all[story.choose(0...(all.count - 1))]
                    let at = try #require(record["at"]?.string)
                    let journal = try #require(record["journal"]?.int)
                    let position = try #require(record["position"]?.int)
                    let until = byTime ? at : "\(journal):\(position)"
                    let restored = try DataFolder()
                    let run = try ToolRun("restore", story.folder.data, restored.data, "--until", until)
                    #expect(run.exit == .code(0), "\(run)")
                    let kept = records.filter {
                        let time = $0["at"]?.string ?? ""
                        return byTime ? time <= at : time < at
                    }
                    #expect(try ToolRun("inspect", "--json", restored.data).json() == kept, "\(kind), \(until)")
                    try expectBalanced(restored, story, "\(kind), \(until)")
                }
            }
        }

        /// Starts a server on a restored folder, and keeps its books.
        ///
        /// - Returns: how many transactions were decided.
        @discardableResult
        private func expectBalanced(_ folder: DataFolder, _ story: CrashStory, _ note: String = "") throws -> Int {
            let server = try ServerProcess(in: folder, story.options())
            let client = try server.connect()
            for sku in story.skus { #expect(try client.stockOrNothing(of: sku)?.held ?? 0 == 0, "\(note)") }
            try server.kill()
            #expect(try ToolRun("verify", "--replay", folder.data).exit == .code(0))
            let books = try FolderBooks(folder)
            #expect(books.violations.isEmpty, "\(note): \(books.violations.prefix(5))")
            return books.decided
        }
    }
}

extension TestConnection {
    /// A SKU's counts; nil where it was not created yet.
    fileprivate func stockOrNothing(of sku: String) throws -> Stock? {
        try call(.get("/v1/skus/\(sku)")).status == 404 ? nil : stock(of: sku)
    }
}

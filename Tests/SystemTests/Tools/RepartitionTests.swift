import Foundation
import Testing

extension SystemTests {
    @Suite("journal repartition")
    struct RepartitionTests {
        /// A story whose folder has so many partitions at first.
        private static func story(seed: UInt64, skus: Int, partitions: Int, shoppers: Int = 0) throws -> CrashStory {
            let folder = try DataFolder()
            try ServerProcess(in: folder, .good("--partitions", "\(partitions)")).kill()
            return try CrashStory(
                seed: seed,
                skus: skus,
                stock: 1_000_000,
                arguments: ["--loops", "2"],
                shoppers: shoppers,
                in: folder
            )
        }

        @Test("clients who come back after it find every promise kept, several times over", arguments: [[2, 3, 1, 5]])
        func promises(counts: [Int]) throws {
            let seed = TestRun.seed("repartition")
            let story = try Self.story(seed: seed, skus: 20, partitions: counts[0])
            var trails: [String: [JSON]] = [:]
            for count in counts.dropFirst() {
                let server = try story.start()
                // A crash in the middle: the repartition finds a torn tail as a start would.
                try story.load(server, turns: 10, killAfter: story.choose(50...250))
                try server.kill()
                let run = try story.repartition(count)
                #expect(run.exit == .code(0), "\(run)")
                #expect(run.output.contains("\(count) partition"), "\(run)")
                try story.expectKept()
                let now = try Self.trails(try story.start().connect(), story.skus)
                for (sku, before) in trails { #expect(now[sku]?.starts(with: before) == true, "\(sku)") }
                trails = now
                #expect(try ToolRun("verify", "--replay", story.folder.data).exit == .code(0))
            }
        }

        @Test("open holds, orders and wallets move with it, and are confirmed, cancelled and drawn on afterwards")
        func mixed() throws {
            let seed = TestRun.seed("repartition of a mixed load")
            let story = try Self.story(seed: seed, skus: 8, partitions: 2, shoppers: 12)
            var before: [SKUBooks] = []
            for count in [3, 1, 4] {
                let server = try story.start()
                try story.load(server, turns: 30, killAfter: story.choose(100...300))
                try server.kill()
                before = try story.books()
                let run = try story.repartition(count)
                #expect(run.exit == .code(0), "\(run)")
                try story.expectKept()
            }
            let server = try story.start()
            try story.load(server, turns: 30)
            try story.expectKept(on: server)
            try server.kill()
            let after = try story.books().reduce(into: [:]) { $0.merge($1.holds) { first, _ in first } }
            let open = before.flatMap { $0.holds.filter { $1.state == "held" }.keys }
            for state in ["confirmed", "released", "expired"] {
                #expect(open.contains { after[$0]?.state == state }, "\(state), SYSTEM_TEST_SEED=\(seed)")
            }
            let orders = try story.books().flatMap(\.orders)
            let old = Set(before.flatMap(\.orders.keys))
            #expect(orders.contains { old.contains($0.key) && $0.value.cancelled > 0 })
        }

        @Test("what is sold out stays sold out, nobody gets more than the limit, and the list has every SKU once")
        func limits() throws {
            let folder = try DataFolder()
            let server = try ServerProcess(in: folder, .good("--partitions", "3"))
            let client = try server.connect()
            let skus = (0..<12).map { "drop-\($0)" }
            for sku in skus {
                let details = #""title": "t", "price": {"amount": 1, "currency": "USD"}, "limit_per_buyer": 2"#
                let made = try client.call(.put("/v1/skus/\(sku)", "{\(details), \"stock\": 3}"))
                #expect(made.status == 201)
                #expect(try client.call(.purchase(sku, buyer: "ann", quantity: 2)).status == 201)
            }
            server.terminate()
            #expect(try server.waitForExit() == .code(0))
            #expect(try ToolRun(.stockkeeper, "repartition", folder.data, "--partitions", "2").exit == .code(0))
            let again = try ServerProcess(in: folder)
            let back = try again.connect()
            for sku in skus {
                try expectProblem(back.call(.purchase(sku, buyer: "ann")), 403, "buyer-limit-reached")
                #expect(try back.call(.purchase(sku, buyer: "bob")).status == 201)
                try expectProblem(back.call(.purchase(sku, buyer: "cid")), 409, "sold-out")
            }
            let listed = try back.call(.get("/v1/skus?limit=100")).json()["items"]?.array ?? []
            #expect(listed.compactMap { $0["sku"]?.string }.sorted() == skus.sorted())
        }

        @Test(
            "a crash at any operation of the disk leaves the old partitions or the new ones, with every promise kept",
            arguments: ["create", "write", "before-sync", "sync", "rename", "sync-directory", "unlink"]
        )
        func killed(at operation: String) throws {
            let seed = TestRun.seed("repartition killed at \(operation)")
            let story = try Self.story(seed: seed, skus: 8, partitions: 2)
            var count = 2
            var kills = 0
            var number = 1
            while number < 1_000 {
                if kills % 6 == 0 {
                    let server = try story.start()
                    try story.load(server, turns: 2)
                    try server.kill()
                }
                let wanted = count == 2 ? 3 : 2
                let fault = ["--forgetful", "--kill-at", "\(operation):\(number)"]
                let run = try story.repartition(wanted, .faultyServer, fault)
                count = try Self.partitions(story.folder)
                if run.exit == .code(0) {
                    #expect(count == wanted)
                    break
                }
                #expect(run.exit == .signal(9), "\(operation):\(number): \(run)")
                kills += 1
                if kills % 6 == 0 || operation == "rename" { try story.expectKept() }
                // Every one of the first operations, and then fewer and fewer.
                number += 1 + number / 8
            }
            #expect(kills > 0 || operation == "unlink")
            try story.expectKept()
        }

        @Test("a folder in use, one that is damaged and a wrong number are refused, and nothing is changed")
        func refusals() throws {
            let shop = try Shop(orders: 300)
            let before = try String(contentsOfFile: shop.path + "/FOLDER", encoding: .utf8)
            let server = try ServerProcess(in: shop.folder, Shop.options)
            let inUse = try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", "2")
            #expect(inUse.exit == .code(75) && inUse.errors.contains("process \(server.identifier)"), "\(inUse)")
            server.terminate()
            _ = try server.waitForExit()
            for wrong in ["0", "1025", "two"] {
                #expect(try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", wrong).exit == .code(64))
            }
            #expect(try ToolRun(.stockkeeper, "repartition", shop.path).exit == .code(64))
            #expect(
                try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", "1").output
                    .contains("nothing was changed")
            )
            let segment = try SegmentFile(shop.segments[0])
            try segment.flipBit(at: 6_000)
            let damaged = try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", "2")
            #expect(damaged.exit == .code(65) && damaged.errors.contains(shop.segments[0]), "\(damaged)")
            try segment.flipBit(at: 6_000)
            #expect(try String(contentsOfFile: shop.path + "/FOLDER", encoding: .utf8) == before)
            #expect(shop.folder.files(".snapshot").isEmpty)
            #expect(try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", "2").exit == .code(0))
        }

        @Test("a start that is refused for its number of partitions says how to change the folder's, and that works")
        func start() throws {
            let shop = try Shop(orders: 3)
            let refusal = try ServerProcess.refusal(in: shop.folder, .good("--partitions", "4"))
            #expect(refusal.exit == .code(78))
            #expect(refusal.errors.contains("journal repartition \(shop.path) --partitions 4"), "\(refusal)")
            #expect(try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", "4").exit == .code(0))
            let server = try ServerProcess(in: shop.folder, .good("--partitions", "4"))
            try shop.expectKept(by: server)
        }

        @Test("a repartitioned folder can be backed up, and restored as it is; not to a time before")
        func copies() throws {
            let shop = try Shop(orders: 200)
            #expect(try ToolRun(.stockkeeper, "repartition", shop.path, "--partitions", "3").exit == .code(0))
            let backup = try DataFolder()
            #expect(try ToolRun("backup", shop.path, backup.data).exit == .code(0))
            let restored = try DataFolder()
            let run = try ToolRun("restore", backup.data, restored.data)
            #expect(run.exit == .code(0), "\(run)")
            try shop.expectKept(by: try ServerProcess(in: restored))
            let early = try DataFolder()
            let refusal = try ToolRun("restore", backup.data, early.data, "--until", "2001-01-01T00:00:00Z")
            #expect(refusal.exit == .code(65), "\(refusal)")
        }

        /// The number of partitions that the folder says it has.
        private static func partitions(_ folder: DataFolder) throws -> Int {
            let text = try String(contentsOfFile: folder.data + "/FOLDER", encoding: .utf8)
            let line = text.split(separator: "\n").first { $0.hasPrefix("partitions ") }
            return line.flatMap { Int($0.dropFirst(11)) } ?? 0
        }

        /// Every change of each SKU, oldest first; a gap in the numbers is a failure.
        private static func trails(_ client: TestConnection, _ skus: [String]) throws -> [String: [JSON]] {
            var trails: [String: [JSON]] = [:]
            for sku in skus {
                var trail: [JSON] = []
                while true {
                    let page = try client.call(.get("/v1/skus/\(sku)/changes?after=\(trail.count)&limit=500")).json()
                    let items = page["items"]?.array ?? []
                    for item in items {
                        #expect(item["sequence"]?.int == trail.count + 1, "\(sku)")
                        trail.append(item)
                    }
                    if items.isEmpty { break }
                }
                trails[sku] = trail
            }
            return trails
        }
    }
}

extension CrashStory {
    /// Every SKU's books, as a server of their own tells of them.
    fileprivate func books() throws -> [SKUBooks] {
        let client = try start().connect()
        return try skus.map { SKUBooks($0, try client.trail(of: $0)) }
    }

    /// Gives the folder another number of partitions.
    func repartition(
        _ partitions: Int,
        _ program: Program = .stockkeeper,
        _ faults: [String] = []
    ) throws -> ToolRun {
        try ToolRun(program, options: faults, "repartition", folder.data, "--partitions", "\(partitions)")
    }
}

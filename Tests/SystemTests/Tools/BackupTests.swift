import Foundation
import Testing

extension SystemTests {
    @Suite("journal backup and restore")
    struct BackupTests {
        @Test(
            "a backup that is made while selling brings back everything acknowledged before it, and nothing half",
            arguments: [["--partitions", "1"], ["--partitions", "3", "--loops", "2"]]
        )
        func whileSelling(arguments: [String]) throws {
            let seed = TestRun.seed("backup while selling, \(arguments.joined(separator: " "))")
            let story = try CrashStory(seed: seed, skus: 20, stock: 1_000_000, arguments: arguments)
            let server = try story.start()
            try story.load(server, turns: 40)
            let backup = try DataFolder()
            let meanwhile = Load(requestsPerConnection: 200) { number in
                Purchase(sku: "sku-\(number % 20)", buyer: "b\(number % 50)", quantity: 1, key: "later-\(number)")
            }
            let (port, original) = (server.port, story.folder.data)
            let sides = try inParallel(2) { side -> [Attempt] in
                if side == 0 { return try meanwhile.run(port: port) }
                let run = try ToolRun("backup", original, backup.data)
                #expect(run.exit == .code(0), "\(run)")
                return []
            }
            try server.kill()
            #expect(try ToolRun("verify", backup.data).exit == .code(0))
            let restored = try DataFolder()
            #expect(try ToolRun("restore", backup.data, restored.data).exit == .code(0))
            #expect(try ToolRun("verify", "--replay", restored.data).exit == .code(0))

            var history = story.history
            // Those who bought meanwhile do not know whether the backup has it: they ask again.
            history.attempts += sides[0].map { Attempt(purchase: $0.purchase, outcome: .unknown) }
            let again = try ServerProcess(in: restored, .good())
            #expect(again.output.contains("restored"), "\(again.output)")
            let found = violations(history, try Aftermath.ask(port: again.port, about: history))
            #expect(found.isEmpty, "\(found.count) violations, SYSTEM_TEST_SEED=\(seed): \(found.prefix(10))")
            try again.kill()
            #expect(try ToolRun("verify", "--replay", restored.data).exit == .code(0))
        }

        @Test("no server starts on a backup, nor on one that was never finished, and neither is changed")
        func marks() throws {
            let shop = try Shop(orders: 20)
            let backup = try DataFolder()
            #expect(try ToolRun("backup", shop.path, backup.data).exit == .code(0))
            let refusal = try ServerProcess.refusal(in: backup, Shop.options)
            #expect(refusal.exit == .code(65))
            #expect(refusal.errors.contains("journal restore"), "\(refusal)")
            #expect(try ToolRun("verify", backup.data).exit == .code(0))

            // The original is damaged: the copy is never finished.
            let unfinished = try DataFolder()
            let segment = try SegmentFile.last(in: shop.folder)
            try segment.flipBit(at: segment.records[5] + 20)
            #expect(try ToolRun("backup", shop.path, unfinished.data).exit == .code(65))
            let verdict = try ToolRun("verify", unfinished.data)
            #expect(verdict.exit == .code(65))
            #expect(verdict.errors.contains("unfinished"), "\(verdict)")
            #expect(try ServerProcess.refusal(in: unfinished, Shop.options).exit == .code(65))
        }

        @Test("a folder restored up to a position or a time has the orders before it and no others")
        func until() throws {
            let shop = try Shop(orders: 40)
            let records = try ToolRun("inspect", "--json", shop.path).json()
            let position = try #require(records[21]["position"]?.int)
            let time = try #require(records[21]["at"]?.string)
            let byTime = records.filter { $0["type"]?.string == "purchased" && ($0["at"]?.string ?? "") <= time }.count
            for (until, count) in [("\(position)", 20), ("0:\(position)", 20), (time, byTime)] {
                let restored = try DataFolder()
                let run = try ToolRun("restore", shop.path, restored.data, "--until", until)
                #expect(run.exit == .code(0), "\(run)")
                let server = try ServerProcess(in: restored, Shop.options)
                let client = try server.connect()
                #expect(try client.stock(of: "mug").sold == count)
                for (index, order) in shop.orders.enumerated() {
                    #expect(try client.call(.get("/v1/orders/\(order)")).status == (index < count ? 200 : 404))
                }
                // A key whose sale was left out buys anew, and its order is none that was given before.
                let bought = try client.pipeline(
                    (0..<40).map { .purchase("mug", buyer: "b\($0)", quantity: 1, key: "k\($0)") }
                )
                let orders = try bought.map { try Sale($0).order }
                #expect(Array(orders[..<count]) == Array(shop.orders[..<count]))
                #expect(Set(orders[count...]).isDisjoint(with: shop.orders))
            }
        }

        @Test(
            "what cannot be done is refused with its reason",
            arguments: [
                (["verify"], Int32(64), "DIR is missing"),
                (["verify", "NOWHERE"], 66, "NOWHERE"),
                (["verify", "EMPTY"], 65, "no data folder"),
                (["verify", "SHOP", "SHOP"], 64, "too much"),
                (["verify", "SHOP", "--fast"], 64, "no option --fast"),
                (["verfy", "SHOP"], 64, "did you mean verify"),
                (["inspect", "SHOP", "--order", "nothing"], 66, "no order"),
                (["inspect", "SHOP", "--journal", "3"], 64, "no journal 3"),
                (["replay", "SHOP", "--at", "yesterday"], 64, "yesterday"),
                (["replay", "SHOP", "--sku", "cup"], 66, "no SKU cup"),
                (["restore", "SHOP", "EMPTY", "--until", "7:8"], 64, "no journal 7"),
                (["restore", "SHOP", "SHOP"], 73, "not empty"),
                (["backup", "SHOP", "SHOP"], 73, "not empty"),
                (["backup", "SHOP", "NOWHERE/deep"], 73, "NOWHERE/deep"),
            ]
        )
        func errors(arguments: [String], exit: Int32, message: String) throws {
            let shop = try Shop(orders: 3)
            let empty = try DataFolder()
            try FileManager.default.createDirectory(atPath: empty.data, withIntermediateDirectories: false)
            let line = arguments.map { argument in
                "'"
                    + argument.replacing("SHOP", with: shop.path).replacing("EMPTY", with: empty.data)
                    .replacing("NOWHERE", with: empty.path + "/NOWHERE") + "'"
            }
            let run = try ToolRun(shell: line.joined(separator: " "))
            #expect(run.exit == .code(exit), "\(run)")
            #expect(run.errors.contains(message), "\(run)")
            #expect(run.output.isEmpty, "\(run)")
            #expect(run.errors.split(separator: "\n").count == 1, "\(run)")
        }
    }
}

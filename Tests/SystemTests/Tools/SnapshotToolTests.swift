import Foundation
import Testing

extension SystemTests {
    @Suite("journal snapshot")
    struct SnapshotToolTests {
        @Test("the next start begins from the snapshot and gives the same answers")
        func begins() throws {
            let shop = try Shop(orders: 200)
            let run = try ToolRun("snapshot", shop.path)
            #expect(run.exit == .code(0), "\(run)")
            #expect(shop.folder.files(".snapshot").count == 1)
            #expect(try ToolRun("snapshot", shop.path).output.contains("already"))
            let verdict = try ToolRun("verify", shop.path)
            #expect(verdict.exit == .code(0) && verdict.output.contains("1 snapshot,"), "\(verdict)")
            let server = try ServerProcess(in: shop.folder, Shop.options)
            #expect(server.output.contains("recovered 0 records"), "\(server.output)")
            try shop.expectKept(by: server)
        }

        @Test("a folder in use is left alone")
        func inUse() throws {
            let folder = try DataFolder()
            let server = try ServerProcess(in: folder, Shop.options)
            let run = try ToolRun("snapshot", folder.data)
            #expect(run.exit == .code(75), "\(run)")
            #expect(run.errors.contains("process \(server.identifier)"), "\(run)")
            #expect(folder.files(".snapshot").isEmpty)
        }

        @Test("a flipped bit in a snapshot is found wherever it is, and the records are enough for a restore")
        func damaged() throws {
            let shop = try Shop(orders: 200)
            #expect(try ToolRun("snapshot", shop.path).exit == .code(0))
            let path = try #require(shop.folder.files(".snapshot").first)
            let file = try SegmentFile(path)
            let size = try Data(contentsOf: URL(fileURLWithPath: path)).count
            var random = SplitMix64(seed: TestRun.seed("journal verify with damaged snapshots"))
            for offset in [0, 8, 40, 4_095, 4_096, size - 1]
                + (0..<6).map({ _ in Int.random(in: 0..<size, using: &random) })
            {
                try file.flipBit(at: offset)
                let run = try ToolRun("verify", shop.path)
                #expect(run.exit == .code(65) && run.output.contains(".snapshot"), "\(offset): \(run)")
                try file.flipBit(at: offset)
            }
            try file.flipBit(at: 5_000)
            let restored = try DataFolder()
            #expect(try ToolRun("restore", shop.path, restored.data).exit == .code(0))
            try shop.expectKept(by: try ServerProcess(in: restored, Shop.options))
        }

        @Test("snapshots go with a backup and with what is restored from it, but not those from behind the cut")
        func copies() throws {
            let shop = try Shop(orders: 100)
            #expect(try ToolRun("snapshot", shop.path).exit == .code(0))
            let more = try ServerProcess(in: shop.folder, Shop.options)
            _ = try more.connect()
                .pipeline((0..<50).map { .purchase("mug", buyer: "late", quantity: 1, key: "l\($0)") })
            let backup = try DataFolder()
            #expect(try ToolRun("backup", shop.path, backup.data).exit == .code(0))
            try more.kill()
            #expect(backup.files(".snapshot").count == 1)

            let all = try DataFolder()
            #expect(try ToolRun("restore", backup.data, all.data).exit == .code(0))
            #expect(all.files(".snapshot").count == 1)
            let server = try ServerProcess(in: all, Shop.options)
            #expect(server.output.contains("recovered 50 records"), "\(server.output)")
            try shop.expectKept(by: server, more: 50)

            let records = try ToolRun("inspect", "--json", backup.data, "--limit", "51").json()
            let position = try #require(records[50]["position"]?.int)
            let early = try DataFolder()
            #expect(try ToolRun("restore", backup.data, early.data, "--until", "\(position)").exit == .code(0))
            #expect(early.files(".snapshot").isEmpty)
            #expect(try ServerProcess(in: early, Shop.options).connect().stock(of: "mug").sold == 49)
            let state = try ToolRun("replay", backup.data, "--json", "--at", "\(position)").json().first
            #expect(try Stock(try #require(state)).sold == 49)
        }
    }
}

extension Shop {
    /// Every order and every answer to its key is as it was.
    func expectKept(by server: ServerProcess, more: Int = 0) throws {
        let client = try server.connect()
        for order in orders { #expect(try client.call(.get("/v1/orders/\(order)")).status == 200) }
        let again = try client.pipeline(
            orders.indices.map { .purchase("mug", buyer: "b\($0)", quantity: 1, key: "k\($0)") }
        )
        #expect(again.allSatisfy { $0.isReplay })
        #expect(try again.map { try Sale($0).order } == orders)
        #expect(try client.stock(of: "mug").sold == orders.count + more)
    }
}

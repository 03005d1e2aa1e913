import Foundation
import Testing

extension SystemTests {
    /// Faults that the kernel makes, on file systems of their own.
    @Suite("A real file system that fails", .needsMounts)
    struct RealDiskTests {
        @Test(
            "a full file system stops writes, not reads; with room again a restart goes on",
            arguments: SmallDisk.Kind.allCases
        )
        func full(kind: SmallDisk.Kind) throws {
            let disk = try SmallDisk(kind, mebibytes: 32)
            let story = try Self.story("full \(kind)", on: disk)
            // Room for some more segments, which the load fills.
            try disk.fill(leaving: 200_000)
            let server = try story.start()
            #expect(try story.load(server, turns: 2_000) > 0)
            let metrics = try server.answer(to: .get("/metrics")).text
            #expect(metrics.contains(#"stockkeeper_journal_failures{reason="full"}"#))
            #expect(!metrics.contains(#"stockkeeper_journal_failures{reason="full"} 0"#))
            try story.expectReadOnly(server, repair: disk.makeRoom)
            let roomy = try story.start()
            #expect(try story.load(roomy, turns: 20) > 0)
            try story.expectKept(on: roomy)
        }

        @Test("a server that starts on a full file system reads what is there, and loses nothing that it sells")
        func startsFull() throws {
            let disk = try SmallDisk(.ext4, mebibytes: 32)
            let story = try Self.story("starts full", on: disk)
            let before = try story.start()
            try story.load(before, killAfter: 300)
            try before.kill()
            try disk.fill(leaving: 0)
            let server = try story.start()
            for order in story.history.sales.map(\.order) {
                #expect(try server.answer(to: .get("/v1/orders/\(order)")).status == 200)
            }
            try story.load(server, turns: 400)
            try story.expectReadOnly(server, repair: disk.makeRoom)
        }

        @Test("a snapshot that finds no room is given up and told of, leaves nothing behind, and sales go on")
        func snapshotWithoutRoom() throws {
            let disk = try SmallDisk(.ext4, mebibytes: 32)
            var options = ServerOptions(
                arguments: ["--partitions", "1", "--loops", "1"],
                environment: ServerOptions.tinySegments
            )
            options.environment["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES"] = "0"
            let before = try ServerProcess(in: disk.folder, options)
            // A state of 800 kB, for which there will be no room.
            let details = #""price":{"amount":1,"currency":"EUR"},"stock":1000"#
            let description = String(repeating: "d", count: 4_000)
            for number in 0..<200 {
                let body = #"{"title":"t",\#(details),"description":"\#(description)"}"#
                #expect(try before.answer(to: .put("/v1/skus/sku-\(number)", body)).status == 201)
            }
            before.terminate()
            _ = try before.waitForExit()
            try disk.fill(leaving: 400_000)

            options.environment["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES"] = "1"
            let server = try ServerProcess(in: disk.folder, options)
            let client = try server.connect()
            let failed = #"stockkeeper_snapshots_failed_total{partition="0"} 1"#
            let deadline = TestRun.now + 30
            while try !client.call(.get("/metrics")).text.contains(failed) {
                guard TestRun.now < deadline else { throw HarnessFailure("the snapshot does not fail") }
            }
            #expect(disk.folder.files(".snapshot").isEmpty && disk.folder.files(".snapshot.making").isEmpty)
            for number in 0..<100 {
                #expect(try client.call(.purchase("sku-\(number)", buyer: "ann")).status == 201)
            }
            #expect(try client.call(.get("/readyz")).status == 200)
            try server.kill()
            try disk.makeRoom()
            let again = try ServerProcess(in: disk.folder, options).connect()
            for number in 0..<100 { #expect(try again.stock(of: "sku-\(number)").sold == 1) }
        }

        @Test("a disk that answers every write and sync with EIO stops writes, not reads")
        func inputOutputError() throws {
            let disk = try SmallDisk(.ext4, mebibytes: 32)
            let story = try CrashStory(seed: TestRun.seed("EIO"), skus: 4, stock: 100_000, in: disk.folder)
            let server = try story.start()
            let answers = try story.load(server, after: 300, disk.during { try $0.cutOff() })
            #expect(answers >= 300)
            try story.expectReadOnly(server, repair: disk.mountAgain)
        }

        @Test("a file system that turns read-only under load stops writes, not reads")
        func turnsReadOnly() throws {
            let disk = try SmallDisk(.ext4, mebibytes: 32)
            let story = try CrashStory(seed: TestRun.seed("read-only"), skus: 4, stock: 100_000, in: disk.folder)
            let server = try story.start()
            try story.load(server, after: 300, disk.during { try $0.abort() })
            try story.expectReadOnly(server, repair: disk.mountAgain)
        }

        @Test("a power cut takes nothing that was acknowledged", arguments: [1, 3])
        func powerCut(partitions: Int) throws {
            let disk = try SmallDisk(.ext4, mebibytes: 64)
            let story = try CrashStory(
                seed: TestRun.seed("power cut on ext4 with \(partitions) partitions"),
                skus: 20,
                stock: 1_000_000,
                arguments: ["--partitions", "\(partitions)"],
                in: disk.folder
            )
            for _ in 0..<(4 * TestRun.scale) {
                let server = try story.start()
                try story.load(server, after: story.choose(1...2_000), disk.during { try $0.cutOff() })
                try server.kill()
                try disk.mountAgain()
                try story.expectKept()
            }
        }

        @Test("a power cut while a folder is made leaves one that can be made")
        func cutWhileMaking() throws {
            for round in 0..<(6 * TestRun.scale) {
                let disk = try SmallDisk(.ext4, mebibytes: 16)
                let process = try ChildProcess(.good("--partitions", "2"), in: disk.folder)
                // From nothing at all to a folder that is finished.
                if round % 3 == 2 { _ = try process.waitForLine(with: "ready: ", seconds: 30) }
                if round % 3 == 1 { _ = try process.waitForLine(with: "listening on", seconds: 30) }
                try disk.cutOff()
                process.send(SIGKILL)
                _ = try process.waitForExit(seconds: 10)
                try disk.mountAgain()
                try ServerProcess(in: disk.folder).connect().create("mug", stock: 1)
            }
        }

        @Test("a read-only file system is refused at the start with 74")
        func startsReadOnly() throws {
            let disk = try SmallDisk(.tmpfs, mebibytes: 8)
            try ServerProcess(in: disk.folder).connect().create("mug", stock: 1)
            try disk.remountReadOnly()
            let refusal = try ServerProcess.refusal(in: disk.folder, ServerOptions())
            #expect(refusal.exit == .code(74))
            #expect(refusal.errors.contains("Read-only file system"), "\(refusal)")
            try disk.remountWritable()
            #expect(try ServerProcess(in: disk.folder).connect().stock(of: "mug").available == 1)
        }

        /// One of a single partition, so that all SKUs find the disk full at once.
        private static func story(_ name: String, on disk: SmallDisk) throws -> CrashStory {
            try CrashStory(
                seed: TestRun.seed(name),
                skus: 4,
                stock: 1_000_000,
                arguments: ["--partitions", "1"],
                environment: ServerOptions.tinySegments,
                in: disk.folder
            )
        }
    }
}

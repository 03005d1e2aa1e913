import Foundation
import Testing

extension SystemTests {
    /// Snapshots of the real executables, made of each sealed segment.
    @Suite("Snapshots and crashes")
    struct SnapshotTests {
        private static let always = [
            "STOCKKEEPER_JOURNAL_SEGMENT_BYTES": "65536", "STOCKKEEPER_JOURNAL_STAGING_BYTES": "65536",
            "STOCKKEEPER_HTTP_BODY_BYTES_MAX": "16384", "STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES": "1",
        ]

        private static let points =
            ["create:1", "write:1", "write:2", "write:3", "before-sync:1", "sync:1", "rename:1", "rename:2"]
            .map { $0 + ":.snapshot" } + ["unlink:1:.snapshot", "write:4:.snapshot"]

        private func story(_ name: String) throws -> CrashStory {
            try CrashStory(
                seed: TestRun.seed(name),
                skus: 3,
                stock: 1_000_000,
                arguments: ["--partitions", "1"],
                environment: Self.always
            )
        }

        /// A story that has so many snapshots on disk, its server killed.
        private func story(_ name: String, snapshots: Int) throws -> CrashStory {
            let story = try story(name)
            let server = try story.start()
            let deadline = TestRun.now + 30
            while story.folder.files(".snapshot").count < snapshots {
                guard TestRun.now < deadline else { throw HarnessFailure("no snapshots: \(story.folder.files(""))") }
                try story.load(server, turns: 40)
            }
            try server.kill()
            return story
        }

        @Test("a crash at any operation of making or removing a snapshot keeps every promise", arguments: points)
        func killed(at point: String) throws {
            let story = try story("snapshot, kill at \(point)")
            let server = try story.start(.faultyServer, ["--forgetful", "--kill-at", point])
            let deadline = TestRun.now + 30
            var answers = 1
            while answers > 0, TestRun.now < deadline { answers = try story.load(server, turns: 40) }
            #expect(try server.waitForExit() == .signal(9), "\(point) never came")
            try story.expectKept()
            let again = try story.start()
            #expect(story.folder.files(".making").allSatisfy { $0.hasSuffix(".segment.making") })
            try again.kill()
        }

        @Test("a start from a snapshot gives the same orders and the same answers to keys, and says so")
        func fromSnapshot() throws {
            let story = try story("from a snapshot", snapshots: 1)
            let server = try story.start()
            #expect(server.output.contains("began from the snapshots of 1 partitions"), "\(server.output)")
            try server.kill()
            try story.expectKept()
        }

        @Test("a damaged snapshot is named with its place, and the one before it, or the beginning, is used")
        func damaged() throws {
            let story = try story("damaged snapshots", snapshots: 2)
            let snapshots = story.folder.files(".snapshot")
            for (count, path) in snapshots.reversed().enumerated() {
                let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
                let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
                try file.seek(toOffset: 5_000)
                try file.write(contentsOf: Data([bytes[5_000] ^ 0x10]))
                try file.close()
                // Without a new one, which would take the damaged ones away.
                var options = story.options()
                options.environment["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES"] = "0"
                let server = try ServerProcess(in: story.folder, options)
                let said = server.output.split(separator: "\n").filter { $0.contains("left a snapshot aside") }
                #expect(said.count == count + 1, "\(server.output)")
                #expect(said.contains { $0.contains(path) && $0.contains("damaged at byte 4096") }, "\(said)")
                #expect(server.output.contains("began from the snapshots") == (count + 1 < snapshots.count))
                try server.kill()
            }
            try story.expectKept()
        }

        @Test("with no whole snapshot and no beginning, the start is refused and says what is missing")
        func nothingLeft() throws {
            let story = try story("nothing left", snapshots: 1)
            for path in story.folder.files(".snapshot") {
                let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
                try file.truncate(atOffset: 4_500)
                try file.close()
            }
            try FileManager.default.removeItem(atPath: try #require(story.folder.files(".segment").first))
            let refusal = try ServerProcess.refusal(in: story.folder, story.options())
            #expect(refusal.exit == .code(65))
            #expect(refusal.errors.contains(".snapshot is damaged at byte 4096"), "\(refusal)")
            #expect(refusal.errors.contains("no snapshot is left to begin from"), "\(refusal)")
        }
    }
}

import Foundation
import Synchronization
import Testing

@testable import Service

@Suite("Snapshots that cannot be made", .serialized)
struct SnapshotFailureTests {
    private final class Notices: Sendable {
        private let lines = Mutex<[String]>([])
        func add(_ line: String) { lines.withLock { $0.append(line) } }
        var all: [String] { lines.withLock { $0 } }
    }

    @Test("a snapshot that fails is counted and told, sales go on, and after a while it is tried again")
    func failure() throws {
        let (folder, clock, notices) = (TestDataFolder(), TestClock(), Notices())
        let server = try TestServer(
            clock: clock,
            folder: folder,
            configure: { configuration in
                configuration.journal.segmentBytes = 1 << 16
                configuration.journal.stagingBytes = 1 << 16
                configuration.journal.snapshotEveryBytes = 1
            },
            onNotice: { notices.add($0) }
        )
        try server.create("mug", stock: 100_000)
        // A folder that has the name of the file to be written: nobody can make that.
        let obstacle = folder.path + "/journal-0000/000000000000f000.snapshot.making"
        try FileManager.default.createDirectory(atPath: obstacle, withIntermediateDirectories: false)
        let client = try server.connect()
        func buy(_ count: Int) throws {
            for number in 0..<count {
                try client.send(.purchase("mug", buyer: "b\(number)"))
                #expect(try client.answer().status == 201)
            }
        }
        try buy(1_000)
        try client.wait(for: "stockkeeper_snapshots_failed_total")
        #expect(try client.metric("stockkeeper_snapshots_built_total") == 0)
        #expect(notices.all.count == 1 && notices.all[0].contains("no new snapshot of partition 0"), "\(notices.all)")
        try buy(10)
        try FileManager.default.removeItem(atPath: obstacle)
        clock.advance(milliseconds: 61_000)
        try client.wait(for: "stockkeeper_snapshots_built_total")
        #expect(try client.metric("stockkeeper_snapshots_failed_total") == 1)
        #expect(try client.metric("stockkeeper_snapshot_position_bytes") == 0xF000)
        try buy(10)
    }
}

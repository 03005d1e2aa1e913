import Foundation
import Journal
import Keepers
import Platform
import Testing

@testable import Service

@Suite("What is not kept any more", .serialized)
struct RetentionTests {
    private static let perDay = 800
    private static let hour: Int64 = 3_600_000

    private func server(_ folder: TestDataFolder, _ clock: TestClock, partitions: Int = 1) throws -> TestServer {
        try TestServer(partitions: partitions, clock: clock, folder: folder) { configuration in
            configuration.journal.segmentBytes = 1 << 16
            configuration.journal.stagingBytes = 1 << 16
            configuration.journal.snapshotEveryBytes = 1
            configuration.journal.snapshotsKept = 1
            configuration.journal.retentionDays = 1
        }
    }

    /// Purchases, each with a key, and where their orders are.
    private func buy(_ client: TestClient, day: Int) throws -> [String] {
        try (0..<Self.perDay)
            .map { number in
                try client.send(.purchase("mug", buyer: "b\(number)", "Idempotency-Key: day-\(day)-\(number)\r\n"))
                let answer = try client.answer()
                guard answer.status == 201 else { throw TestFailure("\(answer)") }
                return try field("order", in: answer.body)
            }
    }

    private func field(_ name: String, in body: String) throws -> String {
        guard let start = body.range(of: "\"\(name)\":\"")?.upperBound,
            let end = body[start...].firstIndex(of: "\"")
        else { throw TestFailure(body) }
        return String(body[start..<end])
    }

    /// All numbers of the trail's pages from the beginning, and where the gap ends, which may go over several pages.
    private func trail(_ client: TestClient) throws -> (numbers: [Int], gap: Int?) {
        var (numbers, gap, last) = ([Int](), Int?.none, 0)
        while true {
            try client.send(.get("/v1/skus/mug/changes?after=\(last)&limit=90"))
            let body = try client.answer().body
            let page = body.matches(of: /"sequence":(\d+)/).compactMap { Int($0.1) }
            let before = body.firstMatch(of: /"gap":\{"after":(\d+),"before":(\d+)\}/).flatMap { Int($0.2) }
            if let before {
                #expect(numbers.isEmpty && before == page.first ?? last + 91, "\(body.suffix(200))")
                gap = before
            }
            guard before != nil || !page.isEmpty, page.count <= 90 else { return (numbers, gap) }
            numbers += page
            last = numbers.last ?? last + 90
        }
    }

    @Test("orders and changes of deleted segments are told as such; newer ones and keys stay, also after a restart")
    func overTime() throws {
        let (folder, clock) = (TestDataFolder(), TestClock())
        var server: TestServer? = try server(folder, clock)
        try server?.create("mug", stock: 100_000)
        let client = try TestFailure.unwrap(server).connect()
        let first = try buy(client, day: 1)
        try client.wait(for: "stockkeeper_snapshots_built_total")
        #expect(try client.metric("stockkeeper_journal_segments_deleted_total") == 0)
        // Keys of the first day are forgotten with the next one's, and its records are older than a day.
        clock.advance(milliseconds: 40 * Self.hour)
        let second = try buy(client, day: 2)
        let segments = try client.metric("stockkeeper_journal_segments")
        try client.wait(for: "stockkeeper_journal_segments_deleted_total")
        try expect(client, gone: first[0], kept: second)
        #expect(try client.metric("stockkeeper_journal_segments") < segments + 3)
        server?.stop()
        server = nil
        let again = try self.server(folder, clock)
        try expect(again.connect(), gone: first[0], kept: second)
    }

    @Test("the feed of events tells of the gap once, and has everything that is kept behind it")
    func events() throws {
        let (folder, clock) = (TestDataFolder(), TestClock())
        let server = try server(folder, clock)
        try server.create("mug", stock: 100_000)
        let client = try server.connect()
        _ = try buy(client, day: 1)
        try client.wait(for: "stockkeeper_snapshots_built_total")
        try client.send(.get("/v1/events?limit=3"))
        let early = try client.answer()
        #expect(early.body.matches(of: /"sequence":(\d+)/).map { String($0.1) } == ["1", "2", "3"])
        let offset = try TestFailure.unwrap(early.head.firstMatch(of: /Events-Next: (\S+)/)).1
        clock.advance(milliseconds: 40 * Self.hour)
        _ = try buy(client, day: 2)
        try client.wait(for: "stockkeeper_journal_segments_deleted_total")
        // From the beginning, and from where somebody was before.
        for after in ["", "&after=\(offset)"] {
            let lines = try undisturbed(folder) { try self.lines(client, after) }
            // Who had read before may still see the end of a segment that is gone, and then the gap.
            let start = after.isEmpty ? 0 : 3
            var next = start + 1
            for line in lines {
                if line.contains(/"gap":\{"journal":0,"after":\d+,"before":\d+\}/) {
                    next = -1
                } else {
                    let number = try TestFailure.unwrap(line.firstMatch(of: /"sequence":(\d+)/).flatMap { Int($0.1) })
                    #expect(number == next || next == -1 && number > start)
                    next = number + 1
                }
            }
            #expect(next == 2 + 2 * Self.perDay && lines.count { $0.contains("gap") } <= 1)
            if after.isEmpty { #expect(lines[0].contains("gap")) }
        }
        let follower = try server.connect()
        try follower.send(.get("/v1/events", "Accept: text/event-stream\r\n"))
        let gap =
            #/\nid: (\S+)\nevent: gap\ndata: \{"offset":"(\S+)","gap":\{"journal":0,"after":0,"before":\d+\}\}\n\nid: /#
        let stream = try follower.text { $0.contains("event: purchased") }
        let found = try TestFailure.unwrap(stream.firstMatch(of: gap))
        #expect(found.1 == found.2)
    }

    /// What is read while no segment is deleted: each that goes under a reader is a gap of its own.
    private func undisturbed<Result>(_ folder: TestDataFolder, _ body: () throws -> Result) throws -> Result {
        while true {
            let segments = try segments(of: "\(folder.path)/journal-0000")
            let result = try body()
            if try self.segments(of: "\(folder.path)/journal-0000").first == segments.first { return result }
        }
    }

    /// The feed's lines over as many pages as it takes.
    private func lines(_ client: TestClient, _ after: String) throws -> [Substring] {
        var (lines, after) = ([Substring](), after)
        while true {
            try client.send(.get("/v1/events?limit=10000\(after)"))
            let page = try client.answer()
            guard !page.body.isEmpty else { return lines }
            lines += page.body.split(separator: "\n")
            after = "&after=\(try TestFailure.unwrap(page.head.firstMatch(of: /Events-Next: (\S+)/)).1)"
        }
    }

    @Test("a buyer's list has what is kept, and neither more nor less, before and after a restart")
    func lists() throws {
        let (folder, clock) = (TestDataFolder(), TestClock())
        var server: TestServer? = try server(folder, clock)
        try server?.create("mug", stock: 100_000)
        let client = try TestFailure.unwrap(server).connect()
        let first = try buy(client, day: 1)
        try client.wait(for: "stockkeeper_snapshots_built_total")
        #expect(try list(client, "b3") == [first[3]])
        clock.advance(milliseconds: 40 * Self.hour)
        let second = try buy(client, day: 2)
        try client.wait(for: "stockkeeper_journal_segments_deleted_total")
        #expect(try list(client, "b3") == [second[3]])
        #expect(try list(client, "b799") == [second[799], first[799]])
        server?.stop()
        server = nil
        let again = try self.server(folder, clock)
        #expect(try list(again.connect(), "b3") == [second[3]])
        #expect(try list(again.connect(), "b799") == [second[799], first[799]])
    }

    /// A buyer's orders, newest first, once the index has read everything.
    private func list(_ client: TestClient, _ buyer: String) throws -> [String] {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            try client.send(.get("/v1/buyers/\(buyer)/orders"))
            let body = try client.answer().body
            if body.contains("\"behind_bytes\":0}") {
                return body.matches(of: /"order":"([^"]+)"/).map { String($0.1) }
            }
            guard ContinuousClock.now < deadline else { throw TestFailure(body) }
        }
    }

    @Test("retired journals go as well, once no key needs them, and as far as a snapshot of theirs allows")
    func retired() throws {
        let (folder, clock) = (TestDataFolder(), TestClock())
        var server: TestServer? = try server(folder, clock)
        try server?.create("mug", stock: 100_000)
        var client = try TestFailure.unwrap(server).connect()
        let first = try buy(client, day: 1)
        try client.wait(for: "stockkeeper_snapshots_built_total")
        server?.stop()
        server = nil
        try repartition(folder, 2)
        let journal = "\(folder.path)/journal-0000"
        let before = try segments(of: journal)
        clock.advance(milliseconds: 40 * Self.hour)
        server = try self.server(folder, clock, partitions: 2)
        client = try TestFailure.unwrap(server).connect()
        try client.send(.get("/v1/orders/\(first[0])"))
        #expect(try client.answer().status == 200, "its key is remembered yet")
        let second = try buy(client, day: 2)
        try client.wait(for: "stockkeeper_snapshots_built_total")
        #expect(try segments(of: journal) == before)
        clock.advance(milliseconds: 25 * Self.hour)
        try client.wait(for: "stockkeeper_journal_segments_deleted_total")
        try expect(client, gone: first[0], kept: second)
        #expect(try list(client, "b3").first == second[3])
        server?.stop()
        server = nil
        let after = try segments(of: journal)
        #expect(!after.isEmpty && after == before.suffix(after.count) && after.count < before.count)
        let reader = try FolderReader(disk: RealDisk(), path: folder.path)
        let tools = JournalTools(disk: RealDisk(), clock: clock, random: { 0 }, environment: [:])
        #expect(try tools.verify(reader, replays: true, ToolConsole()) == .success)
    }

    private func segments(of journal: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: journal).filter { $0.hasSuffix(".segment") }.sorted()
    }

    private func repartition(_ folder: TestDataFolder, _ partitions: Int) throws {
        let disk = RealDisk()
        let open = try DataFolder.openFinished(disk: disk, path: folder.path, holder: "test")
        defer { open.close() }
        let limits = JournalLimits(segmentBytes: 1 << 16, stagingBytes: 1 << 16)
        _ = try FolderRepartition(open, disk: disk, limits: limits, windowMilliseconds: .max, clock: SystemClock())
            .run(partitions)
    }

    private func expect(_ client: TestClient, gone: String, kept: [String]) throws {
        try client.send(.get("/v1/orders/\(gone)"))
        let answer = try client.answer()
        #expect(answer.status == 404 && answer.body.contains("older than orders are kept"), "\(answer)")
        for (number, order) in kept.enumerated() where number % 50 == 0 {
            try client.send(.get("/v1/orders/\(order)"))
            #expect(try client.answer().status == 200)
            try client.send(.purchase("mug", buyer: "b\(number)", "Idempotency-Key: day-2-\(number)\r\n"))
            let replay = try client.answer()
            #expect(replay.head.contains("Idempotency-Replayed: true"))
            #expect(try field("order", in: replay.body) == order)
        }
        let (numbers, gap) = try trail(client)
        let begin = try TestFailure.unwrap(gap)
        #expect(begin > 1 && numbers == Array(begin...(1 + 2 * Self.perDay)))
    }
}

extension TestClient {
    /// Asks until a family's samples are not all 0 any more, but not for ever.
    func wait(for name: String) throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try metric(name) == 0 {
            guard ContinuousClock.now < deadline else { throw TestFailure("\(name) stays 0") }
        }
    }

    /// The samples of a family with labels, added up.
    func metric(_ name: String) throws -> Int {
        try send(.get("/metrics"))
        let samples = try answer().body.split(separator: "\n").filter { $0.hasPrefix(name + "{") }
        return samples.reduce(0) { $0 + (Int($1.split(separator: " ").last ?? "") ?? 0) }
    }
}

extension TestFailure {
    static func unwrap<Value>(_ value: Value?) throws -> Value {
        guard let value else { throw TestFailure("no \(Value.self)") }
        return value
    }
}

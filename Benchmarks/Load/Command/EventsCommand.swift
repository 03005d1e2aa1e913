import Foundation
import Platform

/// `events`: how fast the journal is read back: the feed of events, and the index of buyers' orders after a start.
enum EventsCommand {
    static let command = Command(
        name: "events",
        brief: "events a second read from the journal, seconds and bytes of the index of orders",
        summary: """
            Fills a server with purchases, each of another buyer, kills it and starts it again without an index of orders
            and then with one. Without one, the feed of events is read from its beginning to its end on one connection:
            page by page as lines, then as a stream. With one, it is waited until the index has read the journal; its memory is what that server
            holds more.
            """,
        options: [
            Option("count", "N", "2000000", "purchases"),
            Option("skus", "N", "1", "SKUs they are drawn from (Zipf)"),
            Option("connections", "N", "64", "keep-alive connections that buy"),
            Option("strict", "", "", "a missed goal is an error"),
            Option("json", "FILE", "", "write the figures to a file as well"),
        ] + Rig.options,
        run: run
    )

    private static let never = ["STOCKKEEPER_JOURNAL_SNAPSHOT_EVERY_BYTES": "0"]
    private static let noIndex = never.merging(["STOCKKEEPER_INDEX_ORDERS_MAX": "0"]) { $1 }

    private static func run(_ options: Options) throws(BenchError) {
        let rig = try Rig(options)
        var load = LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 0), mix: .purchaseZipf)
        let count = try options.integer("count", 1...100_000_000) ?? 2_000_000
        load.stop = .requests(UInt64(count))
        load.skus = try options.integer("skus", 1...1_000_000) ?? 1
        load.connections = try options.integer("connections", 1...50_000) ?? 64
        load.pipeline = 16
        let findings = try rig.withFolder { folder throws(BenchError) in
            try measure(rig, folder, load, count: count)
        }
        try FigureOutput.finish(findings, options)
    }

    private static func measure(
        _ rig: Rig,
        _ folder: URL,
        _ load: LoadPlan,
        count: Int
    ) throws(BenchError) -> [Finding] {
        let first = try rig.startServer(in: folder, environment: noIndex)
        _ = try RecoveryCommand.stockUp(load, first.address)
        say("... \(count) purchases")
        var fill = load
        fill.address = first.address
        try first.child.watched { [fill] () throws(BenchError) in try Load.run(fill).requireClean(fill) }
        first.child.end(SIGKILL)

        say("... killed; reading the feed")
        let second = try rig.startServer(in: folder, patienceSeconds: 600, environment: noIndex)
        let without = ProcessFacts.residentBytes(second.child.pid)
        let feed = try second.child.watched { () throws(BenchError) in try read(second.address) }
        let stream = try second.child.watched { () throws(BenchError) in try follow(second.address, feed.events) }
        guard feed.events >= count else { throw .failed("\(feed.events) events of \(count) purchases") }
        second.child.end(SIGKILL)

        say("... killed; building the index")
        let third = try rig.startServer(in: folder, patienceSeconds: 600, environment: never)
        defer { third.child.end() }
        let clock = SystemClock()
        let begun = clock.monotonicNanoseconds()
        while try MetricReader.maximum("stockkeeper_index_behind_bytes", third.address) != 0 {
            try Interruption.check()
        }
        let seconds = Double(clock.monotonicNanoseconds() - begun) / 1e9
        let grown = Double(ProcessFacts.residentBytes(third.child.pid)) - Double(without)
        return findings(count, feed, stream, indexSeconds: seconds, indexBytes: grown)
    }

    private struct Feed {
        var events = 0
        var bytes = 0
        var seconds = 0.0
    }

    /// Reads the feed from its beginning to its end.
    private static func read(_ address: SocketAddress) throws(BenchError) -> Feed {
        let client = try ControlClient(address)
        let clock = SystemClock()
        let begun = clock.monotonicNanoseconds()
        var feed = Feed()
        var path = "/v1/events?limit=10000"
        while true {
            let answer = try client.ask(.init(path: path))
            guard answer.status == 200 else { throw .failed("\(path) was answered with \(answer.status)") }
            feed.bytes += answer.body.count
            guard let offset = lastOffset(answer.body) else { break }
            feed.events += answer.body.count { $0 == 0x0A }
            path = "/v1/events?limit=10000&after=\(offset)"
        }
        feed.seconds = Double(clock.monotonicNanoseconds() - begun) / 1e9
        return feed
    }

    /// Reads as many events from the beginning of the stream.
    private static func follow(_ address: SocketAddress, _ events: Int) throws(BenchError) -> Feed {
        let clock = SystemClock()
        let begun = clock.monotonicNanoseconds()
        let crowd = try Crowd(1, of: "/v1/events", at: address)
        try crowd.start()
        defer { crowd.end() }
        let pause = Parker()
        // The first one says where the stream begins.
        while crowd.events < events + 1 {
            try Interruption.check()
            guard crowd.losses == 0 else { throw .failed("the stream has ended after \(crowd.events) events") }
            pause.wait(timeoutNanoseconds: 1_000_000)
        }
        let seconds = Double(clock.monotonicNanoseconds() - begun) / 1e9
        return Feed(events: crowd.events - 1, bytes: crowd.bytes, seconds: seconds)
    }

    /// The offset of a page's last event, the first member of its line; nil in an empty page.
    private static func lastOffset(_ page: [UInt8]) -> String? {
        let line = page.dropLast().lastIndex(of: 0x0A).map { page[($0 + 1)...] } ?? page[...]
        let fields = line.prefix(512).split(separator: 0x22, maxSplits: 4, omittingEmptySubsequences: false)
        return fields.count > 3 ? String(decoding: fields[3], as: UTF8.self) : nil
    }

    private static func findings(
        _ count: Int,
        _ feed: Feed,
        _ stream: Feed,
        indexSeconds: Double,
        indexBytes: Double
    ) -> [Finding] {
        [
            Finding(
                "feed of events",
                connections: 1,
                server: "\(feed.events) events",
                values: [Double(feed.events) / feed.seconds],
                unit: "events/s",
                goal: Goals.eventsPerSecond,
                note: "\(Figure.count(Double(feed.bytes) / feed.seconds / 1_048_576)) MiB/s of JSON"
            ),
            Finding(
                "stream of events",
                connections: 1,
                server: "\(stream.events) events",
                values: [Double(stream.events) / stream.seconds],
                unit: "events/s",
                goal: Goals.eventsPerSecond,
                note: "\(Figure.count(Double(stream.bytes) / stream.seconds / 1_048_576)) MiB/s of event stream"
            ),
            Finding(
                "index of orders after a start",
                connections: 0,
                server: "\(count) buyers",
                values: [indexSeconds],
                unit: "s",
                goal: Goals.indexSeconds(orders: Double(count)),
                note: "from readiness, at the lowest priority"
            ),
            Finding(
                "index of orders, memory",
                connections: 0,
                server: "\(count) buyers",
                values: [indexBytes / Double(count)],
                unit: "bytes",
                goal: Goals.indexBytesPerOrder,
                note: "resident memory of a server with the index less that of one without, each right after its start"
            ),
        ]
    }
}

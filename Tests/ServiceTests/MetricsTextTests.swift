import Foundation
import Testing

@testable import Service

@Suite("The metrics' text")
struct MetricsTextTests {
    private func text(_ write: (inout PrometheusText) -> Void) -> String {
        var text = PrometheusText()
        write(&text)
        return String(decoding: text.bytes, as: UTF8.self)
    }

    /// Two journals, of which the first has failed.
    private static let journals: [JournalReading] = {
        let nothing = HistogramReading(bounds: [50_000, 100_000], counts: [0, 0, 0], sum: 0)
        var calm = JournalReading(syncNanoseconds: nothing, batchRecords: nothing, batchBytes: nothing)
        (calm.segments, calm.segmentsLate) = (2, 1)
        var failed = calm
        (failed.records, failed.bytes, failed.batches, failed.syncs) = (2, 4_096, 1, 1)
        failed.syncNanoseconds = HistogramReading(bounds: [50_000, 100_000], counts: [0, 1, 0], sum: 85_000)
        failed.batchRecords = HistogramReading(bounds: [50_000, 100_000], counts: [1, 0, 0], sum: 2)
        failed.failure = .poisoned
        return [failed, calm]
    }()

    /// A server on which something of everything has happened.
    private func rendered() -> String {
        let metrics = ServerMetrics(loops: 2)
        for loop in metrics.loops {
            loop.connectionOpened()
            loop.answered(.purchase, status: 201)
            loop.purchased(.confirmed)
        }
        metrics.loops[1].answered(.none, status: 404)
        metrics.loops[1].purchased(.refused(.soldOut))
        metrics.loops[0].reached(.connections)
        metrics.loops[0].connectionClosed()
        var process = ProcessReading(startedMilliseconds: 1_700_000_000_500, descriptorsMax: 1_024)
        process.residentBytes = 1
        process.virtualBytes = 2
        process.descriptorsOpen = 3
        process.processorSeconds = 0.5
        var readings = ServerReadings(process: process)
        readings.journals = Self.journals
        readings.phase = .serving
        readings.diskFreeBytes = 5_000
        readings.skus = 7
        readings.wallets = 5
        readings.ordersRemembered = 8
        readings.recovery = RecoveryReading(seconds: 0.25, records: 9, tornBytes: 10)
        return String(decoding: metrics.render(readings), as: UTF8.self)
    }

    @Test("a family has its help, its type and its samples, in this order")
    func family() {
        let text = text {
            $0.family("a_total", .counter, "What \\ it\nis.")
            $0.sample(3 as UInt64)
            $0.sample(0.5, ["x": "a\"b\\c\nd", "y": ""])
        }
        let expected = """
            # HELP a_total What \\\\ it\\nis.
            # TYPE a_total counter
            a_total 3
            a_total{x="a\\"b\\\\c\\nd",y=""} 0.5

            """
        #expect(text == expected)
    }

    @Test("a histogram's buckets are cumulative, in seconds, and end with all")
    func histogram() {
        let reading = HistogramReading(
            bounds: [50_000, 1_000_000_000],
            counts: [1, 2, 3],
            sum: 2_500_000_000
        )
        let text = text {
            $0.family("a_seconds", .histogram, "A.")
            $0.histogram(reading, parts: 1e9)
        }
        let expected = """
            # HELP a_seconds A.
            # TYPE a_seconds histogram
            a_seconds_bucket{le="5e-05"} 1
            a_seconds_bucket{le="1.0"} 3
            a_seconds_bucket{le="+Inf"} 6
            a_seconds_sum 2.5
            a_seconds_count 6

            """
        #expect(text == expected)
    }

    @Test("numbers that are none are spelled as Prometheus spells them")
    func specialNumbers() {
        let text = text {
            $0.family("a", .gauge, "A.")
            $0.sample(Double.nan)
            $0.sample(Double.infinity)
            $0.sample(-Double.infinity)
        }
        #expect(text.hasSuffix("a NaN\na +Inf\na -Inf\n"))
    }

    @Test(
        "loops are added up, and every part of the server is shown",
        arguments: [
            "stockkeeper_requests_total{route=\"purchase\",status=\"201\"} 2",
            "stockkeeper_requests_total{route=\"none\",status=\"404\"} 1",
            "stockkeeper_purchases_total{outcome=\"confirmed\"} 2",
            "stockkeeper_purchases_total{outcome=\"replayed\"} 0",
            "stockkeeper_purchases_total{outcome=\"sold_out\"} 1",
            "stockkeeper_connections 1",
            "stockkeeper_connections_accepted_total 2",
            "stockkeeper_limit_reached_total{limit=\"http.connections_max\"} 1",
            "stockkeeper_limit_reached_total{limit=\"mailbox_bytes\"} 0",
            "stockkeeper_journal_records_total{partition=\"0\"} 2",
            "stockkeeper_journal_bytes_total{partition=\"0\"} 4096",
            "stockkeeper_journal_syncs_total{partition=\"0\"} 1",
            "stockkeeper_journal_failed{partition=\"0\"} 1",
            "stockkeeper_journal_failed{partition=\"1\"} 0",
            "stockkeeper_journal_batches_total{partition=\"0\"} 1",
            "stockkeeper_journal_segments{partition=\"1\"} 2",
            "stockkeeper_journal_segments_late_total 2",
            "stockkeeper_journal_failures{reason=\"full\"} 0",
            "stockkeeper_journal_failures{reason=\"poisoned\"} 1",
            "stockkeeper_journal_sync_seconds_bucket{le=\"5e-05\"} 0",
            "stockkeeper_journal_sync_seconds_bucket{le=\"0.0001\"} 1",
            "stockkeeper_journal_sync_seconds_count 1",
            "stockkeeper_journal_batch_records_sum 2.0",
            "stockkeeper_journal_batch_bytes_count 0",
            "stockkeeper_phase{phase=\"recovering\"} 0",
            "stockkeeper_phase{phase=\"serving\"} 1",
            "stockkeeper_disk_free_bytes 5000",
            "stockkeeper_recovery_torn_bytes 10",
            "stockkeeper_build_info{version=\"\(Product.version)\"} 1",
            "stockkeeper_skus 7",
            "stockkeeper_wallets 5",
            "stockkeeper_orders_remembered 8",
            "stockkeeper_recovery_seconds 0.25",
            "stockkeeper_recovery_records 9",
            "process_start_time_seconds 1700000000.5",
            "process_open_fds 3",
            "process_max_fds 1024",
            "process_resident_memory_bytes 1",
            "process_virtual_memory_bytes 2",
            "process_cpu_seconds_total 0.5",
        ]
    )
    func samples(line: String) {
        #expect(rendered().split(separator: "\n").contains { $0 == line })
    }

    @Test("what is not known yet is left out, and only what has happened is listed of requests")
    func unknown() {
        let metrics = ServerMetrics(loops: 1)
        let process = ProcessReading(startedMilliseconds: 0, descriptorsMax: 1)
        let text = String(decoding: metrics.render(ServerReadings(process: process)), as: UTF8.self)
        #expect(!text.contains("recovery"))
        #expect(!text.contains("process_open_fds"))
        #expect(!text.contains("stockkeeper_requests_total{"))
    }

    @Test("as many partitions as there may be still fit an answer")
    func manyPartitions() throws {
        let journal = try #require(Self.journals.first)
        var readings = ServerReadings(process: ProcessReading(startedMilliseconds: 0, descriptorsMax: 1))
        readings.journals = (0..<1_024)
            .map { _ in
                var journal = journal
                (journal.records, journal.bytes, journal.batches, journal.syncs) = (1 << 40, 1 << 48, 1 << 40, 1 << 40)
                return journal
            }
        #expect(ServerMetrics(loops: 1).render(readings).count < Composer.bodyBytesMax - 65_536)
    }

    @Test("every line is of the format, every family has one HELP and one TYPE before its samples, no series is twice")
    func format() throws {
        let help = /# HELP ([a-z_]+) [^\n]+\./
        let type = /# TYPE ([a-z_]+) (counter|gauge|histogram)/
        let sample = /([a-z_]+)(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [0-9.e+-]+/
        var families: [String] = []
        var series: Set<Substring> = []
        var kind = ""
        for line in rendered().split(separator: "\n") {
            if let match = line.wholeMatch(of: help) {
                #expect(!families.contains(String(match.1)), "\(line)")
                families.append(String(match.1))
            } else if let match = line.wholeMatch(of: type) {
                #expect(families.last == String(match.1), "\(line)")
                kind = String(match.2)
                #expect((kind == "counter") == match.1.hasSuffix("_total"), "\(line)")
            } else {
                let match = try #require(line.wholeMatch(of: sample), "\(line)")
                let suffixes = kind == "histogram" ? ["_bucket", "_sum", "_count"] : [""]
                #expect(suffixes.contains { (families.last ?? "") + $0 == match.1 }, "\(line)")
                #expect(series.insert(line.prefix(upTo: line.lastIndex(of: " ") ?? line.endIndex)).inserted, "\(line)")
            }
        }
        #expect(families.allSatisfy { $0.hasPrefix("stockkeeper_") || $0.hasPrefix("process_") })
    }
}

/// Every number that `GET /metrics` shows: the counters of the loops, and readings that the rest of the server gives.
public final class ServerMetrics: Sendable {
    /// One per loop, in the loops' order.
    public let loops: [LoopMetrics]

    /// Counters at zero for this many loops.
    public init(loops count: Int) {
        loops = (0..<count).map { _ in LoopMetrics() }
    }

    /// The text for `GET /metrics`.
    ///
    /// - Isolation: any thread. Cost: 0.2 ms for one loop, 0.5 ms for 64; allocates.
    public func render(_ readings: ServerReadings) -> [UInt8] {
        var text = PrometheusText()
        writeRequests(to: &text)
        writeConnections(to: &text)
        readings.journals.write(to: &text)
        SnapshotReading.write(readings.snapshots, to: &text)
        readings.index?.write(to: &text)
        readings.transactions.write(to: &text)
        Self.write(readings, to: &text)
        readings.process.write(to: &text)
        return text.bytes
    }

    private func sum(_ counter: (LoopMetrics) -> UInt64) -> UInt64 {
        loops.reduce(0) { $0 &+ counter($1) }
    }

    private func writeRequests(to text: inout PrometheusText) {
        text.family("stockkeeper_requests_total", .counter, "Requests answered, by route and status.")
        for route in RouteLabel.allCases {
            for status in LoopMetrics.statuses {
                // Only what has happened: a route times all statuses would be thousands of zeros.
                let count = sum { $0.requests(route, status: status) }
                guard count > 0 else { continue }
                text.sample(count, ["route": route.label, "status": String(status)])
            }
        }
        text.family("stockkeeper_purchases_total", .counter, "Purchases, by how they ended.")
        for outcome in PurchaseOutcome.all {
            text.sample(sum { $0.purchases(outcome) }, ["outcome": outcome.label])
        }
        text.family("stockkeeper_holds_total", .counter, "Holds, by what became of them.")
        for outcome in HoldOutcome.allCases {
            text.sample(sum { $0.holds(outcome) }, ["outcome": outcome.label])
        }
        text.family("stockkeeper_orders_cancelled_total", .counter, "Cancellations of orders or parts of them.")
        text.sample(sum { $0.ordersCancelled })
    }

    private func writeConnections(to text: inout PrometheusText) {
        text.family("stockkeeper_connections", .gauge, "Connections open now.")
        text.sample(sum { $0.connectionsOpen })
        text.family("stockkeeper_connections_accepted_total", .counter, "Connections accepted.")
        text.sample(sum { $0.connectionsAccepted })
        text.family("stockkeeper_streams_ended_total", .counter, "Streams that have ended, by the reason.")
        for reason in StreamEnd.allCases {
            text.sample(sum { $0.streamEnds(reason) }, ["reason": "\(reason.label)"])
        }
        text.family("stockkeeper_limit_reached_total", .counter, "How often a limit was reached, by its setting.")
        for limit in LimitLabel.allCases {
            text.sample(sum { $0.reaches(limit) }, ["limit": limit.label])
        }
        text.family("stockkeeper_log_lines_total", .counter, "Lines of the access log.")
        text.sample(sum { $0.logLinesWritten })
        text.family("stockkeeper_log_lines_dropped_total", .counter, "Lines that found the access log's buffer full.")
        text.sample(sum { $0.logLinesDropped })
    }

    private static func write(_ readings: ServerReadings, to text: inout PrometheusText) {
        text.family("stockkeeper_build_info", .gauge, "1, with the version as label.")
        text.sample(1 as UInt64, ["version": Product.version])
        text.family("stockkeeper_phase", .gauge, "1 for the phase that the server is in, 0 for the others.")
        for phase in PhaseLabel.allCases {
            text.sample(readings.phase == phase ? 1 : 0 as UInt64, ["phase": phase.rawValue])
        }
        text.family("stockkeeper_streams", .gauge, "Streams open now, by what they tell of.")
        text.sample(readings.eventStreams, ["of": "events"])
        text.sample(readings.watchers, ["of": "sku"])
        text.family("stockkeeper_skus", .gauge, "SKUs that exist.")
        text.sample(readings.skus)
        text.family("stockkeeper_wallets", .gauge, "Wallets that have been put something into.")
        text.sample(readings.wallets)
        text.family("stockkeeper_holds_open", .gauge, "Holds that are neither confirmed nor released nor expired.")
        text.sample(readings.holdsOpen)
        text.family("stockkeeper_holds_kept", .gauge, "Holds in memory: open, or resolved and remembered.")
        text.sample(readings.holdsKept)
        text.family("stockkeeper_orders_remembered", .gauge, "Orders whose Idempotency-Key is remembered.")
        text.sample(readings.ordersRemembered)
        if let free = readings.diskFreeBytes {
            text.family("stockkeeper_disk_free_bytes", .gauge, "Room on the file system of the data folder.")
            text.sample(free)
        }
        // Absent until recovery is done: a zero would say that it took no time.
        guard let recovery = readings.recovery else { return }
        text.family("stockkeeper_recovery_seconds", .gauge, "What the recovery at the start took.")
        text.sample(recovery.seconds)
        text.family("stockkeeper_recovery_records", .gauge, "Records replayed by the recovery at the start.")
        text.sample(recovery.records)
        text.family("stockkeeper_recovery_torn_bytes", .gauge, "Bytes of unanswered requests that a crash had torn.")
        text.sample(recovery.tornBytes)
    }
}

/// What the parts of the server say of themselves at one moment.
public struct ServerReadings: Sendable {
    /// One per partition, in the partitions' order.
    public var journals: [JournalReading] = []
    /// One per partition, in the partitions' order.
    public var snapshots: [SnapshotReading] = []
    /// The index of buyers' orders; nil where there is none.
    public var index: IndexReading?
    /// Carts, and purchases that a wallet pays for.
    public var transactions = TransactionReading()
    /// What the server is doing.
    public var phase = PhaseLabel.recovering
    /// The bytes that may still be written to the data folder's file system; nil where it does not say.
    public var diskFreeBytes: UInt64?
    /// Streams of events that are open.
    public var eventStreams: UInt64 = 0
    /// Streams of SKUs that are open.
    public var watchers: UInt64 = 0
    /// SKUs that exist.
    public var skus: UInt64 = 0
    /// Wallets that have been put something into.
    public var wallets: UInt64 = 0
    /// Holds that are open.
    public var holdsOpen: UInt64 = 0
    /// Holds that are kept: open, or resolved and remembered.
    public var holdsKept: UInt64 = 0
    /// Orders whose Idempotency-Key is remembered.
    public var ordersRemembered: UInt64 = 0
    /// The recovery at the start; nil until it is done.
    public var recovery: RecoveryReading?
    /// The process as the kernel sees it.
    public var process: ProcessReading

    /// Readings of a server that has just started.
    public init(process: ProcessReading) {
        self.process = process
    }
}

/// What a recovery took.
public struct RecoveryReading: Sendable, Equatable {
    /// From the first file opened to the last record applied, in seconds.
    public var seconds: Double
    /// Records replayed, over all partitions.
    public var records: UInt64
    /// Bytes of batches that a crash had torn, over all partitions.
    public var tornBytes: UInt64

    /// A reading.
    public init(seconds: Double, records: UInt64, tornBytes: UInt64 = 0) {
        self.seconds = seconds
        self.records = records
        self.tornBytes = tornBytes
    }
}

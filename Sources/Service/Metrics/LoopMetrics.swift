/// What one loop counts of its connections and requests.
///
/// - Isolation: the counting methods belong to the loop's thread, the readings to any.
/// - Cost: a load and a store each; nothing is allocated after `init`.
public final class LoopMetrics: Sendable {
    /// Every status of RFC 9110.
    ///
    /// The block takes 4 KB per route, of which only the lines of statuses in use are touched.
    static let statuses: Range<UInt16> = 100..<600

    private let requests = CounterBlock(count: RouteLabel.allCases.count * LoopMetrics.statuses.count)
    private let purchases = CounterBlock(count: PurchaseOutcome.all.count)
    private let holds = CounterBlock(count: HoldOutcome.allCases.count)
    private let cancellations = CounterBlock(count: 1)
    private let limits = CounterBlock(count: LimitLabel.allCases.count)
    private let streamEnds = CounterBlock(count: StreamEnd.allCases.count)
    private let connections = CounterBlock(count: 2)
    private let logLines = CounterBlock(count: 2)

    /// Everything at zero.
    public init() {}

    /// Counts a request whose answer was handed to its connection.
    public func answered(_ route: RouteLabel, status: UInt16) {
        requests.add(at: Self.index(route, status))
    }

    /// Counts how a purchase ended.
    public func purchased(_ outcome: PurchaseOutcome) {
        purchases.add(at: outcome.index)
    }

    /// Counts what became of holds.
    public func held(_ outcome: HoldOutcome, count: UInt64 = 1) {
        holds.add(count, at: outcome.rawValue)
    }

    /// Counts an order that was cancelled, or a part of it.
    public func orderCancelled() {
        cancellations.add(at: 0)
    }

    /// Counts that a limit was reached.
    public func reached(_ limit: LimitLabel) {
        limits.add(at: limit.rawValue)
    }

    /// Counts a stream that has ended.
    public func streamEnded(_ reason: StreamEnd) {
        streamEnds.add(at: reason.rawValue)
    }

    /// Counts a line for the access log.
    public func logged(isDropped: Bool) {
        logLines.add(at: isDropped ? 1 : 0)
    }

    /// Counts a connection that was accepted.
    public func connectionOpened() {
        connections.add(at: 0)
    }

    /// Counts a connection that is gone.
    public func connectionClosed() {
        connections.add(at: 1)
    }

    /// Requests answered so.
    public func requests(_ route: RouteLabel, status: UInt16) -> UInt64 {
        requests.value(at: Self.index(route, status))
    }

    /// Purchases that ended so.
    public func purchases(_ outcome: PurchaseOutcome) -> UInt64 {
        purchases.value(at: outcome.index)
    }

    /// Holds of which this became.
    public func holds(_ outcome: HoldOutcome) -> UInt64 {
        holds.value(at: outcome.rawValue)
    }

    /// Cancellations of orders or parts of them.
    public var ordersCancelled: UInt64 { cancellations.value(at: 0) }

    /// How often the limit was reached.
    public func reaches(_ limit: LimitLabel) -> UInt64 {
        limits.value(at: limit.rawValue)
    }

    /// Streams that have ended so.
    public func streamEnds(_ reason: StreamEnd) -> UInt64 {
        streamEnds.value(at: reason.rawValue)
    }

    /// Lines handed to the access log.
    public var logLinesWritten: UInt64 { logLines.value(at: 0) }

    /// Lines that found it full.
    public var logLinesDropped: UInt64 { logLines.value(at: 1) }

    /// Connections accepted since the start.
    public var connectionsAccepted: UInt64 { connections.value(at: 0) }

    /// Connections open now.
    public var connectionsOpen: UInt64 {
        // The closed ones first: one that opens and closes between the two readings must not make it negative.
        let closed = connections.value(at: 1)
        return connections.value(at: 0) &- closed
    }

    private static func index(_ route: RouteLabel, _ status: UInt16) -> Int {
        precondition(statuses.contains(status), "a status outside 100...599")
        return route.rawValue * statuses.count + Int(status - statuses.lowerBound)
    }
}

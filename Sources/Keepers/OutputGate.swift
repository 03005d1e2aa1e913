import Journal

/// Answers that wait until what they report is on disk, oldest first.
///
/// One entry per waiting connection at most, so its size is bounded by the limit on connections.
///
/// - Isolation: the partition's loop. Cost: no allocation once it has grown to its working size.
public struct OutputGate: ~Copyable {
    private struct Entry {
        let position: JournalPosition
        let ticket: UInt64
    }

    private var entries: [Entry] = []
    private var head = 0

    /// A gate with nothing behind it.
    public init() {}

    /// Answers that wait.
    public var count: Int { entries.count - head }

    /// Whether an answer waits for nothing more than `durable`.
    public func isReady(durable: JournalPosition) -> Bool {
        head < entries.count && entries[head].position <= durable
    }

    /// Lets `ticket` through once everything before `position` is durable.
    ///
    /// An answer that depends on less than one that already waits is released with it: later than it could be, never
    /// earlier.
    public mutating func hold(_ ticket: UInt64, until position: JournalPosition) {
        let last = entries.last?.position ?? position
        entries.append(Entry(position: max(last, position), ticket: ticket))
    }

    /// The next ticket of those that wait for what never comes; nil when there are no more.
    public mutating func giveUp() -> UInt64? { release(durable: JournalPosition(rawValue: .max)) }

    /// The next ticket whose position is durable; nil when the rest must wait.
    public mutating func release(durable: JournalPosition) -> UInt64? {
        guard isReady(durable: durable) else { return nil }
        let ticket = entries[head].ticket
        head += 1
        if head == entries.count {
            entries.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 4_096 && head * 2 >= entries.count {
            entries.removeSubrange(..<head)
            head = 0
        }
        return ticket
    }
}

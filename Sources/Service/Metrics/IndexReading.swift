import Journal
import Synchronization

/// How far the index of orders has come.
///
/// - Isolation: any thread reads; the archive writes.
package final class IndexTally: Sendable {
    private final class Word: Sendable {
        let value = Atomic<UInt64>(0)
    }

    /// By the journals' numbers.
    private let positions: [UInt16: Word]
    /// Where the retired journals end.
    private let retired: [UInt16: JournalPosition]
    private let orderCount = Atomic<UInt64>(0)
    private let forgottenCount = Atomic<UInt64>(0)

    /// Nothing is read yet.
    ///
    /// - Parameters:
    ///   - journals: the numbers of those that somebody writes.
    ///   - retired: where the others end, by their numbers.
    init(journals: [UInt16], retired: [UInt16: JournalPosition]) {
        var positions: [UInt16: Word] = [:]
        for number in journals + retired.keys { positions[number] = Word() }
        self.positions = positions
        self.retired = retired
    }

    /// The numbers of all journals, in their order.
    var journals: [UInt16] { positions.keys.sorted() }

    /// Everything of a journal before this was read.
    func position(of journal: UInt16) -> UInt64 { positions[journal]?.value.load(ordering: .relaxed) ?? 0 }

    func read(_ journal: UInt16, upTo position: UInt64) {
        positions[journal]?.value.store(position, ordering: .relaxed)
    }

    func holds(_ orders: Int, forgotten: UInt64) {
        orderCount.store(UInt64(orders), ordering: .relaxed)
        forgottenCount.store(forgotten, ordering: .relaxed)
    }

    /// Bytes of retired journals that were not read.
    private var retiredBehind: UInt64 {
        retired.reduce(0) { $0 + ($1.value.rawValue - min($1.value.rawValue, position(of: $1.key))) }
    }

    /// All of it at one moment.
    ///
    /// - Parameter durable: how far each journal that somebody writes is durable, in the partitions' order.
    /// - Returns: what there is to say.
    func reading(_ durable: [(journal: UInt16, position: JournalPosition)]) -> IndexReading {
        let positions = durable.map { position(of: $0.journal) }
        let live = zip(durable, positions)
            .reduce(0 as UInt64) { $0 + ($1.0.position.rawValue - min($1.0.position.rawValue, $1.1)) }
        return IndexReading(
            orders: orderCount.load(ordering: .relaxed),
            forgotten: forgottenCount.load(ordering: .relaxed),
            behindBytes: live + retiredBehind,
            positions: positions
        )
    }
}

/// The index of orders at one moment.
public struct IndexReading: Sendable, Equatable {
    /// Orders in it.
    public var orders: UInt64
    /// Orders that were let go of because there were too many.
    public var forgotten: UInt64
    /// Bytes of all journals that are durable and were not read.
    public var behindBytes: UInt64
    /// How far each partition's journal was read.
    public var positions: [UInt64]

    /// A reading.
    public init(orders: UInt64, forgotten: UInt64, behindBytes: UInt64, positions: [UInt64]) {
        self.orders = orders
        self.forgotten = forgotten
        self.behindBytes = behindBytes
        self.positions = positions
    }

    func write(to text: inout PrometheusText) {
        text.family("stockkeeper_index_orders", .gauge, "Orders in the index of buyers' orders.")
        text.sample(orders)
        text.family("stockkeeper_index_forgotten_total", .counter, "Orders that the index let go of for want of room.")
        text.sample(forgotten)
        text.family("stockkeeper_index_behind_bytes", .gauge, "Durable bytes of journals that the index has not read.")
        text.sample(behindBytes)
        text.family("stockkeeper_index_position_bytes", .gauge, "How far the index has read, by partition.")
        for (partition, position) in positions.enumerated() {
            text.sample(position, ["partition": String(partition)])
        }
    }
}

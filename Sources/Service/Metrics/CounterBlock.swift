import Synchronization

/// A row of counters that one thread writes and any thread reads.
///
/// With one writer, an addition is a load and a store (1 ns) and needs no locked instruction; relaxed order is enough
/// because a reader only wants each number, not one moment. The row has its cache lines to itself, so that
/// two loops never take a line from each other.
///
/// - Isolation: `add` by one thread at a time, `value` by any.
@safe public final class CounterBlock: @unchecked Sendable {
    // SAFETY: set once; every access is bounds-checked below, and the memory lives as long as the object.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    /// How many counters there are.
    public let count: Int

    /// Two lines of 64 bytes, because processors fetch them in pairs.
    private static let alignmentBytes = 128

    /// Counters that stand at zero.
    public init(count: Int) {
        self.count = count
        let stride = MemoryLayout<Atomic<UInt64>>.stride
        let bytes = (count * stride + Self.alignmentBytes - 1) / Self.alignmentBytes * Self.alignmentBytes
        // SAFETY: room for at least `count` counters, each of which is initialised here and released in deinit.
        unsafe cells =
            UnsafeMutableRawPointer
            .allocate(byteCount: bytes, alignment: Self.alignmentBytes)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count {
            unsafe (cells + index).initialize(to: Atomic(0))
        }
    }

    deinit {
        unsafe cells.deinitialize(count: count)
        unsafe cells.deallocate()
    }

    /// Adds to the counter at `index`.
    ///
    /// - Isolation: the one writing thread. Cost: a bounds check, a load and a store.
    public func add(_ amount: UInt64 = 1, at index: Int) {
        precondition(index >= 0 && index < count, "a counter outside of its block")
        let sum = unsafe cells[index].load(ordering: .relaxed) &+ amount
        unsafe cells[index].store(sum, ordering: .relaxed)
    }

    /// The counter at `index`, as it was a moment ago.
    public func value(at index: Int) -> UInt64 {
        precondition(index >= 0 && index < count, "a counter outside of its block")
        return unsafe cells[index].load(ordering: .relaxed)
    }
}

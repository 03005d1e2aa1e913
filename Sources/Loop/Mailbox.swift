import Platform
import Synchronization

/// Whoever sleeps until there is news: an event loop, or a thread that parks.
public protocol Wakeable: AnyObject, Sendable {
    /// Ends the sleep, or keeps it from beginning. Any thread; cheap when the receiver is awake.
    func wake()
}

/// A bounded one-way queue of byte messages from one thread to one other.
///
/// Messages pushed during a turn become visible together at `publish`, with at most one wake for all of them. Every message
/// is contiguous: one that begins before the end of the ring goes on behind it, where nothing else ever is.
///
/// - Isolation: `push` and `publish` by the sending thread, `drain` and `isEmpty` by the receiving one, counters by any.
@safe public final class Mailbox: @unchecked Sendable {
    // SAFETY: each position below is written by one side only; the other side reads it through the atomics, with
    // release and acquire around the bytes between them.

    /// Size of the length that stands before each message.
    ///
    /// Unit: bytes.
    private static let prefixBytes = 8

    private let memory: HeapMemory
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private let receiver: any Wakeable
    private var writePosition = 0
    private var knownReadPosition = 0
    private var readPosition = 0
    private let published = Atomic<Int>(0)
    private let consumed = Atomic<Int>(0)
    private let refused = Atomic<UInt64>(0)

    /// - Parameters:
    ///   - capacityBytes: a multiple of 8, and more than the largest message.
    ///   - receiver: woken by `publish`.
    /// - Throws: what `malloc` says when there is no memory.
    public init(capacityBytes: Int, receiver: any Wakeable) throws(SystemError) {
        // No message is larger than the ring. What lies behind the longest one that ran over is never touched.
        memory = try HeapMemory(bytes: capacityBytes * 2)
        // SAFETY: the memory lives as long as this object.
        unsafe base = memory.base
        capacity = capacityBytes
        self.receiver = receiver
    }

    /// How often a message found no room.
    public var refusals: UInt64 { refused.load(ordering: .relaxed) }

    /// Adds a message of `byteCount` bytes that `fill` writes; it is seen by the receiver after `publish`.
    ///
    /// - Returns: false when there is no room; nothing was added.
    @inline(__always)
    public func push(byteCount: Int, _ fill: (UnsafeMutableRawBufferPointer) -> Void) -> Bool {
        let needed = (Self.prefixBytes + byteCount + 7) & ~7
        if capacity - (writePosition - knownReadPosition) < needed {
            knownReadPosition = consumed.load(ordering: .acquiring)
            guard capacity - (writePosition - knownReadPosition) >= needed else {
                refused.store(refused.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
                return false
            }
        }
        // SAFETY: at most the capacity, from an offset below it: the memory has twice as many bytes.
        let start = unsafe base + writePosition % capacity
        unsafe start.storeBytes(of: byteCount, as: Int.self)
        unsafe fill(UnsafeMutableRawBufferPointer(start: start + Self.prefixBytes, count: byteCount))
        writePosition += needed
        return true
    }

    /// Shows the receiver everything pushed so far and wakes it, if there is anything new.
    public func publish() {
        guard published.load(ordering: .relaxed) != writePosition else { return }
        published.store(writePosition, ordering: .sequentiallyConsistent)
        receiver.wake()
    }

    /// Whether nothing waits to be drained.
    public var isEmpty: Bool {
        published.load(ordering: .sequentiallyConsistent) == readPosition
    }

    /// Hands the waiting messages over in order, at most `messagesMax` of them.
    ///
    /// - Returns: how many there were.
    @discardableResult
    public func drain(messagesMax: Int = .max, _ body: (UnsafeRawBufferPointer) -> Void) -> Int {
        let end = published.load(ordering: .acquiring)
        var count = 0
        while readPosition < end && count < messagesMax {
            // SAFETY: the sender has published a whole message here.
            let start = unsafe UnsafeRawPointer(base) + readPosition % capacity
            let byteCount = unsafe start.load(as: Int.self)
            unsafe body(UnsafeRawBufferPointer(start: start + Self.prefixBytes, count: byteCount))
            readPosition += (Self.prefixBytes + byteCount + 7) & ~7
            count += 1
            consumed.store(readPosition, ordering: .releasing)
        }
        return count
    }
}

import Platform
import Synchronization

/// The bytes between a partition's loop and its journal writer: a ring with one producer and one consumer, and how far
/// both have come.
///
/// The byte at position `p` lies at `p` modulo the ring's size. The ring is mapped twice in a row, so that any range of
/// positions up to its size is contiguous. Space is given back once it is durable, not once it is written: what is
/// appended and not durable never exceeds the ring, on which recovery relies.
///
/// - Isolation: the bytes from `published` on are the loop's, those in `durable..<published` the writer's; the rest is
///   atomic.
@safe
final class Staging: @unchecked Sendable {
    // SAFETY: the memory is divided between the two threads as the type's comment says; `published` and `durable` are
    // released by the one and acquired by the other.
    private let memory: RingMemory
    private let base: UnsafeMutableRawPointer
    /// A power of two.
    let capacity: Int
    let counters: JournalCounters
    let parker = Parker()

    private let publishedWord: Atomic<UInt64>
    private let durableWord: Atomic<UInt64>
    private let faultWord = Atomic<UInt64>(0)

    init(capacity: Int, start: UInt64, segments: JournalGauge) throws(SystemError) {
        counters = JournalCounters(segments: segments)
        memory = try RingMemory(capacity: capacity)
        // SAFETY: the mapping lives as long as this object.
        unsafe base = memory.base
        self.capacity = capacity
        publishedWord = Atomic(start)
        durableWord = Atomic(start)
    }

    /// Where the byte at `position` lies; `capacity` bytes from there on are contiguous.
    @inline(__always)
    @unsafe
    func address(_ position: UInt64) -> UnsafeMutableRawPointer {
        unsafe base + Int(position & UInt64(capacity - 1))
    }

    /// Everything before it is for the writer to take.
    @inline(__always)
    var published: UInt64 {
        get { publishedWord.load(ordering: .acquiring) }
        set { publishedWord.store(newValue, ordering: .releasing) }
    }

    /// Everything before it is on disk for good.
    @inline(__always)
    var durable: UInt64 {
        get { durableWord.load(ordering: .acquiring) }
        set { durableWord.store(newValue, ordering: .releasing) }
    }

    /// Why the writer has ended; nil as long as it has not.
    ///
    /// The first reason stays.
    @inline(__always)
    var fault: JournalFault? {
        let word = faultWord.load(ordering: .relaxed)
        return word == 0 ? nil : Self.fault(word)
    }

    /// Ends the journal: nothing becomes durable any more.
    func fail(_ fault: JournalFault) {
        let word: UInt64 =
            switch fault {
            case .full: 1
            case .fenced: 2
            case .poisoned(let code): 3 | UInt64(UInt32(bitPattern: code)) << 32
            }
        _ = faultWord.compareExchange(expected: 0, desired: word, ordering: .relaxed)
    }

    private static func fault(_ word: UInt64) -> JournalFault {
        switch word & 0xFFFF_FFFF {
        case 1: .full
        case 2: .fenced
        default: .poisoned(Int32(truncatingIfNeeded: word >> 32))
        }
    }
}

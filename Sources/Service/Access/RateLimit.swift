import Domain
import Synchronization

/// How often somebody may ask: a bucket of tokens for each, that fills again at a rate; each request takes one.
///
/// A bucket is one number, the moment at which it will be full (the generic cell rate algorithm, ITU-T I.371), beside a
/// part of the fingerprint of whoever has it, in one word that all loops change without a lock. So a limit holds over all
/// loops, and the table never grows: where a new bucket finds no room, the fullest of a few is forgotten.
///
/// - Isolation: any thread.
@safe final class RateLimit: @unchecked Sendable {
    // SAFETY: set once; places are masked to `count`, and the memory lives as long as the object.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int
    private let intervalMicroseconds: UInt64
    private let depthMicroseconds: UInt64

    /// Whose buckets they are.
    let holder: Holder
    /// Tokens of a full bucket.
    let burst: Int

    /// Whose requests are counted together.
    enum Holder: BitwiseCopyable, Sendable {
        /// A caller's, whatever address they come from.
        case credential
        /// A client's address', whatever credential they show.
        case address
    }

    /// What became of a request for a token.
    struct Outcome: BitwiseCopyable, Equatable {
        /// How long until there is a token; nil where one was taken.
        var waitMicroseconds: UInt64?
        /// Whether somebody's bucket was forgotten that was not full.
        var hasForgotten = false
    }

    /// Places that one bucket may be in: a cache line.
    private static let ways = 8
    private static let timeMask: UInt64 = 1 << 48 - 1
    /// How often a place is tried that another thread changes.
    private static let triesMax = 64

    /// Buckets that are all full.
    ///
    /// - Parameters:
    ///   - holder: whose they are.
    ///   - perSecond: tokens that come back in a second, 1...100,000.
    ///   - burst: tokens of a full one.
    ///   - entries: buckets, a power of two from 8 on.
    init(_ holder: Holder, perSecond: Int, burst: Int, entries: Int) {
        self.holder = holder
        self.burst = burst
        count = entries
        intervalMicroseconds = UInt64(1_000_000 / perSecond)
        depthMicroseconds = UInt64(burst) * intervalMicroseconds
        // SAFETY: each of the words is initialised here and released in deinit.
        unsafe cells =
            UnsafeMutableRawPointer.allocate(byteCount: entries * 8, alignment: 64)
            .bindMemory(to: Atomic<UInt64>.self, capacity: entries)
        for index in 0..<entries { unsafe (cells + index).initialize(to: Atomic(0)) }
    }

    deinit {
        unsafe cells.deinitialize(count: count)
        unsafe cells.deallocate()
    }

    /// Seconds in which an empty bucket becomes full; at least 1.
    var windowSeconds: UInt64 { max(1, (depthMicroseconds + 999_999) / 1_000_000) }

    /// Takes a token out of somebody's bucket.
    ///
    /// - Parameters:
    ///   - fingerprint: whose, under a key that nobody outside has.
    ///   - now: microseconds since the start, below 2^48: almost nine years.
    /// - Returns: whether there was one.
    func take(_ fingerprint: Fingerprint, atMicroseconds now: UInt64) -> Outcome {
        let tag = max(1, fingerprint.high >> 48) << 48
        let base = Int(truncatingIfNeeded: fingerprint.low) & (count - 1) & ~(Self.ways - 1)
        for _ in 0..<Self.triesMax {
            let (place, word) = find(tag, from: base)
            let isOwn = word & ~Self.timeMask == tag
            let fullAt = max(isOwn ? word & Self.timeMask : 0, now) + intervalMicroseconds
            guard fullAt - now <= depthMicroseconds else {
                return Outcome(waitMicroseconds: fullAt - now - depthMicroseconds)
            }
            let new = tag | fullAt & Self.timeMask
            let exchange = unsafe cells[place]
                .compareExchange(expected: word, desired: new, ordering: .relaxed)
            if exchange.exchanged { return Outcome(hasForgotten: !isOwn && word & Self.timeMask > now) }
        }
        // So many others at once: they have been counted.
        return Outcome()
    }

    /// The place of a bucket, or the one to put it into: whose bucket there is full, or will be first.
    private func find(_ tag: UInt64, from base: Int) -> (place: Int, word: UInt64) {
        var (place, word) = (base, UInt64.max)
        for index in base..<base + Self.ways {
            let found = unsafe cells[index].load(ordering: .relaxed)
            if found & ~Self.timeMask == tag { return (index, found) }
            if found & Self.timeMask < word & Self.timeMask || word == .max { (place, word) = (index, found) }
        }
        return (place, word)
    }
}

/// What somebody has asked too often for.
struct Excess: BitwiseCopyable, Sendable {
    /// Whose requests were counted.
    let holder: RateLimit.Holder
    /// Requests that may come at once.
    let quota: UInt32
    /// Seconds in which as many may come again.
    let windowSeconds: UInt32
    /// Seconds until one may come.
    let retrySeconds: UInt32
}

/// A map from fingerprints to numbers that forgets by itself: each entry is kept for a window at least, and for a
/// third of it more at most, as long as new ones come.
///
/// Entries lie in generations, each a third of the window long. A generation goes as a whole, once its newest entry is
/// older than the window: nothing is kept per entry to age it by. Only `insert` moves time on, by the journaled instant
/// it is given, so a replay forgets exactly what the live server forgot.
///
/// Isolation: its owner. Cost: a look at four tables at most; memory as `FingerprintTable`.
public struct GenerationalTable: ~Copyable, Sendable {
    /// The most generations that can be within the window at once: three that end in it and one that has begun.
    static let generationCount = 4

    private struct Generation: ~Copyable, Sendable {
        var table = FingerprintTable()
        /// When its first entry came, in milliseconds since the epoch.
        var opened: Int64 = 0
        /// When its last entry came, in milliseconds since the epoch.
        var newest: Int64 = 0
    }

    /// How long an entry is remembered at least, in milliseconds.
    public let windowMilliseconds: Int64
    /// The entries past which the owner should take no more.
    public let entriesMax: Int

    private var generations: InlineArray<4, Generation>
    /// The generation that takes entries; the one after it, round the ring, is the oldest.
    private var current = 0
    /// The latest instant seen: a clock that goes back makes nothing older or newer.
    private var latest = Int64.min
    /// A generation that is forgotten but not yet all given back: one shard an insert, so that no call has to wait.
    private var retired = FingerprintTable()
    private var retiredShardsDiscarded = 0

    /// A table that remembers nothing yet.
    ///
    /// - Parameters:
    ///   - windowMilliseconds: how long an entry is remembered at least; 1 or more.
    ///   - entriesMax: the entries from which on `isFull` says so.
    public init(windowMilliseconds: Int64, entriesMax: Int) {
        precondition(windowMilliseconds > 0, "a window of no time remembers nothing")
        self.windowMilliseconds = windowMilliseconds
        self.entriesMax = entriesMax
        generations = InlineArray { _ in Generation() }
    }

    /// The entries that are remembered.
    public var count: Int {
        var count = 0
        for index in 0..<Self.generationCount { count += generations[index].table.count }
        return count
    }

    /// The bytes of memory that the entries take, without what the allocator adds.
    public var memoryBytes: Int {
        var bytes = retired.memoryBytes
        for index in 0..<Self.generationCount { bytes += generations[index].table.memoryBytes }
        return bytes
    }

    /// Whether there is no room for a new entry at a moment, counting out what is too old by then.
    ///
    /// It is the owner's to refuse; `insert` takes an entry all the same, so that a replay under a smaller limit loses
    /// nothing.
    public func isFull(at now: Instant) -> Bool {
        let now = max(latest, now.millisecondsSinceEpoch)
        var count = 0
        for index in 0..<Self.generationCount where !isExpired(index, at: now) {
            count += generations[index].table.count
        }
        return count >= entriesMax
    }

    /// The value of a fingerprint, the newest if it has several, or nil if it has none or it is forgotten.
    public func find(_ fingerprint: Fingerprint) -> UInt64? {
        var index = current
        for _ in 0..<Self.generationCount {
            if let value = generations[index].table.find(fingerprint) { return value }
            index = before(index)
        }
        return nil
    }

    /// Where the next `insert` of a fingerprint will look: for a prefetch, never to be read.
    public func place(of fingerprint: Fingerprint) -> UnsafeRawPointer? {
        unsafe generations[current].table.place(of: fingerprint)
    }

    /// Remembers a value for a fingerprint, in place of one it may have had, and forgets what is too old by now.
    ///
    /// - Parameters:
    ///   - fingerprint: whose value it is.
    ///   - value: 0...`FingerprintTable.valueMax`.
    ///   - instant: the journaled moment of the entry.
    public mutating func insert(_ fingerprint: Fingerprint, _ value: UInt64, at instant: Instant) {
        let now = max(latest, instant.millisecondsSinceEpoch)
        latest = now
        discardSome()
        forgetExpired(at: now)
        openGeneration(at: now)
        generations[current].newest = now
        generations[current].table.set(value, for: fingerprint)
    }

    /// Visits every entry, the oldest generation first, with an instant at which to insert it elsewhere.
    ///
    /// - Parameter body: gets a fingerprint, its value, and the moment of the newest entry of its generation: never
    ///   before its own, so a copy forgets it no sooner.
    /// - Throws: what `body` throws; the rest is then not visited.
    public func visit<Failure: Error>(
        _ body: (Fingerprint, UInt64, Instant) throws(Failure) -> Void
    ) throws(Failure) {
        var index = current
        for _ in 0..<Self.generationCount {
            index = after(index)
            let newest = Instant(millisecondsSinceEpoch: generations[index].newest)
            try generations[index].table
                .visit { (fingerprint, value) throws(Failure) in
                    try body(fingerprint, value, newest)
                }
        }
    }
}

extension GenerationalTable {
    /// Hands over what is remembered as it lies in memory: the current generation's number 8, the latest instant 8, then
    /// for each generation when it was opened 8, when its newest entry came 8, and its table.
    ///
    /// The window and the limit are its owner's to know; what is forgotten already is left out.
    public func write<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(UInt64(current))
        try sink.put(latest)
        for index in 0..<Self.generationCount {
            try sink.put(generations[index].opened)
            try sink.put(generations[index].newest)
            try generations[index].table.write(to: sink)
        }
    }

    /// Remembers what was handed over, in place of all else, and goes on to forget it as the table that it came from.
    ///
    /// - Parameter source: gives its bytes back.
    /// - Returns: false where the bytes are no such table; what is remembered then is of no use.
    /// - Throws: what the source throws.
    public mutating func read<Source: FlatSource>(from source: Source) throws(Source.Failure) -> Bool {
        let number = try source.take(UInt64.self)
        guard number < UInt64(Self.generationCount) else { return false }
        current = Int(number)
        latest = try source.take(Int64.self)
        for index in 0..<Self.generationCount {
            generations[index].opened = try source.take(Int64.self)
            generations[index].newest = try source.take(Int64.self)
            guard let table = try FingerprintTable.read(from: source) else { return false }
            generations[index].table = table
        }
        retired = FingerprintTable()
        return true
    }

    private func after(_ index: Int) -> Int { (index + 1) % Self.generationCount }

    private func before(_ index: Int) -> Int { (index + Self.generationCount - 1) % Self.generationCount }

    /// A difference that overflows is longer than any window.
    private static func elapsed(from earlier: Int64, to later: Int64) -> Int64 {
        let (elapsed, overflow) = later.subtractingReportingOverflow(earlier)
        return overflow ? Int64.max : elapsed
    }

    private func isExpired(_ index: Int, at now: Int64) -> Bool {
        Self.elapsed(from: generations[index].newest, to: now) > windowMilliseconds
    }

    private mutating func forgetExpired(at now: Int64) {
        for index in 0..<Self.generationCount
        where !generations[index].table.isEmpty && isExpired(index, at: now) {
            retire(index)
        }
    }

    /// Takes the next generation round the ring once the current one has lasted its third of the window.
    private mutating func openGeneration(at now: Int64) {
        if generations[current].table.isEmpty {
            generations[current].opened = now
            return
        }
        let span = (windowMilliseconds - 1) / Int64(Self.generationCount - 1) + 1
        guard Self.elapsed(from: generations[current].opened, to: now) >= span else { return }
        current = after(current)
        // It is empty: its newest entry came before four spans, which are more than the window, began.
        generations[current].opened = now
    }

    private mutating func retire(_ index: Int) {
        swap(&retired, &generations[index].table)
        generations[index].table = FingerprintTable()
        retiredShardsDiscarded = 0
    }

    private mutating func discardSome() {
        guard retired.shardCount > 0 else { return }
        if retiredShardsDiscarded < retired.shardCount {
            retired.discardShard(retiredShardsDiscarded)
            retiredShardsDiscarded += 1
        } else {
            retired = FingerprintTable()
        }
    }
}

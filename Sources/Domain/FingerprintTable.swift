/// A map from fingerprints to numbers for up to hundreds of millions of entries: compact, and without long pauses.
///
/// Entries lie in flat slots of 24 bytes: one cache miss a look. A table begins as one small shard. Past
/// `splitCount` entries it is cut into `shardCountMax` shards that grow one at a time, and at different times, so that
/// no single call copies much and the memory stays near 33 bytes an entry. An empty table is a nil pointer.
///
/// Isolation: its owner. Cost: 24 bytes a slot, 27 to 40 bytes an entry; no allocation but to grow.
@safe
public struct FingerprintTable: ~Copyable, @unchecked Sendable {
    /// The largest value that can be kept.
    public static let valueMax = UInt64.max - 1
    /// The entries past which a table is cut into shards: few enough to be copied in a fraction of a millisecond.
    static let splitCount = 8_192
    /// The shards of a large table, a power of two: with 10 million entries each has about 10,000.
    static let shardCountMax = 1_024

    private struct Head {
        var count: Int
        let shardCount: Int
    }

    // SAFETY: owned by this value alone: a `Head`, followed by its `shardCount` initialised shards. All access goes
    // through this value, so the usual rules of borrowing and mutating keep it safe, also when it is sent elsewhere.
    private var block: UnsafeMutableRawPointer?

    /// A table of nothing, which has no memory of its own.
    public init() {
        unsafe block = nil
    }

    deinit {
        unsafe Self.free(block)
    }

    /// The number of entries.
    public var count: Int { unsafe block == nil ? 0 : head.pointee.count }

    /// Whether there are no entries.
    public var isEmpty: Bool { count == 0 }

    /// The bytes of memory that the entries take, without what the allocator adds.
    ///
    /// Cost: a walk over the shards.
    public var memoryBytes: Int {
        guard unsafe block != nil else { return 0 }
        var bytes = Self.blockBytes(shardCount: shardCount)
        for index in 0..<shardCount {
            unsafe bytes += shards[index].capacity * MemoryLayout<FingerprintShard.Slot>.stride
        }
        return bytes
    }

    /// The value of a fingerprint, or nil if it has none.
    public func find(_ fingerprint: Fingerprint) -> UInt64? {
        guard unsafe block != nil else { return nil }
        let hash = FingerprintShard.hash(fingerprint)
        return unsafe shards[shardIndex(hash)].find(fingerprint, hash: hash)
    }

    /// Where the search for a fingerprint begins: for a prefetch, never to be read.
    ///
    /// - Returns: nil in an empty table; the address is good until the next change.
    public func place(of fingerprint: Fingerprint) -> UnsafeRawPointer? {
        guard unsafe block != nil else { return nil }
        let hash = FingerprintShard.hash(fingerprint)
        return unsafe shards[shardIndex(hash)].place(hash: hash)
    }

    /// Gives a fingerprint a value, whether it had one or not.
    ///
    /// - Parameters:
    ///   - value: 0...`valueMax`.
    ///   - fingerprint: whose value it is.
    /// - Returns: the value it had before, or nil if none.
    @discardableResult
    public mutating func set(_ value: UInt64, for fingerprint: Fingerprint) -> UInt64? {
        precondition(value <= Self.valueMax, "UInt64.max cannot be kept in a FingerprintTable")
        return update(fingerprint) { _ in value }
    }

    /// Gives a fingerprint a value unless it has one.
    ///
    /// - Parameters:
    ///   - fingerprint: whose value it is.
    ///   - value: 0...`valueMax`.
    /// - Returns: the value it had before and keeps, or nil if the new one was put in.
    @discardableResult
    public mutating func insert(_ fingerprint: Fingerprint, _ value: UInt64) -> UInt64? {
        precondition(value <= Self.valueMax, "UInt64.max cannot be kept in a FingerprintTable")
        return update(fingerprint) { $0 ?? value }
    }

    /// Adds to the value of a fingerprint, which is 0 if it has none; stops at `valueMax`.
    public mutating func add(_ amount: UInt64, to fingerprint: Fingerprint) {
        _ = update(fingerprint) { former in
            let (sum, overflow) = (former ?? 0).addingReportingOverflow(amount)
            return overflow ? Self.valueMax : min(sum, Self.valueMax)
        }
    }

    /// Takes from the value of a fingerprint, down to 0.
    public mutating func subtract(_ amount: UInt64, from fingerprint: Fingerprint) {
        guard unsafe block != nil else { return }
        _ = update(fingerprint) { former in
            let former = former ?? 0
            return former > amount ? former - amount : 0
        }
    }

    /// Visits every entry once, in no order that means anything.
    ///
    /// - Parameter body: gets a fingerprint and its value.
    /// - Throws: what `body` throws; the rest is then not visited.
    public func visit<Failure: Error>(
        _ body: (Fingerprint, UInt64) throws(Failure) -> Void
    ) throws(Failure) {
        guard unsafe block != nil else { return }
        for index in 0..<shardCount { try unsafe shards[index].visit(body) }
    }

    /// The number of shards: what can be given back to the allocator one at a time.
    var shardCount: Int { unsafe block == nil ? 0 : head.pointee.shardCount }

    /// Forgets the entries of one shard and gives its memory back.
    mutating func discardShard(_ index: Int) {
        unsafe head.pointee.count &-= shards[index].count
        unsafe shards[index] = FingerprintShard()
    }
}

extension FingerprintTable {
    /// A table of so many shards of no capacity.
    init(emptyShards shardCount: Int) {
        unsafe block = Self.makeBlock(shardCount: shardCount) { _ in 0 }
    }

    /// Puts a shard in the place of an empty one.
    mutating func replaceShard(_ index: Int, by shard: consuming FingerprintShard) {
        unsafe head.pointee.count &+= shard.count
        unsafe shards[index] = shard
    }

    /// Lends a shard.
    func withShard<Failure: Error>(
        _ index: Int,
        _ body: (borrowing FingerprintShard) throws(Failure) -> Void
    ) throws(Failure) {
        try unsafe body(shards[index])
    }

    /// Visits every entry in the order of the slots: fast, and never for filling another table.
    func visitInOrder(_ body: (Fingerprint, UInt64) -> Void) {
        for index in 0..<shardCount { unsafe shards[index].visitInOrder(body) }
    }
}

extension FingerprintTable {
    private var head: UnsafeMutablePointer<Head> {
        // SAFETY: asked only where there is a block, which begins with a head.
        unsafe block.unsafelyUnwrapped.assumingMemoryBound(to: Head.self)
    }

    private var shards: UnsafeMutablePointer<FingerprintShard> {
        // SAFETY: asked only where there is a block, in which the shards follow the head.
        unsafe (block.unsafelyUnwrapped + MemoryLayout<Head>.stride).assumingMemoryBound(to: FingerprintShard.self)
    }

    /// The shard is chosen by the lowest bits; the place in it by the highest.
    @inline(__always)
    private func shardIndex(_ hash: UInt64) -> Int {
        unsafe Int(truncatingIfNeeded: hash) & (head.pointee.shardCount &- 1)
    }

    @inline(__always)
    private mutating func update(_ fingerprint: Fingerprint, _ value: (UInt64?) -> UInt64) -> UInt64? {
        if unsafe block == nil { unsafe block = Self.makeBlock(shardCount: 1) { _ in 0 } }
        let hash = FingerprintShard.hash(fingerprint)
        let former = unsafe shards[shardIndex(hash)].update(fingerprint, hash: hash, value)
        guard former == nil else { return former }
        unsafe head.pointee.count &+= 1
        if unsafe head.pointee.count == Self.splitCount, shardCount == 1 { split() }
        return nil
    }

    /// Cuts the only shard into many.
    private mutating func split() {
        let old = unsafe block
        let oldShards = unsafe shards
        let count = self.count
        unsafe block = Self.makeBlock(shardCount: Self.shardCountMax, capacity: Self.firstCapacity)
        unsafe oldShards[0]
            .visitInOrder { fingerprint, value in
                let hash = FingerprintShard.hash(fingerprint)
                _ = unsafe shards[shardIndex(hash)].update(fingerprint, hash: hash) { _ in value }
            }
        unsafe head.pointee.count = count
        unsafe Self.free(old)
    }

    /// The slots a shard begins with: from just enough to half as many again, so that the shards, which fill at the
    /// same pace and each grow by half, do not all grow at once.
    private static func firstCapacity(_ shard: Int) -> Int {
        let enough = splitCount / shardCountMax * 10 / 9 + 1
        return enough + enough * shard / (2 * shardCountMax)
    }

    private static func blockBytes(shardCount: Int) -> Int {
        MemoryLayout<Head>.stride + shardCount * MemoryLayout<FingerprintShard>.stride
    }

    private static func makeBlock(shardCount: Int, capacity: (Int) -> Int) -> UnsafeMutableRawPointer {
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: blockBytes(shardCount: shardCount),
            alignment: MemoryLayout<FingerprintShard>.alignment
        )
        unsafe block.initializeMemory(as: Head.self, to: Head(count: 0, shardCount: shardCount))
        let shards = unsafe (block + MemoryLayout<Head>.stride)
            .bindMemory(to: FingerprintShard.self, capacity: shardCount)
        for index in 0..<shardCount {
            unsafe (shards + index).initialize(to: FingerprintShard(capacity: capacity(index)))
        }
        return unsafe block
    }

    private static func free(_ block: UnsafeMutableRawPointer?) {
        guard let block = unsafe block else { return }
        let shardCount = unsafe block.assumingMemoryBound(to: Head.self).pointee.shardCount
        let shards = unsafe (block + MemoryLayout<Head>.stride).assumingMemoryBound(to: FingerprintShard.self)
        unsafe shards.deinitialize(count: shardCount)
        unsafe block.deallocate()
    }
}

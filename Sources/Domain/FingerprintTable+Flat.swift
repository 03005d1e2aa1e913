// The flat form of a table: shards 8 (0: an empty table, and nothing follows), then for each shard its capacity 8 and
// its slots, 24 bytes each (fingerprint 16, one more than the value 8; 0: empty).

extension FingerprintTable {
    /// Hands over the table as it lies in memory.
    ///
    /// Cost: the sink's; no allocation.
    public func write<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(UInt64(shardCount))
        for index in 0..<shardCount {
            try withShard(index) { (shard) throws(Sink.Failure) in try shard.write(to: sink) }
        }
    }

    /// A table that was handed over, bit by bit the same.
    ///
    /// - Parameter source: gives its bytes back.
    /// - Returns: nil where the bytes are no table: of another shape, or with an entry that would not be found.
    /// - Throws: what the source throws.
    public static func read<Source: FlatSource>(
        from source: Source
    ) throws(Source.Failure) -> FingerprintTable? {
        let shardCount = try source.take(UInt64.self)
        if shardCount == 0 { return FingerprintTable() }
        guard shardCount == 1 || shardCount == UInt64(shardCountMax) else { return nil }
        var table = FingerprintTable(emptyShards: Int(shardCount))
        for index in 0..<Int(shardCount) {
            guard
                let shard = try FingerprintShard.read(
                    from: source,
                    holds: { Int(truncatingIfNeeded: $0) & (Int(shardCount) - 1) == index }
                )
            else { return nil }
            table.replaceShard(index, by: shard)
        }
        guard shardCount > 1 || table.count < splitCount else { return nil }
        return table
    }

    /// All values added up, wrapping.
    ///
    /// Cost: a walk over the slots in their order.
    public var sum: UInt64 {
        var sum: UInt64 = 0
        visitInOrder { _, value in sum &+= value }
        return sum
    }
}

extension FingerprintShard {
    fileprivate func write<Sink: FlatSink>(to sink: Sink) throws(Sink.Failure) {
        try sink.put(UInt64(capacity))
        try unsafe withSlotBytes { (bytes) throws(Sink.Failure) in try unsafe sink.put(bytes) }
    }

    /// A shard that was handed over; nil where the bytes are none, or where an entry's hash says that it belongs into
    /// another one.
    fileprivate static func read<Source: FlatSource>(
        from source: Source,
        holds: (UInt64) -> Bool
    ) throws(Source.Failure) -> FingerprintShard? {
        let capacity = try source.take(UInt64.self)
        guard capacity <= source.bytesLeftMax / UInt64(MemoryLayout<Slot>.stride) else { return nil }
        return try unsafe FingerprintShard.filled(capacity: Int(capacity), holds: holds) {
            (bytes) throws(Source.Failure) in
            try unsafe source.take(into: bytes)
        }
    }
}

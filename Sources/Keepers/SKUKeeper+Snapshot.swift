import Domain
import Journal

extension SKUKeeper {
    private static let noRecord = UInt64.max

    /// Puts the SKU into a snapshot: see Partition+Snapshot.swift for the bytes.
    func write(to sink: SnapshotSink) throws(JournalError) {
        try partition.putBlock(to: sink) { writer in
            let name = self.name
            writer.putShort(name.span)
            writer.put(lastStart?.rawValue ?? Self.noRecord)
            writer.put(state.sequence)
            writer.put(state.available)
            writer.put(state.held)
            writer.put(state.sold)
            writer.put(state.supplied)
            writer.put(state.begun)
            writer.put(UInt8(state.details == nil ? 0 : 1))
            if let details = state.details { writer.put(details) }
        }
        try sink.put(UInt64(trail.count))
        for place in trail { try sink.put(place.rawValue) }
        try state.buyers.write(to: sink)
        try state.holds.write(to: sink)
        try state.cancelled.write(to: sink)
        try state.writeReservations(to: sink)
    }

    /// The keeper that a snapshot tells of.
    ///
    /// - Parameters:
    ///   - source: stands at the SKU.
    ///   - partition: where it will be.
    ///   - hasReservations: whether the snapshot's form has any.
    /// - Returns: the keeper, not yet known to the partition.
    /// - Throws: `JournalError.damaged` where no records can have led to it.
    static func read(
        from source: SnapshotSource,
        into partition: Partition,
        hasReservations: Bool
    ) throws(JournalError) -> SKUKeeper {
        let block = try source.takeBytes(Int(try source.take(UInt32.self)))
        var reader = PayloadReader()
        let name = reader.takeShort(block.span)
        let lastStart = reader.take(UInt64.self, block.span)
        let sequence = reader.take(UInt64.self, block.span)
        let levels = StockLevels(
            available: reader.take(Int64.self, block.span),
            held: reader.take(Int64.self, block.span),
            sold: reader.take(Int64.self, block.span),
            supplied: reader.take(Int64.self, block.span)
        )
        let begun = reader.take(UInt64.self, block.span)
        let isInCatalogue = reader.take(UInt8.self, block.span) != 0
        let details = isInCatalogue ? SKUDetails(&reader, block.span) : nil
        guard reader.isComplete(block.span), !name.isEmpty, isInCatalogue == (details != nil) else {
            throw source.damage("a SKU cannot be read")
        }
        let trail = try trail(from: source, sequence: sequence)
        guard let buyers = try FingerprintTable.read(from: source) else {
            throw source.damage("the buyers of a SKU are no table")
        }
        guard let holds = try HoldTable.read(from: source), let cancelled = try FingerprintTable.read(from: source)
        else { throw source.damage("the holds or cancelled orders of a SKU are no table") }
        guard
            let reservations = hasReservations ? try SKUState.readReservations(from: source) : OpenReservations()
        else { throw source.damage("the reservations of a SKU cannot be read") }
        do throws(Contradiction) {
            let state = try SKUState(
                details: details,
                levels: levels,
                sequence: sequence,
                buyers: buyers,
                holds: holds,
                cancelled: cancelled,
                reservations: reservations,
                begun: begun
            )
            return SKUKeeper(
                name: Array(block[name]),
                partition: partition,
                state: state,
                lastStart: lastStart == noRecord ? nil : RecordPlace(rawValue: lastStart),
                trail: trail
            )
        } catch {
            throw source.damage("a SKU contradicts itself: \(error)")
        }
    }

    private static func trail(
        from source: SnapshotSource,
        sequence: UInt64
    ) throws(JournalError) -> [RecordPlace] {
        let count = try source.take(UInt64.self)
        guard count == sequence / trailStride, count <= source.bytesLeftMax / 8 else {
            throw source.damage("a SKU's trail does not fit its sequence")
        }
        var trail: [RecordPlace] = []
        trail.reserveCapacity(Int(count))
        for _ in 0..<count { trail.append(RecordPlace(rawValue: try source.take(UInt64.self))) }
        return trail
    }
}

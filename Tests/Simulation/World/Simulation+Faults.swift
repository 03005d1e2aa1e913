extension Simulation {
    /// Something unkind.
    func mischief() {
        let client = chance.pick(clients)
        switch chance.below(40) {
        case 0..<8 where client.isConnected:
            reset(client)
        case 8..<12 where client.isConnected && !client.hasUnsent:
            trace.note("client \(client.number): sends no more")
            client.endSending()
        case 12..<15 where client.isConnected:
            trace.note("client \(client.number): stalls")
            client.stall()
        case 15..<20:
            client.isDeaf.toggle()
            trace.note("client \(client.number): \(client.isDeaf ? "does not read" : "reads")")
        case 20..<22: fillDisk()
        case 22..<24: failReads()
        case 24..<26: flip()
        case 26: spoilSnapshot()
        default: break
        }
    }

    /// The disk has little room left, or has room again.
    private func fillDisk() {
        if disk.faults.bytesMax == .max, chance.percent(30) {
            disk.faults.bytesMax = disk.bytesUsed + chance.below(20_000)
            checker.hasTrouble = true
            trace.note("disk: nearly full")
        } else if disk.faults.bytesMax != .max {
            disk.faults.bytesMax = .max
            trace.note("disk: room again")
        }
    }

    private func failReads() {
        guard chance.percent(50) else { return }
        disk.faults.readErrorsIn100 = disk.faults.readErrorsIn100 > 0 ? 0 : chance.within(1...50)
        checker.hasTrouble = true
        trace.note("disk: \(disk.faults.readErrorsIn100) of 100 reads fail")
    }

    /// A bit changes in a segment that has long been sealed.
    private func flip() {
        guard flips.isEmpty, chance.percent(20) else { return }
        let tap = chance.below(truth.taps.count)
        let segments = truth.taps[tap].sealedSegments
        guard segments.count >= 2 else { return }
        let index = chance.below(segments.count - 1)
        let inode = segments[index].inode
        let offset = chance.below(inode.live.count)
        let mask = UInt8(1) << UInt8(chance.below(8))
        inode.corrupt(at: offset, mask: mask)
        flips.append(Flip(inode: inode, partition: tap, end: segments[index].end, offset: offset, mask: mask))
        checker.hasTrouble = true
        trace.note("disk: a bit flips at \(offset) of a segment of journal \(tap)")
    }

    /// A bit changes in a snapshot: the one before it, or the whole journal, is there instead.
    private func spoilSnapshot() {
        let tap = truth.taps[chance.below(truth.taps.count)]
        guard plan.retentionDays == 0, let inode = tap.snapshots.last, !inode.live.isEmpty else { return }
        inode.corrupt(at: chance.below(inode.live.count), mask: UInt8(1) << UInt8(chance.below(8)))
        trace.note("disk: a bit flips in a snapshot")
    }

    /// The operator brings the damaged files back from a copy.
    func mend() {
        for flip in flips { flip.inode.corrupt(at: flip.offset, mask: flip.mask) }
        flips.removeAll()
        trace.note("disk: mended")
    }
}

/// A bit that has changed in a sealed segment.
struct Flip {
    let inode: Inode
    let partition: Int
    /// Where the segment ends.
    let end: UInt64
    let offset: Int
    let mask: UInt8
}

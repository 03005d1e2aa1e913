import Platform

/// A planted bug: what a power cut tore behind the durable end of a journal gets right checksums, as if there were none.
struct Forgery {
    let disk: SimulatedDisk
    let taps: [JournalTap]

    func sealTornRecords() {
        for tap in taps { tap.forge() }
    }
}

extension JournalTap {
    /// Follows the headers behind the end of what was durable, and makes each record's checksum and chain fit.
    fileprivate func forge() {
        guard let (inode, place, chain) = end else { return }
        var at = place
        var before = chain
        while at + 16 <= inode.durable.count {
            let count =
                Int(inode.durable[at + 12]) | Int(inode.durable[at + 13]) << 8 | Int(inode.durable[at + 14]) << 16
            let size = (16 + count + 7) & ~7
            guard (1...254).contains(inode.durable[at + 15]), count > 0, at + size <= inode.durable.count else {
                return
            }
            inode.overwriteDurable(at: at + 4, Self.bytes(before))
            let checksum = checksum(of: inode, at, size)
            inode.overwriteDurable(at: at, Self.bytes(checksum))
            before = checksum
            at += size
        }
    }

    private static func bytes(_ word: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: word >> ($0 * 8)) }
    }
}

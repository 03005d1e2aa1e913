/// A file's bytes as a process reads them, as a power cut leaves them, and where the two may differ.
final class Inode {
    /// Its place in the disk's list: a run's own order of files.
    let number: Int
    /// What a process reads.
    private(set) var live: [UInt8] = []
    /// What is on the platters.
    private(set) var durable: [UInt8] = []
    /// Written and not synced.
    private(set) var pending: [Range<Int>] = []
    var isLocked = false

    private static let sectorBytes = 512

    init(number: Int) {
        self.number = number
    }

    func write(_ bytes: Span<UInt8>, at offset: Int) {
        let end = offset + bytes.count
        if live.count < end { live += [UInt8](repeating: 0, count: end - live.count) }
        unsafe live.withUnsafeMutableBytes { target in
            // SAFETY: the file has just been made large enough.
            unsafe bytes.withUnsafeBytes { source in
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: target[offset..<end])
                unsafe place.copyMemory(from: source)
            }
        }
        if let last = pending.last, last.upperBound == offset {
            pending[pending.count - 1] = last.lowerBound..<end
        } else {
            pending.append(offset..<end)
        }
    }

    func truncate(to size: Int) {
        if size < live.count {
            live.removeLast(live.count - size)
        } else {
            live += [UInt8](repeating: 0, count: size - live.count)
        }
        pending.append(min(size, durable.count)..<size)
    }

    /// Makes everything durable.
    func sync() {
        resizeDurable(to: live.count)
        for range in pending { keep(range) }
        pending.removeAll(keepingCapacity: true)
    }

    /// A failed sync: the kernel takes the pages for clean, so that no later sync writes them.
    func forgetPending() {
        pending.removeAll(keepingCapacity: true)
    }

    /// The process is gone; what the kernel holds of the file stays.
    func survive() {
        isLocked = false
    }

    /// A power cut: each sector that was not synced is there, is not, or is torn.
    func cut(_ fate: CutFate, _ chance: Chance) {
        if fate != .lost {
            for range in pending where range.upperBound <= live.count { cut(range, fate, chance) }
        }
        live = durable
        pending.removeAll()
        isLocked = false
    }

    /// Changes bytes behind everybody's back, as a failing disk does.
    func corrupt(at offset: Int, mask: UInt8) {
        if offset < live.count { live[offset] ^= mask }
        if offset < durable.count { durable[offset] ^= mask }
    }

    /// Replaces bytes on the platters: for planted bugs.
    func overwriteDurable(at offset: Int, _ bytes: [UInt8]) {
        durable.replaceSubrange(offset..<offset + bytes.count, with: bytes)
        live = durable
    }

    private func cut(_ range: Range<Int>, _ fate: CutFate, _ chance: Chance) {
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(range.upperBound, (start / Self.sectorBytes + 1) * Self.sectorBytes)
            switch fate == .kept ? 0 : chance.below(4) {
            case 0: keep(start..<end, growing: true)
            case 1: break
            default: keep(start..<chance.within(start...end), growing: true)
            }
            start = end
        }
    }

    private func keep(_ range: Range<Int>, growing: Bool = false) {
        if growing && durable.count < range.upperBound { resizeDurable(to: range.upperBound) }
        let kept = range.clamped(to: 0..<live.count)
        guard !kept.isEmpty else { return }
        unsafe durable.withUnsafeMutableBytes { target in
            unsafe live.withUnsafeBytes { source in
                let place = unsafe UnsafeMutableRawBufferPointer(rebasing: target[kept])
                // SAFETY: both files have the range.
                unsafe place.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[kept]))
            }
        }
    }

    private func resizeDurable(to size: Int) {
        if size < durable.count {
            durable.removeLast(durable.count - size)
        } else if size > durable.count {
            durable += [UInt8](repeating: 0, count: size - durable.count)
        }
    }
}

/// What a power cut does to what was not synced.
enum CutFate {
    case lost
    case kept
    /// Sector by sector, as chance has it.
    case mixed
}

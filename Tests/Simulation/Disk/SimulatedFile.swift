import Glibc
import Platform

/// An open file of a `SimulatedDisk`.
final class SimulatedFile: DiskFile, @unchecked Sendable {
    // SAFETY: a simulation is one thread.
    private let disk: SimulatedDisk
    private let inode: Inode
    private let path: String
    private var holdsLock: Bool

    init(_ disk: SimulatedDisk, _ inode: Inode, _ path: String) {
        self.disk = disk
        self.inode = inode
        self.path = path
        holdsLock = inode.isLocked
    }

    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try disk.begin("pread", path)
        if disk.failsRead() { throw SystemError("pread", code: EIO, subject: path) }
        guard offset < inode.live.count else { return 0 }
        let count = min(bytes.count, inode.live.count - Int(offset))
        unsafe inode.live.withUnsafeBytes { source in
            let part = unsafe UnsafeRawBufferPointer(rebasing: source[Int(offset)..<Int(offset) + count])
            // SAFETY: `count` bytes exist on both sides.
            unsafe bytes.copyMemory(from: part)
        }
        return count
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        try disk.begin("pwrite", path)
        let growth = Int(offset) + bytes.count - inode.live.count
        let count = try disk.room(for: bytes.count, growth: growth, path)
        inode.write(bytes.extracting(first: count), at: Int(offset))
        return count
    }

    func sync() throws(SystemError) {
        try disk.begin("fdatasync", path)
        disk.faults.diesAtSync -= 1
        if disk.faults.diesAtSync <= 0 {
            disk.faults.isDead = true
            throw SystemError("fdatasync", code: EIO, subject: path)
        }
        disk.faults.syncFailsIn -= 1
        guard disk.faults.syncFailsIn > 0 else {
            inode.forgetPending()
            throw SystemError("fdatasync", code: EIO, subject: path)
        }
        if disk.faults.syncsLate { return }
        inode.sync()
    }

    func size() throws(SystemError) -> UInt64 { UInt64(inode.live.count) }

    func truncate(to size: UInt64) throws(SystemError) {
        try disk.begin("ftruncate", path)
        inode.truncate(to: Int(size))
    }

    func close() throws(SystemError) {
        guard holdsLock else { return }
        holdsLock = false
        inode.isLocked = false
    }
}

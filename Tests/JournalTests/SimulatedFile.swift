import Glibc
import Platform
import Synchronization

/// An open file of a `SimulatedDisk`.
final class SimulatedFile: DiskFile {
    private let disk: SimulatedDisk
    private let inode: Int
    private let path: String

    init(_ disk: SimulatedDisk, _ inode: Int, _ path: String) {
        self.disk = disk
        self.inode = inode
        self.path = path
    }

    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        try disk.beginRead(path)
        let content = disk.state.withLock { $0.inodes[inode]?.content ?? [] }
        guard offset < content.count else { return 0 }
        let count = min(bytes.count, content.count - Int(offset))
        // SAFETY: `count` bytes exist on both sides.
        unsafe bytes.copyBytes(from: content[Int(offset)..<(Int(offset) + count)])
        return count
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        let fault = try disk.begin(.write, path, "pwrite")
        var taken: [UInt8] = []
        for index in bytes.indices { taken.append(bytes[index]) }
        if case .short(let count) = fault { taken = Array(taken.prefix(max(1, count))) }
        let change = SimulatedDisk.Change.write(offset: Int(offset), bytes: taken)
        try disk.state.withLock { (state) throws(SystemError) in
            let growth = Int(offset) + taken.count - (state.inodes[inode]?.content.count ?? 0)
            guard growth <= 0 || state.bytesUsed + growth <= state.bytesMax else {
                throw SystemError("pwrite", code: ENOSPC, subject: path)
            }
            guard var file = state.inodes.removeValue(forKey: inode) else { return }
            change.apply(to: &file.content)
            file.pending.append(change)
            state.inodes[inode] = file
        }
        disk.look(SimulatedDisk.Operation(kind: .write, path: path))
        return taken.count
    }

    func sync() throws(SystemError) {
        let fault = try disk.begin(.sync, path, "fdatasync")
        var failed = false
        disk.state.withLock { state in
            guard var file = state.inodes.removeValue(forKey: inode) else { return }
            switch fault {
            case .lies:
                break
            case .failsAndForgets:
                // The pages stay readable, but no later sync writes them.
                file.pending = []
                failed = true
            default:
                for change in file.pending { change.apply(to: &file.durable) }
                file.pending = []
            }
            state.inodes[inode] = file
        }
        if failed { throw SystemError("fdatasync", code: EIO, subject: path) }
    }

    func size() throws(SystemError) -> UInt64 {
        disk.state.withLock { UInt64($0.inodes[inode]?.content.count ?? 0) }
    }

    func truncate(to size: UInt64) throws(SystemError) {
        try disk.begin(.truncate, path, "ftruncate")
        let change = SimulatedDisk.Change.resize(Int(size))
        disk.state.withLock { state in
            guard var file = state.inodes.removeValue(forKey: inode) else { return }
            change.apply(to: &file.content)
            file.pending.append(change)
            state.inodes[inode] = file
        }
    }

    func close() throws(SystemError) {
        disk.state.withLock { _ = $0.locked.remove(inode) }
    }
}

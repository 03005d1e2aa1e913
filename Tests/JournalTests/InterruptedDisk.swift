import Platform

@testable import Journal

/// A simulated disk as a reader sees it while somebody else goes on writing: `interrupt` is called before every read,
/// and reads are short, so that one window holds bytes of several moments.
struct InterruptedDisk: Disk {
    let disk: SimulatedDisk
    let interrupt: @Sendable () -> Void
    /// Most bytes of one read.
    var readBytesMax = 64

    final class File: DiskFile {
        private let file: SimulatedFile
        private let disk: InterruptedDisk

        init(_ file: SimulatedFile, _ disk: InterruptedDisk) {
            self.file = file
            self.disk = disk
        }

        func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
            disk.interrupt()
            // SAFETY: a part of the caller's buffer.
            let part = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes.prefix(disk.readBytesMax))
            return try unsafe file.read(at: offset, into: part)
        }

        func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
            try file.write(bytes, at: offset)
        }

        func sync() throws(SystemError) { try file.sync() }
        func size() throws(SystemError) -> UInt64 { try file.size() }
        func truncate(to size: UInt64) throws(SystemError) { try file.truncate(to: size) }
        func close() throws(SystemError) { try file.close() }
    }

    func createDirectory(_ path: String) throws(SystemError) { try disk.createDirectory(path) }

    func list(_ path: String) throws(SystemError) -> [String] {
        interrupt()
        return try disk.list(path)
    }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> File {
        interrupt()
        return File(try disk.open(path, access), self)
    }

    func openLocked(_ path: String, holder: String) throws(SystemError) -> File {
        File(try disk.openLocked(path, holder: holder), self)
    }

    func rename(_ source: String, to target: String) throws(SystemError) { try disk.rename(source, to: target) }
    func unlink(_ path: String) throws(SystemError) { try disk.unlink(path) }
    func syncDirectory(_ path: String) throws(SystemError) { try disk.syncDirectory(path) }
    func freeBytes(_ path: String) throws(SystemError) -> UInt64 { try disk.freeBytes(path) }
}

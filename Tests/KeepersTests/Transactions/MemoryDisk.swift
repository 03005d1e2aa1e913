import Platform
import Synchronization

/// A disk in memory, where nothing is ever lost: what a crash loses is chosen record by record.
struct MemoryDisk: Disk {
    /// What begins the paths of files that cannot be synced.
    final class Broken: Sendable {
        private let prefixes = Mutex<[String]>([])
        func add(_ prefix: String) { prefixes.withLock { $0.append(prefix) } }
        func mend() { prefixes.withLock { $0 = [] } }
        func contains(_ path: String) -> Bool { prefixes.withLock { $0.contains { path.hasPrefix($0) } } }
    }

    let broken = Broken()

    final class File: DiskFile {
        private let bytes = Mutex<[UInt8]>([])
        private let path: String
        private let broken: Broken

        init(_ path: String, _ broken: Broken) {
            self.path = path
            self.broken = broken
        }

        func read(at offset: UInt64, into target: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
            bytes.withLock { bytes in
                guard offset < bytes.count else { return 0 }
                let count = min(target.count, bytes.count - Int(offset))
                unsafe target.copyBytes(from: bytes[Int(offset)..<Int(offset) + count])
                return count
            }
        }

        func write(_ span: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
            // SAFETY: the span's own bytes, copied during the call.
            let new = unsafe span.withUnsafeBytes { unsafe [UInt8]($0) }
            bytes.withLock { bytes in
                let end = Int(offset) + new.count
                if bytes.count < end { bytes += [UInt8](repeating: 0, count: end - bytes.count) }
                bytes.replaceSubrange(Int(offset)..<end, with: new)
            }
            return new.count
        }

        func sync() throws(SystemError) {
            if broken.contains(path) { throw SystemError("fdatasync", code: 5) }
        }

        func size() throws(SystemError) -> UInt64 { UInt64(bytes.withLock { $0.count }) }

        func truncate(to size: UInt64) throws(SystemError) {
            bytes.withLock { bytes in
                if bytes.count > size { bytes.removeLast(bytes.count - Int(size)) }
                bytes += [UInt8](repeating: 0, count: Int(size) - bytes.count)
            }
        }

        func close() throws(SystemError) {}
    }

    private final class Files: Sendable {
        let byPath = Mutex<[String: File]>([:])
    }

    private let files = Files()

    func createDirectory(_ path: String) throws(SystemError) {}

    func list(_ path: String) throws(SystemError) -> [String] {
        files.byPath.withLock { files in
            files.keys.filter { $0.hasPrefix("\(path)/") }.map { String($0.dropFirst(path.count + 1)) }
        }
    }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> File {
        let file = files.byPath.withLock { files -> File? in
            if access == .create {
                guard files[path] == nil else { return nil }
                files[path] = File(path, broken)
            }
            return files[path]
        }
        guard let file else { throw SystemError("open", code: access == .create ? 17 : 2) }
        return file
    }

    func openLocked(_ path: String, holder: String) throws(SystemError) -> File { try open(path, .readWrite) }

    func rename(_ source: String, to target: String) throws(SystemError) {
        files.byPath.withLock { $0[target] = $0.removeValue(forKey: source) }
    }

    func unlink(_ path: String) throws(SystemError) { files.byPath.withLock { $0[path] = nil } }
    func syncDirectory(_ path: String) throws(SystemError) {}
    func freeBytes(_ path: String) throws(SystemError) -> UInt64 { .max }
}

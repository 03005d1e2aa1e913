import Platform
import Synchronization

/// The real disk with faults of choice.
///
/// Being forgetful is about bytes. Names that were not synced are kept: what a power cut does to them is shown by the
/// simulated disk of the journal's tests.
struct FaultyDisk: Disk {
    private let real = RealDisk()
    private let faults: Faults
    private let names: UnsyncedNames?

    /// A disk with these faults and no others.
    init(_ options: FaultOptions) {
        faults = Faults(options)
        names = options.isForgetful ? UnsyncedNames() : nil
    }

    func createDirectory(_ path: String) throws(SystemError) {
        try real.createDirectory(path)
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try real.list(path)
    }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> FaultyFile {
        let file = try real.open(path, access)
        if access == .create { try faults.pass(.create) }
        return FaultyFile(file, path: path, faults: faults, unsynced: names?.bytes(of: path))
    }

    /// The lock's file does as it should: a crash takes the lock anyway.
    func openLocked(_ path: String, holder: String) throws(SystemError) -> FaultyFile {
        FaultyFile(try real.openLocked(path, holder: holder), path: path, faults: faults, unsynced: nil)
    }

    func rename(_ source: String, to target: String) throws(SystemError) {
        if faults.options.syncLies {
            // Lies are told of records. A file without its header would not be lost sales but no journal at all.
            let file = try real.open(source, .readWrite)
            try names?.bytes(of: source).flush(into: file)
            try file.close()
        }
        try real.rename(source, to: target)
        names?.rename(source, to: target)
        try faults.pass(.rename)
    }

    func unlink(_ path: String) throws(SystemError) {
        try real.unlink(path)
        names?.forget(path)
        try faults.pass(.unlink)
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        try real.syncDirectory(path)
        try faults.pass(.syncDirectory)
    }

    func freeBytes(_ path: String) throws(SystemError) -> UInt64 {
        let free = try real.freeBytes(path)
        return faults.roomLeftBytes.map { min(free, UInt64($0)) } ?? free
    }
}

/// Which file has which unsynced bytes, by its present name.
private final class UnsyncedNames: Sendable {
    private let byPath = Mutex<[String: UnsyncedBytes]>([:])

    func bytes(of path: String) -> UnsyncedBytes {
        byPath.withLock { files in
            if let bytes = files[path] { return bytes }
            let bytes = UnsyncedBytes()
            files[path] = bytes
            return bytes
        }
    }

    func rename(_ source: String, to target: String) {
        byPath.withLock { $0[target] = $0.removeValue(forKey: source) }
    }

    func forget(_ path: String) {
        byPath.withLock { _ = $0.removeValue(forKey: path) }
    }
}

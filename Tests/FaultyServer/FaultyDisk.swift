import Platform
import Synchronization

/// The real disk with faults of choice.
struct FaultyDisk: Disk {
    private let real = RealDisk()
    private let faults: Faults
    private let names: UnsyncedNames?

    /// A disk with these faults and no others.
    init(_ options: FaultOptions) {
        faults = Faults(options)
        names = options.isForgetful ? UnsyncedNames() : nil
        if let names, let seed = options.spillSeed {
            faults.beforeKill {
                var random = SplitMix64(seed: seed)
                names.spill(&random)
            }
        }
    }

    func createDirectory(_ path: String) throws(SystemError) {
        try real.createDirectory(path)
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        if let names { try names.list(path) } else { try real.list(path) }
    }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> FaultyFile {
        let (file, forgetful) = try openReal(path, access)
        if access == .create { try faults.pass(.create, on: path) }
        return FaultyFile(file, path: path, faults: faults, unsynced: forgetful?.unsynced)
    }

    private func openReal(_ path: String, _ access: DiskAccess) throws(SystemError) -> (RealFile, ForgetfulFile?) {
        guard let names else { return (try real.open(path, access), nil) }
        if access == .create { return try names.create(path) }
        let file = try names.file(path)
        return (try real.open(file.realPath, access), file)
    }

    /// The lock's file does as it should: a crash takes the lock anyway.
    func openLocked(_ path: String, holder: String) throws(SystemError) -> FaultyFile {
        FaultyFile(try real.openLocked(path, holder: holder), path: path, faults: faults, unsynced: nil)
    }

    func rename(_ source: String, to target: String) throws(SystemError) {
        if let names {
            if faults.options.syncLies { try flush(names.file(source)) }
            try names.rename(source, to: target)
        } else {
            try real.rename(source, to: target)
        }
        try faults.pass(.rename, on: source)
    }

    /// Lies are told of records: a file without its header would be not lost sales but no journal at all.
    private func flush(_ file: ForgetfulFile) throws(SystemError) {
        let target = try real.open(file.realPath, .readWrite)
        try file.unsynced.flush(into: target)
        try target.close()
    }

    func unlink(_ path: String) throws(SystemError) {
        if let names { try names.unlink(path) } else { try real.unlink(path) }
        try faults.pass(.unlink, on: path)
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        if let names { try names.syncDirectory(path) } else { try real.syncDirectory(path) }
        try faults.pass(.syncDirectory, on: path)
    }

    func freeBytes(_ path: String) throws(SystemError) -> UInt64 {
        let free = try real.freeBytes(path)
        return faults.roomLeftBytes.map { min(free, UInt64($0)) } ?? free
    }
}

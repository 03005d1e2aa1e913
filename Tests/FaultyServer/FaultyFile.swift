import Platform

/// A file of the faulty disk.
final class FaultyFile: DiskFile {
    private let real: RealFile
    private let path: String
    private let faults: Faults
    /// What is not synced yet; nil on a disk that is not forgetful.
    private let unsynced: UnsyncedBytes?

    init(_ real: RealFile, path: String, faults: Faults, unsynced: UnsyncedBytes?) {
        self.real = real
        self.path = path
        self.faults = faults
        self.unsynced = unsynced
    }

    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        guard let unsynced else { return try unsafe real.read(at: offset, into: bytes) }
        return try unsafe unsynced.read(real, at: offset, into: bytes)
    }

    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        try faults.pass(.write, on: path) { () throws(SystemError) in
            let half = bytes.extracting(first: bytes.count / 2)
            if !half.isEmpty { _ = try put(half, at: offset) }
        }
        let count = try faults.takeRoom(bytes.count, for: path)
        return try put(bytes.extracting(first: count), at: offset)
    }

    private func put(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
        guard let unsynced else { return try real.write(bytes, at: offset) }
        unsynced.add(bytes, at: offset)
        return bytes.count
    }

    func sync() throws(SystemError) {
        try faults.pass(.beforeSync, on: path)
        try faults.beforeSync(path)
        if !faults.options.syncLies {
            try flush()
            try real.sync()
        }
        try faults.pass(.sync, on: path)
    }

    private func flush() throws(SystemError) {
        try unsynced?.flush(into: real)
    }

    func size() throws(SystemError) -> UInt64 {
        guard let unsynced else { return try real.size() }
        return try unsynced.size(of: real)
    }

    func truncate(to size: UInt64) throws(SystemError) {
        // What was written before must not come back behind the new end.
        try flush()
        try real.truncate(to: size)
    }

    func close() throws(SystemError) {
        try real.close()
    }
}

import Foundation
import Platform

/// The machine's disk behind a gate: syncs wait while it is closed, and fail once it is told so.
struct GateDisk: Disk {
    let gate = Gate()
    private let real = RealDisk()

    final class Gate: @unchecked Sendable {
        // SAFETY: everything below is touched under the condition's lock.
        private let condition = NSCondition()
        private var isOpen = true
        private var failsSyncs = false
        private var readsLeft = Int.max
        private var garblesReads = false
        private var waiting = 0

        func close() { change { $0.isOpen = false } }
        func open() { change { $0.isOpen = true } }
        func failSyncs() { change { $0.failsSyncs = true } }
        /// Lets this many reads succeed, and no others.
        func failReads(after count: Int = 0) { change { $0.readsLeft = count } }
        /// From now on reads bring other bytes than were written.
        func garbleReads() { change { $0.garblesReads = true } }

        /// Waits until a sync stands at the closed gate.
        func awaitSync() {
            condition.withLock { while waiting == 0 { condition.wait() } }
        }

        fileprivate func passSync() throws(SystemError) {
            let fails = condition.withLock {
                waiting += 1
                condition.broadcast()
                while !isOpen { condition.wait() }
                waiting -= 1
                return failsSyncs
            }
            if fails { throw SystemError("fdatasync", code: EIO) }
        }

        fileprivate func passRead() throws(SystemError) {
            let isLeft = condition.withLock {
                readsLeft -= 1
                return readsLeft >= 0
            }
            if !isLeft { throw SystemError("pread", code: EIO) }
        }

        fileprivate var garbles: Bool { condition.withLock { garblesReads } }

        private func change(_ body: (Gate) -> Void) {
            condition.withLock {
                body(self)
                condition.broadcast()
            }
        }
    }

    final class File: DiskFile {
        private let file: RealFile
        private let gate: Gate

        init(_ file: RealFile, _ gate: Gate) {
            self.file = file
            self.gate = gate
        }

        func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
            try gate.passRead()
            let count = try unsafe file.read(at: offset, into: bytes)
            if gate.garbles, count > 40 { unsafe bytes[40] ^= 1 }
            return count
        }

        func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int {
            try file.write(bytes, at: offset)
        }

        func sync() throws(SystemError) {
            try gate.passSync()
            try file.sync()
        }

        func size() throws(SystemError) -> UInt64 { try file.size() }
        func truncate(to size: UInt64) throws(SystemError) { try file.truncate(to: size) }
        func close() throws(SystemError) { try file.close() }
    }

    func createDirectory(_ path: String) throws(SystemError) { try real.createDirectory(path) }
    func list(_ path: String) throws(SystemError) -> [String] { try real.list(path) }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> File {
        File(try real.open(path, access), gate)
    }

    func openLocked(_ path: String, holder: String) throws(SystemError) -> File {
        File(try real.openLocked(path, holder: holder), gate)
    }

    func rename(_ source: String, to target: String) throws(SystemError) { try real.rename(source, to: target) }
    func unlink(_ path: String) throws(SystemError) { try real.unlink(path) }
    func syncDirectory(_ path: String) throws(SystemError) { try real.syncDirectory(path) }
    func freeBytes(_ path: String) throws(SystemError) -> UInt64 { try real.freeBytes(path) }
}

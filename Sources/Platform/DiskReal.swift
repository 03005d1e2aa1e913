import CPlatform
import Glibc

/// The machine's file system.
public struct RealDisk: Disk {
    /// The machine's file system; it has no state of its own.
    public init() {}

    /// See `Disk`.
    public func createDirectory(_ path: String) throws(SystemError) {
        // SAFETY: here and below, Swift passes a string as a NUL-terminated copy for the length of the call.
        if unsafe mkdir(path, 0o755) != 0 && errno != EEXIST {
            throw SystemError("mkdir", subject: path)
        }
    }

    /// See `Disk`.
    public func list(_ path: String) throws(SystemError) -> [String] {
        guard let stream = unsafe opendir(path) else { throw SystemError("opendir", subject: path) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        errno = 0
        // SAFETY: the stream is open; each entry is copied before the next call replaces it.
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { field in
                unsafe String(cString: UnsafeRawPointer(field).assumingMemoryBound(to: CChar.self))
            }
            if name != "." && name != ".." { names.append(name) }
            errno = 0
        }
        if errno != 0 { throw SystemError("readdir", subject: path) }
        return names
    }

    /// See `Disk`.
    public func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> RealFile {
        let flags =
            switch access {
            case .read: O_RDONLY
            case .readWrite: O_RDWR
            case .create: O_RDWR | O_CREAT | O_EXCL
            }
        return RealFile(try Self.descriptor(path, flags), path: path)
    }

    /// See `Disk`.
    public func openLocked(_ path: String, holder: String) throws(SystemError) -> RealFile {
        let file = RealFile(try Self.descriptor(path, O_RDWR | O_CREAT), path: path)
        if flock(file.raw, LOCK_EX | LOCK_NB) != 0 {
            let reason = errno
            let note = (try? file.bytes(at: 0, count: 128)) ?? []
            let holder = String(decoding: note, as: UTF8.self).split(separator: "\n").first ?? "unknown"
            throw SystemError("flock", code: reason, subject: "\(path), held by \(holder)")
        }
        try file.truncate(to: 0)
        try file.writeFully(Array("\(holder)\n".utf8).span, at: 0)
        return file
    }

    /// See `Disk`.
    public func rename(_ source: String, to target: String) throws(SystemError) {
        if unsafe Glibc.rename(source, target) != 0 { throw SystemError("rename", subject: "\(source) to \(target)") }
    }

    /// See `Disk`.
    public func unlink(_ path: String) throws(SystemError) {
        if unsafe Glibc.unlink(path) != 0 { throw SystemError("unlink", subject: path) }
    }

    /// See `Disk`.
    public func syncDirectory(_ path: String) throws(SystemError) {
        let directory = try Self.descriptor(path, O_RDONLY | O_DIRECTORY)
        if fsync(directory.raw) != 0 { throw SystemError("fsync", subject: path) }
    }

    /// See `Disk`.
    public func freeBytes(_ path: String) throws(SystemError) -> UInt64 {
        var numbers = statvfs()
        // SAFETY: the kernel fills the local structure.
        guard unsafe statvfs(path, &numbers) == 0 else { throw SystemError("statvfs", subject: path) }
        return UInt64(numbers.f_bavail) * UInt64(numbers.f_frsize)
    }

    private static func descriptor(_ path: String, _ flags: Int32) throws(SystemError) -> FileDescriptor {
        while true {
            let raw = unsafe cplatform_open(path, flags | O_CLOEXEC, 0o644)
            if raw >= 0 { return FileDescriptor(owning: raw) }
            if errno != EINTR { throw SystemError("open", subject: path) }
        }
    }
}

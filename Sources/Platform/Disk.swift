/// Where files live: the machine's file system, or a simulated one that can tear, reorder, refuse and forget writes.
///
/// Nothing is durable by itself: a file's bytes are once its `sync` has returned, a name once its directory's
/// `syncDirectory` has. Paths use `/`. All operations block.
///
/// - Isolation: any thread.
public protocol Disk: Sendable {
    /// An open file of this disk.
    associatedtype File: DiskFile

    /// Makes the directory `path`; one that is there already is left as it is.
    func createDirectory(_ path: String) throws(SystemError)

    /// The names in the directory `path`, in no particular order, without `.` and `..`.
    func list(_ path: String) throws(SystemError) -> [String]

    /// Opens the file `path`.
    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> File

    /// Opens the file `path`, makes it if need be, and locks it against every other process until it is closed.
    ///
    /// - Parameters:
    ///   - path: the file's.
    ///   - holder: written into the file, so that whoever is refused can be told who holds it.
    /// - Returns: the open file; the lock goes with it.
    /// - Throws: `EWOULDBLOCK` where another has the lock; the error's subject names the holder.
    func openLocked(_ path: String, holder: String) throws(SystemError) -> File

    /// Gives the file `source` the name `target`, whose earlier file goes; a crash leaves one of the two states.
    func rename(_ source: String, to target: String) throws(SystemError)

    /// Takes the name `path` away.
    func unlink(_ path: String) throws(SystemError)

    /// Makes the names in the directory `path` durable: those made, changed and taken away.
    func syncDirectory(_ path: String) throws(SystemError)

    /// The bytes that an unprivileged process may still write to the file system that holds `path`.
    func freeBytes(_ path: String) throws(SystemError) -> UInt64
}

extension Disk {
    /// Makes the file `path`, in place of one that an attempt which failed may have left.
    public func createAnew(_ path: String) throws(SystemError) -> File {
        do {
            return try open(path, .create)
        } catch  where error.isExistingFile {
            try unlink(path)
            return try open(path, .create)
        }
    }
}

/// How a file is opened.
public enum DiskAccess: Sendable {
    /// An existing file, for reading.
    case read
    /// An existing file, for reading and writing.
    case readWrite
    /// A new, empty file, for reading and writing; `EEXIST` where the name is taken.
    case create
}

/// An open file; it is closed when its last reference goes.
///
/// - Isolation: any thread; concurrent calls on different ranges do not disturb each other.
public protocol DiskFile: AnyObject, Sendable {
    /// Reads at most `bytes.count` bytes from `offset` on.
    ///
    /// - Returns: how many bytes were read; 0 only at the file's end (or for an empty buffer).
    func read(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int

    /// Writes the first bytes of `bytes` at `offset`; a gap before it reads as zeros.
    ///
    /// - Returns: how many bytes were written, at least 1: a write may be short, the caller goes on with the rest.
    func write(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) -> Int

    /// Makes all that was written durable, and the file's size (`fdatasync`).
    ///
    /// After a failure nobody knows what reached the disk, and a second call may succeed without having written
    /// anything: never retry it.
    func sync() throws(SystemError)

    /// Begins and ends the writing of what was written to `range`, so that nobody's sync has to wait for it; nothing is
    /// durable by that.
    ///
    /// - Throws: what a later `sync` may not tell again.
    func writeBack(_ range: Range<UInt64>) throws(SystemError)

    /// The file's size in bytes.
    func size() throws(SystemError) -> UInt64

    /// Cuts the file to `size` bytes, or lengthens it with zeros.
    func truncate(to size: UInt64) throws(SystemError)

    /// Closes the file. A second call does nothing.
    func close() throws(SystemError)
}

extension DiskFile {
    /// Does nothing: for disks on which no sync waits for another's bytes.
    public func writeBack(_ range: Range<UInt64>) throws(SystemError) {}

    /// Reads until `bytes` is full or the file ends.
    ///
    /// - Returns: how many bytes were read; less than `bytes.count` only where the file ends before.
    public func readFully(at offset: UInt64, into bytes: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        var done = 0
        while done < bytes.count {
            // SAFETY: the rest of the caller's buffer, which is not empty.
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[done...])
            let count = try unsafe read(at: offset + UInt64(done), into: rest)
            if count == 0 { break }
            done += count
        }
        return done
    }

    /// The bytes from `offset` on: `count` of them, or fewer where the file ends before.
    ///
    /// Cost: allocates; not for hot paths.
    public func bytes(at offset: UInt64, count: Int) throws(SystemError) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        // SAFETY: the buffer is the array's own, for the length of the call.
        let read = try unsafe bytes.withUnsafeMutableBufferPointer { (buffer) throws(SystemError) -> Int in
            try unsafe readFully(at: offset, into: UnsafeMutableRawBufferPointer(buffer))
        }
        bytes.removeLast(count - read)
        return bytes
    }

    /// Writes all of `bytes`, however many writes that takes.
    public func writeFully(_ bytes: Span<UInt8>, at offset: UInt64) throws(SystemError) {
        var done = 0
        while done < bytes.count {
            done += try write(bytes.extracting(droppingFirst: done), at: offset + UInt64(done))
        }
    }

    /// Writes zeros over `range`, whatever is there now, so that its blocks are allocated and initialised.
    ///
    /// A file made ready this way takes a synced write in 60% of the time, and of the CPU, that one made with
    /// `fallocate` takes: no block has to be marked as written.
    ///
    /// - Parameters:
    ///   - range: in bytes from the file's start; may reach beyond its end.
    ///   - sliceBytes: the size of one write.
    ///   - afterSlice: called after each write, for instance to sync it.
    /// - Throws: what the disk or `afterSlice` said.
    public func zeroFill(
        _ range: Range<UInt64>,
        sliceBytes: Int = 1 << 20,
        afterSlice: () throws(SystemError) -> Void = {}
    ) throws(SystemError) {
        let zeros = [UInt8](repeating: 0, count: min(sliceBytes, range.count))
        var offset = range.lowerBound
        while offset < range.upperBound {
            let count = min(zeros.count, Int(range.upperBound - offset))
            try writeFully(zeros.span.extracting(first: count), at: offset)
            offset += UInt64(count)
            try afterSlice()
        }
    }
}

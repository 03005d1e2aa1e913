import Glibc
import Platform
import Synchronization

/// A disk in memory that remembers what is durable and what is not, and fails when told to.
///
/// A file's bytes become durable by its `sync`, a name by its directory's; nothing else does, as the strictest file
/// system would have it. `PowerCut` lists the disks that may be left.
final class SimulatedDisk: Disk {
    /// An operation that a fault may hit or an observer may look at.
    struct Operation {
        enum Kind {
            case open, write, sync, truncate, rename, unlink, makeDirectory, syncDirectory
        }

        let kind: Kind
        let path: String
    }

    /// What happens to an operation instead of its success.
    enum Fault {
        case fails(Int32)
        /// A write that takes only this many bytes.
        case short(Int)
        /// A sync that reports success and does nothing.
        case lies
        /// A sync that fails, after which the kernel takes the unwritten pages for clean.
        case failsAndForgets
    }

    /// A change of a file's content that is not durable.
    enum Change {
        case write(offset: Int, bytes: [UInt8])
        case resize(Int)

        func apply(to content: inout [UInt8]) {
            switch self {
            case .write(let offset, let bytes):
                if content.count < offset + bytes.count {
                    content += [UInt8](repeating: 0, count: offset + bytes.count - content.count)
                }
                content.replaceSubrange(offset..<(offset + bytes.count), with: bytes)
            case .resize(let size) where size < content.count:
                content.removeLast(content.count - size)
            case .resize(let size):
                content += [UInt8](repeating: 0, count: size - content.count)
            }
        }
    }

    /// A change of a directory that is not durable.
    enum NameChange {
        case link(String, inode: Int)
        case unlink(String)
        case rename(from: String, to: String, inode: Int)
        case makeDirectory(String)

        var directory: String {
            switch self {
            case .link(let path, _), .unlink(let path), .rename(let path, _, _), .makeDirectory(let path):
                SimulatedDisk.parent(path)
            }
        }

        func apply(to names: inout [String: Int], _ directories: inout Set<String>) {
            switch self {
            case .link(let path, let inode): names[path] = inode
            case .unlink(let path): names[path] = nil
            case .rename(let from, let to, let inode):
                names[from] = nil
                names[to] = inode
            case .makeDirectory(let path): directories.insert(path)
            }
        }
    }

    struct Inode {
        /// What a power cut leaves for certain.
        var durable: [UInt8] = []
        var pending: [Change] = []
        /// What a process reads.
        var content: [UInt8] = []
    }

    struct State {
        var inodes: [Int: Inode] = [:]
        var durableNames: [String: Int] = [:]
        var durableDirectories: Set<String> = ["/"]
        var pendingNames: [NameChange] = []
        var names: [String: Int] = [:]
        var directories: Set<String> = ["/"]
        var locked: Set<Int> = []
        var operations = 0
        var bytesMax = Int.max
    }

    let state: Mutex<State>
    private let fault: Mutex<(@Sendable (Int, Operation) -> Fault?)?> = Mutex(nil)
    private let readFault: Mutex<(@Sendable (String) -> Int32?)?> = Mutex(nil)
    private let observer: Mutex<(@Sendable (Operation, State) -> Void)?> = Mutex(nil)

    init(_ state: State = State()) {
        self.state = Mutex(state)
    }

    /// Decides the fate of each operation by its number and kind.
    func onOperation(_ decide: (@Sendable (Int, Operation) -> Fault?)?) {
        fault.withLock { $0 = decide }
    }

    /// Decides which error a read of a file meets, by its path.
    func onRead(_ decide: (@Sendable (String) -> Int32?)?) {
        readFault.withLock { $0 = decide }
    }

    func beginRead(_ path: String) throws(SystemError) {
        if let code = readFault.withLock({ $0 })?(path) { throw SystemError("pread", code: code, subject: path) }
    }

    /// Sees the disk at each operation: writes and names are pending already, a sync has not happened yet.
    func observe(_ look: (@Sendable (Operation, State) -> Void)?) {
        observer.withLock { $0 = look }
    }

    var snapshot: State { state.withLock { $0 } }

    /// The state that a process which was killed leaves to the next one: all that was written, durable or not.
    func afterKill() -> SimulatedDisk {
        var state = snapshot
        state.locked = []
        return SimulatedDisk(state)
    }

    /// What a process reads in the file `path`.
    func content(_ path: String) -> [UInt8]? {
        state.withLock { state in state.names[path].flatMap { state.inodes[$0]?.content } }
    }

    /// Changes a file behind everybody's back, durably: what a failing disk does.
    func corrupt(_ path: String, _ change: (inout [UInt8]) -> Void) {
        state.withLock { state in
            guard let inode = state.names[path], var file = state.inodes[inode] else { return }
            change(&file.content)
            file.durable = file.content
            file.pending = []
            state.inodes[inode] = file
        }
    }

    static func parent(_ path: String) -> String {
        guard let slash = path.lastIndex(of: "/"), slash != path.startIndex else { return "/" }
        return String(path[..<slash])
    }

    func createDirectory(_ path: String) throws(SystemError) {
        try change(.makeDirectory, path, "mkdir") { (state) throws(SystemError) in
            if state.directories.insert(path).inserted { state.pendingNames.append(.makeDirectory(path)) }
        }
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try state.withLock { (state) throws(SystemError) -> [String] in
            guard state.directories.contains(path) else { throw SystemError("opendir", code: ENOENT, subject: path) }
            let entries = state.names.keys.filter { Self.parent($0) == path }
            let folders = state.directories.filter { $0 != "/" && Self.parent($0) == path }
            return (entries + folders).map { String($0.dropFirst(path.count + 1)) }
        }
    }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> SimulatedFile {
        let inode: Int
        switch access {
        case .read, .readWrite:
            inode = try state.withLock { (state) throws(SystemError) -> Int in
                guard let inode = state.names[path] else { throw SystemError("open", code: ENOENT, subject: path) }
                return inode
            }
        case .create:
            inode = try make(path)
        }
        return SimulatedFile(self, inode, path)
    }

    func openLocked(_ path: String, holder: String) throws(SystemError) -> SimulatedFile {
        let existing = state.withLock { $0.names[path] }
        let inode = if let existing { existing } else { try make(path) }
        let isFree = state.withLock { $0.locked.insert(inode).inserted }
        guard isFree else { throw SystemError("flock", code: EWOULDBLOCK, subject: "\(path), held by another") }
        return SimulatedFile(self, inode, path)
    }

    func rename(_ source: String, to target: String) throws(SystemError) {
        try change(.rename, source, "rename") { (state) throws(SystemError) in
            guard let inode = state.names[source] else { throw SystemError("rename", code: ENOENT, subject: source) }
            let change = NameChange.rename(from: source, to: target, inode: inode)
            change.apply(to: &state.names, &state.directories)
            state.pendingNames.append(change)
        }
    }

    func unlink(_ path: String) throws(SystemError) {
        try change(.unlink, path, "unlink") { (state) throws(SystemError) in
            guard state.names[path] != nil else { throw SystemError("unlink", code: ENOENT, subject: path) }
            state.names[path] = nil
            state.pendingNames.append(.unlink(path))
        }
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        if case .lies = try begin(.syncDirectory, path, "fsync") { return }
        state.withLock { state in
            for change in state.pendingNames where change.directory == path {
                change.apply(to: &state.durableNames, &state.durableDirectories)
            }
            state.pendingNames.removeAll { $0.directory == path }
        }
    }

    func freeBytes(_ path: String) throws(SystemError) -> UInt64 {
        state.withLock { UInt64(max(0, $0.bytesMax - $0.bytesUsed)) }
    }

    private func make(_ path: String) throws(SystemError) -> Int {
        var made = 0
        try change(.open, path, "open") { (state) throws(SystemError) in
            guard state.directories.contains(Self.parent(path)) else {
                throw SystemError("open", code: ENOENT, subject: path)
            }
            guard state.names[path] == nil else { throw SystemError("open", code: EEXIST, subject: path) }
            made = (state.inodes.keys.max() ?? 0) + 1
            state.inodes[made] = Inode()
            state.names[path] = made
            state.pendingNames.append(.link(path, inode: made))
        }
        return made
    }

    /// Counts an operation and asks for its fate.
    ///
    /// - Returns: the fault that the caller has to play; nil for success.
    @discardableResult
    func begin(_ kind: Operation.Kind, _ path: String, _ call: StaticString) throws(SystemError) -> Fault? {
        let operation = Operation(kind: kind, path: path)
        let number = state.withLock { state in
            state.operations += 1
            return state.operations
        }
        if kind == .sync || kind == .syncDirectory { look(operation) }
        let fault = fault.withLock { $0 }?(number, operation)
        if case .fails(let code) = fault { throw SystemError(call, code: code, subject: path) }
        return fault
    }

    func look(_ operation: Operation) {
        observer.withLock { $0 }?(operation, snapshot)
    }

    private func change(
        _ kind: Operation.Kind,
        _ path: String,
        _ call: StaticString,
        _ body: (inout State) throws(SystemError) -> Void
    ) throws(SystemError) {
        try begin(kind, path, call)
        try state.withLock { (state) throws(SystemError) in try body(&state) }
        look(Operation(kind: kind, path: path))
    }
}

extension SimulatedDisk {
    /// What is left when nothing that is not durable survives.
    var durableState: State {
        var state = snapshot
        state.forgetPending()
        return state
    }
}

extension SimulatedDisk.State {
    /// Makes the durable part all that there is.
    mutating func forgetPending() {
        // What is in a directory that is not there is not there either.
        durableNames = durableNames.filter { durableDirectories.contains(SimulatedDisk.parent($0.key)) }
        names = durableNames
        directories = durableDirectories
        pendingNames = []
        locked = []
        for (inode, file) in inodes {
            inodes[inode] = SimulatedDisk.Inode(durable: file.durable, content: file.durable)
        }
    }

    var bytesUsed: Int { inodes.values.reduce(0) { $0 + $1.content.count } }
}

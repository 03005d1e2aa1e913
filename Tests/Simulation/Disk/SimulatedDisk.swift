import Glibc
import Platform

/// A disk in memory that knows what is durable, and fails as it is told.
///
/// `JournalTests` has another one, which enumerates every state that a power cut may leave and copies itself for each.
/// This one draws one of those states by chance and is fast: a sync copies the bytes that were written, and nothing
/// else is ever copied.
///
/// - Isolation: a simulation is one thread.
final class SimulatedDisk: Disk, @unchecked Sendable {
    // SAFETY: a simulation is one thread.
    private enum NameChange {
        case link(String, Inode)
        case unlink(String)
        case rename(from: String, to: String, Inode)

        var path: String {
            switch self {
            case .link(let path, _), .unlink(let path), .rename(_, let path, _): path
            }
        }
    }

    private let chance: Chance
    /// What goes wrong.
    var faults = DiskFaults()
    /// Operations so far.
    private(set) var operations = 0
    private(set) var inodes: [Inode] = []
    private var names: [String: Inode] = [:]
    private var durableNames: [String: Inode] = [:]
    private var pendingNames: [NameChange] = []
    private var directories: Set<String> = ["/"]
    /// What is in each directory that was listed since the last change of a name.
    private var listings: [String: [String]] = [:]
    /// Bytes of all files.
    var bytesUsed: Int { inodes.reduce(0) { $0 + $1.live.count } }

    init(chance: Chance) {
        self.chance = chance
    }

    /// The file of that name as a power cut would leave the names.
    func durableFile(_ path: String) -> Inode? { durableNames[path] }

    /// The files in a directory whose names end so, by name.
    func durableFiles(in directory: String, suffix: String) -> [(name: String, inode: Inode)] {
        durableNames.filter { $0.key.hasPrefix(directory + "/") && $0.key.hasSuffix(suffix) }
            .map { (String(Self.split($0.key).name), $0.value) }
            .sorted { $0.name < $1.name }
    }

    /// The process is gone and its locks with it; the kernel has all that was written.
    func kill() {
        for inode in inodes { inode.survive() }
    }

    /// The power is gone.
    func cut(_ fate: CutFate) {
        for inode in inodes { inode.cut(fate, chance) }
        for change in pendingNames where fate == .kept || fate == .mixed && chance.oneIn(2) {
            Self.apply(change, to: &durableNames)
        }
        pendingNames.removeAll()
        names = durableNames
        listings.removeAll()
        let linked = Set(names.values.map(\.number))
        inodes.removeAll { !linked.contains($0.number) }
    }

    // MARK: - Disk

    func createDirectory(_ path: String) throws(SystemError) {
        // A directory is durable at once: what is in it is not.
        try begin("mkdir", path)
        directories.insert(path)
        listings.removeAll()
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try begin("opendir", path)
        guard directories.contains(path) else { throw SystemError("opendir", code: ENOENT, subject: path) }
        if let known = listings[path] { return known }
        var found: [String] = []
        for child in names.keys { Self.add(child, in: path, to: &found) }
        for folder in directories where folder != "/" { Self.add(folder, in: path, to: &found) }
        found.sort()
        listings[path] = found
        return found
    }

    func open(_ path: String, _ access: DiskAccess) throws(SystemError) -> SimulatedFile {
        try begin("open", path)
        switch access {
        case .read, .readWrite:
            guard let inode = names[path] else { throw SystemError("open", code: ENOENT, subject: path) }
            return SimulatedFile(self, inode, path)
        case .create:
            guard names[path] == nil else { throw SystemError("open", code: EEXIST, subject: path) }
            return SimulatedFile(self, make(path), path)
        }
    }

    func openLocked(_ path: String, holder: String) throws(SystemError) -> SimulatedFile {
        try begin("open", path)
        let inode = names[path] ?? make(path)
        guard !inode.isLocked else { throw SystemError("flock", code: EWOULDBLOCK, subject: path) }
        inode.isLocked = true
        return SimulatedFile(self, inode, path)
    }

    func rename(_ source: String, to target: String) throws(SystemError) {
        try begin("rename", source)
        guard let inode = names[source] else { throw SystemError("rename", code: ENOENT, subject: source) }
        change(.rename(from: source, to: target, inode))
    }

    func unlink(_ path: String) throws(SystemError) {
        try begin("unlink", path)
        guard names[path] != nil else { throw SystemError("unlink", code: ENOENT, subject: path) }
        change(.unlink(path))
    }

    func syncDirectory(_ path: String) throws(SystemError) {
        try begin("fsync", path)
        var rest: [NameChange] = []
        for change in pendingNames {
            if Self.split(change.path).parent == path {
                Self.apply(change, to: &durableNames)
            } else {
                rest.append(change)
            }
        }
        pendingNames = rest
    }

    func freeBytes(_ path: String) throws(SystemError) -> UInt64 {
        try begin("statvfs", path)
        return UInt64(max(0, faults.bytesMax - bytesUsed))
    }

    // MARK: - For its files

    /// Counts an operation; one on a dead machine has no effect and fails.
    func begin(_ call: StaticString, _ path: String) throws(SystemError) {
        operations += 1
        if operations >= faults.diesAt { faults.isDead = true }
        if faults.isDead { throw SystemError(call, code: EIO, subject: path) }
    }

    /// How many bytes of a write are taken.
    func room(for count: Int, growth: Int, _ path: String) throws(SystemError) -> Int {
        if growth > 0 && bytesUsed + growth > faults.bytesMax {
            throw SystemError("pwrite", code: ENOSPC, subject: path)
        }
        return faults.shortWrites && count > 1 && chance.oneIn(4) ? chance.within(1...count) : count
    }

    /// Whether a read fails.
    func failsRead() -> Bool { faults.readErrorsIn100 > 0 && chance.percent(faults.readErrorsIn100) }

    private func make(_ path: String) -> Inode {
        let inode = Inode(number: (inodes.last?.number ?? 0) + 1)
        inodes.append(inode)
        change(.link(path, inode))
        return inode
    }

    private func change(_ change: NameChange) {
        Self.apply(change, to: &names)
        listings.removeAll(keepingCapacity: true)
        pendingNames.append(change)
    }

    private static func apply(_ change: NameChange, to names: inout [String: Inode]) {
        switch change {
        case .link(let path, let inode): names[path] = inode
        case .unlink(let path): names[path] = nil
        case .rename(let from, let to, let inode):
            names[from] = nil
            names[to] = inode
        }
    }

    private static func add(_ path: String, in directory: String, to found: inout [String]) {
        let (parent, name) = split(path)
        if parent == directory { found.append(String(name)) }
    }

    private static func split(_ path: String) -> (parent: Substring, name: Substring) {
        // By bytes: what a character is takes far longer to find out.
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("/", path[...]) }
        let name = path[path.utf8.index(after: slash)...]
        return slash == path.startIndex ? ("/", name) : (path[..<slash], name)
    }
}

/// What goes wrong on the simulated disk.
struct DiskFaults {
    /// The operation at which the machine dies.
    var diesAt = Int.max
    /// The sync at which it dies: what was written before is in the midst of becoming durable.
    var diesAtSync = Int.max
    /// Nothing has an effect any more.
    var isDead = false
    /// Syncs that succeed before one fails.
    var syncFailsIn = Int.max
    /// Whether some writes take a part of the bytes only.
    var shortWrites = false
    /// Room on the disk.
    ///
    /// Unit: bytes.
    var bytesMax = Int.max
    /// Of a hundred reads, so many fail.
    var readErrorsIn100 = 0
    /// A planted bug: a sync says that it is done before it is.
    var syncsLate = false
}

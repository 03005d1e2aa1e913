import Glibc
import Platform
import Synchronization

/// A file of the forgetful disk, whatever its names are.
final class ForgetfulFile: Sendable {
    let unsynced = UnsyncedBytes()
    private let path: Mutex<String>

    init(_ realPath: String) {
        path = Mutex(realPath)
    }

    /// Where the real disk has it now.
    var realPath: String {
        get { path.withLock { $0 } }
        set { path.withLock { $0 = newValue } }
    }
}

/// Names that were made, changed and taken away since their directory was synced, kept from the real disk: they go with
/// the process.
///
/// A new file lies under a name of its own that nobody is shown, until its directory is synced. Directories themselves
/// are made at once.
///
/// - Isolation: any thread.
final class UnsyncedNames: Sendable {
    private enum Change: Sendable {
        case created(String, ForgetfulFile)
        case renamed(String, to: String, ForgetfulFile)
        case unlinked(String)
    }

    private struct State: Sendable {
        /// What names stand for, where that is known to differ from the real disk or has been asked for; nil: nothing.
        var files: [String: ForgetfulFile?] = [:]
        /// What has not reached the real disk yet, by directory, in order.
        var changes: [String: [Change]] = [:]
        var created = 0
    }

    private let real = RealDisk()
    private let state = Mutex(State())
    private static let hiddenPrefix = ".unsynced-"

    /// The file that a name stands for.
    func file(_ path: String) throws(SystemError) -> ForgetfulFile {
        try state.withLock { (state) throws(SystemError) in try self.file(path, &state) }
    }

    private func file(_ path: String, _ state: inout State) throws(SystemError) -> ForgetfulFile {
        if let known = state.files[path] {
            guard let known else { throw SystemError("open", code: ENOENT, subject: path) }
            return known
        }
        try real.open(path, .read).close()
        let file = ForgetfulFile(path)
        state.files[path] = file
        return file
    }

    func create(_ path: String) throws(SystemError) -> (RealFile, ForgetfulFile) {
        try state.withLock { (state) throws(SystemError) in
            if (try? file(path, &state)) != nil { throw .existingFile(path) }
            state.created += 1
            let hidden = "\(directory(path))/\(Self.hiddenPrefix)\(getpid())-\(state.created)"
            let made = try real.open(hidden, .create)
            let file = ForgetfulFile(hidden)
            state.files[path] = file
            state.changes[directory(path), default: []].append(.created(path, file))
            return (made, file)
        }
    }

    func rename(_ source: String, to target: String) throws(SystemError) {
        try state.withLock { (state) throws(SystemError) in
            let file = try file(source, &state)
            state.files[target] = file
            state.files.updateValue(nil, forKey: source)
            state.changes[directory(target), default: []].append(.renamed(source, to: target, file))
        }
    }

    func unlink(_ path: String) throws(SystemError) {
        try state.withLock { (state) throws(SystemError) in
            _ = try file(path, &state)
            state.files.updateValue(nil, forKey: path)
            state.changes[directory(path), default: []].append(.unlinked(path))
        }
    }

    func list(_ path: String) throws(SystemError) -> [String] {
        try state.withLock { (state) throws(SystemError) in
            var names = Set(try real.list(path).filter { !$0.hasPrefix(Self.hiddenPrefix) })
            for (name, file) in state.files where directory(name) == path {
                let last = String(name.dropFirst(path.utf8.count + 1))
                if file == nil { names.remove(last) } else { names.insert(last) }
            }
            return Array(names)
        }
    }

    /// Brings the directory's names to the real disk.
    func syncDirectory(_ path: String) throws(SystemError) {
        try state.withLock { (state) throws(SystemError) in
            for change in state.changes.removeValue(forKey: path) ?? [] { try apply(change) }
        }
        try real.syncDirectory(path)
    }

    /// Brings some of what was not synced to the real disk, as a power cut may: any sectors, any names, in any order.
    func spill(_ random: inout SplitMix64) {
        state.withLock { state in
            for (_, file) in state.files.sorted(by: { $0.key < $1.key }) {
                guard let file, let target = try? real.open(file.realPath, .readWrite) else { continue }
                file.unsynced.spill(into: target, &random)
            }
            for (_, changes) in state.changes.sorted(by: { $0.key < $1.key }) {
                // A name that depends on one that is not there fails, and so is not there either.
                for change in changes where Bool.random(using: &random) { try? apply(change) }
            }
        }
    }

    private func apply(_ change: Change) throws(SystemError) {
        switch change {
        case .created(let path, let file):
            try real.rename(file.realPath, to: path)
            file.realPath = path
        case .renamed(let source, let target, let file):
            try real.rename(source, to: target)
            file.realPath = target
        case .unlinked(let path):
            try real.unlink(path)
        }
    }

    private func directory(_ path: String) -> String {
        String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    }
}

/// The generator of what a power cut leaves (SplitMix64): the same seed, the same choices.
struct SplitMix64: RandomNumberGenerator, Sendable {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

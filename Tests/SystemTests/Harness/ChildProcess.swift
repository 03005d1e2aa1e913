import Foundation

/// How a process ended.
enum Exit: Equatable {
    case code(Int32)
    case signal(Int32)
}

/// A child process whose standard output is read through a pipe, and which never outlives this object.
///
/// - Isolation: one thread; only `identifier` may be used by others, to send signals while the owner keeps it alive.
final class ChildProcess {
    let identifier: pid_t
    /// What it has printed, as far as it was read.
    private(set) var output = ""

    private let pipe: Int32
    private var exit: Exit?

    /// Starts the program; `errors` is the file that takes its standard error.
    init(_ path: String, _ arguments: [String], environment: [String: String], errors: String) throws {
        let ends = try PipeEnds()
        defer { close(ends.writing) }
        pipe = ends.reading
        identifier = try Spawn(
            path,
            arguments,
            environment,
            input: "/dev/null",
            output: ends.writing,
            errors: errors
        )
        .run()
        Reaper.shared.watch(identifier)
    }

    deinit {
        if exit == nil {
            kill(identifier, SIGKILL)
            reap()
        }
        close(pipe)
    }

    func send(_ signal: Int32) {
        if exit == nil { kill(identifier, signal) }
    }

    /// Reads output until there is a whole line with `text` in it.
    ///
    /// - Returns: what stands behind the text on that line; nil when the process has ended without.
    func waitForLine(with text: String, seconds: Double) throws -> Substring? {
        let deadline = TestRun.now + seconds
        while true {
            if let found = output.range(of: text), let end = output[found.upperBound...].firstIndex(of: "\n") {
                return output[found.upperBound..<end]
            }
            guard try readOutput(until: deadline, "`\(text)` on its standard output") else { return nil }
        }
    }

    /// Waits until the process has ended; kills it when it does not.
    func waitForExit(seconds: Double) throws -> Exit {
        if let exit { return exit }
        let deadline = TestRun.now + seconds
        while try readOutput(until: deadline, "its end") {}
        return reap()
    }

    @discardableResult
    private func reap() -> Exit {
        var status: Int32 = 0
        // SAFETY: the kernel writes one Int32.
        while unsafe waitpid(identifier, &status, 0) < 0 && errno == EINTR {}
        Reaper.shared.forget(identifier)
        let signal = status & 0x7F
        let ended: Exit = signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
        exit = ended
        return ended
    }

    /// Waits for more output; false at its end, which is the process's.
    private func readOutput(until deadline: Double, _ what: String) throws -> Bool {
        var request = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
        var bytes = [UInt8](repeating: 0, count: 4_096)
        while true {
            let left = deadline - TestRun.now
            guard left > 0 else { throw HarnessFailure("waited too long for \(what)") }
            // SAFETY: one local structure.
            guard unsafe poll(&request, 1, Int32(left * 1_000) + 1) > 0 else { continue }
            // SAFETY: the kernel writes at most the array's count.
            let count = unsafe read(pipe, &bytes, bytes.count)
            guard count > 0 else { return false }
            output += String(decoding: bytes[..<count], as: UTF8.self)
            return true
        }
    }
}

/// A new pipe that child processes do not inherit; whoever makes it closes it.
struct PipeEnds {
    let reading: Int32
    let writing: Int32

    init() throws {
        var ends: [Int32] = [-1, -1]
        // SAFETY: the kernel writes the two descriptors.
        guard unsafe pipe(&ends) == 0 else { throw HarnessFailure("pipe: error \(errno)") }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        (reading, writing) = (ends[0], ends[1])
    }
}

/// Starts a process with nothing inherited but what is named, and the signals as a fresh shell has them.
struct Spawn {
    private let path: String
    private let arguments: [String]
    private let environment: [String: String]
    private let input: (path: String?, descriptor: Int32)
    private let output: Int32?
    private let errors: String

    init(
        _ path: String,
        _ arguments: [String],
        _ environment: [String: String],
        input: String,
        output: Int32,
        errors: String
    ) {
        self.path = path
        self.arguments = arguments
        self.environment = environment
        self.input = (input, -1)
        self.output = output
        self.errors = errors
    }

    /// A process that reads from a descriptor of ours and says nothing.
    init(_ path: String, _ arguments: [String], input: Int32) {
        self.path = path
        self.arguments = arguments
        environment = [:]
        self.input = (nil, input)
        output = nil
        errors = "/dev/null"
    }

    func run() throws -> pid_t {
        var actions = unsafe posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        // SAFETY: both are initialised here and destroyed below; the strings are copied by the calls.
        unsafe posix_spawn_file_actions_init(&actions)
        unsafe posix_spawnattr_init(&attributes)
        defer {
            unsafe posix_spawn_file_actions_destroy(&actions)
            unsafe posix_spawnattr_destroy(&attributes)
        }
        unsafe redirect(&actions)
        unsafe freshSignals(&attributes)
        var identifier: pid_t = 0
        let failure = unsafe withCStrings([path] + arguments) { arguments in
            unsafe withCStrings(environment.map { "\($0.key)=\($0.value)" }) { environment in
                unsafe posix_spawn(&identifier, path, &actions, &attributes, arguments, environment)
            }
        }
        guard failure == 0 else { throw HarnessFailure("starting \(path): error \(failure)") }
        return identifier
    }

    @unsafe
    private func redirect(_ actions: inout posix_spawn_file_actions_t) {
        // SAFETY: as in `run`.
        if let path = input.path {
            unsafe posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
        } else {
            unsafe posix_spawn_file_actions_adddup2(&actions, input.descriptor, 0)
        }
        if let output {
            unsafe posix_spawn_file_actions_adddup2(&actions, output, 1)
        } else {
            unsafe posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        unsafe posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    }

    @unsafe
    private func freshSignals(_ attributes: inout posix_spawnattr_t) {
        var none = sigset_t()
        var all = sigset_t()
        // SAFETY: local sets, copied by the calls.
        unsafe sigemptyset(&none)
        unsafe sigfillset(&all)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setsigdefault(&attributes, &all)
        // A process group of its own, so that an interrupt from the terminal reaches the tests alone.
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
        unsafe posix_spawnattr_setflags(&attributes, Int16(flags))
    }
}

/// Calls `body` with `strings` as the kernel takes them, NULL at the end.
@unsafe
private func withCStrings<Result>(
    _ strings: [String],
    _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    // SAFETY: the copies live until `body` has returned.
    var copies = unsafe strings.map { unsafe strdup($0) }
    unsafe copies.append(nil)
    defer { for index in unsafe copies.indices { unsafe free(copies[index]) } }
    return unsafe copies.withUnsafeBufferPointer { buffer in
        guard let base = buffer.baseAddress else { preconditionFailure("there is always the NULL") }
        return unsafe body(base)
    }
}

import Foundation

/// Counts the system calls of a running process, all its threads, between two moments: with perf's tracepoints where
/// the machine allows them (they hardly slow it), else with strace (which slows it a lot, but counts the same calls).
final class SyscallCounter {
    enum Tool: String {
        case perf
        case strace
    }

    let tool: Tool
    private let child: Child
    private let report: URL

    /// The calls shown by name; the total is of all calls.
    private static let named = [
        "read", "recvfrom", "recvmsg", "write", "sendto", "sendmsg", "writev", "pwrite64", "pwritev", "fdatasync",
        "epoll_wait", "epoll_pwait", "epoll_ctl", "futex",
    ]

    /// The tool that works on this machine; nil where none does.
    static func findTool() -> Tool? {
        if works("/usr/bin/perf", ["stat", "-e", "raw_syscalls:sys_enter", "true"]) { return .perf }
        if works("/usr/bin/strace", ["-c", "-f", "-o", "/dev/null", "true"]) { return .strace }
        return nil
    }

    /// Attaches to a process.
    init(_ pid: Int32, with tool: Tool, in folder: URL) throws(BenchError) {
        self.tool = tool
        report = folder.appendingPathComponent("syscalls.txt")
        let arguments: [String]
        switch tool {
        case .perf:
            let events = ["raw_syscalls:sys_enter"] + Self.named.map { "syscalls:sys_enter_\($0)" }
            arguments = ["stat", "-x", ",", "-e", events.joined(separator: ","), "-p", "\(pid)", "-o", report.path]
        case .strace:
            arguments = ["-c", "-f", "-p", "\(pid)", "-o", report.path]
        }
        child = try Child(
            URL(fileURLWithPath: "/usr/bin/\(tool.rawValue)"),
            arguments,
            log: folder.appendingPathComponent("syscalls.log")
        )
        // Neither tool says when it has attached to every thread; nothing is sent before it had the time to.
        Thread.sleep(forTimeInterval: 1)
        guard child.isRunning else { throw .cannotRun("\(tool.rawValue) did not attach: \(child.output)") }
    }

    /// Detaches and reads the counts: all calls under `total`, the common ones under their names.
    func finish() throws(BenchError) -> [String: Int] {
        child.end(SIGINT)
        guard let text = try? String(contentsOf: report, encoding: .utf8) else {
            throw .cannotRun("\(tool.rawValue) left no report: \(child.output)")
        }
        let counts = tool == .perf ? Self.readPerf(text) : Self.readStrace(text)
        guard let total = counts["total"], total > 0 else {
            throw .cannotRun("\(tool.rawValue)'s report has no total:\n\(text)")
        }
        return counts
    }

    /// Lines such as `1234,,syscalls:sys_enter_read,5678,100.00,,`.
    static func readPerf(_ text: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
            guard fields.count > 2, let count = Int(fields[0]), let colon = fields[2].firstIndex(of: ":") else {
                continue
            }
            let event = fields[2][fields[2].index(after: colon)...]
            counts[event == "sys_enter" ? "total" : String(event.dropFirst("sys_enter_".count))] = count
        }
        return counts
    }

    /// Lines such as ` 50.00    0.001000           1      1000        12 read`, the errors' column often empty.
    static func readStrace(_ text: String) -> [String: Int] {
        var counts: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count >= 5, let name = fields.last, let count = Int(fields[3]) else { continue }
            counts[String(name)] = count
        }
        return counts
    }

    private static func works(_ path: String, _ arguments: [String]) -> Bool {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

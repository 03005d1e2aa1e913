import Foundation

/// What the kernel knows of a running process.
enum ProcessFacts {
    /// Resident memory in bytes; 0 when the process is gone.
    static func residentBytes(_ pid: Int32) -> UInt64 {
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else { return 0 }
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return UInt64(line?.filter(\.isNumber) ?? "").map { $0 * 1_024 } ?? 0
    }

    /// Processor time used so far, user and kernel, in seconds (the kernel counts hundredths).
    static func processorSeconds(_ pid: Int32) -> Double {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let nameEnd = stat.lastIndex(of: ")")
        else { return 0 }
        // Behind the name: state is field 3, utime and stime are fields 14 and 15 (proc(5)).
        let fields = stat[stat.index(after: nameEnd)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let kernel = Double(fields[12]) else { return 0 }
        return (user + kernel) / 100
    }
}

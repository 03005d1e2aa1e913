import Glibc

/// A system call that failed: which one, on what, and the kernel's reason.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The call's name, as its manual page has it (`open`, `fdatasync`).
    public let call: StaticString
    /// The kernel's `errno`.
    public let code: Int32
    /// The file or address it was about; empty where there is none.
    public let subject: String

    /// Takes `errno` as the failed call on this thread left it.
    public init(_ call: StaticString, subject: String = "") {
        self.init(call, code: errno, subject: subject)
    }

    /// An error with a code of the caller's.
    public init(_ call: StaticString, code: Int32, subject: String = "") {
        self.call = call
        self.code = code
        self.subject = subject
    }

    /// For example `open /data: Permission denied (13)`.
    public var description: String {
        // SAFETY: strerror returns a NUL-terminated string that is copied at once.
        let reason = unsafe String(cString: strerror(code))
        return subject.isEmpty ? "\(call): \(reason) (\(code))" : "\(call) \(subject): \(reason) (\(code))"
    }

    /// Two errors are equal when the same call failed for the same reason on the same subject.
    public static func == (left: Self, right: Self) -> Bool {
        left.code == right.code && left.subject == right.subject && left.call.description == right.call.description
    }
}

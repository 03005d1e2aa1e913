import Glibc

/// The service manager that started this process, where it wants to be told how the process is (sd_notify(3)).
public struct ServiceManager: Sendable {
    /// The name of its socket, as the kernel's address has it: an abstract one begins with a zero.
    private let name: [UInt8]

    /// The manager that listens at a socket; nil where there is none, or the name is none that a socket could have.
    ///
    /// - Parameter socket: a path, or the name of an abstract socket behind `@`, as `NOTIFY_SOCKET` has it; nil where the
    ///   variable is not set.
    public init?(socket: String?) {
        guard let socket, socket.hasPrefix("/") || socket.hasPrefix("@") else { return nil }
        var name = Array(socket.utf8)
        if name[0] == UInt8(ascii: "@") { name[0] = 0 }
        guard name.count > 1, name.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
        self.name = name
    }

    /// Sends one datagram; a manager that takes none is not waited for.
    ///
    /// - Parameter state: lines of `VARIABLE=value`.
    /// - Throws: why it did not arrive.
    public func tell(_ state: String) throws(SystemError) {
        let raw = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard raw >= 0 else { throw SystemError("socket") }
        let descriptor = FileDescriptor(owning: raw)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        // SAFETY: the name is shorter than the field, as `init` has made sure.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        // A path ends with its zero, an abstract name with its last byte.
        let nameBytes = name.count + (name[0] == 0 ? 0 : 1)
        let length = socklen_t(MemoryLayout<sockaddr_un>.offset(of: \.sun_path).map { $0 + nameBytes } ?? 0)
        let text = Array(state.utf8)
        // SAFETY: address and text are local, and their own lengths are passed.
        let sent = unsafe withUnsafePointer(to: &address) { pointer in
            let form = unsafe UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            return unsafe sendto(
                descriptor.raw,
                text,
                text.count,
                Int32(MSG_NOSIGNAL | MSG_DONTWAIT),
                form,
                length
            )
        }
        guard sent == text.count else { throw SystemError("sendto", subject: "NOTIFY_SOCKET") }
    }
}

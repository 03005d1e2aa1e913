import CPlatform
import Glibc

/// What became of a non-blocking read or write.
public enum Transfer: Equatable, Sendable {
    /// This many bytes went through; at least 1.
    case bytes(Int)
    /// Nothing can move now.
    case wouldBlock
    /// The peer has ended its stream (reads only).
    case ended
    /// The connection is gone.
    case failed(Int32)
}

/// An IPv4 or IPv6 address with a port, as `--listen` takes it: `127.0.0.1:8080`, `[::1]:8080`.
public struct SocketAddress: Sendable, CustomStringConvertible {
    /// The numeric host, without brackets.
    public let host: String
    /// 0 lets the kernel choose.
    public let port: UInt16

    /// The address of these two parts.
    public init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// Reads `host:port` or `[host]:port`; nil where it is neither.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.hasPrefix("[") && host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    /// `host:port`, with brackets around an IPv6 host.
    public var description: String {
        host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }

    /// Calls `body` with the kernel's form of the address; throws EINVAL where the host is not a numeric address.
    func withKernelForm<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t, Int32) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        var four = sockaddr_in()
        // SAFETY: the structures are local and have the sizes that are passed; the kernel reads no further.
        if unsafe inet_pton(AF_INET, host, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            return try unsafe Self.rebound(&four, AF_INET, body)
        }
        var six = sockaddr_in6()
        if unsafe inet_pton(AF_INET6, host, &six.sin6_addr) == 1 {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            return try unsafe Self.rebound(&six, AF_INET6, body)
        }
        throw SystemError("inet_pton", code: EINVAL, subject: host)
    }

    private static func rebound<Form, Result>(
        _ form: inout Form,
        _ family: Int32,
        _ body: (UnsafePointer<sockaddr>, socklen_t, Int32) throws(SystemError) -> Result
    ) throws(SystemError) -> Result {
        let length = socklen_t(MemoryLayout<Form>.size)
        return try unsafe withUnsafePointer(to: &form) { pointer throws(SystemError) in
            try unsafe body(UnsafeRawPointer(pointer).assumingMemoryBound(to: sockaddr.self), length, family)
        }
    }
}

/// Non-blocking TCP sockets.
public enum Socket {
    /// A listening socket.
    public static func listen(_ address: SocketAddress, backlog: Int32) throws(SystemError) -> FileDescriptor {
        let socket = try open(address)
        setOption(socket.raw, SOL_SOCKET, SO_REUSEADDR, 1)
        try unsafe address.withKernelForm { form, length, _ throws(SystemError) in
            // SAFETY: form and length describe one kernel address.
            guard unsafe bind(socket.raw, form, length) == 0 else {
                throw SystemError("bind", subject: address.description)
            }
        }
        guard Glibc.listen(socket.raw, backlog) == 0 else { throw SystemError("listen", subject: address.description) }
        return socket
    }

    /// A socket that connects in the background: it becomes writable once it is connected or has failed.
    public static func connect(_ address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let socket = try open(address)
        setOption(socket.raw, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
        try unsafe address.withKernelForm { form, length, _ throws(SystemError) in
            // SAFETY: as above.
            guard unsafe Glibc.connect(socket.raw, form, length) == 0 || errno == EINPROGRESS else {
                throw SystemError("connect", subject: address.description)
            }
        }
        return socket
    }

    private static func open(_ address: SocketAddress) throws(SystemError) -> FileDescriptor {
        let family = address.host.contains(":") ? AF_INET6 : AF_INET
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let raw = socket(family, kind, 0)
        guard raw >= 0 else { throw SystemError("socket", subject: address.description) }
        return FileDescriptor(owning: raw)
    }

    /// Takes one waiting connection; nil when there is none.
    ///
    /// - Throws: what `accept4` says of the machine (EMFILE, ENFILE, ENOBUFS, ENOMEM); a connection that is already
    ///   gone is passed over.
    public static func accept(_ listener: Int32) throws(SystemError) -> FileDescriptor? {
        while true {
            let raw = cplatform_accept(listener)
            if raw >= 0 {
                setOption(raw, Int32(IPPROTO_TCP), TCP_NODELAY, 1)
                return FileDescriptor(owning: raw)
            }
            switch errno {
            case EAGAIN: return nil
            case EMFILE, ENFILE, ENOBUFS, ENOMEM, EBADF, EINVAL: throw SystemError("accept4")
            default: continue
            }
        }
    }

    /// The address a socket is bound to, with the port that the kernel chose.
    public static func localPort(_ raw: Int32) -> UInt16 {
        var storage = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        // SAFETY: the kernel writes at most `length` bytes; the port stands at the same place in both families.
        let outcome = unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            unsafe getsockname(
                raw,
                UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self),
                &length
            )
        }
        // A bound socket has a name: nothing but a bad descriptor makes the call fail.
        precondition(outcome == 0, "getsockname of a descriptor that is no socket")
        return UInt16(bigEndian: storage.sin6_port)
    }

    /// The pending error of a socket, 0 where there is none.
    ///
    /// Clears it.
    public static func pendingError(_ raw: Int32) -> Int32 {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        // SAFETY: the kernel writes one Int32.
        return unsafe getsockopt(raw, SOL_SOCKET, SO_ERROR, &value, &length) == 0 ? value : errno
    }

    /// Reads what is there into the buffer's start.
    @inlinable
    public static func read(_ raw: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        while true {
            // SAFETY: the kernel writes at most the buffer's count.
            let count = unsafe cplatform_read(raw, buffer.baseAddress, buffer.count)
            if count > 0 { return .bytes(count) }
            if count == 0 { return .ended }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(errno)
            }
        }
    }

    /// Writes from the buffer's start; a peer that is gone is an outcome, never a signal.
    @inlinable
    public static func write(_ raw: Int32, _ buffer: UnsafeRawBufferPointer) -> Transfer {
        while true {
            // SAFETY: the kernel reads at most the buffer's count.
            let count = unsafe cplatform_send(raw, buffer.baseAddress, buffer.count)
            if count >= 0 { return .bytes(count) }
            switch errno {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            default: return .failed(errno)
            }
        }
    }

    /// Says that no more will be written; reading goes on.
    public static func shutdownWriting(_ raw: Int32) {
        _ = shutdown(raw, Int32(SHUT_WR))
    }

    private static func setOption(_ raw: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        // SAFETY: one Int32 is read.
        _ = unsafe setsockopt(raw, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}

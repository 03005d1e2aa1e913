import Loop
import Platform

/// The kernel's sockets, watched by a loop's epoll.
///
/// - Isolation: the loop's thread.
struct Sockets: Transport {
    let loop: EventLoop
    /// The listening sockets, which all loops share.
    let listeners: Listeners

    func watchListener(token: UInt64) throws(SystemError) {
        try loop.watch(listeners.main, [.readable, .exclusive], token: token)
        if let other = listeners.operators { try loop.watch(other, [.readable, .exclusive], token: token) }
    }

    func unwatchListener() {
        loop.unwatch(listeners.main)
        if let other = listeners.operators { loop.unwatch(other) }
    }

    func accept() throws(SystemError) -> Int32? {
        if let socket = try Socket.accept(listeners.main) { return socket.release() }
        guard let other = listeners.operators, let socket = try Socket.accept(other) else { return nil }
        return socket.release()
    }

    func isOperators(_ connection: Int32) -> Bool {
        listeners.operators.map { Socket.localPort($0) == Socket.localPort(connection) } ?? false
    }

    func peer(of connection: Int32) -> IPAddress? { Socket.peer(of: connection) }

    func watch(_ connection: Int32, token: UInt64) throws(SystemError) {
        try loop.watch(connection, [.readable, .writable, .peerClosed, .edge], token: token)
    }

    @inline(__always)
    func read(_ connection: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
        unsafe Socket.read(connection, into: buffer)
    }

    @inline(__always)
    func write(_ connection: Int32, _ buffer: UnsafeRawBufferPointer) -> Transfer {
        unsafe Socket.write(connection, buffer)
    }

    func endWriting(_ connection: Int32) {
        Socket.shutdownWriting(connection)
    }

    /// Closes the descriptor, which also ends its registration.
    func close(_ connection: Int32) {
        _ = FileDescriptor(owning: connection)
    }
}

/// The descriptors of the sockets that a server listens on.
struct Listeners: Sendable {
    /// For everybody.
    let main: Int32
    /// For the operator, on another port, where that is set.
    let operators: Int32?
}

import Loop
import Platform

/// The kernel's sockets, watched by a loop's epoll.
///
/// - Isolation: the loop's thread.
struct Sockets: Transport {
    let loop: EventLoop
    /// The listening socket, which all loops share.
    let listener: Int32

    func watchListener(token: UInt64) throws(SystemError) {
        try loop.watch(listener, [.readable, .exclusive], token: token)
    }

    func unwatchListener() {
        loop.unwatch(listener)
    }

    func accept() throws(SystemError) -> Int32? {
        guard let socket = try Socket.accept(listener) else { return nil }
        return socket.release()
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

import Foundation

/// The socket of a service manager (sd_notify(3)); its datagrams wait until they are taken.
///
/// - Isolation: one thread.
final class NotifySocket {
    private let descriptor: Int32

    /// Listens at a path, or at an abstract name where `name` begins with `@`.
    init(_ name: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        guard descriptor >= 0, bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw HarnessFailure("no socket for \(name)")
        }
        if name.hasPrefix("@") { bytes[0] = 0 }
        // SAFETY: the name fits the field; one local address is passed with its length.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count + (name.hasPrefix("@") ? 0 : 1))
        let outcome = unsafe withUnsafePointer(to: &address) {
            unsafe bind(descriptor, UnsafeRawPointer($0).assumingMemoryBound(to: sockaddr.self), length)
        }
        guard outcome == 0 else { throw HarnessFailure("bind \(name): \(errno)") }
    }

    deinit { close(descriptor) }

    /// The next datagram, as lines; waits for it.
    func next(seconds: Int32 = 10) throws -> [String] {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        // SAFETY: one pollfd is passed, and a buffer with its length.
        guard unsafe poll(&waiting, 1, seconds * 1_000) == 1 else {
            throw HarnessFailure("the manager is told nothing")
        }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe recv(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { throw HarnessFailure("recv: \(errno)") }
        return String(decoding: bytes[..<count], as: UTF8.self).split(separator: "\n").map(String.init)
    }
}

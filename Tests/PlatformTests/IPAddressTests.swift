import Glibc
import Testing

@testable import Platform

@Suite("Addresses of hosts")
struct IPAddressTests {
    @Test(
        "loopback is what only this machine reaches",
        arguments: [
            ("127.0.0.1", true), ("127.255.3.4", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("0.0.0.0", false), ("128.0.0.1", false), ("10.0.0.1", false), ("::", false), ("::2", false),
            ("fe80::1", false), ("::127.0.0.1", false), ("localhost", false), ("", false),
        ]
    )
    func loopback(host: String, isLoopback: Bool) {
        #expect(SocketAddress(host: host, port: 1).isLoopback == isLoopback)
    }

    @Test("an IPv4 address and its IPv6 form are one")
    func mapped() {
        #expect(IPAddress("192.0.2.1") == IPAddress("::ffff:192.0.2.1"))
        #expect(IPAddress("192.0.2.1") != IPAddress("192.0.2.2"))
        #expect(IPAddress("192.0.2") == nil)
        #expect(IPAddress("2001:db8::1") == IPAddress(high: 0x2001_0DB8_0000_0000, low: 1))
    }

    @Test(
        "a network holds the addresses that begin like it",
        arguments: [
            ("10.0.0.0/8", "10.255.0.1", true), ("10.0.0.0/8", "11.0.0.0", false), ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.4", false), ("0.0.0.0/0", "203.0.113.9", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "203.0.113.9", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("10.0.0.1/31", "10.0.0.0", true),
            ("fe80::/64", "fe80::1:2", true),
            ("2001:db8::/65", "2001:db8::8000:0:0:1", false), ("2001:db8::/65", "2001:db8::7fff:0:0:1", true),
        ]
    )
    func networks(network: String, address: String, isInside: Bool) throws {
        let found = try #require(IPNetwork(network))
        #expect(found.contains(try #require(IPAddress(address))) == isInside)
    }

    @Test(
        "what is no network is none",
        arguments: ["", "/8", "10.0.0.0/", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10/8"]
    )
    func noNetworks(text: String) {
        #expect(IPNetwork(text) == nil)
    }

    @Test("a connection knows who is at its other end")
    func peer() throws {
        let listener = try Socket.listen(SocketAddress(host: "127.0.0.1", port: 0), backlog: 1)
        let client = try Socket.connect(SocketAddress(host: "127.0.0.1", port: Socket.localPort(listener.raw)))
        var waiting = pollfd(fd: listener.raw, events: Int16(POLLIN), revents: 0)
        // SAFETY: one local structure is read and written.
        _ = unsafe poll(&waiting, 1, 8_000)
        let accepted = try #require(try Socket.accept(listener.raw)?.release())
        let server = FileDescriptor(owning: accepted)
        #expect(Socket.peer(of: server.raw) == IPAddress("127.0.0.1"))
        #expect(Socket.peer(of: client.raw) == IPAddress("127.0.0.1"))
        #expect(Socket.peer(of: listener.raw) == nil)
        #expect(Socket.peer(of: -1) == nil)
    }
}

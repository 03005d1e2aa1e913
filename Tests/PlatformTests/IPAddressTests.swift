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
}

import Testing

@testable import Platform

@Suite("The process's descriptors, and addresses as the kernel takes them")
struct ProcessDescriptorsTests {
    @Test("the limit is raised to what it may be, and raising it again changes nothing")
    func raiseLimit() throws {
        let limit = try ProcessDescriptors.raiseLimit()
        #expect(limit >= 3)
        #expect(try ProcessDescriptors.raiseLimit() == limit)
    }

    @Test("the count of open descriptors, where the kernel gives one, is not zero")
    func openCount() {
        #expect(ProcessDescriptors.openCount ?? 3 >= 3)
    }

    @Test(
        "only a numeric host can be used as it stands",
        arguments: [
            ("127.0.0.1:80", true), ("0.0.0.0:0", true), ("[::1]:80", true), ("[::]:65535", true),
            ("localhost:80", false), ("256.0.0.1:80", false), ("[127.0.0.1.1]:80", false), ("*:80", false),
        ]
    )
    func numeric(text: String, isNumeric: Bool) throws {
        #expect(try #require(SocketAddress(text)).isNumeric == isNumeric)
    }

    @Test("addresses are equal when host and port are")
    func equality() {
        let address = SocketAddress(host: "::1", port: 80)
        #expect(address == SocketAddress("[::1]:80"))
        #expect(address != SocketAddress("[::1]:81"))
        #expect(address != SocketAddress("[::2]:80"))
    }
}

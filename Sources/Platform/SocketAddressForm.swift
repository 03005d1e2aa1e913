extension SocketAddress: Equatable {
    /// Whether the kernel can use the host as it stands; a name such as `localhost` would have to be looked up first.
    public var isNumeric: Bool {
        do throws(SystemError) {
            return try unsafe withKernelForm { _, _, _ in true }
        } catch {
            return false
        }
    }

    /// Addresses are equal when they are spelled the same.
    public static func == (left: Self, right: Self) -> Bool {
        left.host == right.host && left.port == right.port
    }
}

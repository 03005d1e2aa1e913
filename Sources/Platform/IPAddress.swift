import Glibc

/// A numeric address of a host, IPv4 ones in their IPv6 form (`::ffff:a.b.c.d`, RFC 4291 2.5.5.2).
public struct IPAddress: BitwiseCopyable, Equatable, Sendable {
    /// The first eight bytes, as a big-endian number.
    public let high: UInt64
    /// The last eight bytes, as a big-endian number.
    public let low: UInt64

    /// The address of these two halves.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads an IPv4 or IPv6 address; nil where the text is neither.
    public init?(_ text: String) {
        var four = in_addr()
        // SAFETY: the structures are local, and of the size that each family has.
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            self.init(high: 0, low: Self.mapped | UInt64(UInt32(bigEndian: four.s_addr)))
            return
        }
        var six = in6_addr()
        guard unsafe inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        self.init(six)
    }

    private init(_ six: in6_addr) {
        let (high, low) = unsafe unsafeBitCast(six, to: (UInt64, UInt64).self)
        self.init(high: UInt64(bigEndian: high), low: UInt64(bigEndian: low))
    }

    /// Whether it is an IPv4 address.
    public var isFour: Bool { high == 0 && low >> 32 == Self.mapped >> 32 }

    /// Whether only this machine reaches it: `127.0.0.0/8` or `::1`.
    public var isLoopback: Bool {
        isFour ? UInt8(truncatingIfNeeded: low >> 24) == 127 : high == 0 && low == 1
    }

    private static let mapped: UInt64 = 0xFFFF_0000_0000
}

extension SocketAddress {
    /// Whether only this machine reaches it; an address that is not numeric is taken for one that others reach.
    public var isLoopback: Bool { IPAddress(host)?.isLoopback ?? false }
}

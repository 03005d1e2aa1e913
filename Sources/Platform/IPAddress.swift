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

/// A network: the addresses whose first bits are its own, as `10.0.0.0/8` or `2001:db8::/32` (RFC 4632, RFC 4291 2.3).
public struct IPNetwork: BitwiseCopyable, Equatable, Sendable {
    private let first: IPAddress
    /// Bits that count, of the IPv6 form.
    private let bits: Int

    /// Reads `ADDRESS/BITS`, or an address, which is a network of its own; nil where the text is neither.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        let size = address.isFour ? 32 : 128
        guard let bits = parts.count == 1 ? size : Int(parts[1]), (0...size).contains(bits) else { return nil }
        self.bits = bits + 128 - size
        first = address.prefix(self.bits)
    }

    /// Whether the address is in it.
    public func contains(_ address: IPAddress) -> Bool { address.prefix(bits) == first }
}

extension IPAddress {
    /// The address with only its first bits, and zeros behind them.
    public func prefix(_ bits: Int) -> IPAddress {
        IPAddress(high: high & Self.mask(bits), low: low & Self.mask(bits - 64))
    }

    private static func mask(_ bits: Int) -> UInt64 { ~(UInt64.max >> UInt64(max(0, min(bits, 64)))) }
}

extension Socket {
    /// Who is at the other end of a connection; nil where it has none any more.
    public static func peer(of raw: Int32) -> IPAddress? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // SAFETY: the kernel writes at most `length` bytes, and then says by the family which form they have.
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            let address = unsafe UnsafeMutableRawPointer(pointer).assumingMemoryBound(to: sockaddr.self)
            guard unsafe getpeername(raw, address, &length) == 0 else { return nil }
            return unsafe IPAddress(UnsafeRawPointer(pointer), family: Int32(pointer.pointee.ss_family))
        }
    }
}

extension IPAddress {
    @unsafe
    fileprivate init?(_ form: UnsafeRawPointer, family: Int32) {
        switch family {
        case AF_INET:
            let address = unsafe form.assumingMemoryBound(to: sockaddr_in.self).pointee.sin_addr
            self.init(high: 0, low: Self.mapped | UInt64(UInt32(bigEndian: address.s_addr)))
        case AF_INET6: unsafe self.init(form.assumingMemoryBound(to: sockaddr_in6.self).pointee.sin6_addr)
        default: return nil
        }
    }
}

import HTTP
import Platform

/// Finds out which client a request comes from, where proxies stand in front that the operator trusts.
struct TrustedProxies: Sendable {
    private let networks: [IPNetwork]

    /// Reads networks with commas between them; nil where one is none.
    init?(_ list: String) {
        var networks: [IPNetwork] = []
        for name in list.split(separator: ",") {
            guard let network = IPNetwork(String(name.filter { $0 != " " })) else { return nil }
            networks.append(network)
        }
        self.networks = networks
    }

    /// The client's address: the last one on the way that is no trusted proxy's.
    ///
    /// What stands before that one anybody may have made up. A proxy writes `Forwarded` or `X-Forwarded-For`, and passes
    /// on whatever the client has put into the other one: a request that has both says nothing.
    ///
    /// - Parameters:
    ///   - request: says who has forwarded it.
    ///   - bytes: the request's.
    ///   - peer: who is at the other end of the connection.
    /// - Returns: an address; the nearest known one where the client's is hidden.
    func client(_ request: Request, _ bytes: Span<UInt8>, _ peer: IPAddress) -> IPAddress {
        guard isTrusted(peer) else { return peer }
        var (standard, usual) = (Way(), Way())
        request.visitField("forwarded", in: bytes) { add(Self.standardHops(bytes, $0), to: &standard) }
        request.visitField("x-forwarded-for", in: bytes) { add(Self.usualHops(bytes, $0), to: &usual) }
        if standard.isEmpty { return usual.client ?? peer }
        return usual.isEmpty ? standard.client ?? peer : peer
    }

    /// What the hops so far come to, the client's first.
    private struct Way {
        var isEmpty = true
        /// The last one that is no trusted proxy, or the first one behind one that is hidden.
        var client: IPAddress?
    }

    private func isTrusted(_ address: IPAddress) -> Bool { networks.contains { $0.contains(address) } }

    /// `hops`: nil for each that is hidden or malformed.
    private func add(_ hops: [IPAddress?], to way: inout Way) {
        for hop in hops {
            way.isEmpty = false
            guard let hop else {
                way.client = nil
                continue
            }
            if way.client == nil || !isTrusted(hop) { way.client = hop }
        }
    }

    /// The addresses of `X-Forwarded-For: client, proxy, proxy`.
    private static func usualHops(_ bytes: Span<UInt8>, _ range: ByteRange) -> [IPAddress?] {
        text(bytes, range).split(separator: ",", omittingEmptySubsequences: false).map { address(String($0)) }
    }

    /// The addresses of `Forwarded: for=client;proto=http, for="[2001:db8::1]:4711"` (RFC 7239 4).
    private static func standardHops(_ bytes: Span<UInt8>, _ range: ByteRange) -> [IPAddress?] {
        text(bytes, range).split(separator: ",", omittingEmptySubsequences: false)
            .map { element in
                let parameter = element.split(separator: ";").map { $0.drop { $0 == " " || $0 == "\t" } }
                    .first { $0.lowercased().hasPrefix("for=") }
                guard let value = parameter?.dropFirst(4) else { return nil }
                return address(value.filter { $0 != "\"" })
            }
    }

    private static func text(_ bytes: Span<UInt8>, _ range: ByteRange) -> String {
        String(decoding: bytes.extracting(range.bounds).array, as: UTF8.self)
    }

    /// Reads an address, perhaps with a port.
    private static func address(_ text: String) -> IPAddress? {
        let text = text.filter { $0 != " " && $0 != "\t" }
        if text.hasPrefix("["), let end = text.firstIndex(of: "]") {
            return IPAddress(String(text[text.index(after: text.startIndex)..<end]))
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return IPAddress(parts.count == 2 ? String(parts[0]) : text)
    }
}

import Domain
import HTTP

/// Whether a request may pass, and in whose name.
struct Admission: BitwiseCopyable, Sendable {
    /// Who asks.
    var caller = CallerID.nobody
    /// Why not; nil where it may pass.
    var denial: Denial?
    /// The origin that it names, where pages from there may call; else absent.
    var origin = ByteRange.absent

    /// Nobody in particular, who may do everything: there are no credentials.
    static let anybody = Self()
}

/// Why a request may not pass.
enum Denial: BitwiseCopyable, Sendable {
    /// It shows no bearer token.
    case tokenMissing
    /// Nobody has this token.
    case tokenUnknown
    /// The token is good, but has none of these scopes.
    case scopeMissing(ScopeSet)
    /// The route is the operator's, and this is not the operator's address.
    case addressOther
    /// Too many have come.
    case tooOften(Excess)
}

/// Knows callers by their tokens.
///
/// A token that was good is known again by its fingerprint under a key that nobody outside has: so a request costs one
/// SipHash, no lock and no allocation. A new one, and each wrong one, costs a SHA-256.
///
/// - Isolation: one loop.
final class Callers {
    /// A token that was good.
    private struct Known {
        let fingerprint: Fingerprint
        let entry: Int32
    }

    /// Good tokens known again at once, a power of two; with more, some are hashed anew.
    private static let knownMax = 256
    /// The longest token that is looked at.
    ///
    /// Unit: bytes.
    private static let tokenBytesMax = 512

    private let credentials: Credentials
    private var table: CredentialTable
    private var generation: Int
    /// By the low bits of the fingerprint.
    private var known: [Known?]

    init(_ credentials: Credentials) {
        self.credentials = credentials
        // In this order: a table that is too new for its generation is only read once more.
        generation = credentials.generation
        table = credentials.table
        known = Array(repeating: nil, count: Self.knownMax)
    }

    /// Judges a request.
    ///
    /// - Parameters:
    ///   - authorization: the value of its field Authorization.
    ///   - bytes: the request's.
    ///   - needed: scopes of which one is needed; none for what is open to everybody.
    /// - Returns: in whose name it passes, or why it does not.
    func judge(_ authorization: ByteRange, _ bytes: Span<UInt8>, _ needed: ScopeSet) -> Admission {
        guard !needed.isEmpty else { return .anybody }
        guard let token = Self.token(authorization, bytes) else { return Admission(denial: .tokenMissing) }
        refresh()
        guard let entry = entry(bytes.extracting(token)) else { return Admission(denial: .tokenUnknown) }
        let isAllowed = !table.entries[entry].scopes.isDisjoint(with: needed)
        return Admission(caller: table.entries[entry].caller, denial: isAllowed ? nil : .scopeMissing(needed))
    }

    /// The name of a caller; empty for nobody.
    func name(of caller: CallerID) -> [UInt8] {
        // Another loop may know of a newer table.
        if Int(caller.rawValue) >= table.names.count { refresh() }
        return Int(caller.rawValue) < table.names.count ? table.names[Int(caller.rawValue)] : []
    }

    private func refresh() {
        let latest = credentials.generation
        guard latest != generation else { return }
        generation = latest
        table = credentials.table
        for index in known.indices { known[index] = nil }
    }

    /// The place in the table of a token.
    private func entry(_ token: Span<UInt8>) -> Int? {
        guard token.count <= Self.tokenBytesMax else { return nil }
        var hasher = SipHasher128(key: credentials.key)
        hasher.update(token)
        let fingerprint = hasher.finalize()
        let place = Int(truncatingIfNeeded: fingerprint.low) & (Self.knownMax - 1)
        if let seen = known[place], seen.fingerprint == fingerprint { return Int(seen.entry) }
        guard let found = table.find(SHA256.digest(of: token)) else { return nil }
        known[place] = Known(fingerprint: fingerprint, entry: Int32(found))
        return found
    }

    /// What stands behind `Bearer` (RFC 6750 2.1); nil where something else does.
    private static func token(_ field: ByteRange, _ bytes: Span<UInt8>) -> Range<Int>? {
        let scheme = 6
        guard field.count > scheme, bytes[field.start + scheme] == 0x20,
            Text.equalsIgnoringCase(bytes, ByteRange(field.start..<field.start + scheme), "bearer")
        else { return nil }
        var start = field.start + scheme
        while start < field.end, bytes[start] == 0x20 { start += 1 }
        return start < field.end ? start..<field.end : nil
    }
}

import Domain
import HTTP
import Platform

/// What a server is configured to ask of those who call it; shared by all loops.
package struct Access: Sendable {
    /// Who may do what; nil where everybody may do everything.
    let credentials: Credentials?
    /// The limits that are set.
    let rates: [RateLimit]
    let proxies: TrustedProxies?
    let origins: AllowedOrigins?
    /// Whether the operator's routes are served at an address of their own.
    let separatesOperators: Bool
    /// What addresses and callers are known by in the tables of limits.
    let key: FingerprintKey
    /// When limits begin to count, on the monotonic clock.
    let startMilliseconds: UInt64

    /// Everybody may do everything, as often as they like.
    package init() {
        credentials = nil
        rates = []
        proxies = nil
        origins = nil
        separatesOperators = false
        key = FingerprintKey(first: 0, second: 0)
        startMilliseconds = 0
    }

    /// What a configuration asks for.
    ///
    /// - Parameters:
    ///   - configuration: valid.
    ///   - clock: the server's.
    ///   - random: other numbers at each start.
    /// - Throws: what is wrong with the credentials' file.
    init(
        _ configuration: ServerConfiguration,
        _ clock: any Clock,
        _ random: () -> UInt64
    ) throws(ConfigurationError) {
        startMilliseconds = clock.monotonicNanoseconds() / 1_000_000
        key = FingerprintKey(first: random(), second: random())
        let file = configuration.credentials.file
        credentials = file.isEmpty ? nil : try Credentials(file: file, key: key)
        rates = configuration.rateLimits.limits
        separatesOperators = configuration.listenOperator != nil
        let http = configuration.http
        proxies = http.trustedProxies.isEmpty ? nil : TrustedProxies(http.trustedProxies)
        origins = http.corsOrigins.isEmpty ? nil : AllowedOrigins(http.corsOrigins)
    }

    /// Whether nothing is asked of anybody.
    var isOpen: Bool { credentials == nil && rates.isEmpty && origins == nil && !separatesOperators }
}

extension ServerConfiguration.RateLimits {
    fileprivate var limits: [RateLimit] {
        [
            limit(.address, perSecond: addressPerSecond, burst: addressBurst),
            limit(.credential, perSecond: credentialPerSecond, burst: credentialBurst),
        ]
        .compactMap { $0 }
    }

    private func limit(_ holder: RateLimit.Holder, perSecond: Int, burst: Int) -> RateLimit? {
        guard perSecond > 0 else { return nil }
        return RateLimit(holder, perSecond: perSecond, burst: burst, entries: entriesMax)
    }
}

/// Judges the requests of one loop before they are handled.
///
/// - Isolation: the loop.
final class Doorkeeper {
    /// Knows callers by their tokens; nil where there are no credentials.
    let callers: Callers?
    private let access: Access
    private let metrics: LoopMetrics
    private let addressLimit: RateLimit?
    private let credentialLimit: RateLimit?

    /// nil where nothing is asked of anybody.
    init?(_ access: Access, _ metrics: LoopMetrics) {
        guard !access.isOpen else { return nil }
        self.access = access
        self.metrics = metrics
        callers = access.credentials.map(Callers.init)
        addressLimit = access.rates.first { $0.holder == .address }
        credentialLimit = access.rates.first { $0.holder == .credential }
    }

    /// Whether it asks where requests come from.
    var needsAddress: Bool { addressLimit != nil }

    /// Whether it asks at which address they have arrived.
    var separatesOperators: Bool { access.separatesOperators }

    /// Whether answers depend on the origin that a request names.
    var checksOrigin: Bool { access.origins != nil }

    /// Judges a request, once.
    ///
    /// - Parameters:
    ///   - connection: has parsed it.
    ///   - match: where it leads.
    ///   - bytes: the request's.
    ///   - milliseconds: of the monotonic clock.
    /// - Returns: in whose name it passes, or why it does not.
    func admit(
        _ connection: Connection,
        _ match: RouteMatch,
        _ bytes: Span<UInt8>,
        atMilliseconds milliseconds: UInt64
    ) -> Admission {
        let origin = access.origins?.origin(of: connection.parser.request, bytes) ?? .absent
        let microseconds = (max(milliseconds, access.startMilliseconds) - access.startMilliseconds) * 1_000
        var admission = judge(connection, match, bytes, atMicroseconds: microseconds)
        admission.origin = origin
        return admission
    }

    private func judge(
        _ connection: Connection,
        _ match: RouteMatch,
        _ bytes: Span<UInt8>,
        atMicroseconds now: UInt64
    ) -> Admission {
        // Whoever watches the server is never told that it is too often.
        if match == .route(.health) || match == .route(.readiness) { return .anybody }
        let request = connection.parser.request
        if let addressLimit, let peer = connection.peer {
            let client = access.proxies?.client(request, bytes, peer) ?? peer
            if let excess = excess(addressLimit, fingerprint(client), now) {
                return Admission(denial: .tooOften(excess))
            }
        }
        guard case .route(let route) = match else { return .anybody }
        if access.separatesOperators, !connection.isOperators, route.isOperators(for: request.method) {
            return Admission(denial: .addressOther)
        }
        guard let callers else { return .anybody }
        var admission = callers.judge(request.authorization, bytes, route.scopes(for: request.method))
        if let credentialLimit, admission.denial == nil, admission.caller != .nobody,
            let excess = excess(credentialLimit, fingerprint(admission.caller), now)
        {
            admission.denial = .tooOften(excess)
        }
        return admission
    }

    private func excess(_ limit: RateLimit, _ fingerprint: Fingerprint, _ now: UInt64) -> Excess? {
        let outcome = limit.take(fingerprint, atMicroseconds: now)
        if outcome.hasForgotten { metrics.reached(.rateLimitEntries) }
        guard let wait = outcome.waitMicroseconds else { return nil }
        metrics.reached(limit.holder == .address ? .addressRate : .credentialRate)
        return Excess(
            holder: limit.holder,
            quota: UInt32(clamping: limit.burst),
            windowSeconds: UInt32(clamping: limit.windowSeconds),
            retrySeconds: UInt32(clamping: (wait + 999_999) / 1_000_000)
        )
    }

    /// Of an IPv6 client the network: who has one address there has 2^64.
    private func fingerprint(_ address: IPAddress) -> Fingerprint {
        let counted = address.isFour ? address : address.prefix(64)
        var hasher = SipHasher128(key: access.key)
        hasher.update(integer: Int64(bitPattern: counted.high))
        hasher.update(integer: Int64(bitPattern: counted.low))
        return hasher.finalize()
    }

    private func fingerprint(_ caller: CallerID) -> Fingerprint {
        var hasher = SipHasher128(key: access.key)
        hasher.update(integer: Int64(caller.rawValue))
        return hasher.finalize()
    }
}

/// What can be wrong with a request, or with the server while it looks at one (RFC 9457, section 3.1.1).
///
/// `type`, `status` and the meaning are a promise to clients. The texts of each stand in `entry`.
///
/// - Cost: every accessor is a jump and no allocation, so that a refusal can be written on the path of a request.
public enum ProblemType: UInt8, CaseIterable, Sendable {
    // What is wrong with the message.
    case invalidRequest
    case idempotencyKeyMissing
    case unauthenticated
    case forbidden
    case rateLimited
    case notFound
    case methodNotAllowed
    case notAcceptable
    case requestTimeout
    case lengthRequired
    case preconditionFailed
    case contentTooLarge
    case uriTooLong
    case unsupportedMediaType
    case expectationFailed
    case idempotencyKeyReused
    case requestHeaderFieldsTooLarge
    case notImplemented
    case httpVersionNotSupported
    // What the sale does not allow.
    case saleNotStarted
    case saleEnded
    case salePaused
    case buyerLimitReached
    case unknownSKU
    case unknownOrder
    case unknownBuyer
    case insufficientFunds
    case unknownHold
    case soldOut
    case insufficientStock
    case holdExpired
    case holdReleased
    case holdConfirmed
    case holdExtensionsExhausted
    case holdFrozenBefore
    case holdsOpen
    case quantityExceeded
    // What is the matter with the server.
    case `internal`
    case overloaded
    case recovering
    case draining
    case readOnly

    /// When the same request is worth sending again.
    public enum RetryAfter: Equatable, Sendable {
        /// The answer carries no `Retry-After`: the same request gets the same answer, or the explanation says more.
        case absent
        /// The answer carries this many seconds.
        case seconds(UInt16)
        /// The answer carries the seconds until a moment that the server knows (`opens_at`).
        case computed
    }

    /// The status of the answer (RFC 9110).
    public var status: UInt16 { entry.status }
    /// The value of `type`, a reference that `GET` explains: `/problems/sold-out`.
    ///
    /// ASCII, nothing to escape in JSON.
    public var type: StaticString { entry.type }
    /// The value of `title`: ASCII, nothing to escape in JSON.
    public var title: StaticString { entry.title }
    /// Whether and when to try again.
    public var retryAfter: RetryAfter { entry.retryAfter }
    /// The members that such a problem has beside those of RFC 9457, comma-separated; empty where there are none.
    ///
    /// A question mark follows those that not every such problem has.
    public var members: StaticString { entry.members }
    /// Why a request is answered so.
    public var cause: StaticString { entry.cause }
    /// What the client should do.
    public var remedy: StaticString { entry.remedy }

    /// The last part of `type`, as routes and metrics have it: `sold-out`.
    public var slug: String { String(type.description.dropFirst(Self.prefix.count)) }

    /// The type with this slug, if there is one.
    public init?(slug: String) {
        guard let found = Self.allCases.first(where: { $0.slug == slug }) else { return nil }
        self = found
    }

    /// What every `type` starts with.
    public static let prefix = "/problems/"
}

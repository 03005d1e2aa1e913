import HTTP

/// One method of one resource, as the documentation tells it.
///
/// What follows from the route itself (path, path parameters, HEAD, the answers that every request may get) is not told
/// here but derived (`APIDescription`).
struct Endpoint: Sendable {
    /// The resource; the ranges of its value mean nothing.
    let route: Route
    /// GET, POST, PUT, PATCH or DELETE.
    let method: Method
    /// What generated clients call it.
    let id: String
    /// The part of the documentation that it belongs to.
    let section: Section
    /// What it does, in a few words.
    let summary: String
    /// What there is to know of it: paragraphs, of which code stands between backquotes.
    let text: String
    /// Items of the query.
    var query: [Parameter] = []
    /// The conditional fields that it heeds.
    var conditions: [Parameter] = []
    /// Whether it takes an Idempotency-Key.
    var takesKey = false
    /// The schema of the request's body.
    var body: Tree?
    /// Media types of the body.
    var bodyTypes: [String] = ["application/json"]
    /// The answers that are no problems, the usual one first.
    let answers: [Answer]
    /// Problems of its own, beside those that every operation has.
    var problems: [ProblemType] = []
    /// One exchange that really took place, without what differs each time.
    let example: Example

    /// Where in the documentation an operation stands.
    enum Section: String, CaseIterable, Sendable {
        case selling = "Selling"
        case holds = "Holds"
        case catalogue = "Catalogue"
        case wallets = "Wallets"
        case feeds = "Feeds"
        case operating = "Operating"
        case documentation = "Documentation"
    }

    /// A query item, or a field of the request.
    struct Parameter: Sendable {
        let name: String
        let text: String
        let schema: Tree
        let example: Tree
    }

    /// An answer that is no problem.
    struct Answer: Sendable {
        let status: Status
        let text: String
        var content: [Content] = []
        var fields: [AnswerField] = []
        var links: [Link] = []
    }

    /// A form of an answer's body.
    struct Content: Sendable {
        let type: ContentType
        let schema: Tree
        var example: Tree?
    }

    /// Where a member of the answer leads.
    struct Link: Sendable {
        /// The operation's id.
        let operation: String
        /// The path parameter that the member fills.
        let parameter: String
        /// The member.
        let member: String
    }

    /// A request with its answer: the path's example values, the query and the fields are those of the parameters.
    struct Example: Sendable {
        var query = ""
        var fields: [(String, String)] = []
        var body: Tree?
        var answerFields: [(String, String)] = []
        /// The body of the usual answer; nil where it has none, or is not told.
        var answer: Tree?
    }
}

/// A field of an answer that not every answer has.
enum AnswerField: String, Sendable, CaseIterable {
    case etag = "ETag"
    case location = "Location"
    case replayed = "Idempotency-Replayed"
    case retryAfter = "Retry-After"
    case allow = "Allow"
    case cacheControl = "Cache-Control"
    case vary = "Vary"
    case authenticate = "WWW-Authenticate"
    case requestID = "Request-Id"
    case traceParent = "traceparent"
    case rateLimit = "RateLimit"
    case rateLimitPolicy = "RateLimit-Policy"
    case eventsNext = "Events-Next"
    case eventsBehind = "Events-Behind-Bytes"

    /// Whether an answer that may have the field always has it.
    var isRequired: Bool { self != .replayed && self != .traceParent }

    /// What it says, for the documentation.
    var text: String {
        switch self {
        case .etag: "The version of this form of the resource, for `If-Match` and `If-None-Match`."
        case .location: "Where the new resource is."
        case .replayed: "The key had been used: this is the first answer again, and nothing was changed."
        case .retryAfter: "Seconds after which the same request is worth sending again."
        case .allow: "The methods of the resource."
        case .cacheControl: "Whether a cache may answer without asking."
        case .authenticate: "That a bearer token is needed, and what was wrong with the one sent (RFC 6750)."
        case .vary: "The fields of the request that choose the answer's form."
        case .requestID: "The client's own `Request-Id`, or one that the server made."
        case .traceParent: "The request's own, where it was well-formed (W3C Trace Context)."
        case .rateLimit: "What is left of the limit (`r`), and the seconds until there is more (`t`)."
        case .rateLimitPolicy: "The limit: whose it is, how many requests at once (`q`), within how many seconds (`w`)."
        case .eventsNext: "The offset behind the page: `after` of the next one."
        case .eventsBehind: "Bytes on disk that were not read yet; 0 at the end."
        }
    }

    var schema: Tree {
        switch self {
        case .etag: ["type": "string", "pattern": #"^"[0-9]{1,20}"$"#]
        case .location: ["type": "string", "format": "uri-reference", "pattern": "^/v1/"]
        case .replayed: ["type": "string", "const": "true"]
        case .retryAfter: ["type": "integer", "minimum": 1]
        case .allow: ["type": "string", "pattern": "^[A-Z]+(, [A-Z]+)*$"]
        case .authenticate: ["type": "string", "pattern": "^Bearer"]
        case .cacheControl, .vary: ["type": "string"]
        case .requestID: ["type": "string", "pattern": "^[!-~]{1,128}$"]
        case .traceParent: ["type": "string", "pattern": "^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}"]
        case .rateLimit: ["type": "string", "pattern": #"^"(credential|address)";r=0;t=[0-9]+$"#]
        case .rateLimitPolicy: ["type": "string", "pattern": #"^"(credential|address)";q=[0-9]+;w=[0-9]+$"#]
        case .eventsNext: Events.place
        case .eventsBehind: ["type": "integer", "minimum": 0]
        }
    }

    var example: Tree {
        switch self {
        case .etag: #""24""#
        case .location: "/v1/orders/\(Example.order)"
        case .replayed: "true"
        case .retryAfter: 2
        case .allow: "GET, HEAD, OPTIONS"
        case .cacheControl: "no-cache"
        case .authenticate: "Bearer"
        case .vary: "Accept"
        case .requestID: .string(Example.requestID)
        case .traceParent: .string(Example.traceParent)
        case .rateLimit: #""address";r=0;t=1"#
        case .rateLimitPolicy: #""address";q=1000;w=10"#
        case .eventsNext: "0.520"
        case .eventsBehind: 0
        }
    }
}

/// The names that the examples share, so that they tell one story.
enum Example {
    static let sku = "demo-shoes"
    static let buyer = "ada"
    static let order = "000000000007c0003io2q4gbfq"
    static let heldOrder = "00000000000fs0001nsdp9n2da"
    static let cart = "bkqm8l5ok0l5lm7i3v4l0rgk4s"
    static let cartOrder = "00000000000hg00062b8kq0vt1"
    static let itemOrder = "00000000000lk0003v1sgd0ocl"
    static let hold = "9480000080rae4m2r7tpdbjdikp6qk3lp80000000030lr451o3k5ncm"
    static let problem = "sold-out"
    static let requestID = "62ecd6ab-00000001"
    static let traceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    static let key = "my-first-pair"
}

/// What is fixed for a type of problem.
///
/// `members`: a question mark follows those that not every such problem has.
struct ProblemEntry {
    let type: StaticString
    let title: StaticString
    let status: UInt16
    var retryAfter = ProblemType.RetryAfter.absent
    var members: StaticString = ""
    let cause: StaticString
    let remedy: StaticString
}

extension ProblemType {
    /// The table of problems: a type without its texts does not compile.
    var entry: ProblemEntry {
        switch self {
        case .invalidRequest:
            ProblemEntry(
                type: "/problems/invalid-request",
                title: "Invalid request",
                status: 400,
                members: "field?",
                cause: """
                    The request is not of the form that this resource takes: its syntax is broken, a field is \
                    missing, unknown, of another type or out of range. The detail says what, and field which one.
                    """,
                remedy: "Correct the request. Nothing was changed, and the same Idempotency-Key may be used again."
            )
        case .idempotencyKeyMissing:
            ProblemEntry(
                type: "/problems/idempotency-key-missing",
                title: "Idempotency-Key missing",
                status: 400,
                cause: """
                    This server is set to require an Idempotency-Key on every POST that changes something, so that \
                    a repeated request never sells twice.
                    """,
                remedy: """
                    Make a key of 1 to 255 visible ASCII characters for each intended change, a UUID for example, \
                    and send the same one with every repetition.
                    """
            )
        case .unauthenticated: .unauthenticated
        case .forbidden: .forbidden
        case .rateLimited: .rateLimited
        case .notFound:
            ProblemEntry(
                type: "/problems/not-found",
                title: "Not found",
                status: 404,
                cause: "There is no resource at this path.",
                remedy: "Compare the path with the description at /openapi.json; an empty or doubled slash counts."
            )
        case .methodNotAllowed:
            ProblemEntry(
                type: "/problems/method-not-allowed",
                title: "Method not allowed",
                status: 405,
                cause: "The resource exists, but not for this method.",
                remedy: "Use one of the methods that the Allow header field of the answer names."
            )
        case .notAcceptable:
            ProblemEntry(
                type: "/problems/not-acceptable",
                title: "Not acceptable",
                status: 406,
                cause: "The Accept header field excludes every media type that this resource has.",
                remedy: "Accept application/json, or send no Accept header field."
            )
        case .requestTimeout:
            ProblemEntry(
                type: "/problems/request-timeout",
                title: "Request timeout",
                status: 408,
                cause: """
                    The request did not arrive in full within the time that this server waits. The connection is \
                    closed, and nothing was changed.
                    """,
                remedy: "Send the request again on a new connection, in one piece."
            )
        case .lengthRequired:
            ProblemEntry(
                type: "/problems/length-required",
                title: "Length required",
                status: 411,
                cause: "The request has content whose length is not stated.",
                remedy: "Send Content-Length, or Transfer-Encoding: chunked."
            )
        case .preconditionFailed:
            ProblemEntry(
                type: "/problems/precondition-failed",
                title: "Precondition failed",
                status: 412,
                members: "sequence?, available?",
                cause: """
                    If-Match, If-None-Match or if_available does not hold: somebody else has changed the SKU since \
                    it was read. Nothing was changed.
                    """,
                remedy: "Read the SKU again, decide again, and send the new ETag or the new count."
            )
        case .contentTooLarge:
            ProblemEntry(
                type: "/problems/content-too-large",
                title: "Content too large",
                status: 413,
                cause: """
                    The content of the request is longer than this server takes (http.body_bytes_max). The \
                    connection is closed.
                    """,
                remedy: "Send less in one request."
            )
        case .uriTooLong:
            ProblemEntry(
                type: "/problems/uri-too-long",
                title: "URI too long",
                status: 414,
                cause: "The request target is longer than this server takes. The connection is closed.",
                remedy: "Shorten the path or the query; a SKU has at most 128 characters."
            )
        case .unsupportedMediaType:
            ProblemEntry(
                type: "/problems/unsupported-media-type",
                title: "Unsupported media type",
                status: 415,
                cause: "The content is of a media type or a content coding that this resource does not read.",
                remedy: """
                    Send Content-Type: application/json (application/merge-patch+json is welcome in a PATCH), \
                    UTF-8, not compressed.
                    """
            )
        case .expectationFailed:
            ProblemEntry(
                type: "/problems/expectation-failed",
                title: "Expectation failed",
                status: 417,
                cause: "The Expect header field asks for something other than 100-continue.",
                remedy: "Send Expect: 100-continue, or no Expect header field."
            )
        case .idempotencyKeyReused:
            ProblemEntry(
                type: "/problems/idempotency-key-reused",
                title: "Idempotency-Key reused",
                status: 422,
                cause: """
                    The Idempotency-Key belongs to an earlier request to this resource that said something else. \
                    Nothing was changed by this one.
                    """,
                remedy: "Use a new key for a new change. To repeat the earlier request, send exactly its content."
            )
        case .requestHeaderFieldsTooLarge:
            ProblemEntry(
                type: "/problems/request-header-fields-too-large",
                title: "Request header fields too large",
                status: 431,
                cause: """
                    The request line and header fields are longer, or more, than this server takes \
                    (http.head_bytes_max). The connection is closed.
                    """,
                remedy: "Send fewer or shorter header fields; cookies are the usual reason."
            )
        case .notImplemented:
            ProblemEntry(
                type: "/problems/not-implemented",
                title: "Not implemented",
                status: 501,
                cause: "The server does not know the method, or the transfer coding, of the request.",
                remedy: "Use a method from /openapi.json, and no transfer coding but chunked."
            )
        case .httpVersionNotSupported:
            ProblemEntry(
                type: "/problems/http-version-not-supported",
                title: "HTTP version not supported",
                status: 505,
                cause: "The request is of a major version of HTTP that this server does not speak.",
                remedy: "Use HTTP/1.1, or a proxy that translates."
            )
        case .saleNotStarted:
            ProblemEntry(
                type: "/problems/sale-not-started",
                title: "Sale not started",
                status: 403,
                retryAfter: .computed,
                members: "opens_at",
                cause: "The sale of this SKU opens later.",
                remedy: "Try again at opens_at; Retry-After says how many seconds that is away, by the server's clock."
            )
        case .saleEnded:
            ProblemEntry(
                type: "/problems/sale-ended",
                title: "Sale ended",
                status: 403,
                cause: "The sale of this SKU has closed.",
                remedy: "Do not try again: it opens only if the operator sets another time."
            )
        case .salePaused:
            ProblemEntry(
                type: "/problems/sale-paused",
                title: "Sale paused",
                status: 403,
                cause: "The operator has paused the sale of this SKU.",
                remedy: "Watch the status of the SKU, and try again when it is on_sale."
            )
        case .buyerLimitReached:
            ProblemEntry(
                type: "/problems/buyer-limit-reached",
                title: "Buyer limit reached",
                status: 403,
                members: "limit, already",
                cause: """
                    With this purchase the buyer would have more units of the SKU than one buyer may have. limit is \
                    what is allowed, already what the buyer has.
                    """,
                remedy: "Buy at most limit - already units."
            )
        case .unknownSKU:
            ProblemEntry(
                type: "/problems/unknown-sku",
                title: "Unknown SKU",
                status: 404,
                cause: "There is no such SKU, or it was deleted.",
                remedy: "Check the spelling: capitals count. GET /v1/skus lists those there are."
            )
        case .unknownOrder:
            ProblemEntry(
                type: "/problems/unknown-order",
                title: "Unknown order",
                status: 404,
                cause: "There is no such order, or its retention has passed.",
                remedy: "Use the order's id exactly as the purchase answered it."
            )
        case .unknownBuyer:
            ProblemEntry(
                type: "/problems/unknown-buyer",
                title: "Unknown buyer",
                status: 404,
                cause: "Nothing was ever put into this buyer's wallet.",
                remedy: "Check the spelling: capitals count. The first deposit makes the wallet."
            )
        case .insufficientFunds:
            ProblemEntry(
                type: "/problems/insufficient-funds",
                title: "Insufficient funds",
                status: 402,
                members: "balance, total",
                cause: """
                    The wallet holds less than was to be taken out of it: balance is what it holds, total what was \
                    asked for.
                    """,
                remedy: """
                    Put money into the wallet. Nothing was changed, and the same Idempotency-Key may be used again.
                    """
            )
        case .unknownHold: .unknownHold
        case .holdExpired: .holdExpired
        case .holdReleased: .holdReleased
        case .holdConfirmed: .holdConfirmed
        case .holdExtensionsExhausted: .holdExtensionsExhausted
        case .holdFrozenBefore: .holdFrozenBefore
        case .holdsOpen: .holdsOpen
        case .quantityExceeded: .quantityExceeded
        case .soldOut:
            ProblemEntry(
                type: "/problems/sold-out",
                title: "Sold out",
                status: 409,
                members: "available",
                cause: "No unit of this SKU is available.",
                remedy: """
                    Do not try again at once. Units may come back by a restock or a cancelled order: watch the \
                    status of the SKU. The refusal is not remembered, so the same Idempotency-Key may be used again.
                    """
            )
        case .insufficientStock:
            ProblemEntry(
                type: "/problems/insufficient-stock",
                title: "Insufficient stock",
                status: 409,
                members: "available, held?, sold?",
                cause: "Fewer units are available than the request needs; available says how many.",
                remedy: """
                    Ask for at most available units. Nothing was changed, and the same Idempotency-Key may be \
                    used again.
                    """
            )
        case .internal:
            ProblemEntry(
                type: "/problems/internal",
                title: "Internal error",
                status: 500,
                cause: """
                    The server has met a mistake of its own. Either nothing was changed, or the outcome is \
                    remembered under the Idempotency-Key.
                    """,
                remedy: """
                    Send the same request with the same Idempotency-Key: it is never executed twice. Report the \
                    request_id if it stays so.
                    """
            )
        case .overloaded:
            ProblemEntry(
                type: "/problems/overloaded",
                title: "Overloaded",
                status: 503,
                retryAfter: .seconds(1),
                cause: """
                    One of the server's limits is reached, and it refuses rather than lets everybody wait. Nothing \
                    was changed.
                    """,
                remedy: "Send the same request with the same Idempotency-Key after Retry-After, with some randomness."
            )
        case .recovering:
            ProblemEntry(
                type: "/problems/recovering",
                title: "Recovering",
                status: 503,
                retryAfter: .seconds(2),
                cause: """
                    The server has started and is reading its journal; until it is done it can say nothing true \
                    about stock. Nothing was changed.
                    """,
                remedy: "Send the same request again after Retry-After. GET /readyz says when it is done."
            )
        case .draining:
            ProblemEntry(
                type: "/problems/draining",
                title: "Draining",
                status: 503,
                retryAfter: .seconds(5),
                cause: "The server is about to stop and takes no new requests. Nothing was changed.",
                remedy: "Send the same request with the same Idempotency-Key after Retry-After, on a new connection."
            )
        case .readOnly:
            ProblemEntry(
                type: "/problems/read-only",
                title: "Read only",
                status: 503,
                retryAfter: .seconds(30),
                cause: """
                    The disk has refused a write, so the server takes no more changes; reads go on. Whether the \
                    change of the refused write is on disk shows at the next start.
                    """,
                remedy: """
                    Send the same request with the same Idempotency-Key after Retry-After: the operator must \
                    replace the disk or restart the server. The key finds the outcome if there was one.
                    """
            )
        }
    }
}

/// The problems of who may do what, and how often.
extension ProblemEntry {
    static var unauthenticated: ProblemEntry {
        ProblemEntry(
            type: "/problems/unauthenticated",
            title: "Unauthenticated",
            status: 401,
            cause: "The server knows callers by their tokens, and the request shows none, or one that is not good.",
            remedy: """
                Send the field Authorization with Bearer and a token. The operator makes one with \
                stockkeeper credential new.
                """
        )
    }

    static var forbidden: ProblemEntry {
        ProblemEntry(
            type: "/problems/forbidden",
            title: "Forbidden",
            status: 403,
            members: "scopes",
            cause: "The caller is known, but may not do this: it needs one of the scopes that scopes names.",
            remedy: "Use a credential with one of these scopes. Nothing was changed."
        )
    }

    static var rateLimited: ProblemEntry {
        ProblemEntry(
            type: "/problems/rate-limited",
            title: "Rate limited",
            status: 429,
            retryAfter: .computed,
            cause: """
                More requests have come from one credential or one address than the operator allows. RateLimit-Policy \
                says which, how many at once (q) and within how many seconds (w). Nothing was changed.
                """,
            remedy: "Send the same request with the same Idempotency-Key after Retry-After, with some randomness."
        )
    }
}

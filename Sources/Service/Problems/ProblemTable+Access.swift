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
}

import HTTP

extension Composer {
    /// Writes why a request may not pass (RFC 6750 3).
    func denied(_ denial: Denial, to exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        switch denial {
        case .tokenMissing:
            let challenge: (inout ByteWriter) -> Void = { $0.appendField("WWW-Authenticate: ", "Bearer") }
            problem(.unauthenticated, to: exchange, bytes, into: &output, fields: challenge) {
                $0.append("The request shows no bearer token.")
            }
        case .tokenUnknown:
            let challenge: (inout ByteWriter) -> Void = {
                $0.append("WWW-Authenticate: Bearer error=\"invalid_token\"\r\n")
            }
            problem(.unauthenticated, to: exchange, bytes, into: &output, fields: challenge) {
                $0.append("The bearer token is not, or no longer, good.")
            }
        case .scopeMissing(let scopes):
            forbidden(scopes, to: exchange, bytes, into: &output)
        case .addressOther:
            problem(.notFound, "This is served at the operator's address only.", to: exchange, bytes, into: &output)
        case .tooOften(let excess):
            rateLimited(excess, to: exchange, bytes, into: &output)
        }
    }

    private func forbidden(
        _ scopes: ScopeSet,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let challenge: (inout ByteWriter) -> Void = {
            $0.append("WWW-Authenticate: Bearer error=\"insufficient_scope\", scope=\"")
            $0.append(scopes, between: " ")
            $0.append("\"\r\n")
        }
        let members: (inout ByteWriter) -> Void = {
            $0.append(",\"scopes\":[\"")
            $0.append(scopes, between: "\",\"")
            $0.append("\"]")
        }
        problem(.forbidden, to: exchange, bytes, into: &output, fields: challenge, members: members) {
            $0.append("The credential has none of the scopes that this request needs.")
        }
    }

    /// Says which limit, how much of it is left and when (draft-ietf-httpapi-ratelimit-headers-10, 3 and 4).
    private func rateLimited(
        _ excess: Excess,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let fields: (inout ByteWriter) -> Void = { output in
            output.append("RateLimit-Policy: \"")
            output.append(excess.holder.name)
            output.append("\";q=")
            output.append(decimal: UInt64(excess.quota))
            output.append(";w=")
            output.append(decimal: UInt64(excess.windowSeconds))
            output.append("\r\nRateLimit: \"")
            output.append(excess.holder.name)
            output.append("\";r=0;t=")
            output.append(decimal: UInt64(excess.retrySeconds))
            output.append("\r\n")
        }
        let wait = UInt64(excess.retrySeconds)
        problem(.rateLimited, to: exchange, bytes, into: &output, retryAfterSeconds: wait, fields: fields) {
            $0.append(excess.holder.tooMany)
        }
    }
}

extension RateLimit.Holder {
    fileprivate var name: StaticString {
        switch self {
        case .credential: "credential"
        case .address: "address"
        }
    }

    /// What whoever has asked too often is told.
    fileprivate var tooMany: StaticString {
        switch self {
        case .credential: "Too many requests have come from this credential."
        case .address: "Too many requests have come from this address."
        }
    }
}

extension ByteWriter {
    /// Appends what lets a page of another origin read the answer, where it may.
    ///
    /// - Parameters:
    ///   - origin: the page's; absent where it may not.
    ///   - bytes: the request's.
    mutating func appendFields(origin: ByteRange, _ bytes: Span<UInt8>) {
        append("Vary: Origin\r\n")
        guard origin.isPresent else { return }
        appendField("Access-Control-Allow-Origin: ", bytes, origin)
        append("Access-Control-Expose-Headers: ETag, Idempotency-Replayed, Location, RateLimit, RateLimit-Policy, ")
        append("Request-Id, Retry-After, WWW-Authenticate\r\n")
    }

    /// Appends what a browser asks before it sends another origin's request.
    mutating func appendFields(preflight methods: MethodSet) {
        append("Access-Control-Allow-Methods: ")
        append(methods)
        append("\r\nAccess-Control-Allow-Headers: Authorization, Content-Type, Idempotency-Key, If-Match, ")
        append("If-None-Match, Last-Event-ID, Request-Id\r\nAccess-Control-Max-Age: 600\r\n")
    }
}

extension ByteWriter {
    fileprivate mutating func append(_ scopes: ScopeSet, between separator: StaticString) {
        var isFirst = true
        for entry in ScopeSet.all where scopes.contains(entry.scope) {
            if !isFirst { append(separator) }
            append(entry.name)
            isFirst = false
        }
    }
}

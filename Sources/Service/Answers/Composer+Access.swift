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

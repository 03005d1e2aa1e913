import HTTP

extension Composer {
    /// Writes a document about the server, or 304 where the client has it.
    func document(
        _ document: Documents.Document,
        to exchange: Exchange,
        _ bytes: Span<UInt8>,
        into output: inout ByteWriter
    ) {
        let fields: (inout ByteWriter) -> Void = { output in
            output.appendField("Cache-Control: ", "no-cache")
            output.appendField(document.tag)
        }
        switch EntityTag.satisfiesIfNoneMatch(exchange.request.ifNoneMatch, bytes, document.tag) {
        case .holds:
            answer(.ok, document.type, to: exchange, bytes, into: &output, fields: fields) { body, _ in
                body.append(document.bytes.span)
            }
        case .fails:
            answer(.notModified, to: exchange, bytes, into: &output, fields: fields)
        case .malformed:
            let error = InvalidRequest("If-None-Match", "must be a list of entity tags")
            invalid(error, to: exchange, bytes, into: &output)
        }
    }
}

/// The value of the Idempotency-Key field.
public enum IdempotencyKey {
    /// The longest key.
    ///
    /// Unit: bytes, without quotes and escapes.
    public static let bytesMax = 255

    /// Takes the quotes and escapes of a structured-field string away, in place, so that both forms of a key are equal.
    ///
    /// A key that does not start with a quote is taken as it is. Of a quoted one, `\"` and `\\` are the only escapes
    /// (RFC 8941 3.3.3) and nothing may follow the closing quote.
    ///
    /// - Parameters:
    ///   - bytes: the buffer that holds the field; changed within `value` only, and only where there are escapes.
    ///   - value: the field's value as it was sent. The result must not be unquoted again.
    /// - Returns: the key, 1...`bytesMax` visible ASCII bytes.
    /// - Throws: `idempotencyKeyMalformed`.
    public static func unquote(
        _ bytes: inout MutableSpan<UInt8>,
        _ value: ByteRange
    ) throws(HTTPRefusal) -> ByteRange {
        // Room for a key of escapes only; the length that counts is judged at the end.
        guard !value.isEmpty, value.count <= 2 * bytesMax + 2 else { throw .idempotencyKeyMalformed }
        guard Words.endOfVisible(bytes.span, from: value.start, to: value.end) == value.end else {
            throw .idempotencyKeyMalformed
        }
        let key = bytes[value.start] == ASCII.quote ? try unescape(&bytes, value) : value
        guard !key.isEmpty, key.count <= bytesMax else { throw .idempotencyKeyMalformed }
        return key
    }

    private static func unescape(
        _ bytes: inout MutableSpan<UInt8>,
        _ value: ByteRange
    ) throws(HTTPRefusal) -> ByteRange {
        let start = value.start &+ 1
        var source = start
        var target = start
        while source < value.end, bytes[source] != ASCII.quote {
            if bytes[source] == ASCII.backslash {
                source &+= 1
                guard source < value.end, bytes[source] == ASCII.quote || bytes[source] == ASCII.backslash else {
                    throw .idempotencyKeyMalformed
                }
            }
            bytes[target] = bytes[source]
            source &+= 1
            target &+= 1
        }
        guard source == value.end &- 1 else { throw .idempotencyKeyMalformed }
        return ByteRange(start, target)
    }
}

import HTTP

/// Reads the items of a query.
enum Query {
    /// A number; nil where the item is not there.
    static func number(
        _ name: StaticString,
        _ range: ClosedRange<UInt64>,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> UInt64? {
        do throws(HTTPRefusal) {
            guard let value = try QueryItems.value(of: name, in: exchange.request.query, of: bytes) else { return nil }
            guard let number = Text.decimal(bytes, value), range.contains(number) else {
                return try outOfRange()
            }
            return number
        } catch {
            throw InvalidRequest(name, error == .queryItemRepeated ? "stands twice" : "is not a number in its limits")
        }
    }

    /// A text as it stands in the query, not decoded; nil where the item is not there.
    ///
    /// - Throws: where it stands twice.
    static func text(
        _ name: StaticString,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) throws(InvalidRequest) -> ByteRange? {
        do throws(HTTPRefusal) {
            return try QueryItems.value(of: name, in: exchange.request.query, of: bytes)
        } catch {
            throw InvalidRequest(name, "stands twice")
        }
    }

    private static func outOfRange() throws(HTTPRefusal) -> UInt64? { throw .targetMalformed }
}

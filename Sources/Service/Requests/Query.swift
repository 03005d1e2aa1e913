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

    private static func outOfRange() throws(HTTPRefusal) -> UInt64? { throw .targetMalformed }
}

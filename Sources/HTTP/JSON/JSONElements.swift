/// Reads the elements of one array, one at a time, out of borrowed bytes.
///
/// - Cost: no allocation; each byte is read once more than by the reader that found the array.
public struct JSONElements: BitwiseCopyable, Sendable {
    private var reader: JSONReader
    private var isBehindElement = false

    /// - Parameter array: the range of a `JSONValue.array`, which has been found valid.
    public init(_ array: ByteRange) {
        reader = JSONReader(array)
        reader.at = min(array.start &+ 1, array.end)
    }

    /// Reads the next element.
    ///
    /// - Parameter bytes: the bytes that the array's range is of.
    /// - Returns: nil after the last one.
    /// - Throws: what is wrong and where; not where the array has been found valid.
    public mutating func next(in bytes: Span<UInt8>) throws(JSONError) -> JSONValue? {
        reader.skipBlanks(bytes)
        if try reader.peek(bytes) == 0x5D { return nil }
        if isBehindElement {
            guard try reader.peek(bytes) == 0x2C else { throw reader.error(.separatorExpected) }
            reader.at &+= 1
            reader.skipBlanks(bytes)
        }
        isBehindElement = true
        return try reader.value(bytes, depth: 1)
    }
}

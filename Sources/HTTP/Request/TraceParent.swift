/// The field `traceparent` (W3C Trace Context, 3.2): which trace a request belongs to, and which of its spans has sent it.
public struct TraceParent: BitwiseCopyable, Equatable, Sendable {
    /// The trace: 32 hexadecimal digits in lower case.
    public let traceID: ByteRange
    /// The span that has sent the request: 16 digits.
    public let parentID: ByteRange

    /// Reads a field's value; nil where any part of it is not as the recommendation has it: then it is as if it had not been
    /// sent (4.3).
    ///
    /// - Parameters:
    ///   - bytes: holds the value.
    ///   - value: `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01`. Of a later version the beginning is read, as far
    ///     as this version has it (3.2.4).
    public init?(_ bytes: Span<UInt8>, _ value: ByteRange) {
        guard value.count >= Self.byteCount else { return nil }
        let start = value.start
        traceID = ByteRange(start + 3, start + 35)
        parentID = ByteRange(start + 36, start + 52)
        let version = ByteRange(start, start + 2)
        for part in [version, traceID, parentID, ByteRange(start + 53, start + 55)] {
            for at in part.start..<part.end where !Self.isDigit(bytes[at]) { return nil }
            if part.end < start + Self.byteCount, bytes[part.end] != Self.dash { return nil }
        }
        guard !Self.isAll(0x66, bytes, version) else { return nil }
        guard !Self.isAll(0x30, bytes, traceID), !Self.isAll(0x30, bytes, parentID) else { return nil }
        guard value.count > Self.byteCount else { return }
        // More than this only where a later version says so, and as a part of its own.
        guard !Self.isAll(0x30, bytes, version), bytes[start + Self.byteCount] == Self.dash else { return nil }
    }

    /// The length of the value in version 00.
    private static let byteCount = 55
    private static let dash: UInt8 = 0x2D

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte) }

    private static func isAll(_ digit: UInt8, _ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        for at in range.start..<range.end where bytes[at] != digit { return false }
        return true
    }
}

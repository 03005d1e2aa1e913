/// A part of somebody's buffer: where it starts and how long it is.
///
/// Unit: bytes from the buffer's start.
///
/// Results of parsing are ranges, never pointers or slices: they stay true when the bytes are copied to another thread
/// together with them.
public struct ByteRange: BitwiseCopyable, Equatable, Sendable {
    /// Where it starts.
    ///
    /// 0 stands for "not sent": no part of a request but its method starts there.
    public let offset: UInt32
    /// How many bytes it has.
    public let count: UInt32

    /// The range `bounds`; both ends fit 32 bits, for no buffer here is longer than `HTTPLimits.requestBytesMax`.
    @inlinable
    public init(_ bounds: Range<Int>) {
        offset = UInt32(truncatingIfNeeded: bounds.lowerBound)
        count = UInt32(truncatingIfNeeded: bounds.upperBound &- bounds.lowerBound)
    }

    /// The range from `start` up to `end`.
    @inlinable
    init(_ start: Int, _ end: Int) {
        offset = UInt32(truncatingIfNeeded: start)
        count = UInt32(truncatingIfNeeded: end &- start)
    }

    /// What stands for a part that was not sent.
    @inlinable
    public static var absent: Self { Self(0, 0) }

    /// Whether the part was sent, empty or not.
    @inlinable
    public var isPresent: Bool { offset != 0 }

    /// Whether it has no bytes.
    @inlinable
    public var isEmpty: Bool { count == 0 }

    /// The first byte's index.
    @inlinable
    public var start: Int { Int(offset) }

    /// The index after the last byte.
    @inlinable
    public var end: Int { Int(offset) &+ Int(count) }

    /// What `Span.extracting(_:)` takes.
    @inlinable
    public var bounds: Range<Int> { start..<end }
}

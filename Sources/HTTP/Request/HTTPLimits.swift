/// How much of anything a client may send before it is refused.
///
/// Each bounds memory or work that a stranger can ask for.
public struct HTTPLimits: Equatable, Sendable {
    /// Request line and fields with their line ends; 414 within the request line, 431 after it.
    ///
    /// Without it a client that never ends its head fills the memory.
    public var headBytesMax = 16 * 1_024
    /// The request target; 414.
    public var targetBytesMax = 8 * 1_024
    /// The method's name; 501, as for any method that nobody knows (RFC 9112 3).
    public var methodBytesMax = 32
    /// Fields; 431.
    ///
    /// Without it one request costs thousands of comparisons.
    public var fieldCountMax = 100
    /// Empty lines before the request line (RFC 9112 2.2); 400.
    ///
    /// Without it a client is busy for ever and never late.
    public var emptyLinesMax = 4
    /// The body after the chunk framing is taken out; 413.
    public var bodyBytesMax = 64 * 1_024
    /// Chunks of one body, the last one included; 413.
    ///
    /// Without it every byte may cost a chunk.
    public var chunkCountMax = 1_024
    /// One chunk's size line with its extensions and line end; 413.
    public var chunkLineBytesMax = 256
    /// All size lines and line ends of one body; 413.
    ///
    /// Without it the framing may outweigh the body.
    public var chunkFramingBytesMax = 16 * 1_024
    /// The trailer section with its last empty line; 431.
    public var trailerBytesMax = 4 * 1_024

    /// The limits of the product.
    public init() {}

    /// The longest request that can be accepted, in bytes of the connection: what its buffer must be able to hold.
    public var requestBytesMax: Int { headBytesMax + bodyBytesMax + chunkFramingBytesMax + trailerBytesMax }
}

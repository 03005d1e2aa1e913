/// A string of a document: what stands between its quotes, as it was sent.
public struct JSONString: BitwiseCopyable, Equatable, Sendable {
    /// The content without the quotes: valid UTF-8.
    public let content: ByteRange
    /// Whether it must be decoded to be read: `JSONReader.decode(_:in:into:)`.
    public let hasEscapes: Bool
}

/// A member's value.
public enum JSONValue: BitwiseCopyable, Equatable, Sendable {
    /// A string.
    case string(JSONString)
    /// A number written as an integer that 64 bits hold.
    case integer(Int64)
    /// Any other number: with a fraction, with an exponent, or -0. Never silently an integer.
    case fraction(ByteRange)
    /// `true` or `false`.
    case boolean(Bool)
    /// `null`.
    case null
    /// An object with its braces, valid but for repeated names; another `JSONReader` reads it.
    case object(ByteRange)
    /// An array with its brackets, valid but for repeated names in its objects.
    case array(ByteRange)
}

/// A member of an object.
public struct JSONMember: BitwiseCopyable, Equatable, Sendable {
    /// Its name.
    public let name: JSONString
    /// Its value.
    public let value: JSONValue

    /// Whether the name is this literal of ASCII, however it was escaped: `"\u0062uyer"` is `buyer`.
    @inlinable
    public func isNamed(_ literal: StaticString, in bytes: Span<UInt8>) -> Bool {
        if !name.hasEscapes { return Text.equals(bytes, name.content, literal) }
        return JSONReader.isEqual(name, literal, in: bytes)
    }
}

/// The members of one object that have been seen, for callers that know all names: an index a name.
public struct JSONMembersSeen: BitwiseCopyable, Sendable {
    private var seen: UInt64 = 0

    /// None yet.
    public init() {}

    /// Notes the member with this index.
    ///
    /// - Parameters:
    ///   - index: 0...63.
    ///   - member: what the error names.
    /// - Throws: `memberRepeated` where it had been there.
    public mutating func note(_ index: Int, _ member: JSONMember) throws(JSONError) {
        let bit: UInt64 = 1 &<< UInt64(truncatingIfNeeded: index)
        guard seen & bit == 0 else {
            throw JSONError(.memberRepeated, at: member.name.content.start, member: member.name.content)
        }
        seen |= bit
    }

    /// Whether the member with this index has been noted.
    public func has(_ index: Int) -> Bool { seen & (1 &<< UInt64(truncatingIfNeeded: index)) != 0 }
}

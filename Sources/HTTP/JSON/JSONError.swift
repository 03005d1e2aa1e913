/// Why a document is refused.
public struct JSONError: Error, Equatable, Sendable {
    /// What is wrong.
    public enum Kind: UInt8, Sendable, CaseIterable {
        /// The document ends too early.
        case ended
        /// The document is not one object.
        case notAnObject
        /// A member's name was expected: a string.
        case nameExpected
        /// A colon was expected.
        case colonExpected
        /// A value was expected.
        case valueExpected
        /// A comma or the end of the object or array was expected.
        case separatorExpected
        /// Something follows the document.
        case trailingBytes
        /// Not a number as RFC 8259 6 has it.
        case numberMalformed
        /// An integer of more than 64 bits.
        case integerTooLarge
        /// A control character in a string.
        case controlCharacter
        /// A backslash with nothing that may follow it.
        case escapeMalformed
        /// Half of a surrogate pair, escaped.
        case loneSurrogate
        /// Bytes that are not UTF-8.
        case textMalformed
        /// Objects and arrays within each other, more than `JSONReader.depthMax`.
        case tooDeep
        /// A name that stands twice.
        case memberRepeated
    }

    /// What is wrong.
    public let kind: Kind
    /// Where, in the caller's bytes.
    public let offset: Int
    /// The name of the member it was found in, still escaped, where that is known.
    public internal(set) var member: ByteRange?

    /// An error at `offset` of the caller's bytes.
    public init(_ kind: Kind, at offset: Int, member: ByteRange? = nil) {
        self.kind = kind
        self.offset = offset
        self.member = member
    }

    /// One phrase for the problem's `detail`; it needs no JSON escape.
    public var reason: StaticString {
        switch kind {
        case .ended: "the document ends too early"
        case .notAnObject: "a JSON object was expected"
        case .nameExpected: "a member name was expected"
        case .colonExpected: "a colon was expected"
        case .valueExpected: "a value was expected"
        case .separatorExpected: "a comma or an end was expected"
        case .trailingBytes: "bytes follow the document"
        case .numberMalformed: "malformed number"
        case .integerTooLarge: "the integer is too large"
        case .controlCharacter: "unescaped control character in a string"
        case .escapeMalformed: "malformed escape in a string"
        case .loneSurrogate: "lone surrogate in a string"
        case .textMalformed: "malformed UTF-8"
        case .tooDeep: "too deeply nested"
        case .memberRepeated: "the member stands twice"
        }
    }
}

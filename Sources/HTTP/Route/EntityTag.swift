/// What a condition of a request amounts to (RFC 9110 13.1).
public enum Condition: Equatable, Sendable {
    /// Go on.
    case holds
    /// If-Match: answer 412. If-None-Match: answer 304 to GET and HEAD, 412 to others.
    case fails
    /// Not a list of entity tags: answer 400.
    case malformed
}

/// The entity tag of a resource: its version as a decimal in quotes, always strong.
public struct EntityTag: BitwiseCopyable, Equatable, Sendable {
    /// The version.
    public let value: UInt64

    /// The tag of version `value`.
    @inlinable
    public init(_ value: UInt64) {
        self.value = value
    }

    /// Whether If-Match lets the request pass: one of its tags is strongly equal to ours, or it is `*` and there is
    /// a resource.
    ///
    /// - Parameters:
    ///   - field: the value of If-Match; an absent one always holds.
    ///   - bytes: what the request was parsed from.
    ///   - current: nil where there is no such resource.
    /// - Returns: `fails` means 412.
    public static func satisfiesIfMatch(_ field: ByteRange, _ bytes: Span<UInt8>, _ current: Self?) -> Condition {
        guard field.isPresent else { return .holds }
        guard let found = contains(current, field, bytes, weakly: false) else { return .malformed }
        return found ? .holds : .fails
    }

    /// Whether If-None-Match lets the request pass: none of its tags is weakly equal to ours, or it is `*` and there is
    /// no resource.
    ///
    /// - Parameters:
    ///   - field: the value of If-None-Match; an absent one always holds.
    ///   - bytes: what the request was parsed from.
    ///   - current: nil where there is no such resource.
    /// - Returns: `fails` means 304 to GET and HEAD, 412 to others.
    public static func satisfiesIfNoneMatch(
        _ field: ByteRange,
        _ bytes: Span<UInt8>,
        _ current: Self?
    ) -> Condition {
        guard field.isPresent else { return .holds }
        guard let found = contains(current, field, bytes, weakly: true) else { return .malformed }
        return found ? .fails : .holds
    }

    /// Whether the list has the tag; nil where it is no list of tags.
    private static func contains(
        _ tag: Self?,
        _ field: ByteRange,
        _ bytes: Span<UInt8>,
        weakly: Bool
    ) -> Bool? {
        if Text.equals(bytes, field, "*") { return tag != nil }
        var at = field.start
        var found = false
        var isEmpty = true
        while true {
            // Empty elements of a list are passed over (RFC 9110 5.6.1.2).
            while at < field.end && isSeparator(bytes[at]) { at &+= 1 }
            guard at < field.end else { return isEmpty ? nil : found }
            guard let element = element(bytes, &at, field.end) else { return nil }
            isEmpty = false
            guard let tag, weakly || !element.isWeak else { continue }
            found = found || tag.isWritten(bytes, element.opaque)
        }
    }

    private static func isSeparator(_ byte: UInt8) -> Bool {
        byte == 0x2C || byte == ASCII.space || byte == ASCII.tab
    }

    /// Reads `[ W/ ] " *etagc "` and the blanks and comma after it.
    private static func element(
        _ bytes: Span<UInt8>,
        _ at: inout Int,
        _ end: Int
    ) -> (opaque: ByteRange, isWeak: Bool)? {
        let isWeak = at &+ 2 <= end && bytes[at] == 0x57 && bytes[at &+ 1] == 0x2F
        if isWeak { at &+= 2 }
        guard at < end, bytes[at] == ASCII.quote else { return nil }
        let start = at &+ 1
        at = start
        while at < end && bytes[at] > ASCII.space && bytes[at] != ASCII.quote && bytes[at] != ASCII.delete {
            at &+= 1
        }
        guard at < end, bytes[at] == ASCII.quote else { return nil }
        let opaque = ByteRange(start, at)
        at &+= 1
        while at < end && bytes[at] != 0x2C {
            guard isSeparator(bytes[at]) else { return nil }
            at &+= 1
        }
        return (opaque, isWeak)
    }

    /// Whether the bytes are the tag as we write it: no leading zeros.
    private func isWritten(_ bytes: Span<UInt8>, _ opaque: ByteRange) -> Bool {
        guard Text.decimal(bytes, opaque) == value else { return false }
        return bytes[opaque.start] != 0x30 || opaque.count == 1
    }
}

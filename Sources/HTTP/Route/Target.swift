/// Taking a request target apart: segments, escapes, query items.
public enum Target {
    /// Takes percent escapes out, in place (RFC 3986 2.1).
    ///
    /// `+` stays a plus.
    ///
    /// - Parameters:
    ///   - bytes: the buffer; changed within `range` only, and only where there are escapes. Zeros stand behind the result,
    ///     so that nobody takes what was left there for a part of what was sent.
    ///   - range: what was sent. The result must not be decoded again.
    /// - Returns: what was meant; it starts where `range` does.
    /// - Throws: `escapeMalformed`, `escapedNUL`.
    public static func percentDecode(
        _ bytes: inout MutableSpan<UInt8>,
        _ range: ByteRange
    ) throws(HTTPRefusal) -> ByteRange {
        var source = Words.find(bytes.span, from: range.start, to: range.end) { Words.equal($0, 0x25) }
        var target = source
        while source < range.end {
            var byte = bytes[source]
            source &+= 1
            if byte == 0x25 {
                guard source &+ 2 <= range.end, let high = ASCII.hexValue(bytes[source]),
                    let low = ASCII.hexValue(bytes[source &+ 1])
                else { throw .escapeMalformed }
                byte = high &<< 4 | low
                guard byte != 0 else { throw .escapedNUL }
                source &+= 2
            }
            bytes[target] = byte
            target &+= 1
        }
        for left in target..<range.end { bytes[left] = 0 }
        return ByteRange(range.start, target)
    }
}

/// The segments of a path, one after the other; what stands before its first `/` is not one.
public struct PathSegments: BitwiseCopyable, Sendable {
    private var at: Int
    private let end: Int

    /// - Parameter path: starts with `/`, or is empty and has no segments.
    public init(_ path: ByteRange) {
        at = path.start
        end = path.end
    }

    /// The next segment, still escaped and perhaps empty; nil after the last one.
    public mutating func next(in bytes: Span<UInt8>) -> ByteRange? {
        guard at < end else { return nil }
        let start = at &+ 1
        at = Words.find(bytes, from: start, to: end) { Words.equal($0, 0x2F) }
        return ByteRange(start, at)
    }
}

/// One `name=value` of a query; both still escaped.
public struct QueryItem: BitwiseCopyable, Equatable, Sendable {
    /// What stands before the first `=`.
    public let name: ByteRange
    /// What stands after it; empty where there is none.
    public let value: ByteRange
}

/// The items of a query, one after the other; empty ones are passed over.
public struct QueryItems: BitwiseCopyable, Sendable {
    private var at: Int
    private let end: Int

    /// - Parameter query: what follows the `?`; an absent one has no items.
    public init(_ query: ByteRange) {
        at = query.start
        end = query.end
    }

    /// The next item; nil after the last one.
    public mutating func next(in bytes: Span<UInt8>) -> QueryItem? {
        while at < end {
            let start = at
            var equals: Int?
            while at < end && bytes[at] != 0x26 {
                if equals == nil && bytes[at] == 0x3D { equals = at }
                at &+= 1
            }
            let stop = at
            at &+= 1
            guard stop > start else { continue }
            let nameEnd = equals ?? stop
            return QueryItem(name: ByteRange(start, nameEnd), value: ByteRange(min(nameEnd &+ 1, stop), stop))
        }
        return nil
    }

    /// The value of the item with this name; nil where there is none.
    ///
    /// - Throws: `queryItemRepeated` where there are two.
    public static func value(
        of name: StaticString,
        in query: ByteRange,
        of bytes: Span<UInt8>
    ) throws(HTTPRefusal) -> ByteRange? {
        var items = Self(query)
        var found: ByteRange?
        while let item = items.next(in: bytes) {
            guard Text.equals(bytes, item.name, name) else { continue }
            guard found == nil else { throw .queryItemRepeated }
            found = item.value
        }
        return found
    }
}

/// What names a SKU, a buyer, an order.
public enum Identifier {
    /// The longest one.
    ///
    /// Unit: bytes.
    public static let bytesMax = 128

    /// Whether the bytes are at least one and at most `bytesMax` of `A-Z a-z 0-9 . _ ~ -`.
    public static func isValid(_ bytes: Span<UInt8>, _ range: ByteRange) -> Bool {
        guard !range.isEmpty, range.count <= bytesMax else { return false }
        return Words.endOfIdentifier(bytes, from: range.start, to: range.end) == range.end
    }
}

/// The choice between two forms of an answer (RFC 9110 12.5.1).
public enum Negotiation {
    /// The form that a client likes better.
    ///
    /// - Parameters:
    ///   - accept: the value of Accept.
    ///   - bytes: what the request was parsed from.
    ///   - usual: the form that is answered where both are liked the same, or nothing is said.
    ///   - other: the other form.
    /// - Returns: nil where neither is liked: 406.
    /// - Cost: one pass over the field, no allocation.
    public static func choose(
        _ accept: ByteRange,
        _ bytes: Span<UInt8>,
        _ usual: ContentType,
        or other: ContentType
    ) -> ContentType? {
        if accept.isEmpty { return usual }
        var (first, second) = (Liking(usual), Liking(other))
        var at = accept.start
        while at < accept.end {
            let element = MediaRange(bytes, &at, accept.end)
            guard let quality = element.quality else { continue }
            first.weigh(element, quality, bytes)
            second.weigh(element, quality, bytes)
        }
        if second.quality > first.quality { return other }
        return first.quality > 0 ? usual : nil
    }

    /// How much one form is liked: by the most specific range that has it.
    private struct Liking {
        private let type: StaticString
        private let family: StaticString
        private var specificity = 0
        /// Unit: thousandths.
        private(set) var quality = 0

        init(_ form: ContentType) {
            type = form.name
            family = form.family
        }

        mutating func weigh(_ range: MediaRange, _ quality: Int, _ bytes: Span<UInt8>) {
            let found = specificity(of: range.name, bytes)
            guard found > 0, found >= specificity else { return }
            // Of two that say the same as exactly, the one that likes it more.
            self.quality = found > specificity ? quality : max(quality, self.quality)
            specificity = found
        }

        private func specificity(of name: ByteRange, _ bytes: Span<UInt8>) -> Int {
            if Text.equalsIgnoringCase(bytes, name, type) { return 3 }
            if Text.equalsIgnoringCase(bytes, name, family) { return 2 }
            return Text.equals(bytes, name, "*/*") ? 1 : 0
        }
    }
}

/// One element of Accept: `type/subtype;parameter=value;q=0.5`.
private struct MediaRange {
    /// What stands before the parameters; empty where nothing does.
    let name: ByteRange
    /// The weight in thousandths; nil where it is malformed, and the element says nothing.
    private(set) var quality: Int? = 1_000

    /// Reads the element at `at`, and moves behind it and its comma.
    init(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) {
        Self.skipBlanks(bytes, &at, end)
        let start = at
        while at < end, bytes[at] != 0x2C, bytes[at] != 0x3B, bytes[at] != 0x20, bytes[at] != 0x09 { at &+= 1 }
        name = ByteRange(start..<at)
        while at < end, bytes[at] != 0x2C {
            if bytes[at] != 0x3B {
                at &+= 1
                continue
            }
            at &+= 1
            Self.skipBlanks(bytes, &at, end)
            let parameter = at
            Self.skipValue(bytes, &at, end)
            if at &- parameter >= 2, bytes[parameter] | 0x20 == 0x71, bytes[parameter &+ 1] == 0x3D {
                quality = Self.weight(bytes, parameter &+ 2, at)
            }
        }
        if at < end { at &+= 1 }
    }

    private static func skipBlanks(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) {
        while at < end, bytes[at] == 0x20 || bytes[at] == 0x09 { at &+= 1 }
    }

    /// Moves behind a parameter; commas and semicolons in quotes belong to it.
    private static func skipValue(_ bytes: Span<UInt8>, _ at: inout Int, _ end: Int) {
        var isQuoted = false
        while at < end {
            let byte = bytes[at]
            if isQuoted {
                if byte == 0x5C { at &+= 1 }
                if byte == 0x22 { isQuoted = false }
            } else {
                if byte == 0x2C || byte == 0x3B || byte == 0x20 || byte == 0x09 { return }
                if byte == 0x22 { isQuoted = true }
            }
            at &+= 1
        }
        at = min(at, end)
    }

    /// `0` or `1` with up to three decimals, `1.000` at most.
    private static func weight(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        guard (1...5).contains(end &- start), end &- start != 2 || bytes[start &+ 1] == 0x2E else { return nil }
        var value = 0
        var scale = 1_000
        for index in start..<end {
            if index == start &+ 1 {
                guard bytes[index] == 0x2E else { return nil }
                continue
            }
            guard bytes[index] >= 0x30, bytes[index] <= 0x39 else { return nil }
            value &+= Int(bytes[index] &- 0x30) &* scale
            scale /= 10
        }
        return bytes[start] <= 0x31 && value <= 1_000 ? value : nil
    }
}

extension ContentType {
    /// The media type without its parameters.
    fileprivate var name: StaticString {
        switch self {
        case .json: "application/json"
        case .lines: "application/x-ndjson"
        case .eventStream: "text/event-stream"
        case .problem: "application/problem+json"
        case .linkedData: "application/ld+json"
        case .metrics, .text: "text/plain"
        case .html: "text/html"
        case .yaml: "application/yaml"
        }
    }

    /// The range of its type.
    fileprivate var family: StaticString {
        switch self {
        case .json, .lines, .problem, .linkedData, .yaml: "application/*"
        case .eventStream, .metrics, .text, .html: "text/*"
        }
    }
}

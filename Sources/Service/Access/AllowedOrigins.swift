import HTTP

/// Which pages of the web may call from a browser (the Fetch standard's CORS protocol).
struct AllowedOrigins: Sendable {
    private let origins: [[UInt8]]
    private let isAny: Bool

    /// Reads origins with commas between them, or `*` for any; nil where one is none.
    init?(_ list: String) {
        let names = list.split(separator: ",").map { $0.filter { $0 != " " } }
        isAny = names == ["*"]
        guard isAny || names.allSatisfy(Self.isOrigin) else { return nil }
        origins = names.map { Array($0.utf8) }
    }

    /// Whether the text is a scheme, `://`, and a host with perhaps a port, as browsers write it: in lower case.
    private static func isOrigin(_ text: String) -> Bool {
        text.wholeMatch(of: /https?:\/\/[a-z0-9.\-]+(:[0-9]{1,5})?|https?:\/\/\[[0-9a-f:.]+\](:[0-9]{1,5})?/) != nil
    }

    /// The origin that a request says it comes from, where that may call; else absent.
    func origin(of request: Request, _ bytes: Span<UInt8>) -> ByteRange {
        var origin = ByteRange.absent
        request.visitField("origin", in: bytes) { origin = isAllowed(bytes.extracting($0.bounds)) ? $0 : .absent }
        return origin
    }

    private func isAllowed(_ text: Span<UInt8>) -> Bool {
        if isAny { return true }
        let wanted = text.array
        return origins.contains(wanted)
    }
}

import HTTP

/// What a request to the API must be before anybody looks at its meaning.
enum Preconditions {
    /// What is wrong with a request's framing or negotiation; nil where nothing is.
    static func violated(by exchange: Exchange, _ bytes: Span<UInt8>) -> (ProblemType, StaticString)? {
        let request = exchange.request
        if form(of: exchange, bytes) == nil {
            guard exchange.label != .skuFeed else { return (.notAcceptable, "The feed is text/event-stream.") }
            return (.notAcceptable, "Answers are application/json and application/problem+json.")
        }
        switch request.method {
        case .post, .put, .patch:
            guard request.hasBody else {
                return (.lengthRequired, "A body with Content-Length or Transfer-Encoding is needed.")
            }
            guard !request.contentType.isPresent || isJSON(request.contentType, bytes, request.method) else {
                return (.unsupportedMediaType, "The body must be application/json.")
            }
            return nil
        case .get, .head, .delete, .options, .other:
            return nil
        }
    }

    /// The form that the answer gets; nil where the client takes none that the resource has.
    static func form(of exchange: Exchange, _ bytes: Span<UInt8>) -> ContentType? {
        let accept = exchange.request.accept
        if exchange.label == .skuFeed { return Negotiation.choose(accept, bytes, .eventStream, or: .eventStream) }
        // What most clients send is not taken apart.
        guard accept.isPresent, !Text.equals(bytes, accept, "*/*"), !Text.equals(bytes, accept, "application/json")
        else { return .json }
        if exchange.label == .skuRead { return Negotiation.choose(accept, bytes, .json, or: .linkedData) }
        if exchange.label == .events, likesStream(accept, bytes) { return .eventStream }
        // Lines of JSON are JSON to whoever asks for that.
        if exchange.label == .events, Negotiation.choose(accept, bytes, .lines, or: .json) != nil { return .json }
        return Negotiation.choose(accept, bytes, .json, or: .problem) == nil ? nil : .json
    }

    /// Whether the client would rather have the events as a stream than as lines.
    private static func likesStream(_ accept: ByteRange, _ bytes: Span<UInt8>) -> Bool {
        Negotiation.choose(accept, bytes, .lines, or: .eventStream) == .eventStream
            && Negotiation.choose(accept, bytes, .json, or: .eventStream) == .eventStream
    }

    /// Whether the media type is JSON in UTF-8, whatever its parameters say; names are in any case.
    private static func isJSON(_ field: ByteRange, _ bytes: Span<UInt8>, _ method: Method) -> Bool {
        if Text.equalsIgnoringCase(bytes, field, "application/json") { return true }
        var end = field.start
        while end < field.end, bytes[end] != 0x3B, bytes[end] != 0x20, bytes[end] != 0x09 { end += 1 }
        let type = ByteRange(field.start..<end)
        if Text.equalsIgnoringCase(bytes, type, "application/json") { return true }
        return method == .patch && Text.equalsIgnoringCase(bytes, type, "application/merge-patch+json")
    }
}

extension RouteLabel {
    /// The label of a route with a method that it has.
    init(_ route: Route, _ method: Method) {
        switch route {
        case .purchases: self = .purchase
        case .carts: self = .cart
        case .itemPurchase: self = .itemPurchase
        case .stock: self = .stockAdjust
        case .changes: self = .skuChanges
        case .feed: self = .skuFeed
        case .order: self = .orderRead
        case .buyerOrders: self = .buyerOrders
        case .events: self = .events
        case .wallet: self = .walletRead
        case .deposits: self = .walletDeposit
        case .withdrawals: self = .walletWithdraw
        case .cancel: self = .orderCancel
        case .holds: self = .holdPlace
        case .hold: self = method == .delete ? .holdRelease : .holdRead
        case .confirm: self = .holdConfirm
        case .extend: self = .holdExtend
        case .confirmIntent: self = .holdConfirmIntent
        case .skus: self = .skuList
        case .problem: self = .problem
        case .health: self = .health
        case .readiness: self = .readiness
        case .metrics: self = .metrics
        case .document: self = .document
        case .sku:
            switch method {
            case .put: self = .skuPut
            case .patch: self = .skuPatch
            case .delete: self = .skuDelete
            case .get, .head, .post, .options, .other: self = .skuRead
            }
        }
    }
}

import HTTP

/// What a request to the API must be before anybody looks at its meaning.
enum Preconditions {
    /// What is wrong with a request's framing or negotiation; nil where nothing is.
    static func violated(by exchange: Exchange, _ bytes: Span<UInt8>) -> (ProblemType, StaticString)? {
        let request = exchange.request
        let takesLines = exchange.label == .events && names(request.accept, "application/x-ndjson", bytes)
        if request.accept.isPresent, !takesLines, !accepts(request.accept, bytes) {
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

    /// Whether the client is a person's browser: it names HTML.
    static func prefersHTML(_ exchange: Exchange, _ bytes: Span<UInt8>) -> Bool {
        names(exchange.request.accept, "text/html", bytes)
    }

    /// Whether an Accept field names a media type.
    private static func names(_ field: ByteRange, _ type: StaticString, _ bytes: Span<UInt8>) -> Bool {
        field.isPresent && contains(field, bytes) { Text.equals(bytes, $0, type) }
    }

    /// Whether one of the media ranges takes JSON.
    ///
    /// Weights of zero are not looked at: who sends only those gets JSON.
    private static func accepts(_ field: ByteRange, _ bytes: Span<UInt8>) -> Bool {
        field.isEmpty
            || contains(field, bytes) { range in
                Text.equals(bytes, range, "*/*") || Text.equals(bytes, range, "application/json")
                    || Text.equals(bytes, range, "application/*")
                    || Text.equals(bytes, range, "application/problem+json")
            }
    }

    private static func contains(_ field: ByteRange, _ bytes: Span<UInt8>, _ matches: (ByteRange) -> Bool) -> Bool {
        var at = field.start
        while at < field.end {
            while at < field.end, bytes[at] == 0x20 || bytes[at] == 0x2C || bytes[at] == 0x09 { at += 1 }
            let start = at
            while at < field.end, bytes[at] != 0x2C, bytes[at] != 0x3B, bytes[at] != 0x20 { at += 1 }
            if matches(ByteRange(start..<at)) { return true }
            while at < field.end, bytes[at] != 0x2C { at += 1 }
        }
        return false
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

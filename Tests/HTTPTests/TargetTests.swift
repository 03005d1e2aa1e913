import Testing

@testable import HTTP

@Suite("Targets")
struct TargetTests {
    private func decode(_ text: String) throws(HTTPRefusal) -> [UInt8] {
        var bytes = latin("<" + text + ">")
        let sent = ByteRange(1, bytes.count - 1)
        var span = bytes.mutableSpan
        let range = try Target.percentDecode(&span, sent)
        #expect(bytes.first == 0x3C && bytes.last == 0x3E)
        return Array(bytes[range.bounds])
    }

    @Test(
        "escapes are taken out once, and nothing else is",
        arguments: [
            ("", ""), ("abc", "abc"), ("%41", "A"), ("%7e%7E", "~~"), ("a%2Fb", "a/b"), ("%2541", "%41"), ("+", "+"),
            ("%C3%A9", "\u{C3}\u{A9}"), ("%FF", "\u{FF}"), ("12345678%39", "123456789"), ("%20x%20", " x "),
        ]
    )
    func decodes(sent: String, meant: String) throws {
        #expect(try decode(sent) == latin(meant))
    }

    @Test(
        "bad escapes are refused",
        arguments: ["%", "%4", "%%", "%4g", "%g4", "%-1", "abc%", "abcdefgh%4", "% 41", "%u0041"]
    )
    func refuses(sent: String) {
        #expect(throws: HTTPRefusal.escapeMalformed) { try decode(sent) }
    }

    @Test("an escaped NUL is refused")
    func escapedNUL() {
        #expect(throws: HTTPRefusal.escapedNUL) { try decode("a%00") }
    }

    @Test(
        "a path is split at each slash, empty segments included",
        arguments: [
            ("", []), ("/", [""]), ("/a", ["a"]), ("/a/", ["a", ""]), ("//", ["", ""]),
            ("/a/b%2Fc/d", ["a", "b%2Fc", "d"]),
            ("/12345678/12345678", ["12345678", "12345678"]),
        ] as [(String, [String])]
    )
    func segments(path: String, expected: [String]) {
        let bytes = latin("G " + path + " /x")
        var segments = PathSegments(ByteRange(2, 2 + path.utf8.count))
        var found: [String] = []
        while let segment = segments.next(in: bytes.span) { found.append(text(segment, bytes) ?? "absent") }
        #expect(found == expected)
    }

    @Test(
        "a query is split into items",
        arguments: [
            ("", []), ("a", ["a", ""]), ("a=", ["a", ""]), ("a=b", ["a", "b"]), ("a=b=c&&d", ["a", "b=c", "d", ""]),
            ("&", []), ("=v&x=%26", ["", "v", "x", "%26"]),
        ] as [(String, [String])]
    )
    func items(query: String, expected: [String]) {
        let bytes = latin("?" + query + "&z=1")
        var items = QueryItems(ByteRange(1, 1 + query.utf8.count))
        var found: [String] = []
        while let item = items.next(in: bytes.span) {
            found += [text(item.name, bytes) ?? "absent", text(item.value, bytes) ?? "absent"]
        }
        #expect(found == expected)
    }

    @Test("an item is found by its whole name, and refused twice")
    func lookup() throws {
        let bytes = latin("?limit=5&after=7&limits=6&after=8")
        let query = ByteRange(1, bytes.count)
        let limit = try QueryItems.value(of: "limit", in: query, of: bytes.span)
        #expect(limit.flatMap { Text.decimal(bytes.span, $0) } == 5)
        #expect(try QueryItems.value(of: "cursor", in: query, of: bytes.span) == nil)
        #expect(try QueryItems.value(of: "limit", in: .absent, of: bytes.span) == nil)
        #expect(throws: HTTPRefusal.queryItemRepeated) {
            try QueryItems.value(of: "after", in: query, of: bytes.span)
        }
    }

    @Test("an identifier is 1 to 128 of the bytes of the API, for each byte there is")
    func identifiers() {
        let allowed = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-".utf8)
        for byte in UInt8.min...UInt8.max {
            let bytes = [0x61, byte]
            #expect(Identifier.isValid(bytes.span, ByteRange(0, 2)) == allowed.contains(byte), "\(byte)")
        }
        let long = [UInt8](repeating: 0x61, count: 129)
        #expect(Identifier.isValid(long.span, ByteRange(0, 0)) == false)
        #expect(Identifier.isValid(long.span, ByteRange(0, 128)) == true)
        #expect(Identifier.isValid(long.span, ByteRange(0, 129)) == false)
    }

    @Test(
        "decimals are digits only, and no more than 64 bits",
        arguments: [
            ("0", 0), ("007", 7), ("18446744073709551615", UInt64.max), ("18446744073709551616", nil), ("", nil),
            ("-1", nil), ("+1", nil), ("1 ", nil), ("1e3", nil), ("99999999999999999999", nil), ("\u{B2}", nil),
        ] as [(String, UInt64?)]
    )
    func decimals(written: String, value: UInt64?) {
        let bytes = latin(written)
        #expect(Text.decimal(bytes.span, ByteRange(0, bytes.count)) == value)
    }
}

@Suite("Routes")
struct RouteTableTests {
    private func match(_ method: String, _ path: String) throws -> (match: RouteMatch, bytes: [UInt8]) {
        var bytes = latin("\(method) \(path) HTTP/1.1\r\nHost: x\r\n\r\n")
        var span = bytes.mutableSpan
        var parser = RequestParser(limits: HTTPLimits())
        guard case .request = parser.parse(&span) else { throw HTTPRefusal.targetMalformed }
        let found = RouteTable.match(parser.request, in: &span)
        return (found, bytes)
    }

    /// The route's name with its identifier.
    private func name(_ route: Route, _ bytes: [UInt8]) -> String {
        switch route {
        case .skus: "skus"
        case .sku(let id): "sku \(text(id, bytes) ?? "")"
        case .purchases(let id): "purchases \(text(id, bytes) ?? "")"
        case .stock(let id): "stock \(text(id, bytes) ?? "")"
        case .feed(let id): "feed \(text(id, bytes) ?? "")"
        case .changes(let id): "changes \(text(id, bytes) ?? "")"
        case .carts: "carts"
        case .itemPurchase: "item purchase"
        case .order(let id): "order \(text(id, bytes) ?? "")"
        case .events: "events"
        case .buyerOrders(let id): "buyer orders \(text(id, bytes) ?? "")"
        case .wallet(let id): "wallet \(text(id, bytes) ?? "")"
        case .deposits(let id): "deposits \(text(id, bytes) ?? "")"
        case .withdrawals(let id): "withdrawals \(text(id, bytes) ?? "")"
        case .cancel(let id): "cancel \(text(id, bytes) ?? "")"
        case .holds(let id): "holds \(text(id, bytes) ?? "")"
        case .hold(let id): "hold \(text(id, bytes) ?? "")"
        case .confirm(let id): "confirm \(text(id, bytes) ?? "")"
        case .extend(let id): "extend \(text(id, bytes) ?? "")"
        case .confirmIntent(let id): "intent \(text(id, bytes) ?? "")"
        case .problem(let id): "problem \(text(id, bytes) ?? "")"
        case .health: "health"
        case .readiness: "readiness"
        case .metrics: "metrics"
        case .document: "document"
        }
    }

    static let routes: [(String, String, String)] = [
        ("POST", "/v1/skus/a-1/purchases", "purchases a-1"), ("GET", "/v1/skus/a", "sku a"),
        ("PUT", "/v1/skus/a", "sku a"),
        ("PATCH", "/v1/skus/a", "sku a"), ("GET", "/v1/skus?limit=1", "skus"), ("POST", "/v1/skus/a/stock", "stock a"),
        ("GET", "/v1/skus/a/changes?after=1", "changes a"), ("GET", "/v1/skus/a/feed", "feed a"),
        ("GET", "/v1/orders/o1", "order o1"),
        ("POST", "/v1/orders/o1/cancel", "cancel o1"), ("POST", "/v1/skus/a/holds", "holds a"),
        ("GET", "/v1/holds/h1", "hold h1"), ("DELETE", "/v1/holds/h1", "hold h1"),
        ("POST", "/v1/holds/h1/confirm", "confirm h1"), ("POST", "/v1/holds/h1/extend", "extend h1"),
        ("POST", "/v1/holds/h1/confirm-intent", "intent h1"),
        ("GET", "/healthz", "health"), ("GET", "/readyz", "readiness"), ("GET", "/metrics", "metrics"),
        ("GET", "/problems/sold-out", "problem sold-out"), ("HEAD", "/v1/skus/a", "sku a"),
        ("HEAD", "/v1/skus", "skus"),
        ("HEAD", "/healthz", "health"), ("HEAD", "/problems/x", "problem x"), ("GET", "http://h/v1/skus/a", "sku a"),
        ("GET", "/v1/events?limit=1", "events"),
        ("GET", "/v1/buyers/u1/orders?limit=1", "buyer orders u1"),
        ("GET", "/v1/wallets/u1", "wallet u1"), ("POST", "/v1/wallets/u1/deposits", "deposits u1"),
        ("POST", "/v1/wallets/u1/withdrawals", "withdrawals u1"),
        ("POST", "/v1/carts", "carts"), ("POST", "/api/purchase/", "item purchase"),
        ("POST", "/api/purchase", "item purchase"), ("POST", "/%61pi/purchase/?x=1", "item purchase"),
        ("GET", "/v1/skus/%61%2D%7e", "sku a-~"), ("POST", "/v1/%73kus/a%2Eb/purchase%73", "purchases a.b"),
    ]

    @Test("a method and a path lead to their resource", arguments: routes)
    func leads(method: String, path: String, expected: String) throws {
        let (found, bytes) = try match(method, path)
        guard case .route(let route) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(name(route, bytes) == expected)
    }

    @Test(
        "another path leads nowhere",
        arguments: [
            "/", "/v1", "/v1/", "/v1/skus/", "/v1/skus/a/", "/v1/skus/a/purchases/", "/v1/skus/a/b", "//v1/skus",
            "/v2/skus/a", "/v1/orders", "/V1/skus", "/healthz/", "/healthz/x", "/problems", "/v1/skus/a/purchases/b/c",
            "/v1%2Fskus", "/v1/carts/", "/v1/carts/c", "/api", "/api/purchase//", "/api//purchase", "/api/purchase/a",
            "/v1/purchase/", "/v1/skuss", "/v1/sku",
        ]
    )
    func nowhere(path: String) throws {
        let (found, _) = try match("GET", path)
        #expect(found == .notFound || found == .refused(.identifierMalformed))
    }

    @Test(
        "an identifier that is none is refused, and the connection may stay",
        arguments: [
            "/v1/skus/a%2Fb", "/v1/skus/a%20b", "/v1/skus/caf%C3%A9", "/v1/orders/a+b", "/v1/skus//purchases",
            "/v1/skus/" + String(repeating: "a", count: 129), "/v1/skus/a@b",
        ]
    )
    func identifiers(path: String) throws {
        let (found, _) = try match("GET", path)
        #expect(found == .refused(.identifierMalformed))
        #expect(!HTTPRefusal.identifierMalformed.closesConnection)
    }

    @Test("escapes that are none are refused")
    func escapes() throws {
        #expect(try match("GET", "/v1/skus/%").match == .refused(.escapeMalformed))
        #expect(try match("GET", "/v1/skus/%00").match == .refused(.escapedNUL))
    }

    @Test("a resource without the method says which it has")
    func notAllowed() throws {
        #expect(try match("GET", "/v1/skus/a/purchases").match == .methodNotAllowed(.post))
        #expect(try match("HEAD", "/v1/skus/a/stock").match == .methodNotAllowed(.post))
        #expect(try match("POST", "/v1/skus/a").match == .methodNotAllowed([.get, .put, .patch, .delete]))
        #expect(try match("DELETE", "/healthz").match == .methodNotAllowed(.get))
        #expect(try match("BREW", "/v1/orders/o").match == .methodNotAllowed(.get))
    }

    @Test("OPTIONS says what a resource and the server have")
    func options() throws {
        #expect(try match("OPTIONS", "/v1/skus/a/purchases").match == .options(.post))
        #expect(try match("OPTIONS", "/v1/skus/a").match == .options([.get, .put, .patch, .delete]))
        #expect(try match("OPTIONS", "*").match == .options([.get, .post, .put, .patch, .delete]))
        #expect(try match("OPTIONS", "http://h").match == .options([.get, .post, .put, .patch, .delete]))
        #expect(try match("OPTIONS", "/nowhere").match == .notFound)
    }
}

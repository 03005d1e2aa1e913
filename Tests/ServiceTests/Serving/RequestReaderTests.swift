import Domain
import HTTP
import Testing

@testable import Service

/// A request's body with something before it, as in a connection's buffer.
private struct Body {
    let bytes: [UInt8]
    let range: ByteRange

    init(_ text: String) {
        bytes = Array("POST / HTTP/1.1\r\n\r\n\(text)".utf8)
        range = ByteRange(19..<bytes.count)
    }

    /// What the body is read as.
    enum Reader: CaseIterable {
        case purchase
        case itemPurchase
        case cart
        case stock
        case put
        case patch
    }

    /// What tells a cart from another one under the same key.
    func digest() throws(InvalidRequest) -> Fingerprint? {
        guard let key = FingerprintKey([UInt8](repeating: 7, count: 16).span) else { return nil }
        var hasher = SipHasher128(key: key)
        try CartRequest(range, bytes.span).update(&hasher, bytes.span)
        return hasher.finalize()
    }

    /// The sentence that a reader refuses with; nil where it takes the body.
    func detail(_ reader: Reader) -> String? {
        do throws(InvalidRequest) {
            switch reader {
            case .purchase: _ = try PurchaseRequest(range, bytes.span)
            case .itemPurchase: _ = try ItemPurchaseRequest(range, bytes.span)
            case .cart: _ = try CartRequest(range, bytes.span)
            case .stock: _ = try StockRequest(range, bytes.span)
            case .put: _ = try CatalogueRequest(range, bytes.span, isPut: true).details()
            case .patch: _ = try CatalogueRequest(range, bytes.span, isPut: false)
            }
            return nil
        } catch {
            var writer = ByteWriter(bytesMax: 10_000)
            error.write(&writer, bytes.span)
            return writer.withSpan { span in
                var text: [UInt8] = []
                for index in span.indices { text.append(span[index]) }
                return String(decoding: text, as: UTF8.self)
            }
        }
    }
}

@Suite("What requests may say")
struct RequestReaderTests {
    private static let buyer = "buyer: must be 1 to 128 characters of A-Z a-z 0-9 . _ ~ -, without escapes"
    private static let quantity = "quantity: must be an integer from 1 to 1000000"

    @Test(
        "a purchase is refused with the member at fault",
        arguments: [
            (#"{"buyer":"u1","quantity":1}"#, nil),
            (#" { "quantity" : 1000000 , "buyer" : "A-z.0_~" } "#, nil),
            (#"{"buyer":"u1"}"#, "quantity: is missing"),
            (#"{"quantity":1}"#, "buyer: is missing"),
            (#"{}"#, "buyer: is missing"),
            (#"{"buyer":"","quantity":1}"#, buyer),
            (#"{"buyer":"a b","quantity":1}"#, buyer),
            (#"{"buyer":"\u0061","quantity":1}"#, buyer),
            (#"{"buyer":"é","quantity":1}"#, buyer),
            (#"{"buyer":"\#(String(repeating: "x", count: 129))","quantity":1}"#, buyer),
            (#"{"buyer":"\#(String(repeating: "x", count: 128))","quantity":1}"#, nil),
            (#"{"buyer":7,"quantity":1}"#, "buyer: must be a string"),
            (#"{"buyer":null,"quantity":1}"#, "buyer: must be a string"),
            (#"{"buyer":"u","quantity":0}"#, quantity),
            (#"{"buyer":"u","quantity":-1}"#, quantity),
            (#"{"buyer":"u","quantity":1000001}"#, quantity),
            (#"{"buyer":"u","quantity":9223372036854775807}"#, quantity),
            (#"{"buyer":"u","quantity":"1"}"#, quantity),
            (#"{"buyer":"u","quantity":true}"#, quantity),
            (#"{"buyer":"u","quantity":[1]}"#, quantity),
            (#"{"buyer":"u","quantity":{"a":1}}"#, quantity),
            (#"{"buyer":"u","quantity":1,"payment":"wallet"}"#, nil),
            (#"{"buyer":"u","quantity":1,"payment":"card"}"#, "payment: can only be wallet"),
            (#"{"buyer":"u","quantity":1,"payment":"Wallet"}"#, "payment: can only be wallet"),
            (#"{"buyer":"u","quantity":1,"payment":null}"#, "payment: can only be wallet"),
            (
                #"{"buyer":"u","quantity":1,"payment":"wallet","payment":"wallet"}"#,
                "payment: the member stands twice"
            ),
            (#"{"buyer":"u","quantity":1,"a\"b":2}"#, #"a\"b: unknown member"#),
            (#"{"BUYER":"u","quantity":1}"#, "BUYER: unknown member"),
        ] as [(String, String?)]
    )
    func purchase(text: String, detail: String?) {
        let found = Body(text).detail(.purchase)
        #expect(found == detail)
    }

    @Test(
        "a purchase of an item is refused with the member at fault",
        arguments: [
            (#"{"user_id":"u1","item_id":"a"}"#, nil),
            (#"{"item_id":"a","user_id":"u1"}"#, nil),
            (#"{"user_id":"u1"}"#, "item_id: is missing"),
            (#"{"item_id":"a"}"#, "user_id: is missing"),
            (#"{"user_id":7,"item_id":"a"}"#, "user_id: must be a string"),
            (#"{"user_id":"u1","item_id":{}}"#, "item_id: must be a string"),
            (#"{"user_id":"u1","item_id":"a","quantity":1}"#, "quantity: unknown member"),
        ] as [(String, String?)]
    )
    func itemPurchase(text: String, detail: String?) {
        let found = Body(text).detail(.itemPurchase)
        #expect(found == detail)
    }

    private static let line = #"{"sku":"a","quantity":1}"#

    @Test(
        "a cart is refused with the member at fault",
        arguments: [
            (#"{"buyer":"u1","lines":[\#(line)]}"#, nil),
            (#"{"payment":"wallet","lines":[\#(line), \#(line)],"buyer":"u1"}"#, nil),
            (#"{"buyer":"u1"}"#, "lines: is missing"),
            (#"{"lines":[\#(line)]}"#, "buyer: is missing"),
            (#"{"buyer":"u1","lines":[]}"#, "lines: must not be empty"),
            (#"{"buyer":"u1","lines":{}}"#, "lines: must be an array"),
            (#"{"buyer":"u1","lines":[\#(line),7]}"#, "lines: must be objects"),
            (#"{"buyer":"u1","lines":[[\#(line)]]}"#, "lines: must be objects"),
            (#"{"buyer":"u1","lines":[{"quantity":1}]}"#, "lines.sku: is missing"),
            (#"{"buyer":"u1","lines":[{"sku":"a"}]}"#, "lines.quantity: is missing"),
            (
                #"{"buyer":"u1","lines":[{"sku":"a","quantity":0}]}"#,
                "lines.quantity: must be an integer from 1 to 1000000"
            ),
            (#"{"buyer":"u1","lines":[{"sku":"a","quantity":1,"price":1}]}"#, "price: unknown member"),
            (#"{"buyer":"u1","lines":[{"sku":"a","sku":"b","quantity":1}]}"#, "sku: the member stands twice"),
            (#"{"buyer":"u1","lines":[\#(line)],"lines":[\#(line)]}"#, "lines: the member stands twice"),
            (#"{"buyer":"u1","lines":[\#(line)],"payment":true}"#, "payment: can only be wallet"),
            (#"{"buyer":"u1","lines":[\#(line)],"coupon":"x"}"#, "coupon: unknown member"),
            (
                #"{"buyer":"u1","lines":[\#(line),{"sku":"a","quantity":1000000}]}"#,
                "lines.quantity: must be at most 1000000 for one SKU"
            ),
            (bigCart(50), nil),
            (bigCart(51), "lines: must be at most 50"),
        ] as [(String, String?)]
    )
    func cart(text: String, detail: String?) {
        let found = Body(text).detail(.cart)
        #expect(found == detail)
    }

    private static func bigCart(_ lines: Int) -> String {
        let text = (0..<lines).map { #"{"sku":"s\#($0)","quantity":1}"# }.joined(separator: ",")
        return #"{"buyer":"u1","lines":[\#(text)]}"#
    }

    @Test("lines of one SKU are one line, where the SKU is first named")
    func sum() throws {
        let parts = [("b", 2), ("a", 1), ("b", 3), ("ab", 4), ("a", 5)]
        let text = parts.map { #"{"sku":"\#($0.0)","quantity":\#($0.1)}"# }.joined(separator: ",")
        let body = Body(#"{"buyer":"u1","lines":[\#(text)]}"#)
        let cart = try CartRequest(body.range, body.bytes.span)
        let names = cart.lines.map { String(decoding: body.bytes[$0.sku.start..<$0.sku.end], as: UTF8.self) }
        #expect(names == ["b", "a", "ab"])
        #expect(cart.lines.map(\.quantity.units) == [5, 6, 4])
        #expect(cart.lines.map(\.index) == [0, 1, 3])
        #expect(cart.payment == .none)
    }

    @Test(
        "a request's digest differs with everything that was asked for",
        arguments: [
            #"{"buyer":"u1","lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}]}"#,
            #"{"buyer":"u1","lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}],"payment":"wallet"}"#,
            #"{"buyer":"u2","lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}]}"#,
            #"{"buyer":"u1","lines":[{"sku":"a","quantity":2},{"sku":"b","quantity":1}]}"#,
            #"{"buyer":"u1","lines":[{"sku":"a","quantity":1},{"sku":"c","quantity":2}]}"#,
            #"{"buyer":"u1","lines":[{"sku":"a","quantity":1}]}"#,
        ]
    )
    func digest(text: String) throws {
        let plain =
            #" {"lines":[{"quantity":1,"sku":"a"}, {"sku":"b","quantity":1},{"sku":"b","quantity":1}],"buyer":"u1"}"#
        let isFirst = text.hasPrefix(#"{"buyer":"u1","lines":[{"sku":"a","quantity":1},{"sku":"b","quantity":2}]}"#)
        #expect((try Body(text).digest() == Body(plain).digest()) == isFirst)
    }

    @Test(
        "what is no JSON object, or says something twice, is refused, and never traps",
        arguments: [
            "", " ", "null", "[]", "1", "\"x\"", "{", "{\"", "{\"buyer\"", "{\"buyer\":", "{\"buyer\":\"u\"",
            "{\"buyer\":\"u\",", "{\"buyer\":\"u\",}", "{\"buyer\":\"u\",\"quantity\":1}}",
            "{\"buyer\":\"u\" \"quantity\":1}",
            "{\"quantity\":01,\"buyer\":\"u\"}", "{\"quantity\":1e0,\"buyer\":\"u\"", "{'buyer':'u'}",
            "{\"buyer\":\"u\",\"buyer\":\"u\",\"quantity\":1}", "{\"buyer\":\"u\",\"quantity\":1,\"quantity\":1}",
            "{\"buyer\":\"u\\ud800\",\"quantity\":1}", "{\"quantity\":99999999999999999999999999,\"buyer\":\"u\"}",
            "\u{FEFF}{\"buyer\":\"u\",\"quantity\":1}", String(repeating: "[", count: 5_000),
            String(repeating: "{\"a\":", count: 5_000),
        ]
    )
    func malformed(text: String) {
        for reader in Body.Reader.allCases { #expect(Body(text).detail(reader) != nil) }
    }

    @Test(
        "a stock change is refused with the member at fault",
        arguments: [
            (#"{"delta":50,"reason":"restock"}"#, nil),
            (#"{"delta":-9007199254740991,"reason":"r","reference":"é\n"}"#, nil),
            (#"{"set":0,"reason":"r"}"#, nil),
            (#"{"set":500,"if_available":480,"reason":"r"}"#, nil),
            (#"{"reason":"r"}"#, "delta: is missing: give delta or set"),
            (#"{"delta":1}"#, "reason: is missing"),
            (#"{"delta":1,"set":1,"reason":"r"}"#, "set: cannot stand beside delta"),
            (#"{"delta":1,"if_available":1,"reason":"r"}"#, "if_available: goes with set"),
            (
                #"{"delta":9007199254740992,"reason":"r"}"#,
                "delta: must be an integer from -9007199254740991 to 9007199254740991"
            ),
            (
                #"{"delta":-9223372036854775808,"reason":"r"}"#,
                "delta: must be an integer from -9007199254740991 to 9007199254740991"
            ),
            (#"{"delta":1.5,"reason":"r"}"#, "delta: must be an integer from -9007199254740991 to 9007199254740991"),
            (#"{"set":-1,"reason":"r"}"#, "set: must be an integer from 0 to 9007199254740991"),
            (
                #"{"set":1,"if_available":null,"reason":"r"}"#,
                "if_available: must be an integer from 0 to 9007199254740991"
            ),
            (#"{"delta":1,"reason":""}"#, "reason: must not be empty"),
            (#"{"delta":1,"reason":7}"#, "reason: must be a string"),
            (#"{"delta":1,"reason":"r","note":"x"}"#, "note: unknown member"),
        ] as [(String, String?)]
    )
    func stock(text: String, detail: String?) {
        let found = Body(text).detail(.stock)
        #expect(found == detail)
    }

    private static let time = "opens_at: must be a time such as 2027-01-01T09:00:00.000Z"
    private static let price = #""price":{"amount":1,"currency":"USD"}"#

    @Test(
        "a catalogue entry is refused with the member at fault",
        arguments: [
            (#"{"title":"t",\#(price),"stock":1}"#, nil),
            (#"{"title":"t",\#(price),"stock":1,"description":null,"image":"i","limit_per_buyer":2}"#, nil),
            (#"{\#(price),"stock":1}"#, "title: is missing"),
            (#"{"title":"t","stock":1}"#, "price: is missing"),
            (#"{"title":"","stock":1,\#(price)}"#, "title: must not be empty"),
            (#"{"title":null,"stock":1,\#(price)}"#, "title: is missing"),
            (#"{"title":"t","stock":1,"price":1}"#, "price: must be an object with amount and currency"),
            (#"{"title":"t","stock":1,"price":{}}"#, "price.amount: is missing"),
            (#"{"title":"t","stock":1,"price":{"amount":1}}"#, "price.currency: is missing"),
            (
                #"{"title":"t","stock":1,"price":{"amount":-1,"currency":"USD"}}"#,
                "price.amount: must be an integer from 0 to 9007199254740991"
            ),
            (
                #"{"title":"t","stock":1,"price":{"amount":1,"currency":"usd"}}"#,
                "price.currency: must be three capital letters"
            ),
            (#"{"title":"t","stock":1,"price":{"amount":1,"currency":"USD","x":1}}"#, "x: unknown member"),
            (#"{"title":"t","stock":-1,\#(price)}"#, "stock: must be an integer from 0 to 9007199254740991"),
            (#"{"title":"t","stock":1,\#(price),"paused":true}"#, "paused: unknown member"),
            (
                #"{"title":"t","stock":1,\#(price),"limit_per_buyer":0}"#,
                "limit_per_buyer: must be an integer from 1 to 1000000"
            ),
            (#"{"title":"t","stock":1,\#(price),"opens_at":"2027-01-01T00:00:00Z"}"#, nil),
            (#"{"title":"t","stock":1,\#(price),"opens_at":"2027-01-01T02:00:00.123+02:00"}"#, nil),
            (
                #"{"title":"t","stock":1,\#(price),"opens_at":"2027-01-01T02:00:00Z","closes_at":"2027-01-01T02:00:00Z"}"#,
                "closes_at: must be after opens_at"
            ),
        ]
            + [
                "", "now", "2027", "2027-01-01", "2027-13-01T00:00:00Z", "99999999999999999999-01-01T00:00:00Z",
                "2027-01-01T00:00:00", "2027-01-01T99999999999999999999:00:00Z", "-1-01-01T00:00:00Z",
                "2027-01-01T00:00:00+99999999999999999999:00", "2027-01-01T00:00:00.99999999999999999999999999999999Zx",
                "9223372036854775807-01-01T00:00:00Z", "\\u0000", "٢٠٢٧-01-01T00:00:00Z",
            ]
            .map { (#"{"title":"t","stock":1,\#(price),"opens_at":"\#($0)"}"#, time) } as [(String, String?)]
    )
    func catalogue(text: String, detail: String?) {
        let found = Body(text).detail(.put)
        #expect(found == detail)
    }

    @Test("a merge patch may pause and take away, and cannot bring stock")
    func patch() throws {
        let body = Body(#"{"paused":true,"description":null,"opens_at":null,"title":"n"}"#)
        let request = try CatalogueRequest(body.range, body.bytes.span, isPut: false)
        #expect(request.stock == nil)
        guard case .set(true) = request.patch.paused, case .removed = request.patch.description,
            case .removed = request.patch.opensAt, case .set("n") = request.patch.title
        else {
            Issue.record("\(request.patch)")
            return
        }
        let stock = Body(#"{"stock":1}"#).detail(.patch)
        #expect(stock == "stock: unknown member")
    }
}

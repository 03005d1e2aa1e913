import Domain
import HTTP
import Journal
import Loop
import Testing

@testable import Keepers
@testable import Service

/// A parsed request with its bytes, and a composer to answer it.
private final class Answering {
    let composer = Composer(
        metrics: ServerMetrics(loops: 1).loops[0],
        idPrefix: 0xAB,
        nowMilliseconds: 784_111_777_000
    )
    let bytes: [UInt8]
    let exchange: Exchange

    init(_ text: String, closes: Bool = false) throws {
        var bytes = Array(text.utf8)
        var parser = RequestParser()
        var span = bytes.mutableSpan
        let outcome = parser.parse(&span)
        guard case .request = outcome else { throw TestFailure("\(outcome)") }
        self.bytes = bytes
        let label: RouteLabel = text.contains("/purchases") ? .purchase : .skuRead
        exchange = Exchange(request: parser.request, label: label, closes: closes)
    }

    func text(_ compose: (inout ByteWriter, Exchange, Span<UInt8>) -> Void) -> String {
        var writer = ByteWriter(bytesMax: 100_000)
        let bytes = self.bytes
        compose(&writer, exchange, bytes.span)
        return writer.withSpan { String(decoding: $0.array, as: UTF8.self) }
    }

    static let date = "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
}

@Suite("What answers look like")
struct AnswerTests {
    private func details() throws -> SKUDetails {
        guard let currency = Currency("USD") else { throw TestFailure("USD") }
        return try SKUDetails(title: "T\"t", price: Money(amount: 12_900, currency: currency))
    }

    private func view(available: Int64) throws -> SKUView {
        SKUView(
            details: try details(),
            levels: StockLevels(available: available, held: 0, sold: 2, supplied: available + 2),
            sequence: 3,
            status: available == 0 ? .soldOut : .onSale,
            dependsOn: .start
        )
    }

    @Test("a sale is 201 with its order's place, and says so when it is told again", arguments: [false, true])
    func order(isReplay: Bool) throws {
        let answering = try Answering(.purchase("a", buyer: "u1", "Request-Id: r-1\r\n"))
        guard let key = FingerprintKey([UInt8](0..<16).span), let quantity = Quantity(2) else {
            throw TestFailure("key")
        }
        let purchase = Purchase(
            buyer: Fingerprint(high: 1, low: 2),
            quantity: quantity,
            unitPrice: try details().price,
            remaining: 498,
            sequence: 3,
            at: Instant(millisecondsSinceEpoch: 784_111_777_001)
        )
        let id = OrderID(journal: 1, position: JournalPosition(rawValue: 64))
        let text = answering.text { output, exchange, bytes in
            answering.composer.order(
                .created,
                OrderFacts(id: id, purchase: purchase),
                sku: Array("a".utf8).span,
                buyer: Array("u1".utf8).span,
                key: key,
                isReplay: isReplay,
                to: exchange,
                bytes,
                into: &output
            )
        }
        let characters = id.text(key: key)
        let name = String(decoding: characters.indices.map { characters[$0] }, as: UTF8.self)
        let body = """
            {"order":"\(name)","sku":"a","buyer":"u1","quantity":2,"unit_price":{"amount":12900,"currency":"USD"},\
            "total":{"amount":25800,"currency":"USD"},"state":"confirmed","sequence":3,"remaining":498,\
            "placed_at":"1994-11-06T08:49:37.001Z"}

            """
        #expect(
            text == "HTTP/1.1 201 Created\r\n\(Answering.date)Request-Id: r-1\r\nLocation: /v1/orders/\(name)\r\n"
                + (isReplay ? "Idempotency-Replayed: true\r\n" : "")
                + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        )
    }

    @Test("a refusal is a problem with members of its own, and closes where it has to")
    func refusal() throws {
        let answering = try Answering(.purchase("a", "Request-Id: a\"b\r\n"), closes: true)
        let text = answering.text { output, exchange, bytes in
            answering.composer.refusal(
                .insufficientStock(available: 3),
                at: Instant(millisecondsSinceEpoch: 0),
                to: exchange,
                bytes,
                into: &output
            )
        }
        let parts = text.split(separator: "\r\n\r\n").map(String.init)
        #expect(parts[0].hasPrefix("HTTP/1.1 409 Conflict\r\n"))
        #expect(parts[0].contains("\r\nConnection: close"))
        #expect(parts[0].contains("\r\nContent-Type: application/problem+json"))
        #expect(parts[0].contains("\r\nRequest-Id: a\"b"))
        #expect(parts[0].contains("\r\nContent-Length: \(parts[1].utf8.count)"))
        #expect(
            parts[1] == """
                {"type":"/problems/insufficient-stock","title":"\(ProblemType.insufficientStock.title)","status":409,\
                "detail":"Fewer units are available than were asked for.","request_id":"a\\"b","available":3}

                """
        )
    }

    @Test("before a sale opens, the answer says when to come back, in whole seconds and never in none")
    func retryAfter() throws {
        let answering = try Answering(.purchase("a"))
        for (opens, seconds) in [(1, 1), (1_000, 1), (1_001, 2), (3_600_000, 3_600), (-5, 1)] as [(Int64, Int)] {
            let text = answering.text { output, exchange, bytes in
                answering.composer.refusal(
                    .saleNotStarted(opensAt: Instant(millisecondsSinceEpoch: 10_000 + opens)),
                    at: Instant(millisecondsSinceEpoch: 10_000),
                    to: exchange,
                    bytes,
                    into: &output
                )
            }
            #expect(text.contains("\r\nRetry-After: \(seconds)\r\n"), "\(opens)")
        }
    }

    @Test("a client that has the version gets 304 without a body; HEAD gets the length without a body")
    func conditional() throws {
        let view = try view(available: 5)
        let whole = try sku(view, .get("/v1/skus/a"))
        let tag = try #require(whole.split(separator: "\r\n").first { $0.hasPrefix("ETag: ") }).dropFirst(6)
        let unchanged = try sku(view, .get("/v1/skus/a", "If-None-Match: \(tag)\r\n"))
        #expect(unchanged.hasPrefix("HTTP/1.1 304 Not Modified\r\n") && unchanged.hasSuffix("\r\n\r\n"))
        #expect(unchanged.contains("ETag: \(tag)\r\n") && !unchanged.contains("Content-Type"))
        #expect(try sku(view, .get("/v1/skus/a", "If-None-Match: \"1\"\r\n")).hasPrefix("HTTP/1.1 200 OK\r\n"))
        // The same count of changes, but sold out meanwhile: another version.
        let soldOut = try sku(try self.view(available: 0), .get("/v1/skus/a", "If-None-Match: \(tag)\r\n"))
        #expect(soldOut.hasPrefix("HTTP/1.1 200 OK\r\n"))
        let head = try sku(view, .get("/v1/skus/a").replacing("GET", with: "HEAD"))
        #expect(head.hasSuffix("\r\n\r\n"))
        let body = try #require(whole.split(separator: "\r\n\r\n").last)
        #expect(head.contains("Content-Length: \(body.utf8.count)\r\n"))
        #expect(
            body == """
                {"sku":"a","title":"T\\"t","price":{"amount":12900,"currency":"USD"},"paused":false,"available":5,\
                "held":0,"sold":2,"supplied":7,"status":"on_sale","sequence":3}

                """
        )
    }

    private func sku(_ view: SKUView, _ request: String) throws -> String {
        let answering = try Answering(request)
        return answering.text { output, exchange, bytes in
            answering.composer.sku(
                .ok,
                view,
                name: Array("a".utf8).span,
                to: exchange,
                bytes,
                into: &output
            )
        }
    }

    @Test(
        "a request's framing and negotiation are judged before its meaning",
        arguments: [
            (.purchase("a"), nil),
            (.purchase("a", "Content-Type: Application/JSON; charset=utf-8\r\n"), nil),
            (.purchase("a", "Content-Type: text/plain\r\n"), .unsupportedMediaType),
            (.purchase("a", "Content-Type: application/jsonx\r\n"), .unsupportedMediaType),
            (.purchase("a", "Content-Type: application/merge-patch+json\r\n"), .unsupportedMediaType),
            (.with("PATCH", "/", "{}", "Content-Type: application/merge-patch+json\r\n"), nil),
            ("POST / HTTP/1.1\r\nHost: x\r\n\r\n", .lengthRequired),
            ("DELETE / HTTP/1.1\r\nHost: x\r\n\r\n", nil),
            (.get("/", "Accept: text/html\r\n"), .notAcceptable),
            (.get("/", "Accept: text/html, */*;q=0.1\r\n"), nil),
            (.get("/", "Accept: application/*\r\n"), nil),
            (.get("/", "Accept: ,, ;application/json\r\n"), .notAcceptable),
            (.get("/", "Accept:\r\n"), nil),
        ] as [(String, ProblemType?)]
    )
    func preconditions(request: String, problem: ProblemType?) throws {
        let answering = try Answering(request)
        let bytes = answering.bytes
        let violated = Preconditions.violated(by: answering.exchange, bytes.span)
        #expect(violated?.0 == problem)
    }
}

@Suite("Mail between threads")
struct MessageTests {
    private final class NoReceiver: Wakeable {
        func wake() {}
    }

    @Test("a message arrives as it was sent, at every place of the ring", arguments: [0, 1, 15, 16, 1_000, 20_000])
    func roundTrip(size: Int) throws {
        let mailbox = try Mailbox(capacityBytes: 65_536, receiver: NoReceiver())
        let request = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let extra = (0..<size / 2).map { UInt8(truncatingIfNeeded: $0 &* 11) }
        for round in 0..<40 {
            let ticket = Ticket(loop: 3, generation: 4, connection: UInt32(round))
            let page = CataloguePage(left: 7, from: .max, hasItems: true)
            let isSent = Message.push(
                .list(page, partition: .max),
                ticket,
                .none,
                request.span,
                extra.span,
                into: mailbox
            )
            #expect(isSent)
            mailbox.publish()
            var count = 0
            // SAFETY: the bytes are read during the call.
            unsafe mailbox.drain { bytes in
                unsafe Message.read(bytes) { message, gotRequest, gotExtra in
                    count += 1
                    let (sameRequest, sameExtra) = (gotRequest.array == request, gotExtra.array == extra)
                    #expect(sameRequest && sameExtra)
                    #expect(message.ticket == ticket.bits)
                    guard case .list(let gotPage, let partition) = message.errand else {
                        Issue.record("another errand")
                        return
                    }
                    #expect(gotPage.left == 7 && gotPage.from == .max && gotPage.hasItems && partition == .max)
                }
            }
            #expect(count == 1)
        }
    }

    @Test("a full mailbox takes nothing, and keeps what it has")
    func full() throws {
        let mailbox = try Mailbox(capacityBytes: 65_536, receiver: NoReceiver())
        let bytes = [UInt8](repeating: 9, count: 10_000)
        let ticket = Ticket(loop: 0, generation: 0, connection: 0)
        var sent = 0
        while Message.push(.reply, ticket, .none, Span(), bytes.span, into: mailbox) { sent += 1 }
        #expect(sent >= 5 && sent <= 6)
        mailbox.publish()
        var received = 0
        // SAFETY: as above.
        unsafe mailbox.drain { message in
            unsafe Message.read(message) { _, _, extra in
                let same = extra.array == bytes
                received += same ? 1 : 0
            }
        }
        #expect(received == sent)
    }
}

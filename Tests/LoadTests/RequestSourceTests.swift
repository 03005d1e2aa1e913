import Foundation
import Platform
import Testing

@testable import stockkeeper_bench

@Suite("RequestSource")
struct RequestSourceTests {
    @Test("a purchase is the HTTP/1.1 request that the interface describes")
    func purchase() throws {
        var plan = makePlan(.purchaseHot)
        plan.keySpace = 0xABC
        plan.headers = ["Authorization: Bearer t"]
        var source = RequestSource(plan, thread: 0)
        _ = source.make(slot: 0)
        _ = source.make(slot: 0)
        let expected = """
            POST /v1/skus/bench-00000000/purchases HTTP/1.1\r
            Host: 127.0.0.1:8080\r
            Content-Type: application/json\r
            Content-Length: 35\r
            Idempotency-Key: 0000000000000abc-0000000000000001\r
            Authorization: Bearer t\r
            \r
            {"buyer":"b000000001","quantity":1}
            """
        #expect(text(source, slot: 0) == expected)
    }

    @Test("a cart names its SKUs, and the buyers of a wallet's purchases take turns")
    func cartAndWallet() throws {
        var cart = RequestSource(makePlan(.cart), thread: 0)
        #expect(cart.make(slot: 0) == 0)
        let request = text(cart, slot: 0)
        #expect(request.hasPrefix("POST /v1/carts HTTP/1.1\r\n"))
        let lines = (0..<3).map { #"{"sku":"bench-0000000\#($0)","quantity":1}"# }.joined(separator: ",")
        #expect(request.hasSuffix("\r\n\r\n" + #"{"buyer":"b000000000","lines":[\#(lines)]}"#))
        var wallet = RequestSource(makePlan(.wallet), thread: 0)
        for number in 0..<600 {
            _ = wallet.make(slot: 0)
            let digits = String(1_000_000_000 + number % 256).dropFirst()
            let isHis = text(wallet, slot: 0).hasSuffix(#"{"buyer":"b\#(digits)","quantity":1,"payment":"wallet"}"#)
            #expect(isHis, "\(number)")
        }
    }

    @Test("Content-Length is the body's length in every mix", arguments: Mix.allCases)
    func contentLength(mix: Mix) throws {
        var source = RequestSource(makePlan(mix), thread: 0)
        _ = source.make(slot: 0)
        let parts = try #require(text(source, slot: 0).range(of: "\r\n\r\n"))
        let body = text(source, slot: 0)[parts.upperBound...]
        let head = text(source, slot: 0)[..<parts.lowerBound]
        #expect(head.contains("Content-Length: \(body.utf8.count)") || body.isEmpty)
    }

    @Test("no key is used twice, on any thread or in any slot")
    func uniqueKeys() {
        var plan = makePlan(.purchaseZipf)
        plan.threads = 3
        plan.connections = 3
        plan.pipeline = 4
        plan.skus = 100
        var keys: Set<String> = []
        for thread in 0..<3 {
            var source = RequestSource(plan, thread: thread)
            for number in 0..<300 {
                _ = source.make(slot: number % 4)
                keys.insert(key(text(source, slot: number % 4)))
            }
        }
        #expect(keys.count == 900)
    }

    @Test("create makes each SKU once, over all threads")
    func creates() {
        var plan = makePlan(.create)
        plan.threads = 2
        plan.connections = 2
        var made: [Int] = []
        for thread in 0..<2 {
            var source = RequestSource(plan, thread: thread)
            for _ in 0..<plan.share(of: 101, thread: thread) { made.append(source.make(slot: 0)) }
        }
        #expect(made.sorted() == Array(0..<101))
    }

    @Test("the SKU in the path is the one that is reported")
    func namedSKU() {
        var plan = makePlan(.purchaseZipf)
        plan.skus = 1_000
        var source = RequestSource(plan, thread: 0)
        for _ in 0..<100 {
            let sku = source.make(slot: 0)
            #expect(text(source, slot: 0).hasPrefix("POST /v1/skus/\(plan.names.name(sku))/purchases "))
        }
    }

    @Test("without keys no key is sent")
    func keysOff() {
        var plan = makePlan(.purchaseHot)
        plan.keys = false
        var source = RequestSource(plan, thread: 0)
        _ = source.make(slot: 0)
        #expect(!text(source, slot: 0).contains("Idempotency-Key"))
    }

    private func makePlan(_ mix: Mix) -> LoadPlan {
        LoadPlan(address: SocketAddress(host: "127.0.0.1", port: 8080), mix: mix)
    }

    private func text(_ source: borrowing RequestSource, slot: Int) -> String {
        let start = slot * source.requestBytes
        return String(decoding: source.bytes[start..<(start + source.requestBytes)], as: UTF8.self)
    }

    private func key(_ request: String) -> String {
        let line = request.split(separator: "\r\n").first { $0.hasPrefix("Idempotency-Key: ") }
        return String(line ?? "")
    }
}

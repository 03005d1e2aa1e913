import Testing

extension SystemTests {
    @Suite("Cancelled orders")
    struct CancellationTests {
        @Test("a cancelled order says so, and its units come back, once", arguments: [1, 2])
        func cancel(loops: Int) throws {
            try withServer(.good("--loops", "\(loops)", "--partitions", "2")) { _, client in
                // Several SKUs, so that some are another loop's.
                for sku in ["mug", "cup", "pot"] {
                    try client.create(sku, stock: 5)
                    let bought = try client.call(.purchase(sku, buyer: "ann", quantity: 3, key: "p"))
                    let location = try #require(bought["Location"])
                    let body = #"{"reason":"too small"}"#
                    let cancelled = try client.call(.post("\(location)/cancel", body, key: "c"))
                    #expect(cancelled.status == 200)
                    #expect(try cancelled.json()["state"] == .string("cancelled"))
                    #expect(try cancelled.json()["cancelled_quantity"] == .integer(3))
                    let again = try client.call(.post("\(location)/cancel", body, key: "c"))
                    #expect(again.status == 200 && again.isReplay && again.body == cancelled.body)
                    let other = try client.call(.post("\(location)/cancel", #"{"reason":"late"}"#, key: "c"))
                    try expectProblem(other, 422, "idempotency-key-reused")
                    #expect(try client.call(.post("\(location)/cancel", body)).body == cancelled.body)
                    #expect(try client.call(.get(location)).body == cancelled.body)
                    let stock = try client.stock(of: sku)
                    #expect((stock.available, stock.sold) == (5, 0))
                    // The purchase is told again as it was.
                    let replayed = try client.call(.purchase(sku, buyer: "ann", quantity: 3, key: "p"))
                    #expect(replayed.isReplay && replayed.body == bought.body)
                }
            }
        }

        @Test("a part of an order is cancelled, and no more than it has; the trail says why")
        func part() throws {
            try withServer(.good("--loops", "2")) { _, client in
                try client.create("mug", stock: 5)
                let location = try #require(try client.call(.purchase("mug", buyer: "ann", quantity: 3))["Location"])
                let part = try client.call(.post("\(location)/cancel", #"{"reason":"one is enough","quantity":2}"#))
                #expect(try part.json()["state"] == .string("confirmed"))
                #expect(try part.json()["cancelled_quantity"] == .integer(2))
                let more = try client.call(.post("\(location)/cancel", #"{"reason":"all","quantity":2}"#))
                #expect(try expectProblem(more, 409, "quantity-exceeded")["limit"] == .integer(1))
                #expect(try client.stock(of: "mug").sold == 1)
                let last = try #require(try Page(client.call(.get("/v1/skus/mug/changes"))).items.last)
                #expect(last["type"] == .string("order_cancelled"))
                #expect(last["reason"] == .string("one is enough"))
                #expect(last["buyer"] == .string("ann") && last["quantity"] == .integer(2))
                #expect(last["available_before"] == .integer(2) && last["available"] == .integer(4))
            }
        }

        @Test("what is no order, no reason or no quantity cancels nothing")
        func refused() throws {
            try withServer { _, client in
                try client.create("mug", stock: 5)
                let location = try #require(try client.call(.purchase("mug", buyer: "ann", quantity: 3))["Location"])
                let body = #"{"reason":"x"}"#
                try expectProblem(client.call(.post("/v1/orders/none-such/cancel", body)), 404, "unknown-order")
                for wrong in ["{}", #"{"reason":7}"#, #"{"reason":"x","quantity":0}"#, #"{"reason":"x","why":"y"}"#] {
                    try expectProblem(client.call(.post("\(location)/cancel", wrong)), 400, "invalid-request")
                }
                #expect(try client.stock(of: "mug").sold == 3)
            }
        }

        @Test("cancellations survive a kill")
        func restart() throws {
            let folder = try DataFolder()
            let before = try ServerProcess(in: folder).connected()
            try before.connection.create("mug", stock: 5)
            let location = try #require(try before.connection.call(.purchase("mug", buyer: "ann"))["Location"])
            let cancelled = try before.connection.call(.post("\(location)/cancel", #"{"reason":"x"}"#, key: "c"))
            try before.server.kill()
            let after = try ServerProcess(in: folder).connected()
            #expect(try after.connection.call(.get(location)).body == cancelled.body)
            let again = try after.connection.call(.post("\(location)/cancel", #"{"reason":"x"}"#, key: "c"))
            #expect(again.isReplay && again.body == cancelled.body)
            #expect(try after.connection.stock(of: "mug").available == 5)
        }
    }
}

import Testing

extension SystemTests {
    @Suite("Wallets")
    struct WalletTests {
        @Test("a deposit is 201 with the new balance, and is there to be read")
        func deposit() throws {
            try withServer { _, client in
                let path = "/v1/wallets/ann"
                try expectProblem(client.call(.get(path)), 404, "unknown-buyer")
                let body = #"{"amount":5000,"currency":"USD","reference":"card é 1"}"#
                let answer = try client.call(.post("\(path)/deposits", body))
                #expect(answer.status == 201)
                let json = try answer.json()
                #expect(json["buyer"]?.string == "ann" && json["type"]?.string == "deposit")
                #expect(json["amount"]?["amount"]?.int == 5_000 && json["amount"]?["currency"]?.string == "USD")
                #expect(json["balance"]?["amount"]?.int == 5_000 && json["sequence"]?.int == 1)
                #expect(json["reference"]?.string == "card é 1")
                #expect(json["at"]?.string?.hasSuffix("Z") == true)
                let read = try client.call(.get(path)).json()
                #expect(read["buyer"]?.string == "ann" && read["sequence"]?.int == 1)
                #expect(read["balance"] == json["balance"])
            }
        }

        @Test("a balance is never negative, and a refusal tells balance and total")
        func withdraw() throws {
            try withServer { _, client in
                let path = "/v1/wallets/bob/withdrawals"
                let more = #"{"amount":31,"currency":"USD"}"#
                try expectProblem(client.call(.post(path, more)), 404, "unknown-buyer")
                _ = try client.call(.post("/v1/wallets/bob/deposits", #"{"amount":50,"currency":"USD"}"#))
                let first = try client.call(.post(path, more)).json()
                #expect(first["type"]?.string == "withdrawal" && first["balance"]?["amount"]?.int == 19)
                let problem = try expectProblem(client.call(.post(path, more)), 402, "insufficient-funds")
                #expect(problem["balance"]?["amount"]?.int == 19 && problem["total"]?["amount"]?.int == 31)
                #expect(try client.balance(of: "bob") == 19)
            }
        }

        @Test("the same key is the first answer again, another request with it is refused, another buyer is free")
        func keys() throws {
            try withServer { _, client in
                let body = #"{"amount":7,"currency":"USD"}"#
                let first = try client.call(.post("/v1/wallets/eve/deposits", body, key: "k"))
                let again = try client.call(.post("/v1/wallets/eve/deposits", body, key: "k"))
                #expect((again.status, again.body, again.isReplay) == (201, first.body, true))
                let other = #"{"amount":8,"currency":"USD"}"#
                let reused = try client.call(.post("/v1/wallets/eve/deposits", other, key: "k"))
                try expectProblem(reused, 422, "idempotency-key-reused")
                #expect(try client.call(.post("/v1/wallets/eve/withdrawals", body, key: "k")).isReplay == false)
                #expect(try client.call(.post("/v1/wallets/dan/deposits", body, key: "k")).isReplay == false)
                #expect(try client.balance(of: "eve") == 0)
                #expect(try client.balance(of: "dan") == 7)
            }
        }

        @Test(
            "a body that is no deposit is refused and names the member",
            arguments: [
                (#"{"currency":"USD"}"#, "amount"), (#"{"amount":1}"#, "currency"),
                (#"{"amount":0,"currency":"USD"}"#, "amount"), (#"{"amount":-1,"currency":"USD"}"#, "amount"),
                (#"{"amount":1.5,"currency":"USD"}"#, "amount"), (#"{"amount":"1","currency":"USD"}"#, "amount"),
                (#"{"amount":9007199254740992,"currency":"USD"}"#, "amount"),
                (#"{"amount":1,"currency":"usd"}"#, "currency"), (#"{"amount":1,"currency":5}"#, "currency"),
                (#"{"amount":1,"currency":"USD","reference":""}"#, "reference"),
                (#"{"amount":1,"amount":1,"currency":"USD"}"#, "amount"),
                (#"{"amount":1,"currency":"USD","note":"x"}"#, "note"), (#"{"amount":1,"currency":"EUR"}"#, "currency"),
                (#"{"amount":9007199254740991,"currency":"USD"}"#, "amount"),
            ]
        )
        func invalid(body: String, member: String) throws {
            try withServer { _, client in
                _ = try client.call(.post("/v1/wallets/ann/deposits", #"{"amount":5,"currency":"USD"}"#))
                let problem = try expectProblem(
                    client.call(.post("/v1/wallets/ann/deposits", body)),
                    400,
                    "invalid-request"
                )
                #expect(problem["detail"]?.string?.hasPrefix(member) == true, "\(problem)")
                #expect(try client.balance(of: "ann") == 5)
            }
        }

        @Test("each resource of a wallet says which methods it has")
        func methods() throws {
            try withServer { _, client in
                let wallet = try client.call(.delete("/v1/wallets/ann"))
                #expect((wallet.status, wallet.allowed) == (405, ["GET", "HEAD", "OPTIONS"]))
                let deposits = try client.call(.get("/v1/wallets/ann/deposits"))
                #expect((deposits.status, deposits.allowed) == (405, ["POST", "OPTIONS"]))
                #expect(try client.call(.get("/v1/wallets/ann/others")).status == 404)
            }
        }
    }
}

extension TestConnection {
    /// What is in a wallet; it must be there.
    func balance(of buyer: String) throws -> Int {
        let answer = try call(.get("/v1/wallets/\(buyer)"))
        guard answer.status == 200, let balance = try answer.json()["balance"]?["amount"]?.int else {
            throw HarnessFailure("GET wallet \(buyer): \(answer.status) \(answer.text)")
        }
        return balance
    }

    /// Puts money into a wallet.
    func deposit(_ amount: Int, to buyer: String) throws {
        let answer = try call(.post("/v1/wallets/\(buyer)/deposits", #"{"amount":\#(amount),"currency":"USD"}"#))
        guard answer.status == 201 else { throw HarnessFailure("deposit: \(answer.status) \(answer.text)") }
    }
}

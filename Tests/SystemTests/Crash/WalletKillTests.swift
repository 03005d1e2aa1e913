import Testing

extension SystemTests {
    @Suite("Wallets across kills")
    struct WalletKillTests {
        /// Buyers of the story: one each for a client, so that a client knows what is in its wallet.
        private static let clients = 16

        @Test(
            "what went into and out of wallets is there after kill -9, once, and keys give the same answer",
            arguments: [[], ["--forgetful", "--slow-sync-us", "2000"]]
        )
        func rounds(faults: [String]) throws {
            let seed = TestRun.seed("wallets killed \(faults)")
            var random = SplitMix64(seed: seed)
            let folder = try DataFolder()
            var ledgers = (0..<Self.clients).map { Ledger(buyer: "buyer-\($0)") }
            for round in 0..<(3 * TestRun.scale) {
                let program: Program = faults.isEmpty ? .stockkeeper : .faultyServer
                let options = ServerOptions(
                    program: program,
                    arguments: faults + ["--loops", "2", "--partitions", "3"]
                )
                let server = try ServerProcess(in: folder, options)
                let killAfter = Int.random(in: 20...600, using: &random)
                let (port, kill) = (server.port, server.sender(of: 9))
                let before = ledgers
                ledgers = try inParallel(Self.clients) { index in
                    var ledger = before[index]
                    try ledger.run(port, round, limit: index == 0 ? killAfter / Self.clients + 1 : .max, kill)
                    return ledger
                }
                #expect(try server.waitForExit() == .signal(9))
                let calm = try ServerProcess(in: folder, .good("--loops", "1", "--partitions", "3"))
                let client = try calm.connect()
                for index in ledgers.indices { try ledgers[index].settle(client, "SYSTEM_TEST_SEED=\(seed)") }
                try calm.kill()
            }
        }
    }
}

/// What one client knows of its wallet.
private struct Ledger: Sendable {
    let buyer: String
    private var balance = 0
    private var count = 0
    /// The last one, whose answer never came.
    private var open: (request: TestRequest, amount: Int)?
    private var last: (request: TestRequest, body: [UInt8])?

    init(buyer: String) {
        self.buyer = buyer
    }

    /// Deposits and withdraws until the server is gone; kills it after so many answers.
    mutating func run(_ port: UInt16, _ round: Int, limit: Int, _ kill: @Sendable () -> Void) throws {
        guard let client = try? TestConnection(port: port) else { return }
        for turn in 0... {
            if turn == limit { kill() }
            let amount = turn % 3 == 2 ? -(1 + turn % 7) : 5
            let path = "/v1/wallets/\(buyer)/\(amount < 0 ? "withdrawals" : "deposits")"
            let body = #"{"amount":\#(abs(amount)),"currency":"USD"}"#
            let request = TestRequest.post(path, body, key: "\(round)-\(turn)")
            open = (request, amount)
            guard let answer = try? client.call(request) else { return }
            open = nil
            if answer.status == 402 {
                #expect(amount < 0 && balance + amount < 0)
                continue
            }
            try note(answer, amount, request)
        }
    }

    private mutating func note(_ answer: TestResponse, _ amount: Int, _ request: TestRequest) throws {
        balance += amount
        count += 1
        last = (request, answer.body)
        let json = try answer.json()
        #expect(answer.status == 201 && json["balance"]?["amount"]?.int == balance, "\(buyer): \(answer.text)")
        #expect(json["sequence"]?.int == count, "\(buyer): \(answer.text)")
    }

    /// Asks again for what has no answer, and compares.
    mutating func settle(_ client: TestConnection, _ seed: String) throws {
        if let last {
            let again = try client.call(last.request)
            #expect(again.isReplay && again.body == last.body, "\(seed)")
        }
        if let open {
            let answer = try client.call(open.request)
            if answer.status == 201 {
                try note(answer, open.amount, open.request)
            } else {
                #expect(answer.status == 402)
            }
            self.open = nil
        }
        if count > 0 { #expect(try client.balance(of: buyer) == balance, "\(buyer), \(seed)") }
    }
}

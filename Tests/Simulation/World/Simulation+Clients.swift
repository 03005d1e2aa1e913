import Platform

extension Simulation {
    /// One thing that a client does.
    ///
    /// - Returns: false where it can only wait.
    func clientActs(_ client: Client) throws(Violation) -> Bool {
        if !client.isConnected {
            connect(client)
        } else if client.isStalled {
            guard client.wire?.isClosed == true || chance.oneIn(40) else { return false }
            reset(client)
        } else if client.hasUnsent {
            send(client)
        } else if client.isPaused {
            guard chance.oneIn(100) else { return false }
            trace.note("client \(client.number): waits no longer for 100 Continue")
            client.goOn()
            send(client)
        } else {
            guard client.mayAsk else { return false }
            ask(client)
        }
        return true
    }

    /// Asks for something, or for several things at once.
    private func ask(_ client: Client) {
        let count = client.depth == 1 ? 1 : chance.within(1...client.depth - client.attempts.count)
        for _ in 0..<count {
            let operation = workload.next()
            client.ask(operation, floors: floors(of: operation), at: clock.wall, setbacks: checker.setbacks)
            trace.note("client \(client.number): asks \(operation.number), \(operation.kindName)")
        }
        send(client)
    }

    private func connect(_ client: Client) {
        let capacity = chance.percent(15) ? chance.within(300...2_000) : 65_536
        guard let wire = network.connect(capacity: capacity) else { return }
        client.connect(wire, depth: chance.percent(30) ? 1 : chance.within(2...24))
        client.activeAt = clock.monotonic
        trace.note("client \(client.number): connects as \(wire.number)")
    }

    /// Sends all of what was not sent, or a part that ends anywhere.
    func send(_ client: Client) {
        let unsent = client.unsentBytes
        guard unsent > 0 else { return }
        let count = chance.percent(88) || isQuiet ? unsent : chance.within(1...unsent)
        client.send(count)
        client.activeAt = clock.monotonic
        if count < unsent {
            client.hasSplit = true
        }
        trace.note("client \(client.number): sends \(count) of \(unsent) bytes")
    }

    private func floors(of operation: Operation) -> Attempt.Floors {
        switch operation.kind {
        case .list: return Attempt.Floors(own: 0, ofSKUs: truth.histories.map(\.shown))
        case .item(let payer):
            return Attempt.Floors(own: truth.wallets[payer].shown, ofSKUs: truth.histories.map(\.shown))
        case .bundle(_, let payer):
            let own = payer.map { truth.wallets[$0].shown } ?? 0
            return Attempt.Floors(own: own, ofSKUs: truth.histories.map(\.shown))
        default: break
        }
        let subject = operation.subject
        return Attempt.Floors(
            own: operation.isOfWallet ? truth.wallets[subject].shown : truth.histories[subject].shown
        )
    }

    /// Lets the clients read that do so at once.
    func receiveAll() throws(Violation) {
        guard network.hasArrivals else { return }
        network.hasArrivals = false
        for client in clients {
            guard let wire = client.wire, !wire.toClient.isEmpty || wire.isOver, !client.isStalled else { continue }
            if client.isDeaf && !isQuiet {
                network.hasArrivals = true
                continue
            }
            try receive(client, limit: .max)
        }
    }

    /// A client reads, and checks each answer that is whole.
    func receive(_ client: Client, limit: Int) throws(Violation) {
        guard let wire = client.wire else { return }
        if wire.receive(limit: limit, into: &client.incoming) > 0 {
            happenings += 1
            client.activeAt = clock.monotonic
            try understand(client)
        }
        if wire.isOver { lose(client, "is disconnected") }
    }

    private func understand(_ client: Client) throws(Violation) {
        var start = 0
        var isCut = false
        while let answer = try Answer(client.incoming, from: start) {
            if answer.status == 100 {
                try promise(client.attempts.first?.operation.pauseAt != nil, "100 Continue for nobody")
                client.continues()
            } else if let attempt = client.attempts.first {
                trace.note(
                    "client \(client.number): \(attempt.operation.number) is answered \(answer.status)"
                        + (answer.status < 400 ? "" : " \(answer.text(client.incoming))")
                )
                if answer.status == 408 { try promise(client.hasSplit, "408 for a client that was not slow") }
                try checker.check(attempt, answer, client.incoming)
                if client.answered() { isCut = true }
            } else {
                // A client that had begun nothing yet is told that it was too slow.
                try promise(answer.status == 408, "an answer to nothing (client \(client.number), \(answer.status))")
            }
            start = answer.end
        }
        if start == client.incoming.count {
            client.incoming.removeAll(keepingCapacity: true)
        } else if start > 0 {
            client.incoming.removeFirst(start)
        }
        if isCut { reset(client) }
    }

    func reset(_ client: Client) {
        client.wire?.reset()
        lose(client, "resets its connection")
    }

    /// A client's connection is gone.
    func lose(_ client: Client, _ why: String) {
        guard client.isConnected else { return }
        trace.note("client \(client.number): \(why)")
        for operation in client.disconnect() { workload.lost(operation) }
    }
}

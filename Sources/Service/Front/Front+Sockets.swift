import HTTP
import Loop
import Platform

extension Front {
    /// Connections taken in one turn by one loop, so that a burst is shared and nobody waits long behind it.
    private static var acceptsPerTurnMax: Int { 64 }

    /// Reads of one connection in one turn: a client that sends without a pause delays the others, and the disk, no
    /// longer than these take.
    private static var readsPerTurnMax: Int { 16 }

    /// Discarded at most while lingering; who sends on and on is cut off.
    ///
    /// Unit: bytes.
    private static var lingerBytesMax: Int { 1 << 20 }

    /// How long a connection lingers.
    ///
    /// Unit: milliseconds.
    private static var lingerMilliseconds: UInt64 { 2_000 }

    /// Watches the listener, whose connections the loops share.
    package func startAccepting() {
        guard !isAccepting, !isDraining else { return }
        do {
            try transport.watchListener(token: Ticket.listener)
            isAccepting = true
        } catch {
            isAccepting = false
        }
    }

    func stopAccepting() {
        guard isAccepting else { return }
        transport.unwatchListener()
        isAccepting = false
    }

    func resumeAccepting() {
        if !isAccepting && hub.hasPlace { startAccepting() }
    }

    func acceptWaiting() {
        guard isAccepting else { return }
        for _ in 0..<Self.acceptsPerTurnMax {
            guard hub.admit() else {
                metrics.reached(.connections)
                return stopAccepting()
            }
            do {
                guard let socket = try transport.accept() else { return hub.dismiss() }
                metrics.connectionOpened()
                place(socket)
            } catch {
                // Out of descriptors or memory: look again when something has been given back.
                hub.dismiss()
                metrics.reached(.connections)
                return stopAccepting()
            }
        }
    }

    /// Keeps a new connection, or gives it to a loop that has clearly fewer.
    private func place(_ socket: Int32) {
        let target = hub.lightestLoop(than: index)
        guard target != index, let outbox = outboxes[target] else { return adopt(socket) }
        let ticket = Ticket(loop: index, generation: 0, connection: 0)
        let isSent = Message.push(
            .adopt(socket: socket),
            ticket,
            Exchange.none,
            Span(),
            Span(),
            into: outbox
        )
        if isSent { hub.noteAdopted(by: target) } else { adopt(socket) }
    }

    /// Takes a connection over.
    func adopt(_ socket: Int32, isCounted: Bool = false) {
        if !isCounted { hub.noteAdopted(by: index) }
        let connection: Connection
        if let place = freePlaces.popLast() {
            connection = connections[Int(place)]
        } else {
            connection = Connection(
                index: UInt32(connections.count),
                pipelinedMax: hub.configuration.http.pipelinedMax,
                limits: hub.limits
            )
            connections.append(connection)
        }
        connection.open(
            socket: socket,
            pipelinedMax: hub.configuration.http.pipelinedMax,
            limits: hub.limits,
            nowMilliseconds: nowMilliseconds
        )
        if doorkeeper?.needsAddress == true || composer.accessLog != nil {
            connection.peer = transport.peer(of: socket)
        }
        if doorkeeper?.separatesOperators == true { connection.isOperators = transport.isOperators(socket) }
        openCount += 1
        do {
            try transport.watch(socket, token: ticket(connection).bits)
        } catch {
            return perform(connection.state.failed(), connection)
        }
        schedule(connection, deadlineMilliseconds(connection))
        if isDraining { perform(connection.state.drain(), connection) }
    }

    /// Reads as long as there is something to read and a use for it.
    func receive(_ connection: Connection) {
        var reads = 0
        while connection.mayHaveInput, !connection.state.isClosed {
            guard reads < Self.readsPerTurnMax else { return unread.append(ticket(connection)) }
            reads += 1
            if connection.state.isLingering {
                discard(connection)
            } else if takesMore(connection) {
                guard connection.input.count < inputBytesMax else { return }
                readOnce(connection)
            } else {
                return
            }
        }
    }

    /// Goes on with the connections that the last turn interrupted.
    func readOn() {
        guard !unread.isEmpty else { return }
        let interrupted = unread
        unread = []
        for ticket in interrupted {
            if let connection = connection(ticket) { receive(connection) }
        }
    }

    private func readOnce(_ connection: Connection) {
        let wasEmpty = connection.input.isEmpty
        // SAFETY: the scratch is this loop's, and nothing else uses it until the request's bytes have been handled.
        let target = unsafe wasEmpty ? scratch : connection.input.reserve(Self.readBytesMax / 4)
        switch unsafe transport.read(connection.socket, into: UnsafeMutableRawBufferPointer(target)) {
        case .bytes(let count):
            // Edge-triggered: a short read has emptied the socket, and news comes with the next edge.
            if count < target.count && !connection.peerClosed { connection.mayHaveInput = false }
            if wasEmpty {
                let received = unsafe UnsafeMutableBufferPointer(rebasing: target[..<count])
                let used = unsafe process(connection, received)
                if used < count, !connection.state.isClosed, !connection.state.isLingering {
                    unsafe keep(connection, UnsafeBufferPointer(rebasing: received[used...]))
                    if connection.mayResumeWaiting { resume(connection) }
                }
            } else {
                connection.input.filled(count)
                resume(connection)
            }
        case .wouldBlock:
            connection.mayHaveInput = false
        case .ended:
            connection.mayHaveInput = false
            perform(connection.state.ended(), connection)
        case .failed:
            perform(connection.state.failed(), connection)
        }
    }

    /// Keeps what has been received of a request that is not whole.
    private func keep(_ connection: Connection, _ rest: UnsafeBufferPointer<UInt8>) {
        connection.sinceMilliseconds = nowMilliseconds
        unsafe connection.input.append(rest)
        scheduleSoon(connection, hub.configuration.http.requestTimeoutSeconds)
    }

    private func discard(_ connection: Connection) {
        switch unsafe transport.read(connection.socket, into: UnsafeMutableRawBufferPointer(scratch)) {
        case .bytes(let count):
            connection.discardedBytes += count
            if connection.discardedBytes > Self.lingerBytesMax { perform(connection.state.failed(), connection) }
        case .wouldBlock: connection.mayHaveInput = false
        case .ended: perform(connection.state.ended(), connection)
        case .failed: perform(connection.state.failed(), connection)
        }
    }

    /// Sends what the output holds.
    func send(_ connection: Connection) {
        guard let output = connection.output else {
            return perform(connection.state.sent(everything: true), connection)
        }
        while !output.bytes.isEmpty {
            switch unsafe output.bytes.withUnsafeBytes({ unsafe transport.write(connection.socket, $0) }) {
            case .bytes(let count):
                output.bytes.drop(first: count)
                connection.sinceMilliseconds = nowMilliseconds
            case .wouldBlock, .ended:
                scheduleSoon(connection, hub.configuration.http.writeTimeoutSeconds)
                return perform(connection.state.sent(everything: false), connection)
            case .failed:
                return perform(connection.state.failed(), connection)
            }
        }
        connection.output = nil
        outputs.give(output)
        perform(connection.state.sent(everything: true), connection)
    }

    /// Does what the connection's state asks for.
    func perform(_ action: ConnectionState.Action, _ connection: Connection) {
        switch action {
        case .none: break
        case .parse:
            guard !connection.isProcessing else { return }
            resume(connection)
            receive(connection)
        case .send: send(connection)
        case .drained: drained(connection)
        case .linger:
            transport.endWriting(connection.socket)
            connection.input.release()
            connection.mayHaveInput = true
            connection.sinceMilliseconds = nowMilliseconds
            scheduleSoon(connection, 2)
            receive(connection)
        case .close: close(connection)
        }
    }

    private func close(_ connection: Connection) {
        if let output = connection.output {
            connection.output = nil
            outputs.give(output)
        }
        closeStream(connection)
        transport.close(connection.socket)
        connection.close()
        freePlaces.append(connection.index)
        openCount -= 1
        metrics.connectionClosed()
        hub.dismiss()
        hub.noteClosed(by: index)
    }
}

extension Front {
    /// When the connection's patience ends.
    ///
    /// Unit: milliseconds of the monotonic clock.
    func deadlineMilliseconds(_ connection: Connection) -> UInt64 {
        let http = hub.configuration.http
        let patience: Int
        if connection.state.isLingering {
            return connection.sinceMilliseconds + Self.lingerMilliseconds
        } else if connection.state.isSending {
            patience = http.writeTimeoutSeconds
        } else if connection.state.isStreaming {
            return connection.sinceMilliseconds + Self.heartbeatMilliseconds
        } else if connection.isReceiving {
            patience = http.requestTimeoutSeconds
        } else {
            patience = http.idleTimeoutSeconds
        }
        return connection.sinceMilliseconds + UInt64(patience) * 1_000
    }

    /// Has the wheel look at the connection earlier than it would.
    private func scheduleSoon(_ connection: Connection, _ seconds: Int) {
        schedule(connection, nowMilliseconds + UInt64(seconds) * 1_000)
    }

    func schedule(_ connection: Connection, _ deadlineMilliseconds: UInt64) {
        if let look = connection.lookout.moved(to: deadlineMilliseconds, nowMilliseconds: nowMilliseconds) {
            wheel.schedule(ticket(connection).bits, deadlineMilliseconds: look)
        }
    }

    /// Looks at a connection whose bucket has come up.
    ///
    /// - Returns: when to look again; nil where the connection is gone, or another token stands for it.
    func deadline(of ticket: Ticket) -> UInt64? {
        guard let connection = connection(ticket), connection.lookout.isDue(nowMilliseconds: nowMilliseconds) else {
            return nil
        }
        let next = expired(connection)
        guard let next, self.connection(ticket) != nil else { return nil }
        return connection.lookout.moved(to: next, nowMilliseconds: nowMilliseconds)
    }

    /// Ends a connection whose patience has ended.
    ///
    /// - Returns: when to look again.
    private func expired(_ connection: Connection) -> UInt64? {
        let deadline = deadlineMilliseconds(connection)
        guard deadline <= nowMilliseconds else { return deadline }
        if connection.state.isLingering {
            perform(connection.state.failed(), connection)
        } else if connection.state.isSending {
            metrics.reached(.writeTimeout)
            connection.streamEnd = .slow
            perform(connection.state.failed(), connection)
        } else if connection.state.isStreaming {
            beat(connection)
            return deadlineMilliseconds(connection)
        } else if connection.state.isIdle {
            expire(connection)
        } else {
            // An answer is under way; it is the disk's or another loop's to end.
        }
        return nowMilliseconds + 1_000
    }

    private func expire(_ connection: Connection) {
        guard connection.isReceiving else {
            metrics.reached(.idleTimeout)
            return perform(connection.state.failed(), connection)
        }
        metrics.reached(.requestTimeout)
        answerAndClose(connection, .requestTimeout, "The request took too long to arrive.")
    }
}

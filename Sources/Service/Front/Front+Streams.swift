import HTTP
import Loop
import Platform

/// What an answer without an end is.
enum OpenStream {
    /// The connection has none.
    case none
    /// The feed of events; its parts come from the thread that reads them.
    case events
    /// The feed of a SKU, which all its watchers here are told of.
    case feed(WatcherGroup)
}

/// What a part of the stream of events is.
enum StreamPart: BitwiseCopyable {
    /// More is to come.
    case events
    /// The last one: the journal cannot be read.
    case unreadable
}

extension Front {
    /// Streams get a comment this often where nothing happens: proxies keep them, and clients that are gone show.
    ///
    /// Unit: milliseconds.
    static var heartbeatMilliseconds: UInt64 { 15_000 }

    /// Sends the next part of the events; their thread hears when the socket has taken it, or that nobody is there.
    func stream(_ part: Span<UInt8>, _ kind: StreamPart, to ticket: Ticket) {
        guard let connection = connection(ticket) else { return report(ticket, isOpen: false) }
        // A connection that drains has been told its end.
        guard connection.state.mayStream else { return }
        connection.stream = .events
        output(connection).bytes.append(part)
        goOn(connection)
        guard case .unreadable = kind, connection.state.isStreaming else { return }
        end(connection, .unreadable, isTold: true)
    }

    /// Sends what has been appended to a stream, which ends where client or server do.
    func goOn(_ connection: Connection) {
        perform(connection.state.streamed(), connection)
        guard connection.state.isStreaming else { return }
        if connection.peerClosed { return perform(connection.state.ended(), connection) }
        if isDraining { return end(connection, .draining) }
        schedule(connection, deadlineMilliseconds(connection))
    }

    /// The socket has taken all of a stream so far.
    func drained(_ connection: Connection) {
        switch connection.stream {
        case .events: report(ticket(connection), isOpen: true)
        case .feed(let group): group.hasRoom(connection)
        case .none: break
        }
    }

    /// Ends a stream behind what is under way; the client learns why.
    func end(_ connection: Connection, _ reason: StreamEnd, isTold: Bool = false) {
        guard connection.state.isStreaming else { return }
        connection.streamEnd = reason
        if !isTold { output(connection).bytes.append(endOfStream: reason) }
        connection.state.answered(isHeld: false)
        perform(connection.state.paused(), connection)
    }

    /// Forgets the stream of a connection that closes.
    func closeStream(_ connection: Connection) {
        switch connection.stream {
        case .none: return
        case .events: report(ticket(connection), isOpen: false)
        case .feed(let group): leave(group, connection)
        }
        metrics.streamEnded(connection.streamEnd)
        connection.stream = .none
    }

    /// Writes to a stream whose socket has taken everything before; what it does not take now, it gets later.
    func tell(_ connection: Connection, _ text: Span<UInt8>) {
        switch unsafe text.withUnsafeBytes({ unsafe transport.write(connection.socket, $0) }) {
        case .bytes(let count):
            connection.sinceMilliseconds = nowMilliseconds
            guard count < text.count else { return }
            output(connection).bytes.append(text.extracting(count..<text.count))
        case .wouldBlock, .ended:
            connection.sinceMilliseconds = nowMilliseconds
            output(connection).bytes.append(text)
        case .failed:
            return perform(connection.state.failed(), connection)
        }
        goOn(connection)
    }

    /// A comment, where nothing else was sent for a while.
    func beat(_ connection: Connection) {
        let comment: [UInt8] = [0x3A, 0x0A, 0x0A]
        tell(connection, comment.span)
    }

    /// Tells the thread of events what became of a part.
    private func report(_ ticket: Ticket, isOpen: Bool) {
        if let outbox = outboxes[hub.eventsStation],
            Message.push(.streamed(isOpen: isOpen), ticket, .none, Span(), Span(), into: outbox)
        {
            return
        }
        unreported.append((ticket, isOpen))
    }

    /// Tries again what had found a full mailbox: one message for each stream, which waits for it, or has gone.
    func retryReports() {
        guard !unreported.isEmpty else { return }
        let waiting = unreported
        unreported = []
        for (ticket, isOpen) in waiting { report(ticket, isOpen: isOpen) }
    }
}

/// What one HTTP/1.1 connection is doing: it decides when to parse, send, wait, linger and close, and touches no byte.
///
/// Answers leave in the order of their requests. An answer may be held (its change is not on disk yet); what follows it
/// on the same connection then waits behind it. A request that is answered elsewhere is alone on its connection.
///
/// - Isolation: the connection's loop.
public struct ConnectionState {
    /// What the owner of the connection does next.
    public enum Action: Equatable, Sendable {
        /// Nothing until the next event.
        case none
        /// Look for the next request in what has been received.
        case parse
        /// Send what the output holds.
        case send
        /// The socket has taken all of an open answer so far: its next part may come.
        case drained
        /// The last answer is out: say that no more comes, and discard what still arrives.
        case linger
        /// Close the descriptor and forget the connection.
        case close
    }

    private enum Phase {
        case receiving(answered: Int)
        case held(answered: Int, waits: Int)
        case away
        case sending
        /// An answer without an end, which comes in parts.
        case streaming(isSending: Bool)
        case lingering
        case closed
    }

    private var phase = Phase.receiving(answered: 0)
    private var isLast = false
    private var inputEnded = false
    private let pipelinedMax: Int

    /// - Parameter pipelinedMax: answers that are gathered before they are sent; a client that pipelines more waits.
    public init(pipelinedMax: Int) {
        self.pipelinedMax = pipelinedMax
    }

    /// Whether the next request may be looked for now.
    public var mayParse: Bool {
        guard !isLast else { return false }
        switch phase {
        case .receiving(let answered): return answered < pipelinedMax
        case .held(let answered, _): return answered < pipelinedMax
        case .away, .sending, .streaming, .lingering, .closed: return false
        }
    }

    /// Whether as many answers have gathered as may be.
    public var isPipelineFull: Bool {
        switch phase {
        case .receiving(let answered), .held(let answered, _): return answered >= pipelinedMax
        case .away, .sending, .streaming, .lingering, .closed: return false
        }
    }

    /// Whether a request may be sent elsewhere now: not behind an answer that has not left.
    public var mayLeave: Bool {
        switch phase {
        case .receiving(let answered): return answered == 0
        case .held, .away, .sending, .streaming, .lingering, .closed: return false
        }
    }

    /// Whether nothing is under way: no answer is being made, held or sent.
    public var isIdle: Bool { mayLeave }

    /// Whether the socket has not taken all of the answers yet.
    public var isSending: Bool {
        switch phase {
        case .sending: return true
        case .streaming(let isSending): return isSending
        case .receiving, .held, .away, .lingering, .closed: return false
        }
    }

    /// Whether an answer without an end is under way.
    public var isStreaming: Bool {
        switch phase {
        case .streaming: return true
        case .receiving, .held, .away, .sending, .lingering, .closed: return false
        }
    }

    /// Whether a part of an answer without an end may be sent: the first one, or the next.
    public var mayStream: Bool {
        switch phase {
        case .away, .streaming: return true
        case .receiving, .held, .sending, .lingering, .closed: return false
        }
    }

    /// Whether input is read only to be thrown away.
    public var isLingering: Bool {
        switch phase {
        case .lingering: return true
        case .receiving, .held, .away, .sending, .streaming, .closed: return false
        }
    }

    /// Whether the connection is gone.
    public var isClosed: Bool {
        switch phase {
        case .closed: return true
        case .receiving, .held, .away, .sending, .streaming, .lingering: return false
        }
    }

    /// Whether the answer being made is the connection's last one.
    public var closesAfterAnswer: Bool { isLast }

    /// The answer being made is the last: the client asked for it, the request was refused, or the server drains.
    public mutating func closeAfterAnswer() {
        isLast = true
    }

    /// An answer stands in the output.
    ///
    /// - Parameter isHeld: it waits for the disk; `released` follows once.
    public mutating func answered(isHeld: Bool) {
        switch phase {
        case .receiving(let answered):
            phase = isHeld ? .held(answered: answered + 1, waits: 1) : .receiving(answered: answered + 1)
        case .held(let answered, let waits):
            phase = .held(answered: answered + 1, waits: waits + (isHeld ? 1 : 0))
        case .away, .streaming:
            phase = .receiving(answered: 1)
        case .sending, .lingering, .closed:
            break
        }
    }

    /// The request went to another loop or to the archive; its answer comes with `answered`.
    public mutating func left() {
        switch phase {
        case .receiving: phase = .away
        case .held, .away, .sending, .streaming, .lingering, .closed: break
        }
    }

    /// A part of an answer without an end stands in the output.
    ///
    /// The next part may come after `drained`; what stands there after `answered` is the last one.
    public mutating func streamed() -> Action {
        switch phase {
        case .away, .streaming:
            isLast = true
            phase = .streaming(isSending: true)
            return .send
        case .receiving, .held, .sending, .lingering, .closed: return .none
        }
    }

    /// One held answer has become durable.
    public mutating func released() -> Action {
        switch phase {
        case .held(let answered, let waits):
            guard waits <= 1 else {
                phase = .held(answered: answered, waits: waits - 1)
                return .none
            }
            phase = .receiving(answered: answered)
            return .send
        case .receiving, .away, .sending, .streaming, .lingering, .closed: return .none
        }
    }

    /// What the held answers report will never be durable: they are thrown away, and one last answer is to be made.
    ///
    /// - Returns: whether there were any.
    public mutating func lost() -> Bool {
        switch phase {
        case .held:
            phase = .receiving(answered: 0)
            isLast = true
            return true
        case .receiving, .away, .sending, .streaming, .lingering, .closed: return false
        }
    }

    /// There is no whole request in what has been received, or `mayParse` says to stop.
    public mutating func paused() -> Action {
        switch phase {
        case .receiving(let answered):
            if answered > 0 { return .send }
            return inputEnded ? close() : .none
        case .held, .away, .sending, .streaming, .lingering, .closed: return .none
        }
    }

    /// The output was sent, wholly or as far as the socket took it.
    public mutating func sent(everything: Bool) -> Action {
        switch phase {
        case .receiving, .sending:
            guard everything else {
                phase = .sending
                return .none
            }
            guard !isLast else {
                guard !inputEnded else { return close() }
                phase = .lingering
                return .linger
            }
            phase = .receiving(answered: 0)
            return .parse
        case .streaming(let isSending):
            guard isSending, everything else { return .none }
            phase = .streaming(isSending: false)
            return .drained
        case .held, .away, .lingering, .closed: return .none
        }
    }

    /// The socket takes bytes again.
    public func writable() -> Action {
        switch phase {
        case .sending, .streaming(isSending: true): return .send
        case .receiving, .held, .away, .streaming(isSending: false), .lingering, .closed: return .none
        }
    }

    /// The client will send no more; what it asked for is still answered, unless that has no end.
    public mutating func ended() -> Action {
        inputEnded = true
        switch phase {
        case .receiving(let answered): return answered > 0 ? .send : close()
        case .lingering, .streaming: return close()
        case .held, .away, .sending, .closed: return .none
        }
    }

    /// The connection broke, or its time is up.
    public mutating func failed() -> Action {
        switch phase {
        case .closed: return .none
        case .receiving, .held, .away, .sending, .streaming, .lingering: return close()
        }
    }

    /// The server drains: a connection with nothing under way is closed, another one after its answer.
    public mutating func drain() -> Action {
        isLast = true
        return isIdle ? close() : .none
    }

    private mutating func close() -> Action {
        phase = .closed
        return .close
    }
}

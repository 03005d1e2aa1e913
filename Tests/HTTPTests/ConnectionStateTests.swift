import Testing

@testable import HTTP

/// A connection's owner reduced to what matters to the state machine: which answers there are, and where they stand.
private struct ModelConnection {
    static let pipelinedMax = 3

    var state = ConnectionState(pipelinedMax: pipelinedMax)
    /// Answers in the output that the socket has not taken.
    var unsent = 0
    /// Of those, the ones that wait for the disk.
    var held = 0
    var isAway = false
    /// Whether an answer without an end is under way.
    var isStreaming = false
    var isLingering = false
    var isClosed = false
    /// Whether the connection broke: only then may an answer be lost.
    var isBroken = false
    var hasEnded = false
    var isLast = false
    /// Whether answers stand there that the owner has not asked about yet: it always does before it sleeps.
    var owesPause = false

    /// What the socket does with the output.
    enum Socket: CaseIterable {
        case takesAll
        case takesSome
        case breaks
    }

    enum Event: Hashable {
        case answer(isHeld: Bool, isLast: Bool)
        case leave(isLast: Bool)
        case deliver(Socket)
        case stream(Socket)
        case release(Socket)
        case pause(Socket)
        case writable(Socket)
        case end(Socket)
        case drain
        case fail
    }

    static let events: [Event] =
        [
            .answer(isHeld: false, isLast: false), .answer(isHeld: true, isLast: false),
            .answer(isHeld: false, isLast: true), .answer(isHeld: true, isLast: true), .leave(isLast: false),
            .leave(isLast: true), .drain, .fail,
        ]
        + Socket.allCases.flatMap { [.deliver($0), .stream($0), .release($0), .pause($0), .writable($0), .end($0)] }

    /// Lets an event happen.
    ///
    /// - Returns: a broken rule; nil where all hold.
    /// - Throws: `NotNow` where the event cannot happen in this state.
    mutating func happen(_ event: Event) throws(NotNow) -> String? {
        switch event {
        case .answer(let isHeld, let isLast):
            guard state.mayParse else { throw NotNow() }
            if isLast { closeAfterAnswer() }
            state.answered(isHeld: isHeld)
            unsent += 1
            held += isHeld ? 1 : 0
            owesPause = true
            return nil
        case .leave(let isLast):
            guard state.mayParse, state.mayLeave else { throw NotNow() }
            if isLast { closeAfterAnswer() }
            state.left()
            isAway = true
            return nil
        case .deliver(let socket):
            guard isAway || (isStreaming && !isClosed), !owesPause else { throw NotNow() }
            isAway = false
            isStreaming = false
            unsent += 1
            state.answered(isHeld: false)
            return perform(state.paused(), socket)
        case .stream(let socket):
            guard isAway || isStreaming, !isClosed, !owesPause else { throw NotNow() }
            guard state.mayStream else { return "an answer without an end may not begin or go on" }
            isAway = false
            isStreaming = true
            isLast = true
            unsent = min(unsent + 1, 2)
            return perform(state.streamed(), socket)
        case .release(let socket):
            guard held > 0, !owesPause else { throw NotNow() }
            held -= 1
            return perform(state.released(), socket)
        case .pause(let socket):
            owesPause = false
            return perform(state.paused(), socket)
        case .writable(let socket):
            guard !owesPause else { throw NotNow() }
            return perform(state.writable(), socket)
        case .end(let socket):
            guard !hasEnded, !owesPause else { throw NotNow() }
            hasEnded = true
            return perform(state.ended(), socket)
        case .drain:
            guard !owesPause else { throw NotNow() }
            isLast = true
            return perform(state.drain(), .takesAll)
        case .fail:
            isBroken = true
            return perform(state.failed(), .takesAll)
        }
    }

    struct NotNow: Error {}

    private mutating func closeAfterAnswer() {
        isLast = true
        state.closeAfterAnswer()
    }

    private mutating func perform(_ action: ConnectionState.Action, _ socket: Socket) -> String? {
        if isClosed { return action == .none ? nil : "\(action) after the end" }
        switch action {
        case .none: return nil
        case .parse: return isLast ? "parsing goes on behind the last answer" : nil
        case .send:
            if held > 0 { return "held answers are sent" }
            if isAway { return "sent while away" }
            return send(socket)
        case .drained:
            return isStreaming && unsent == 0 ? nil : "drained with something left, or without a stream"
        case .linger:
            isLingering = true
            if isStreaming { return "lingers while more may come" }
            return unsent > 0 ? "lingers before everything is sent" : (isLast ? nil : "lingers before the last answer")
        case .close:
            isClosed = true
            isAway = isBroken ? false : isAway
            // Who has ended takes no more of what has no end.
            if isBroken || isStreaming { return nil }
            return unsent > 0 || isAway ? "closes with answers that were not sent" : nil
        }
    }

    private mutating func send(_ socket: Socket) -> String? {
        switch socket {
        case .takesAll:
            unsent = 0
            return perform(state.sent(everything: true), socket)
        case .takesSome: return perform(state.sent(everything: false), socket)
        case .breaks:
            isBroken = true
            return perform(state.failed(), socket)
        }
    }

    /// The first rule that the state breaks, or nil.
    var violation: String? {
        if state.isClosed != isClosed { return "closed for one, not for the other" }
        if isAway && !isClosed && (state.mayParse || state.mayLeave) { return "another request while one is away" }
        if state.mayParse && (isLast || isLingering || isClosed) { return "parses behind the last request" }
        if state.mayParse && unsent >= Self.pipelinedMax { return "gathers more answers than it may" }
        if state.mayLeave && unsent > 0 { return "leaves behind an answer" }
        if !isClosed && state.isStreaming != isStreaming { return "a stream for one, not for the other" }
        if state.isIdle && (unsent > 0 || isAway || isStreaming) { return "idle with something under way" }
        return nil
    }

    /// What is wrong after everything that can still happen for the answers has happened.
    var end: String? {
        var copy = self
        if copy.owesPause, let broken = try? copy.happen(.pause(.takesAll)) { return broken }
        while copy.held > 0 && !copy.isClosed {
            if let broken = try? copy.happen(.release(.takesAll)) { return broken }
        }
        if copy.isAway || copy.isStreaming, !copy.isClosed, let broken = try? copy.happen(.deliver(.takesAll)) {
            return broken
        }
        if let broken = try? copy.happen(.writable(.takesAll)) { return broken }
        if copy.isClosed {
            return copy.isBroken || copy.isStreaming || copy.unsent == 0 ? nil : "closed with answers left"
        }
        if copy.unsent > 0 { return "answers never leave" }
        if copy.isLast && !copy.isLingering { return "the last answer is out and the connection stays" }
        return nil
    }
}

@Suite("A connection's state")
struct ConnectionStateTests {
    private static let depth = 12

    @Test("every sequence of events keeps every rule, and every answer can leave")
    func exploration() {
        var frontier: [(ModelConnection, [ModelConnection.Event])] = [(ModelConnection(), [])]
        var seen: Set<String> = []
        var closed = 0
        var lingering = 0
        var streaming = 0
        for _ in 0..<Self.depth {
            var next: [(ModelConnection, [ModelConnection.Event])] = []
            for (connection, path) in frontier {
                for event in ModelConnection.events {
                    var after = connection
                    let broken: String?
                    do throws(ModelConnection.NotNow) {
                        broken = try after.happen(event)
                    } catch {
                        continue
                    }
                    let steps = path + [event]
                    let violation = broken ?? after.violation ?? after.end
                    if let violation {
                        Issue.record("\(violation) after \(steps)")
                        return
                    }
                    guard seen.insert("\(after)").inserted else { continue }
                    closed += after.isClosed ? 1 : 0
                    lingering += after.isLingering ? 1 : 0
                    streaming += after.isStreaming ? 1 : 0
                    next.append((after, steps))
                }
            }
            frontier = next
        }
        // The exploration has been everywhere that it should have been.
        #expect(seen.count > 90 && closed > 0 && lingering > 0 && streaming > 0, "\(seen.count) states")
    }

    @Test("a connection that is closed stays closed, whatever comes late")
    func final() {
        var state = ConnectionState(pipelinedMax: 4)
        #expect(state.failed() == .close)
        state.answered(isHeld: true)
        state.left()
        let late = [
            state.released(), state.paused(), state.streamed(), state.sent(everything: true),
            state.sent(everything: false),
            state.writable(), state.ended(), state.failed(), state.drain(),
        ]
        #expect(late.allSatisfy { $0 == .none })
        #expect(state.isClosed && !state.mayParse && !state.mayLeave && !state.isIdle && !state.isSending)
    }
}

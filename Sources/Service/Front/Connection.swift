import HTTP
import Platform

/// One client's connection: its socket, what has been received and not understood, what has been answered and not sent.
///
/// - Isolation: the loop that accepted or adopted it.
final class Connection {
    /// Its place in the loop's table.
    let index: UInt32
    /// Counts the connections that have had this place, so that an answer for an earlier one is recognised.
    private(set) var generation: UInt32 = 0
    private(set) var socket: Int32 = -1
    /// Who is at the other end; nil where nobody asks for it.
    var peer: IPAddress?
    /// Whether it came to the operator's address, where there is one of its own.
    var isOperators = false
    var state: ConnectionState
    var parser: RequestParser
    var input = InputBuffer()
    /// Answers in the order of their requests; borrowed from the loop's pool while there are any.
    var output: Output?
    /// How much of the output the socket has taken.
    var sentBytes = 0
    /// Whether the socket may hold bytes: edge-triggered readiness that has not been used up.
    var mayHaveInput = false
    /// Whether the peer has said that no more comes.
    var peerClosed = false
    /// A request that waits behind answers which have not left.
    var waiting: Waiting?
    /// Whether the client waits for 100 Continue, which may not overtake the answers before it.
    var owesContinue = false
    /// The answer without an end that it is given.
    var stream = OpenStream.none
    /// Why that ends.
    var streamEnd = StreamEnd.left
    /// Its place among the watchers of a SKU.
    var watchPlace = 0
    /// Whether received bytes are being handled: what that leads to must not handle them a second time.
    var isProcessing = false
    /// Since when the present phase lasts.
    ///
    /// Unit: milliseconds of the monotonic clock.
    var sinceMilliseconds: UInt64 = 0
    /// When the wheel looks at it.
    var lookout = Lookout()
    /// What has been discarded while lingering.
    ///
    /// Unit: bytes.
    var discardedBytes = 0

    /// A parsed request that cannot be answered yet, with where it was going.
    struct Waiting {
        let match: RouteMatch
        let admission: Admission
        let consumedBytes: Int
    }

    init(index: UInt32, pipelinedMax: Int, limits: HTTPLimits) {
        self.index = index
        state = ConnectionState(pipelinedMax: pipelinedMax)
        parser = RequestParser(limits: limits)
    }

    /// Begins a new connection in this place.
    func open(socket: Int32, pipelinedMax: Int, limits: HTTPLimits, nowMilliseconds: UInt64) {
        self.socket = socket
        peer = nil
        isOperators = false
        state = ConnectionState(pipelinedMax: pipelinedMax)
        parser = RequestParser(limits: limits)
        sentBytes = 0
        mayHaveInput = false
        peerClosed = false
        waiting = nil
        owesContinue = false
        stream = .none
        streamEnd = .left
        isProcessing = false
        sinceMilliseconds = nowMilliseconds
        discardedBytes = 0
        lookout = Lookout()
    }

    /// Frees the place: forgets what was received, and the socket, which the transport has closed.
    func close() {
        socket = -1
        input.release()
        waiting = nil
        generation = (generation &+ 1) & Ticket.generationMask
    }

    /// Whether a request waits although the answers before it have left.
    var mayResumeWaiting: Bool { waiting != nil && !isProcessing && state.mayLeave }

    /// Whether part of a request has arrived.
    var isReceiving: Bool { !input.isEmpty }
}

import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform

extension Exchange {
    /// Stands where there is no request.
    static let none = Exchange(request: Request(), label: .none, closes: false)
}

extension Front {
    /// Goes on with what has been received and not handled.
    ///
    /// Handling may end with a request that waits behind answers while these leave at once: nothing else would come
    /// back to it.
    func resume(_ connection: Connection) {
        repeat { resumeOnce(connection) } while connection.mayResumeWaiting
    }

    private func resumeOnce(_ connection: Connection) {
        guard !connection.isProcessing else { return }
        if connection.waiting != nil { resumeWaiting(connection) }
        guard connection.waiting == nil else { return }
        sendContinue(connection)
        guard !connection.state.isClosed else { return }
        guard !connection.input.isEmpty else { return pause(connection) }
        // SAFETY: the buffer is not changed while its bytes are handled: what is received meanwhile is not read.
        let used = unsafe process(connection, connection.input.unread)
        // A connection that lingers has forgotten its input already.
        if !connection.state.isClosed && !connection.state.isLingering { connection.input.consume(used) }
    }

    /// A request that waited behind answers: these have left now.
    private func resumeWaiting(_ connection: Connection) {
        guard let waiting = connection.waiting, connection.mayResumeWaiting else { return }
        connection.waiting = nil
        connection.isProcessing = true
        defer { connection.isProcessing = false }
        let used = min(waiting.consumedBytes, connection.input.count)
        let bytes = unsafe UnsafeMutableBufferPointer(rebasing: connection.input.unread[..<used])
        let isTaken = unsafe handle(connection, waiting.match, waiting.admission, UnsafeBufferPointer(bytes).span)
        if !isTaken { connection.waiting = waiting }
        guard isTaken, !connection.state.isClosed, !connection.state.isLingering else { return }
        connection.input.consume(used)
        pause(connection)
    }

    /// Handles the requests at the front of `bytes`.
    ///
    /// - Returns: how many bytes were used up.
    func process(_ connection: Connection, _ bytes: UnsafeMutableBufferPointer<UInt8>) -> Int {
        connection.isProcessing = true
        defer { connection.isProcessing = false }
        var used = 0
        while used < bytes.count, takesMore(connection) {
            let rest = unsafe UnsafeMutableBufferPointer(rebasing: bytes[used...])
            var span = unsafe rest.mutableSpan
            switch connection.parser.parse(&span) {
            case .needMore:
                pause(connection)
                return used
            case .needMoreBodyAfterContinue:
                connection.owesContinue = true
                pause(connection)
                sendContinue(connection)
                return used
            case .request(let consumed):
                connection.owesContinue = false
                let match = RouteTable.match(connection.parser.request, in: &span)
                let request = unsafe UnsafeBufferPointer(rebasing: rest[..<consumed])
                let admission = unsafe admit(connection, match, request.span)
                guard unsafe handleInTurn(connection, match, admission, request.span) else {
                    connection.waiting = Connection.Waiting(
                        match: match,
                        admission: admission,
                        consumedBytes: consumed
                    )
                    return used
                }
                used += consumed
            case .refused(let refusal):
                refuse(connection, refusal)
                return bytes.count
            }
            if used < bytes.count, connection.state.isPipelineFull { metrics.reached(.pipelined) }
            if used == bytes.count || !takesMore(connection) { pause(connection) }
        }
        return used
    }

    /// Whether the next request may be looked for: its answer would find room, and no other request stands before it.
    func takesMore(_ connection: Connection) -> Bool {
        guard connection.state.mayParse, connection.waiting == nil else { return false }
        return connection.output.map { $0.bytes.count < Output.gatheredBytesMax } ?? true
    }

    /// Answers a request, or sends it on, after the answers before it have left where it cannot be done sooner.
    ///
    /// - Returns: false where they cannot leave yet.
    private func handleInTurn(
        _ connection: Connection,
        _ match: RouteMatch,
        _ admission: Admission,
        _ bytes: Span<UInt8>
    ) -> Bool {
        if handle(connection, match, admission, bytes) { return true }
        // Nobody else would go on with the request where nothing holds these answers.
        pause(connection)
        return connection.state.mayLeave && handle(connection, match, admission, bytes)
    }

    private func pause(_ connection: Connection) {
        perform(connection.state.paused(), connection)
    }

    /// The interim answer, once the answers before it have left: in the output, as a socket that is nearly full takes a
    /// part of it only.
    private func sendContinue(_ connection: Connection) {
        guard connection.owesContinue, connection.state.isIdle else { return }
        connection.owesContinue = false
        output(connection).bytes.append(ResponseHead.continueAnswer)
        connection.state.answered(isHeld: false)
        pause(connection)
    }

    private func refuse(_ connection: Connection, _ refusal: HTTPRefusal) {
        switch refusal.status {
        case .contentTooLarge: metrics.reached(.bodyBytes)
        case .uriTooLong, .requestHeaderFieldsTooLarge: metrics.reached(.headBytes)
        default: break
        }
        connection.state.closeAfterAnswer()
        var exchange = Exchange(request: Request(), label: .none, closes: true)
        exchange.client = connection.peer
        composer.refused(refusal, to: exchange, Span(), into: &output(connection).bytes)
        connection.state.answered(isHeld: false)
        pause(connection)
    }

    /// Answers something that is no request, and ends the connection.
    func answerAndClose(_ connection: Connection, _ problem: ProblemType, _ detail: StaticString) {
        connection.state.closeAfterAnswer()
        var exchange = Exchange(request: Request(), label: .none, closes: true)
        exchange.client = connection.peer
        composer.problem(problem, detail, to: exchange, Span(), into: &output(connection).bytes)
        connection.state.answered(isHeld: false)
        pause(connection)
    }

    /// Where the connection's answers are gathered.
    func output(_ connection: Connection) -> Output {
        if let output = connection.output { return output }
        let output = outputs.take()
        connection.output = output
        return output
    }
}

extension Front {
    /// Answers one request, or sends it to whoever can.
    ///
    /// - Returns: false where it has to wait until earlier answers have left.
    private func handle(
        _ connection: Connection,
        _ match: RouteMatch,
        _ admission: Admission,
        _ bytes: Span<UInt8>
    ) -> Bool {
        var exchange = Exchange(request: connection.parser.request, label: .none, closes: isDraining)
        exchange.caller = admission.caller
        exchange.origin = admission.origin
        if composer.accessLog != nil { exchange.client = client(connection, bytes) }
        if case .route(let route) = match { exchange.label = RouteLabel(route, exchange.request.method) }
        if let denial = admission.denial {
            note(connection, exchange)
            composer.denied(denial, to: exchange, bytes, into: &output(connection).bytes)
            connection.state.answered(isHeld: false)
            return true
        }
        switch match {
        case .route(let route):
            let target = target(of: route, exchange, bytes)
            if target.isElsewhere && !connection.state.mayLeave { return false }
            if !target.isUndecided { note(connection, exchange) }
            return dispatch(connection, target, exchange, bytes)
        case .options(let methods):
            note(connection, exchange)
            composer.answer(.noContent, to: exchange, bytes, into: &output(connection).bytes) {
                $0.appendField(allow: methods)
                if exchange.origin.isPresent { $0.appendFields(preflight: methods) }
            }
        case .methodNotAllowed(let methods):
            note(connection, exchange)
            let allow: (inout ByteWriter) -> Void = { $0.appendField(allow: methods) }
            composer.problem(
                .methodNotAllowed,
                to: exchange,
                bytes,
                into: &output(connection).bytes,
                fields: allow
            ) { $0.append("The resource does not have this method.") }
        case .notFound:
            note(connection, exchange)
            composer.problem(
                .notFound,
                "No resource has this path.",
                to: exchange,
                bytes,
                into: &output(connection).bytes
            )
        case .refused(let refusal):
            note(connection, exchange)
            composer.refused(refusal, to: exchange, bytes, into: &output(connection).bytes)
        }
        connection.state.answered(isHeld: false)
        return true
    }

    /// Where a request comes from, as far as whoever has forwarded it is believed.
    private func client(_ connection: Connection, _ bytes: Span<UInt8>) -> IPAddress? {
        guard let peer = connection.peer, let proxies = hub.access.proxies else { return connection.peer }
        return proxies.client(connection.parser.request, bytes, peer)
    }

    /// Whether a request may pass, and in whose name: asked once, before it is handled.
    @inline(__always)
    private func admit(_ connection: Connection, _ match: RouteMatch, _ bytes: Span<UInt8>) -> Admission {
        guard let doorkeeper else { return .anybody }
        return doorkeeper.admit(connection, match, bytes, atMilliseconds: nowMilliseconds)
    }

    /// Whether the connection closes is known once the request is.
    private func note(_ connection: Connection, _ exchange: Exchange) {
        connection.sinceMilliseconds = nowMilliseconds
        if !exchange.request.keepsAlive || exchange.closes { connection.state.closeAfterAnswer() }
    }

    private func target(of route: Route, _ exchange: Exchange, _ bytes: Span<UInt8>) -> RequestTarget {
        switch route {
        case .health, .readiness, .metrics, .problem, .document: return .here(route)
        case .skus, .sku, .purchases, .stock, .changes, .feed, .holds, .hold, .confirm, .extend, .confirmIntent, .order,
            .buyerOrders, .events, .cancel, .wallet, .deposits, .withdrawals, .carts, .itemPurchase:
            break
        }
        if let problem = Preconditions.violated(by: exchange, bytes) { return .problem(problem.0, problem.1) }
        // Not before all loops have their partitions: a request for one that has none yet would be lost there.
        guard let placement, hub.phase != .recovering else {
            return .problem(.recovering, "The journals are being replayed.")
        }
        switch route {
        case .sku(let name), .purchases(let name), .stock(let name), .changes(let name), .feed(let name),
            .holds(let name), .wallet(let name), .deposits(let name), .withdrawals(let name):
            return owner(placement.partition(of: bytes.extracting(name.bounds)), route, placement)
        case .carts, .itemPurchase:
            return coordinator(route, placement, exchange, bytes)
        case .hold(let text), .confirm(let text), .extend(let text), .confirmIntent(let text):
            guard let id = HoldID(bytes.extracting(text.bounds), key: placement.key) else {
                return .problem(.unknownHold, "There is no such hold.")
            }
            return owner(placement.slots.partition(ofSlot: id.slot), route, placement)
        case .order(let text), .cancel(let text):
            guard let id = OrderID(bytes.extracting(text.bounds), key: placement.key) else {
                return .problem(.unknownOrder, "There is no such order.")
            }
            if case .cancel = route { return .archive(.cancel(id)) }
            return .archive(.order(id))
        case .events: return .archive(.events)
        case .buyerOrders(let buyer): return .archive(.orders(of: buyer))
        case .skus, .health, .readiness, .metrics, .problem, .document:
            return listTarget(placement, exchange, bytes)
        }
    }

    /// The partition with a number, here or on another loop.
    private func owner(_ index: Int, _ route: Route, _ placement: Placement) -> RequestTarget {
        let home = placement.loop(ofPartition: index)
        if home == self.index { return .partition(placement, index, route) }
        return .loop(home, .serve(route, partition: UInt16(index)))
    }

    /// The partition that coordinates what is to be bought in one go.
    private func coordinator(
        _ route: Route,
        _ placement: Placement,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> RequestTarget {
        if let partition = serving.coordinator(route, placement.slots, placement.key, exchange, bytes) {
            return owner(partition, route, placement)
        }
        do throws(InvalidRequest) {
            let plan = try serving.plan(route, placement.key, exchange, bytes)
            return owner(plan.coordinator(placement.slots), route, placement)
        } catch {
            return .invalid(error)
        }
    }

    private func listTarget(_ placement: Placement, _ exchange: Exchange, _ bytes: Span<UInt8>) -> RequestTarget {
        do throws(InvalidRequest) {
            let limit = try Query.number("limit", 1...UInt64(Self.listItemsMax), exchange, bytes) ?? 50
            let cursor = try Query.number("cursor", 0...UInt64.max, exchange, bytes) ?? 0
            let index = Int(cursor >> 32)
            guard index < placement.partitions.count else { throw InvalidRequest("cursor", "is none of this server's") }
            let page = CataloguePage(left: UInt32(limit), from: UInt32(truncatingIfNeeded: cursor), hasItems: false)
            let home = placement.loop(ofPartition: index)
            if home == self.index { return .list(placement.partitions[index], page) }
            return .loop(home, .list(page, partition: UInt16(index)))
        } catch {
            return .invalid(error)
        }
    }

    private func dispatch(
        _ connection: Connection,
        _ target: RequestTarget,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> Bool {
        switch target {
        case .here(let route):
            answerHere(route, exchange, bytes, into: &output(connection).bytes)
        case .problem(let problem, let detail):
            composer.problem(problem, detail, to: exchange, bytes, into: &output(connection).bytes)
        case .invalid(let error):
            composer.invalid(error, to: exchange, bytes, into: &output(connection).bytes)
        case .partition(let placement, let index, let route):
            return serve(connection, placement.partitions[index], route, exchange, bytes)
        case .loop(let station, let errand):
            leave(connection, to: station, errand, exchange, bytes)
            return true
        case .archive(let read):
            leave(connection, to: hub.station(of: read), .read(read), exchange, bytes)
            return true
        case .list(let partition, let page):
            connection.state.left()
            list(partition, page, ticket(connection), exchange, bytes, Span())
            return true
        }
        connection.state.answered(isHeld: false)
        return true
    }

    /// Lets the partition answer, and holds the answer until it may leave.
    private func serve(
        _ connection: Connection,
        _ partition: Partition,
        _ route: Route,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) -> Bool {
        let output = output(connection)
        let answerStart = output.bytes.count
        switch serving.serve(route, of: partition, at: now, exchange, bytes, into: &output.bytes) {
        case .answered(let position):
            note(connection, exchange)
            if partition.isLost(position) {
                output.bytes.truncate(to: answerStart)
                composer.maybeLost(to: exchange, bytes, into: &output.bytes)
                connection.state.answered(isHeld: false)
                return true
            }
            let isHeld = position > partition.durable
            connection.state.answered(isHeld: isHeld)
            if isHeld { partition.gate.hold(ticket(connection).bits, until: position) }
            return true
        case .read(let read, let position):
            guard connection.state.mayLeave else { return false }
            note(connection, exchange)
            connection.state.left()
            ask(read, after: position, of: partition, ticket(connection), exchange, bytes)
            return true
        case .watch(let keeper):
            guard connection.state.mayLeave else { return false }
            note(connection, exchange)
            connection.state.left()
            watch(keeper, partition, ticket(connection), exchange, bytes)
            return true
        case .transaction(let plan):
            guard connection.state.mayLeave else { return false }
            note(connection, exchange)
            connection.state.left()
            begin(plan, at: partition, ticket(connection), exchange, bytes)
            return true
        }
    }

    /// Sends a request to another thread; the connection waits for the answer.
    private func leave(
        _ connection: Connection,
        to station: Int,
        _ errand: Message.Errand,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        if let outbox = outboxes[station],
            Message.push(errand, ticket(connection), exchange, bytes, Span(), into: outbox)
        {
            return connection.state.left()
        }
        metrics.reached(.mailboxBytes)
        composer.problem(
            .overloaded,
            "Too much is waiting for another core.",
            to: exchange,
            bytes,
            into: &output(connection).bytes
        )
        connection.state.answered(isHeld: false)
    }
}

/// Who answers a request.
///
/// No part of `Front`: the type would be generic with it, and dearer to copy.
enum RequestTarget {
    /// This loop, from what it has.
    case here(Route)
    /// A problem that can be told at once.
    case problem(ProblemType, StaticString)
    /// A malformed query.
    case invalid(InvalidRequest)
    /// The partition with this number, which owns the SKU and is placed here.
    case partition(Placement, Int, Route)
    /// Another loop.
    case loop(Int, Message.Errand)
    /// The archive.
    case archive(ArchiveRead)
    /// A page of the catalogue, from the partition placed here.
    case list(Partition, CataloguePage)

    var isElsewhere: Bool {
        switch self {
        case .here, .problem, .invalid, .partition: false
        case .loop, .archive, .list: true
        }
    }

    /// Whether the partition has to be asked before it is known if the request must wait.
    var isUndecided: Bool {
        if case .partition = self { true } else { false }
    }
}

import Domain
import HTTP
import Journal
import Keepers
import Loop
import Platform

/// Something that waits at a gate for another thread's connection, or for a journal's record to be readable.
enum Parked {
    /// An answer that is alone on its connection, here or on another loop; the exchange is without its bytes.
    case reply(Ticket, Output, Exchange)
    /// Records to be read once they are durable.
    case read(ArchiveRead, Ticket, Exchange, [UInt8])
    /// A page that goes on in another partition.
    case page(CataloguePage, partition: Int, Ticket, Exchange, [UInt8], gathered: [UInt8])
}

/// Places for what is parked, found again by their number.
///
/// - Isolation: one loop. As large as the requests under way that belong to other loops' connections.
struct ParkingLot {
    private var places: [Parked?] = []
    private var free: [Int] = []

    mutating func park(_ parked: Parked) -> Int {
        if let place = free.popLast() {
            places[place] = parked
            return place
        }
        places.append(parked)
        return places.count - 1
    }

    mutating func take(_ place: Int) -> Parked? {
        guard place < places.count, let parked = places[place] else { return nil }
        places[place] = nil
        free.append(place)
        return parked
    }
}

extension Front {
    /// Lets everything go that has become durable, and gives up what a failed journal leaves behind.
    func release() {
        for partition in partitions {
            // In this order: what became durable before the failure is released, not given up.
            let isOver = partition.isReadOnly
            let durable = partition.durable
            while let bits = partition.gate.release(durable: durable) {
                let ticket = Ticket(bits: bits)
                if ticket.loop == Ticket.parkedLoop {
                    if let parked = parked.take(Int(ticket.connection)) { go(parked) }
                } else if let connection = connection(ticket) {
                    perform(connection.state.released(), connection)
                }
            }
            if isOver { giveUp(partition) }
        }
    }

    private func park(_ parked: Parked, until position: JournalPosition, of partition: Partition) {
        guard position > partition.durable else { return go(parked) }
        let place = self.parked.park(parked)
        let ticket = Ticket(loop: Ticket.parkedLoop, generation: 0, connection: UInt32(place))
        partition.gate.hold(ticket.bits, until: position)
    }

    private func go(_ parked: Parked) {
        switch parked {
        case .reply(let ticket, let output, _):
            reply(output, to: ticket)
        case .read(let read, let ticket, let exchange, let bytes):
            sendToArchive(read, ticket, exchange, bytes.span)
        case .page(let page, let index, let ticket, let exchange, let bytes, let gathered):
            sendPage(page, toPartition: index, ticket, exchange, bytes.span, gathered.span)
        }
    }

    /// Has records read for a ticket once the journal is durable up to `position`.
    func ask(
        _ read: ArchiveRead,
        after position: JournalPosition,
        of partition: Partition,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        guard position > partition.durable else { return sendToArchive(read, ticket, exchange, bytes) }
        guard !partition.isReadOnly else {
            let output = outputs.take()
            composer.maybeLost(to: exchange, bytes, into: &output.bytes)
            return reply(output, to: ticket)
        }
        park(.read(read, ticket, exchange, bytes.array), until: position, of: partition)
    }

    private func sendToArchive(_ read: ArchiveRead, _ ticket: Ticket, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        if let outbox = outboxes[hub.station(of: read)],
            Message.push(.read(read), ticket, exchange, bytes, Span(), into: outbox)
        {
            return
        }
        overloaded(ticket, exchange, bytes)
    }

    private func overloaded(_ ticket: Ticket, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        metrics.reached(.mailboxBytes)
        let output = outputs.take()
        composer.problem(
            .overloaded,
            "Too much is waiting for another thread.",
            to: exchange,
            bytes,
            into: &output.bytes
        )
        reply(output, to: ticket)
    }

    /// Serves a request that another loop has sent.
    func serve(_ route: Route, _ partition: Partition, _ ticket: Ticket, _ exchange: Exchange, _ bytes: Span<UInt8>) {
        let output = outputs.take()
        let served = serving.serve(route, of: partition, at: now, exchange, bytes, into: &output.bytes)
        finish(served, output, partition, ticket, exchange, bytes)
    }

    /// Brings what a partition has answered to whoever waits for it, once it may leave.
    func finish(
        _ served: Served,
        _ output: Output,
        _ partition: Partition,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>
    ) {
        switch served {
        case .answered(let position):
            if partition.isLost(position) {
                output.bytes.reset()
                composer.maybeLost(to: exchange, bytes, into: &output.bytes)
                return reply(output, to: ticket)
            }
            park(.reply(ticket, output, exchange.withoutBytes), until: position, of: partition)
        case .read(let read, let position):
            outputs.give(output)
            ask(read, after: position, of: partition, ticket, exchange, bytes)
        case .watch(let keeper):
            outputs.give(output)
            watch(keeper, partition, ticket, exchange, bytes)
        case .transaction(let plan):
            outputs.give(output)
            begin(plan, at: partition, ticket, exchange, bytes)
        }
    }

    /// Brings a finished answer to the connection it is for, here or on another loop.
    func reply(_ output: Output, to ticket: Ticket) {
        if ticket.loop == index {
            output.bytes.withSpan { deliver($0, to: ticket) }
            return outputs.give(output)
        }
        let isSent = output.bytes.withSpan { bytes in
            outboxes[ticket.loop]
                .map {
                    Message.push(.reply, ticket, .none, Span(), bytes, into: $0)
                } ?? true
        }
        if isSent { outputs.give(output) } else { unsent.append((ticket.loop, .reply(ticket, output, .none))) }
    }

    /// Hands an answer to a connection of this loop that waits for it.
    ///
    /// `answer`: empty where there will be none, which ends the connection.
    func deliver(_ answer: Span<UInt8>, to ticket: Ticket) {
        guard let connection = connection(ticket) else { return }
        guard !answer.isEmpty else { return perform(connection.state.failed(), connection) }
        output(connection).bytes.append(answer)
        connection.state.answered(isHeld: false)
        perform(connection.state.paused(), connection)
    }
}

extension Front {
    /// Most SKUs of one page.
    static var listItemsMax: Int { 500 }
    /// A page ends when it has grown to this.
    ///
    /// Unit: bytes.
    private static var pageBytesMax: Int { 128 * 1_024 }

    /// Adds the SKUs of a partition to a page, and answers or sends it on.
    func list(
        _ partition: Partition,
        _ page: CataloguePage,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        _ gathered: Span<UInt8>
    ) {
        var state = page
        self.page.reset()
        self.page.append(gathered)
        var dependsOn = JournalPosition.start
        var index = Int(page.from)
        while index < partition.keepers.count, state.left > 0, self.page.count < Self.pageBytesMax {
            let keeper = partition.keepers[index]
            index += 1
            guard let view = keeper.viewInPlace(at: now) else {
                // That it is away shows its removal.
                dependsOn = max(dependsOn, keeper.assumeIsolated { $0.dependsOn })
                continue
            }
            if state.hasItems { self.page.append(0x2C) }
            let name = keeper.name
            self.page.append(view, name: name.span)
            state.hasItems = true
            state.left -= 1
            dependsOn = max(dependsOn, view.dependsOn)
        }
        let isExhausted = index >= partition.keepers.count
        let isFull = state.left == 0 || self.page.count >= Self.pageBytesMax
        if partition.isLost(dependsOn) {
            let output = outputs.take()
            composer.maybeLost(to: exchange, bytes, into: &output.bytes)
            return reply(output, to: ticket)
        }
        let count = placement?.partitions.count ?? 1
        let next = isExhausted ? partition.index + 1 : partition.index
        if isExhausted && !isFull && next < count {
            state.from = 0
            let parked = Parked.page(
                state,
                partition: next,
                ticket,
                exchange,
                bytes.array,
                gathered: self.page.withSpan { $0.array }
            )
            return park(parked, until: dependsOn, of: partition)
        }
        let cursor = next < count ? UInt64(next) << 32 | UInt64(isExhausted ? 0 : index) : nil
        let output = outputs.take()
        finish(cursor, exchange, bytes, into: &output.bytes)
        park(.reply(ticket, output, exchange.withoutBytes), until: dependsOn, of: partition)
    }

    private func finish(_ cursor: UInt64?, _ exchange: Exchange, _ bytes: Span<UInt8>, into output: inout ByteWriter) {
        composer.answer(.ok, .json, to: exchange, bytes, into: &output) { body, _ in
            body.append("{\"items\":[")
            page.withSpan { body.append($0) }
            body.append("]")
            if let cursor {
                body.append(",\"next\":\"")
                body.append(decimal: cursor)
                body.append("\"")
            }
            body.append("}\n")
        }
    }

    private func sendPage(
        _ page: CataloguePage,
        toPartition index: Int,
        _ ticket: Ticket,
        _ exchange: Exchange,
        _ bytes: Span<UInt8>,
        _ gathered: Span<UInt8>
    ) {
        guard let placement else { return }
        let home = placement.loop(ofPartition: index)
        if home == self.index { return list(placement.partitions[index], page, ticket, exchange, bytes, gathered) }
        if let outbox = outboxes[home],
            Message.push(.list(page, partition: UInt16(index)), ticket, exchange, bytes, gathered, into: outbox)
        {
            return
        }
        overloaded(ticket, exchange, bytes)
    }
}

extension Span<UInt8> {
    /// A copy that outlives the buffer.
    var array: [UInt8] {
        // SAFETY: the span's own bytes, copied during the call.
        unsafe withUnsafeBytes { unsafe [UInt8]($0) }
    }
}

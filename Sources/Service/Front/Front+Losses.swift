import HTTP
import Keepers

extension Front {
    /// Answers everything that waits for a journal which will never be durable any further.
    ///
    /// Nobody knows whether the disk has what these answers report, so they are thrown away: each client is told that
    /// the outcome is open.
    func giveUp(_ partition: Partition) {
        while let bits = partition.gate.giveUp() {
            let ticket = Ticket(bits: bits)
            if ticket.loop == Ticket.parkedLoop {
                if let parked = parked.take(Int(ticket.connection)) { giveUp(parked) }
            } else if let connection = connection(ticket) {
                giveUp(connection)
            }
        }
    }

    /// Replaces all that stands in the output, for an answer in front of a lost one has not left either.
    private func giveUp(_ connection: Connection) {
        guard connection.state.lost() else { return }
        let output = output(connection)
        output.bytes.reset()
        let exchange = Exchange(request: Request(), label: .none, closes: true)
        composer.maybeLost(to: exchange, Span(), into: &output.bytes)
        connection.state.answered(isHeld: false)
        perform(connection.state.paused(), connection)
    }

    private func giveUp(_ parked: Parked) {
        switch parked {
        case .reply(let ticket, let output, let exchange):
            output.bytes.reset()
            composer.maybeLost(to: exchange, Span(), into: &output.bytes)
            reply(output, to: ticket)
        case .read(_, let ticket, let exchange, let bytes), .page(_, _, let ticket, let exchange, let bytes, _):
            let output = outputs.take()
            composer.maybeLost(to: exchange, bytes.span, into: &output.bytes)
            reply(output, to: ticket)
        }
    }
}

extension Exchange {
    /// The same without what refers to the request's bytes, for an answer that is made when these are gone.
    var withoutBytes: Exchange {
        var exchange = Exchange(request: request.withoutBytes, label: label, closes: closes)
        exchange.caller = caller
        exchange.client = client
        return exchange
    }
}

import Testing

@testable import Service

@Suite("Tickets")
struct TicketTests {
    @Test(
        "a ticket gives back what it was made of",
        arguments: [0, 1, 255, 256, Ticket.loopsMax - 1],
        [0, 1, Ticket.generationMask]
    )
    func roundTrip(loop: Int, generation: UInt32) {
        for index in [0, 1, UInt32.max] {
            let ticket = Ticket(loop: loop, generation: generation, connection: index)
            #expect(ticket.loop == loop)
            #expect(ticket.generation == generation)
            #expect(ticket.connection == index)
            #expect(Ticket(bits: ticket.bits) == ticket)
        }
    }

    @Test("no configuration has as many loops as would make a loop's ticket look like a parked one or the listener's")
    func loops() throws {
        let setting = try #require(Setting.at("loops"))
        guard case .number(_, let range, _, _) = setting.form else {
            Issue.record("loops is no number")
            return
        }
        #expect(range.upperBound <= Ticket.parkedLoop)
        let last = Ticket(loop: range.upperBound - 1, generation: Ticket.generationMask, connection: .max)
        #expect(last.bits < Ticket.listener)
    }
}

@Suite("Parking")
struct ParkingLotTests {
    @Test("what is parked is taken once, and its place is used again")
    func places() {
        var lot = ParkingLot()
        let ticket = Ticket(loop: 1, generation: 2, connection: 3)
        let first = lot.park(.reply(ticket, Output(bytesMax: 8), .none))
        let second = lot.park(.reply(ticket, Output(bytesMax: 8), .none))
        #expect(first != second)
        guard case .reply(let taken, _, _) = lot.take(first) else {
            Issue.record("nothing parked")
            return
        }
        #expect(taken == ticket)
        let (again, unknown) = (lot.take(first), lot.take(99))
        #expect(again.isNone && unknown.isNone)
        let reused = lot.park(.reply(ticket, Output(bytesMax: 8), .none))
        #expect(reused == first)
    }
}

extension Optional {
    /// For wrapped types that cannot be compared.
    fileprivate var isNone: Bool {
        switch self {
        case .none: true
        case .some: false
        }
    }
}

import Testing

@testable import Domain

@Suite("Open reservations")
struct OpenReservationsTests {
    @Test(
        "they are what a plain list of them would be, in whatever order they end",
        arguments: [1, 2, 3, 4, 5] as [UInt64]
    )
    func model(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var reservations = OpenReservations()
        var model: [Reservation] = []
        var number: UInt64 = 0
        for _ in 0..<4_000 {
            // Many pile up, then nearly all go: mostly the oldest, now and then any.
            let grows = (number / 512).isMultiple(of: 2) ? 3 : 1
            if model.isEmpty || Int.random(in: 0..<4, using: &random) < grows {
                number += UInt64.random(in: 1...3, using: &random)
                let made = try Self.reservation(number, buyer: UInt64.random(in: 0..<5, using: &random))
                reservations.append(made)
                model.append(made)
            } else {
                let place = Bool.random(using: &random) ? 0 : Int.random(in: 0..<model.count, using: &random)
                reservations.remove(model.remove(at: place).purchase.sequence)
            }
            var visited: [UInt64] = []
            reservations.visit { visited.append($0.purchase.sequence) }
            let (count, units) = (reservations.count, reservations.units)
            #expect(visited == model.map(\.purchase.sequence), "seed \(seed)")
            #expect(count == model.count && units == model.reduce(0) { $0 + $1.purchase.quantity.units })
            let buyer = UInt64.random(in: 0..<5, using: &random)
            let ofBuyer = reservations.units(of: Fingerprint(high: buyer, low: 7))
            let expected = model.filter { $0.purchase.buyer.high == buyer }
                .reduce(0) { $0 + $1.purchase.quantity.units }
            #expect(ofBuyer == expected, "seed \(seed)")
            let wanted = UInt64.random(in: 0...number, using: &random)
            let found = reservations.find(wanted)
            #expect(found == model.first { $0.purchase.sequence == wanted }, "seed \(seed)")
        }
    }

    private static func reservation(_ number: UInt64, buyer: UInt64) throws -> Reservation {
        let purchase = Purchase(
            buyer: Fingerprint(high: buyer, low: 7),
            quantity: Quantity(Int64(number % 9 + 1)) ?? .one,
            unitPrice: try Sample.price(),
            remaining: 0,
            sequence: number,
            at: Instant(millisecondsSinceEpoch: 0)
        )
        let link = TransactionLink(id: TransactionID(high: number, low: 1), coordinator: 0)
        return Reservation(purchase: purchase, link: link, isPaid: true)
    }
}

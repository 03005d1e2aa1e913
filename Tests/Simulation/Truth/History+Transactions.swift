import Domain

extension History {
    func reserve(_ reservation: Reservation, _ next: inout Moment, _ ledger: Ledger) throws(Violation) {
        let purchase = reservation.purchase
        try sale(purchase.buyer, purchase.quantity, purchase.unitPrice, purchase.at, next)
        let transaction = ledger.story(reservation.link.id)
        let story = ReservationStory(reservation, sku: name, of: transaction)
        reservations.append(story)
        transaction.reserve(story)
        try ledger.note(transaction)
        next.available -= purchase.quantity.units
        next.held += purchase.quantity.units
        next.quantity = purchase.quantity.units
        next.buyer = purchase.buyer
        next.reservation = story
        next.change = .reserved
        try promise(next.available == purchase.remaining, "\(label): a reservation leaves other stock")
    }

    func settle(_ settlement: Settlement, _ next: inout Moment, _ ledger: Ledger) throws(Violation) {
        guard let index = reservations.firstIndex(where: { $0.purchase.sequence == settlement.order }) else {
            throw Violation("\(label): something is settled that is not set aside")
        }
        let story = reservations.remove(at: index)
        let units = story.purchase.quantity.units
        try promise(settlement.quantity.units == units, "\(label): other units are settled")
        try promise(settlement.link.id == story.transaction.id, "\(label): settled for another transaction")
        story.isSold = settlement.isSold
        try ledger.note(story.transaction)
        next.held -= units
        if settlement.isSold {
            next.sold += units
            bought[story.purchase.buyer, default: 0] += units
        } else {
            next.available += units
            cancelled[story.number, default: []].append((next.number, units))
        }
        next.change = .settled
        try promise(next.available == settlement.remaining, "\(label): a settlement leaves other stock")
    }
}

import Domain
import Journal
import Keepers

extension Truth {
    /// Holds a server's state against the records: all of them are durable, and nothing else has happened.
    func compare(with partitions: [Partition], at now: Instant) throws(Violation) {
        for (index, tap) in taps.enumerated() {
            let end = partitions[index].appender?.end.rawValue ?? 0
            try promise(
                end == tap.position,
                "partition \(index) ends at \(end), its durable records at \(tap.position)"
            )
        }
        for history in histories {
            let name = history.name
            try compare(history, partitions[slots.partition(of: name.span)], now)
        }
        try compareWallets(partitions)
        try compareKeys(partitions)
    }

    private func compare(_ history: History, _ partition: Partition, _ now: Instant) throws(Violation) {
        let label = history.label
        let name = history.name
        guard let keeper = partition.keeper(of: name.span) else {
            return try promise(history.last == 0, "\(label): has records and no keeper")
        }
        let sequence = keeper.assumeIsolated { $0.sequence }
        try promise(sequence == UInt64(history.last), "\(label): the keeper is at \(sequence) of \(history.last)")
        let view = keeper.viewInPlace(at: now)
        let moment = history.now
        try promise((view == nil) == (moment.details == nil), "\(label): is in the catalogue or is not")
        if let view, let details = moment.details {
            let levels = view.levels
            let isSame =
                levels.available == moment.available && levels.sold == moment.sold && levels.held == moment.held
                && levels.supplied == moment.supplied
            try promise(isSame, "\(label): the keeper has \(levels), the records \(moment)")
            try promise(view.details == details, "\(label): other details than its records")
        }
        let broken = keeper.assumeIsolated { $0.violatedInvariant() }
        try promise(broken == nil, "\(label): \(broken.map { "\($0)" } ?? "")")
        try compareHolds(history, partition)
        for number in stride(from: 64, through: history.last, by: 64) {
            let start = keeper.assumeIsolated { $0.trail(upTo: UInt64(number)) }
            let isThere = start.place.position.rawValue == history.moments[number].position
            try promise(isThere, "\(label): the trail is lost at \(number)")
        }
    }

    private func compareHolds(_ history: History, _ partition: Partition) throws(Violation) {
        let name = history.name
        for number in history.places {
            guard let key, let story = history.holds[number] else { continue }
            let id = HoldID(HoldName(number: UInt64(number), place: story.place), sku: name.span, key: key)
            guard let view = partition.view(of: id) else {
                throw Violation("\(history.label): hold \(number) is forgotten")
            }
            let isSame =
                view.state == story.now.state && view.expiresAt.millisecondsSinceEpoch == story.deadline
                && view.quantity.units == story.quantity
            try promise(isSame, "\(history.label): hold \(number) is another one than its records")
        }
    }

    /// Each wallet is as its records say, and all of them hold what was put in less what was taken out.
    private func compareWallets(_ partitions: [Partition]) throws(Violation) {
        for wallet in wallets {
            let name = wallet.name
            let keeper = partitions[slots.partition(of: name.span)].wallet(of: name.span)
            let view = keeper?.assumeIsolated { $0.view() }
            let isSame = view?.balance == wallet.now.balance && Int(view?.sequence ?? 0) == wallet.last
            try promise(isSame, "\(wallet.label): holds \(view.map { "\($0.balance)" } ?? "nothing")")
        }
        let held = wallets.reduce(0) { $0 + ($1.now.balance?.amount ?? 0) }
        let due = moneyIn - moneyOut - ledger.paid + ledger.refunded
        try promise(held == due, "\(held) in all wallets, and \(due) by what was put in, taken out, paid and paid back")
    }

    private func compareKeys(_ partitions: [Partition]) throws(Violation) {
        for key in keys where latest[key.partition] - key.at < Self.windowMilliseconds {
            let place = partitions[key.partition].recall(key.request)?.position.rawValue
            try promise(place == key.position, "a key of \(key.position) in partition \(key.partition) is forgotten")
        }
    }
}

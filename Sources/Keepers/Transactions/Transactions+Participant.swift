import Domain
import Journal

/// What a participant says to what it should set aside.
enum ReserveReply {
    /// It is set aside, in the journal's open batch.
    case granted([DecidedLine])
    /// Nothing was journaled; the reason was true once the journal is durable up to `dependsOn`.
    case refused(Refusal, line: Int?, dependsOn: JournalPosition)
    /// What was journaled is undone.
    case unavailable(Unavailability)
}

extension Transactions {
    /// Sets aside what one transaction wants of this partition: all of it, or nothing.
    func reserve(
        _ id: TransactionID,
        coordinator: Int,
        _ order: ReserveOrder,
        at wall: Instant
    ) -> ReserveReply {
        guard parts.count < Self.partsMax else { return .unavailable(full(.parts)) }
        let now = partition.advance(to: wall)
        let before = partition.act(as: order.by)
        defer { partition.act(as: before) }
        let link = TransactionLink(id: id, coordinator: UInt16(coordinator))
        if let refused = draft(order, link, at: now) { return refused }
        let journaled = journalDrafts(order.buyer)
        note(journaled, link, order.buyer)
        return journaled.isComplete ? .granted(journaled.lines) : undoPart(id)
    }

    /// Notes that what is journaled of the drafts is a part of a transaction, and not settled.
    func note(_ journaled: JournaledDrafts, _ link: TransactionLink, _ buyer: [UInt8]) {
        for draft in drafts[..<journaled.lines.count] {
            noteReserved(draft.reservation, keeper: draft.keeper, buyer: buyer)
        }
        if let amount = journaled.debited { noteDebited(amount, link, buyer: buyer) }
    }

    @discardableResult
    func undoPart(_ id: TransactionID) -> ReserveReply {
        if parts[id] != nil { postponed.append(.settling(id, isSold: false)) }
        return .unavailable(partition.unavailability)
    }

    func noteReserved(_ reservation: Reservation, keeper: Int, buyer: [UInt8]) {
        let link = reservation.link
        parts[link.id, default: Participation(coordinator: Int(link.coordinator), buyer: buyer)].lines
            .append((keeper, reservation.purchase.sequence))
    }

    func noteDebited(_ amount: Money, _ link: TransactionLink, buyer: [UInt8]) {
        parts[link.id, default: Participation(coordinator: Int(link.coordinator), buyer: buyer)].debit = amount
    }

    /// Ends this partition's part in a transaction that was decided or is undone; what is settled already stays so.
    func settle(_ id: TransactionID, isSold: Bool, at wall: Instant) {
        // Taken out, so that it is not copied to be changed.
        guard var part = parts.removeValue(forKey: id) else { return }
        let now = partition.advance(to: wall)
        let before = partition.act(as: partition.ownName)
        defer { partition.act(as: before) }
        for (done, line) in part.lines.enumerated() {
            let isDone = partition.keepers[line.keeper]
                .inPlace((line.order, isSold, part.buyer, now)) { $0.settle($1.0, isSold: $1.1, buyer: $1.2, at: $1.3) }
            guard isDone else {
                part.lines.removeFirst(done)
                return postpone(part, of: id, isSold: isSold)
            }
        }
        part.lines = []
        let told = mail(id, to: part.coordinator, .settled)
        if let amount = part.debit {
            if isSold {
                parts[id] = part
                return closing.append((id, told))
            }
            let link = TransactionLink(id: id, coordinator: UInt16(part.coordinator))
            guard refund(amount, link, part.buyer, at: now) else { return postpone(part, of: id, isSold: false) }
        }
        dropIfSettled(id)
        if isSold, part.coordinator != partition.index { send(told, after: partition.end) }
    }

    private func postpone(_ part: Participation, of id: TransactionID, isSold: Bool) {
        parts[id] = part
        postponed.append(.settling(id, isSold: isSold))
    }

    /// Forgets a part that is settled, and the decision where nobody else has to be told.
    func dropIfSettled(_ id: TransactionID) {
        guard parts[id]?.isSettled ?? true else { return }
        parts[id] = nil
        if decided[id]?.isEmpty == true { decided[id] = nil }
    }

    /// Puts money back into a wallet.
    ///
    /// - Returns: false where the journal takes nothing now.
    private func refund(_ amount: Money, _ link: TransactionLink, _ buyer: [UInt8], at now: Instant) -> Bool {
        let outcome = partition.change(walletOf: buyer.span, .refund(amount, link), request: nil, at: now)
        switch outcome {
        case .changed, .refused, .remembered: return true
        case .unavailable: return false
        }
    }

    func retry(at wall: Instant) {
        let again = postponed
        postponed = []
        for entry in again {
            switch entry {
            case .settling(let id, let isSold): settle(id, isSold: isSold, at: wall)
            case .refund(let id, let debtor, let due): credit(id, from: debtor, due, at: wall)
            }
        }
    }
}

extension Transactions {
    /// Gives back what a cancelled order has cost; the cancellation has just been journaled.
    ///
    /// - Parameters:
    ///   - amount: what the wallet gets.
    ///   - buyer: whose.
    ///   - position: where the cancellation's record starts.
    ///   - now: when it was decided.
    func owe(_ amount: Money, to buyer: [UInt8], because position: JournalPosition, at now: Instant) {
        let id = refundID(position)
        let due = Due(buyer: buyer, amount: amount)
        dues[id] = due
        let wallet = slots.partition(of: buyer.span)
        if wallet == partition.index { return credit(id, from: wallet, due, at: now) }
        send(mail(id, to: wallet, .refund(buyer: buyer, amount)), after: partition.end)
    }

    /// Puts a refund into a wallet of this partition, once.
    func credit(_ id: TransactionID, from debtor: Int, _ due: Due, at wall: Instant) {
        let before = partition.act(as: partition.ownName)
        defer { partition.act(as: before) }
        if !credits.contains(id) {
            let link = TransactionLink(id: id, coordinator: UInt16(debtor))
            guard refund(due.amount, link, due.buyer, at: partition.advance(to: wall)) else {
                return postponed.append(.refund(id, from: debtor, due))
            }
            noteCredited(id)
        }
        if debtor != partition.index { send(mail(id, to: debtor, .refunded), after: partition.end) }
    }

    /// What a refund means here, live and in replay: what this partition owes itself is over, another may ask again.
    func noteCredited(_ id: TransactionID) {
        if dues.removeValue(forKey: id) == nil { credits.insert(id) }
    }
}

extension SKUKeeper {
    func decideReservation(
        _ buyer: Fingerprint,
        _ quantity: Quantity,
        _ link: TransactionLink,
        isPaid: Bool,
        at now: Instant
    ) -> Result<Reservation, Refusal> {
        state.decideReservation(buyer: buyer, quantity: quantity, link: link, isPaid: isPaid, at: now)
    }

    /// Journals and applies what was just decided.
    ///
    /// - Returns: where the record starts; nil where the journal takes nothing now.
    func reserve(_ reservation: Reservation, buyer: [UInt8]) -> JournalPosition? {
        let head = head(reservation.purchase.sequence, nil, reservation.purchase.at)
        let start = partition.journal(RecordKind.reserved.rawValue, head, name) {
            $0.put(reservation, buyer: buyer.span)
        }
        guard let start else { return nil }
        applied(.reserved(reservation), at: start)
        return start
    }

    /// Ends a reservation.
    ///
    /// - Returns: false where the journal takes nothing now.
    func settle(_ order: UInt64, isSold: Bool, buyer: [UInt8], at now: Instant) -> Bool {
        guard let settlement = state.decideSettlement(of: order, isSold: isSold, at: now) else { return true }
        let head = head(settlement.sequence, nil, now)
        let start = partition.journal(RecordKind.settled.rawValue, head, name) { $0.put(settlement, buyer: buyer.span) }
        guard let start else { return false }
        applied(.settled(settlement), at: start)
        return true
    }

    /// All that is set aside, oldest first.
    var reservations: [Reservation] {
        var all: [Reservation] = []
        state.reservations.visit { all.append($0) }
        return all
    }

    /// Whether what stands under that number waits for a transaction to be decided.
    public func isReserved(_ sequence: UInt64) -> Bool { state.reservation(sequence) != nil }
}

import Domain
import Journal

extension Transactions {
    /// Decides at once what concerns this partition alone: the records of any transaction, journaled in one go.
    ///
    /// - Parameters:
    ///   - plan: what is to be bought.
    ///   - wall: the wall clock.
    /// - Returns: what became of it; nil where it has to be begun, because others take part in it, or because a request
    ///   with its key is under way.
    public func buy(_ plan: TransactionPlan, at wall: Instant) -> TransactionOutcome? {
        guard fault == nil, isAlone(plan) else { return nil }
        if let request = plan.request {
            if let place = partition.recall(request) { return .remembered(place) }
            guard !isInFlight(request) else { return nil }
        }
        if let reason = unwillingness(plan, at: wall) { return .unavailable(reason) }
        let now = partition.advance(to: wall)
        let before = partition.act(as: plan.by)
        defer { partition.act(as: before) }
        let link = TransactionLink(id: makeID(), coordinator: UInt16(partition.index))
        switch draft(ReserveOrder(plan), link, at: now) {
        case .refused(let refusal, let line, let dependsOn):
            return .refused(refusal, line: line, dependsOn: dependsOn)
        case .unavailable(let reason): return .unavailable(reason)
        case .granted, nil: return decide(plan, link, at: now)
        }
    }

    /// Whether all SKUs and the wallet are this partition's.
    private func isAlone(_ plan: TransactionPlan) -> Bool {
        if slots.partitions == 1 { return true }
        for line in plan.lines where slots.partition(of: line.sku.span) != partition.index { return false }
        return !plan.isPaid || slots.partition(of: plan.buyer.span) == partition.index
    }

    /// Journals the drafts, the decision and what it means.
    ///
    /// What a full journal leaves of them is noted, and finished or undone once it takes more.
    private func decide(_ plan: TransactionPlan, _ link: TransactionLink, at now: Instant) -> TransactionOutcome {
        let journaled = journalDrafts(plan.buyer)
        guard journaled.isComplete else {
            note(journaled, link, plan.buyer)
            undoPart(link.id)
            return .unavailable(partition.unavailability)
        }
        let decision = TransactionDecision(link.id, plan, journaled.lines)
        guard journal(decision, plan.request, others: [], at: now) else {
            note(journaled, link, plan.buyer)
            noteUndone()
            undoPart(link.id)
            return .unavailable(partition.unavailability)
        }
        settleDrafts(link, plan.buyer, at: now)
        return .decided(decision, dependsOn: partition.end)
    }

    private func settleDrafts(_ link: TransactionLink, _ buyer: [UInt8], at now: Instant) {
        partition.act(as: partition.ownName)
        for place in drafts.indices {
            let draft = drafts[place]
            let isDone = partition.keepers[draft.keeper]
                .inPlace((draft.reservation.purchase.sequence, buyer, now)) {
                    $0.settle($1.0, isSold: true, buyer: $1.1, at: $1.2)
                }
            guard isDone else {
                for draft in drafts[place...] {
                    noteReserved(draft.reservation, keeper: draft.keeper, buyer: buyer)
                }
                decided[link.id] = []
                return postponed.append(.settling(link.id, isSold: true))
            }
        }
    }
}

extension ReserveOrder {
    /// All of a plan.
    init(_ plan: TransactionPlan) {
        self.init(
            buyer: plan.buyer,
            lines: plan.lines,
            by: plan.by,
            isPaid: plan.isPaid,
            pays: plan.isPaid,
            others: []
        )
    }
}

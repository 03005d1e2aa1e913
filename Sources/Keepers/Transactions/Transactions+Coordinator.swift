import Domain
import Journal

/// A transaction under way, at its coordinator.
final class OpenTransaction {
    /// What one partition has to set aside.
    struct Part {
        let partition: Int
        /// Places in the plan.
        var lines: [Int]
        /// Whether the wallet is its own.
        var pays = false
    }

    let id: TransactionID
    let plan: TransactionPlan
    let token: UInt64
    let parts: [Part]
    /// How many of `parts` have set aside what they have to.
    var granted = 0
    /// The orders to be, as they were granted.
    var lines: [DecidedLine] = []
    /// The latest moment that any participant has told.
    var latest = Instant(millisecondsSinceEpoch: 0)

    init(_ id: TransactionID, _ plan: TransactionPlan, _ token: UInt64, _ slots: Slots) {
        self.id = id
        self.plan = plan
        self.token = token
        parts = Self.parts(plan, slots)
    }

    /// The orders to be, in the order of the plan.
    var plannedLines: [DecidedLine] {
        if plan.lines.count == 1 { return lines }
        let places = parts.flatMap(\.lines)
        if places.elementsEqual(places.indices) { return lines }
        return zip(places, lines).sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The participants beside one.
    func others(than partition: Int) -> [Int] {
        var others: [Int] = []
        for part in parts where part.partition != partition { others.append(part.partition) }
        return others
    }

    /// Who has to be asked, in the order in which everybody asks: of two carts that want the same units one gets them.
    private static func parts(_ plan: TransactionPlan, _ slots: Slots) -> [Part] {
        var parts: [Part] = []
        parts.reserveCapacity(min(plan.lines.count, slots.partitions) + 1)
        for (place, line) in plan.lines.enumerated() {
            let partition = slots.partition(of: line.sku.span)
            if let index = parts.firstIndex(where: { $0.partition == partition }) {
                parts[index].lines.append(place)
            } else {
                parts.append(Part(partition: partition, lines: [place]))
            }
        }
        parts.sort { $0.partition < $1.partition }
        guard plan.isPaid else { return parts }
        // The wallet is the last one: only then it is known what all costs.
        let wallet = slots.partition(of: plan.buyer.span)
        if parts[parts.count - 1].partition == wallet {
            parts[parts.count - 1].pays = true
        } else {
            parts.append(Part(partition: wallet, lines: [], pays: true))
        }
        return parts
    }
}

extension TransactionPlan {
    /// The partition that decides.
    ///
    /// - Parameter slots: of the folder.
    /// - Returns: where the SKU of a purchase is; for a cart where its key is looked for, or, without one, the first of its
    ///   SKUs'.
    public func coordinator(_ slots: Slots) -> Int {
        if kind == .cart, let request { return slots.partition(ofSlot: Slots.slot(of: request.fingerprint)) }
        return lines.map { slots.partition(of: $0.sku.span) }.min() ?? 0
    }
}

extension Slots {
    /// The slot of a cart's idempotency key, which belongs to no SKU.
    public static func slot(of key: Fingerprint) -> Int { Int(truncatingIfNeeded: key.low) & (count - 1) }
}

extension Transactions {
    /// Begins a transaction that this partition coordinates.
    ///
    /// - Parameters:
    ///   - plan: what is to be bought.
    ///   - token: what its end in `finished` is known by.
    ///   - wall: the wall clock.
    public func begin(_ plan: TransactionPlan, token: UInt64, at wall: Instant) {
        if let outcome = buy(plan, at: wall) { return finished.append((token, outcome)) }
        if let request = plan.request {
            if let place = partition.recall(request) { return finished.append((token, .remembered(place))) }
            if let waiting = inFlight[request.fingerprint] {
                guard waiting.count < Self.waitersMax else { return refuse(token, full(.waiters)) }
                inFlight[request.fingerprint]?.append((plan, token))
                return
            }
        }
        if let reason = unwillingness(plan, at: wall) { return refuse(token, reason) }
        let transaction = OpenTransaction(makeID(), plan, token, slots)
        if let request = plan.request { inFlight[request.fingerprint] = [] }
        open[transaction.id] = transaction
        noteOpen()
        proceed(transaction, at: wall)
    }

    /// Why nothing can be begun now.
    func unwillingness(_ plan: TransactionPlan, at wall: Instant) -> Unavailability? {
        if plan.request != nil, partition.remembered.isFull(at: partition.advance(to: wall)) { return .keysFull }
        guard !partition.isReadOnly else { return .readOnly }
        if open.count >= Self.openMax { return full(.open) }
        if decided.count >= Self.partsMax { return full(.decided) }
        return parts.count < Self.partsMax ? nil : full(.parts)
    }

    private func refuse(_ token: UInt64, _ reason: Unavailability) {
        finished.append((token, .unavailable(reason)))
    }

    func full(_ limit: TransactionLimit) -> Unavailability {
        noteReached(limit)
        return .transactionsFull
    }

    /// Asks one participant after the other, and decides once all have set aside their parts.
    private func proceed(_ transaction: OpenTransaction, at wall: Instant) {
        let before = partition.act(as: transaction.plan.by)
        defer { partition.act(as: before) }
        while transaction.granted < transaction.parts.count {
            if fault == .afterFirstReservation, transaction.granted > 0 {
                return undo(transaction, .unavailable(.transactionsFull), at: wall)
            }
            let part = transaction.parts[transaction.granted]
            let order = order(for: part, of: transaction)
            guard part.partition == partition.index else {
                return outgoing.append(mail(transaction.id, to: part.partition, .reserve(order)))
            }
            switch reserve(transaction.id, coordinator: partition.index, order, at: wall) {
            case .granted(let lines): take(lines, transaction)
            case .refused(let refusal, let line, let dependsOn):
                let place = line.map { part.lines[$0] }
                return undo(transaction, .refused(refusal, line: place, dependsOn: dependsOn), at: wall)
            case .unavailable(let reason): return undo(transaction, .unavailable(reason), at: wall)
            }
        }
        if fault != nil { return undo(transaction, .unavailable(.transactionsFull), at: wall) }
        decide(transaction, at: wall)
    }

    private func order(for part: OpenTransaction.Part, of transaction: OpenTransaction) -> ReserveOrder {
        let plan = transaction.plan
        return ReserveOrder(
            buyer: plan.buyer,
            lines: part.lines.count == plan.lines.count ? plan.lines : part.lines.map { plan.lines[$0] },
            by: plan.by,
            isPaid: plan.isPaid,
            pays: part.pays,
            others: part.pays ? transaction.lines.compactMap(\.purchase.total) : []
        )
    }

    private func take(_ lines: [DecidedLine], _ transaction: OpenTransaction) {
        if transaction.lines.isEmpty { transaction.lines = lines } else { transaction.lines += lines }
        for line in lines { transaction.latest = max(transaction.latest, line.purchase.at) }
        transaction.granted += 1
    }

    /// Journals the decision: what was set aside is bought from here on.
    private func decide(_ transaction: OpenTransaction, at wall: Instant) {
        let plan = transaction.plan
        let now = partition.advance(to: max(wall, transaction.latest))
        let decision = TransactionDecision(transaction.id, plan, transaction.plannedLines)
        let others = transaction.others(than: partition.index)
        guard journal(decision, plan.request, others: others, at: now) else {
            return undo(transaction, .unavailable(partition.unavailability), at: wall)
        }
        noteDecided(transaction.id, others)
        for other in others { send(mail(transaction.id, to: other, .settle(isSold: true)), after: partition.end) }
        settle(transaction.id, isSold: true, at: now)
        end(transaction, .decided(decision, dependsOn: partition.end), at: wall)
    }

    /// Journals the one deciding record, under the request's key.
    ///
    /// - Returns: false where the journal takes nothing now.
    func journal(_ decision: TransactionDecision, _ request: RequestKey?, others: [Int], at now: Instant) -> Bool {
        let head = RecordHead(at: now, sequence: 0, previous: nil, key: request)
        let name = decision.kind == .purchase ? decision.lines[0].sku : []
        let start = partition.journal(TransactionRecordKind.decided.rawValue, head, name) {
            $0.put(decision, others: others)
        }
        guard let start else { return false }
        if let request { partition.remember(request, start, at: now) }
        return true
    }

    /// What a decision means here, live and in replay.
    func noteDecided(_ id: TransactionID, _ others: [Int]) {
        decided[id] = others
        if parts[id]?.debit != nil { parts[id]?.debit = nil }
        dropIfSettled(id)
    }

    /// Ends a transaction of which nothing was bought; whoever has set something aside gives it back.
    private func undo(_ transaction: OpenTransaction, _ outcome: TransactionOutcome, at wall: Instant) {
        for part in transaction.parts[..<transaction.granted] where part.partition != partition.index {
            outgoing.append(mail(transaction.id, to: part.partition, .settle(isSold: false)))
        }
        settle(transaction.id, isSold: false, at: wall)
        if transaction.granted > 0 { noteUndone() }
        end(transaction, outcome, at: wall)
    }

    private func end(_ transaction: OpenTransaction, _ outcome: TransactionOutcome, at wall: Instant) {
        open[transaction.id] = nil
        noteOpen()
        finished.append((transaction.token, outcome))
        guard let request = transaction.plan.request,
            let waiting = inFlight.removeValue(forKey: request.fingerprint)
        else { return }
        for entry in waiting { begin(entry.plan, token: entry.token, at: wall) }
    }
}

extension Transactions {
    /// Takes a message for this partition.
    ///
    /// - Parameters:
    ///   - mail: as another partition has sent it, after all that it had sent before.
    ///   - wall: the wall clock.
    public func receive(_ mail: TransactionMail, at wall: Instant) {
        let now = partition.advance(to: max(wall, mail.at))
        switch mail.body {
        case .reserve(let order): answer(mail, reserve(mail.id, coordinator: mail.from, order, at: now))
        case .granted(let lines):
            guard let transaction = open[mail.id] else { return }
            take(lines, transaction)
            proceed(transaction, at: now)
        case .refused(let refusal, let line):
            guard let transaction = open[mail.id] else { return }
            let place = line.map { transaction.parts[transaction.granted].lines[$0] }
            undo(transaction, .refused(refusal, line: place, dependsOn: .start), at: now)
        case .unavailable(let reason):
            guard let transaction = open[mail.id] else { return }
            undo(transaction, .unavailable(reason), at: now)
        case .settle(let isSold): settle(mail.id, isSold: isSold, at: now)
        case .settled: noteSettled(mail.id, by: mail.from)
        case .refund(let buyer, let amount):
            credit(mail.id, from: mail.from, Due(buyer: buyer, amount: amount), at: now)
        case .refunded:
            if dues[mail.id] != nil { closing.append((mail.id, self.mail(mail.id, to: mail.from, .forget))) }
        case .forget: if credits.contains(mail.id) { closing.append((mail.id, nil)) }
        }
    }

    private func answer(_ mail: TransactionMail, _ reply: ReserveReply) {
        switch reply {
        case .granted(let lines):
            send(self.mail(mail.id, to: mail.from, .granted(lines)), after: partition.end)
        case .refused(let refusal, let line, let dependsOn):
            send(self.mail(mail.id, to: mail.from, .refused(refusal, line: line)), after: dependsOn)
        case .unavailable(let reason): outgoing.append(self.mail(mail.id, to: mail.from, .unavailable(reason)))
        }
    }

    /// A participant will never ask for the decision again.
    private func noteSettled(_ id: TransactionID, by participant: Int) {
        guard var others = decided[id] else { return }
        if others == [participant] { others = [] } else { others.removeAll { $0 == participant } }
        decided[id] = others
        // The own part may be postponed, and needs the decision until then.
        if others.isEmpty, parts[id] == nil { closing.append((id, nil)) }
    }
}

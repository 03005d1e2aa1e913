import Domain
import Journal
import Keepers
import Platform

/// What is durable, and so what is true: every SKU's history and every key, by the records on the platters.
final class Truth {
    let histories: [History]
    let wallets: [WalletHistory]
    let ledger = Ledger()
    private let workload: Workload
    private let disk: SimulatedDisk
    let slots: Slots
    private(set) var taps: [JournalTap] = []
    private(set) var key: FingerprintKey?
    /// The record that each key stands for, in the order of their first uses.
    private(set) var keys: [KeyRecord] = []
    /// Where each key is in that order.
    private var keyPlaces: [Fingerprint: Int] = [:]
    /// The latest record of each partition that has a key.
    private(set) var latest: [Int64] = []
    /// Units of money put into all wallets, whatever the currency, and taken out.
    private(set) var moneyIn: Int64 = 0
    private(set) var moneyOut: Int64 = 0
    /// How long a key is promised to be remembered.
    ///
    /// Unit: milliseconds.
    static let windowMilliseconds: Int64 = 24 * 3_600_000

    struct KeyRecord {
        let request: RequestKey
        let partition: Int
        let position: UInt64
        let at: Int64
    }

    init(workload: Workload, disk: SimulatedDisk, partitions: Int) {
        histories = workload.histories
        wallets = workload.wallets
        self.workload = workload
        self.disk = disk
        slots = Slots(partitions: partitions)
    }

    /// Looks at a folder that a server has opened for the first time.
    func open(_ journals: [(directory: String, id: JournalID)], key: FingerprintKey) {
        guard taps.isEmpty else {
            for tap in taps { tap.reopen() }
            return
        }
        self.key = key
        taps = journals.map { JournalTap(disk: disk, directory: $0.directory, journal: $0.id) }
        latest = taps.map { _ in .min }
    }

    /// Takes in what has become durable of all journals.
    func followAll() throws(Violation) {
        ledger.isReading = true
        for partition in taps.indices { try follow(partition) }
        try ledger.finishReading()
    }

    /// Takes in what has become durable of one journal.
    func follow(_ partition: Int) throws(Violation) {
        try taps[partition]
            .run { (position, type, payload) throws(Violation) in
                try take(partition, position, type, payload)
            }
    }

    private func take(_ partition: Int, _ position: UInt64, _ type: UInt8, _ payload: Span<UInt8>) throws(Violation) {
        guard let key, let record = JournalRecord(type: type, payload, key: key) else {
            throw Violation("partition \(partition): the record at \(position) cannot be read")
        }
        if case .transaction(let record) = record {
            try take(record, partition)
            if let request = record.head.key { try remember(request, partition, position, record.head.at) }
            return
        }
        let name = payload.extracting(record.head.sku)
        guard name.count == 2, let digit = Self.number(name) else {
            throw Violation("partition \(partition): a record of something that nobody named")
        }
        try promise(slots.partition(of: name) == partition, "a record in another partition than \(partition)")
        switch record {
        case .sku(let record) where name[0] == 115 && digit < histories.count:
            try take(record, histories[digit], digit, partition, position, payload)
        case .wallet(let record) where name[0] == 119 && digit < wallets.count:
            try take(record, wallets[digit], digit, position)
        case .sku, .wallet, .transaction:
            throw Violation("partition \(partition): a record of something that nobody named")
        }
        if let request = record.head.key { try remember(request, partition, position, record.head.at) }
    }

    private func take(
        _ record: SKURecord,
        _ history: History,
        _ sku: Int,
        _ partition: Int,
        _ position: UInt64,
        _ payload: Span<UInt8>
    ) throws(Violation) {
        let operation = try maker(of: record, buyer: payload.extracting(record.buyer), history)
        try history.add(record.event, at: position, operation: operation?.number, ledger)
        if case .cancelled(let cancellation) = record.event, let refund = cancellation.refund {
            try ledger.owe(RefundStory(buyer: cancellation.buyer, amount: refund), refundID(partition, position))
        }
        guard let operation else { return }
        try promise(operation.matches(record.event, history), "operation \(operation.number): another change was made")
        try note(operation, sku, isOfWallet: false, history, record.head)
    }

    private func take(
        _ record: WalletRecord,
        _ wallet: WalletHistory,
        _ number: Int,
        _ position: UInt64
    ) throws(Violation) {
        switch record.change.command {
        case .deposit, .withdraw: break
        case .pay(let amount, let link):
            try wallet.add(record.change, at: position, operation: nil)
            return try ledger.pay(amount, link)
        case .refund(let amount, let link):
            try wallet.add(record.change, at: position, operation: nil)
            return try ledger.refund(amount, link)
        }
        let maker = record.change.command.reference.flatMap { Self.number(Array($0.text.utf8).span) }
        let operation = try operation(maker)
        try wallet.add(record.change, at: position, operation: operation.number)
        try promise(operation.matches(record.change), "operation \(operation.number): another change was made")
        try note(operation, number, isOfWallet: true, wallet, record.head)
        switch record.change.command {
        case .deposit(let amount, _): moneyIn += amount.amount
        case .withdraw(let amount, _): moneyOut += amount.amount
        case .pay, .refund: break
        }
    }

    /// Who asked for a change, where the record says so.
    private func maker(of record: SKURecord, buyer: Span<UInt8>, _ history: History) throws(Violation) -> Operation? {
        let named: Int?
        switch record.event {
        case .purchased:
            if buyer[0] == 98 { return nil }
            named = Self.number(buyer)
        case .created(let creation): named = Self.number(Array(creation.details.title.utf8).span)
        case .replaced(let change), .amended(let change): named = Self.number(Array(change.details.title.utf8).span)
        case .stockAdjusted(let adjustment):
            named = adjustment.note.reference.flatMap { Self.number(Array($0.utf8).span) }
        case .removed: return nil
        case .cancelled(let cancellation): named = Self.number(Array(cancellation.reason.text.utf8).span)
        case .held:
            if buyer[0] == 98, record.head.key == nil { return nil }
            named = buyer[0] == 98 ? try byKey(record) : Self.number(buyer)
        case .confirmed(let confirmation):
            if record.head.key == nil {
                return try unkeyed(confirmation.hold, record.event, history)
            }
            named = try byKey(record)
        case .holdProlonged: named = try byKey(record)
        case .reserved, .settled: return nil
        case .holdEnded(let ending):
            return ending.isExpiry ? nil : try unkeyed(ending.hold, record.event, history)
        }
        return try operation(named)
    }

    /// A transaction was decided: what was set aside is bought, by the one who asked for it.
    private func take(_ record: TransactionRecord, _ partition: Int) throws(Violation) {
        let decision: TransactionDecision
        switch record.content {
        case .closed(let ids): return ledger.close(ids, in: partition)
        case .decided(let decided, let others):
            decision = decided
            if !others.isEmpty { ledger.expect(decided.id, in: partition) }
        }
        let story = ledger.story(decision.id)
        guard let operation = try maker(of: decision, record.head, story) else {
            try story.decide(decision, for: nil)
            return try ledger.note(story)
        }
        try promise(operation.matches(decision), "operation \(operation.number): something else was bought")
        try story.decide(decision, for: operation)
        try ledger.note(story)
        let first = histories[operation.subject]
        try note(operation, operation.subject, isOfWallet: false, first, record.head)
        operation.change = decision.lines.first.map { Int($0.purchase.sequence) }
        for line in decision.lines {
            guard let history = histories.first(where: { $0.name == line.sku }) else { continue }
            let number = Int(line.purchase.sequence)
            if number <= history.last { history.claim(number, by: operation.number) }
        }
    }

    /// Who asked for a transaction; nil where the record does not say so, and at least as many have asked as have got it.
    private func maker(
        of decision: TransactionDecision,
        _ head: RecordHead,
        _ story: TransactionStory
    ) throws(Violation) -> Operation? {
        let name = decision.buyer.span
        if name[0] == 117 { return try operation(Self.number(name)) }
        guard head.key == nil, name[0] == 119, let payer = Self.number(name), payer < wallets.count else {
            return try operation(head.key.flatMap { workload.byKey[$0.fingerprint] }?.number)
        }
        let wallet = wallets[payer]
        wallet.unkeyed.removeAll { !$0.mayChange || $0.isAcknowledged }
        wallet.unnamed.removeAll { $0.operation != nil }
        let asked = wallet.unkeyed.count { $0.matches(decision) }
        let given = wallet.unnamed.count { $0.decision?.lines.first?.sku == decision.lines.first?.sku }
        try promise(given < asked, "\(wallet.label): pays for something that nobody asked for")
        wallet.unnamed.append(story)
        return nil
    }

    /// The name of the refund that a cancellation's record leads to, by the format.
    private func refundID(_ partition: Int, _ position: UInt64) -> TransactionID {
        guard let key else { return TransactionID(high: 0, low: 0) }
        var hasher = SipHasher128(key: key)
        hasher.update(FingerprintDomain.transaction.rawValue)
        hasher.update(integer: Int64(partition))
        hasher.update(integer: Int64(bitPattern: position))
        return TransactionID(hasher.finalize())
    }

    private func operation(_ number: Int?) throws(Violation) -> Operation {
        guard let number, number < workload.operations.count else {
            throw Violation("a change that nobody asked for")
        }
        return workload.operations[number]
    }

    private func byKey(_ record: SKURecord) throws(Violation) -> Int? {
        record.head.key.flatMap { workload.byKey[$0.fingerprint] }?.number
    }

    /// A command without a key that was asked for; each has at most one effect, which its hold's states ensure.
    ///
    /// - Returns: nil, as any of those that were asked for may have led to it.
    private func unkeyed(_ name: HoldName, _ event: SKUEvent, _ history: History) throws(Violation) -> Operation? {
        let commands = history.known[Int(clamping: name.number)]?.unkeyed ?? []
        let isAsked = commands.contains { $0.mayChange && $0.matches(event, history) }
        try promise(isAsked, "\(history.label): a change of hold \(name.number) that nobody asked for")
        return nil
    }

    private static func number(_ text: Span<UInt8>) -> Int? {
        guard text.count > 1 else { return nil }
        var value = 0
        for index in 1..<text.count {
            guard (48...57).contains(text[index]) else { return nil }
            value = value * 10 + Int(text[index]) - 48
        }
        return value
    }

    private func note(
        _ operation: Operation,
        _ subject: Int,
        isOfWallet: Bool,
        _ timeline: any Timeline,
        _ head: RecordHead
    ) throws(Violation) {
        let at = head.at.millisecondsSinceEpoch
        let isIts = operation.subject == subject && operation.isOfWallet == isOfWallet
        try promise(isIts, "operation \(operation.number): something else was changed")
        try promise(operation.mayChange, "operation \(operation.number): was refused, and is in the journal")
        try promise(
            operation.isKeyed == (head.key != nil),
            "operation \(operation.number): its key is not in its record"
        )
        let isAgain =
            operation.change != nil && !(operation.isKeyed && at - operation.changedAt >= Self.windowMilliseconds)
        try promise(!isAgain, "operation \(operation.number): applied twice")
        operation.change = timeline.last
        operation.changedAt = at
    }

    private func remember(
        _ request: RequestKey,
        _ partition: Int,
        _ position: UInt64,
        _ instant: Instant
    ) throws(Violation) {
        let at = instant.millisecondsSinceEpoch
        let record = KeyRecord(request: request, partition: partition, position: position, at: at)
        if let place = keyPlaces[request.fingerprint] {
            try promise(at - keys[place].at >= Self.windowMilliseconds, "a key was used twice within its window")
            keys[place] = record
        } else {
            keyPlaces[request.fingerprint] = keys.count
            keys.append(record)
        }
        latest[partition] = max(latest[partition], at)
    }
}

extension Operation {
    /// Whether a change is what was asked for.
    fileprivate func matches(_ event: SKUEvent, _ history: History) -> Bool {
        switch (kind, event) {
        case (.purchase(let quantity, _), .purchased(let purchase)),
            (.reuse(_, let quantity), .purchased(let purchase)):
            purchase.quantity.units == quantity
        case (.adjust(let delta), .stockAdjusted(let adjustment)): adjustment.delta == delta
        case (.set(let target, _), .stockAdjusted(let adjustment)): adjustment.remaining == target
        case (.put, .created), (.put, .replaced), (.amend, .amended): true
        case (.cancel(_, let quantity), .cancelled(let cancellation)):
            quantity == nil ? cancellation.left == 0 : cancellation.quantity.units == quantity
        case (.hold(let quantity, let seconds), .held(let placement)):
            placement.quantity.units == quantity && placement.expiresAt == placement.at.adding(seconds * 1_000)
        case (.confirm(let hold, let quantity), .confirmed(let confirmation)):
            confirmation.hold.number == UInt64(hold.number)
                && confirmation.purchase.quantity.units == quantity ?? hold.quantity
        case (.release(let hold), .holdEnded(let ending)):
            ending.hold.number == UInt64(hold.number) && !ending.isExpiry
        case (.extend(let hold, let seconds), .holdProlonged(let prolongation)):
            !prolongation.isFreeze
                && hold.isProlonged(by: prolongation, history) { before, now in
                    max(before, now + seconds * 1_000)
                }
        case (.freeze(let hold, let seconds), .holdProlonged(let prolongation)):
            prolongation.isFreeze
                && hold.isProlonged(by: prolongation, history) { before, _ in before + seconds * 1_000 }
        default: false
        }
    }

    /// Whether a transaction is what was asked for.
    fileprivate func matches(_ decision: TransactionDecision) -> Bool {
        let lines: [BundleLine]
        let payer: Int?
        switch kind {
        case .bundle(let wanted, let paying): (lines, payer) = (wanted, paying)
        case .item(let paying): (lines, payer) = ([BundleLine(sku: subject, quantity: 1)], paying)
        default: return false
        }
        let isPaid = payer != nil
        return decision.isPaid == isPaid && decision.lines.count == lines.count
            && zip(decision.lines, lines)
                .allSatisfy { decided, line in
                    decided.sku == Array("s\(line.sku)".utf8) && decided.purchase.quantity.units == line.quantity
                }
            && (payer.map { decision.buyer == Array("w\($0)".utf8) } ?? true)
    }

    /// Whether a change of a wallet is what was asked for.
    fileprivate func matches(_ change: WalletChange) -> Bool {
        switch (kind, change.command) {
        case (.deposit(let wanted, let currency), .deposit(let amount, _)),
            (.withdraw(let wanted, let currency), .withdraw(let amount, _)):
            amount.amount == wanted && amount.currency.description == currency
        default: false
        }
    }
}

extension KnownHold {
    /// Whether the last change of the SKU has moved the hold's deadline to where it should be.
    ///
    /// `deadline`: of the deadline before and the moment of the change.
    fileprivate func isProlonged(
        by prolongation: HoldProlongation,
        _ history: History,
        to deadline: (Int64, Int64) -> Int64
    ) -> Bool {
        guard prolongation.hold.number == UInt64(number), let before = history.holds[number]?.step(at: history.last - 1)
        else { return false }
        let at = prolongation.at.millisecondsSinceEpoch
        return prolongation.expiresAt.millisecondsSinceEpoch == deadline(before.deadline, at)
    }
}

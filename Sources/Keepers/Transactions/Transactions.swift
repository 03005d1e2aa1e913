import Domain
import Journal
import Synchronization

/// The transactions of one partition: those it coordinates, and its part in others'.
///
/// All or nothing of several SKUs and a wallet, whatever partitions they are in: see TRANSACTIONS.md. Whoever drives it
/// calls `begin` and `receive`, then `advance` each turn, and takes away what stands in `outgoing` and `finished`.
///
/// - Isolation: the partition's thread, but for the counters.
public final class Transactions: @unchecked Sendable {
    // SAFETY: touched only by the thread that the partition is placed on, as the partition itself is. The partition owns
    // this object, and so lives longer.
    private unowned(unsafe) let owner: Partition
    var partition: Partition { unsafe owner }

    /// Which partition has which name; known before anything is begun.
    public internal(set) var slots = Slots(partitions: 1)
    /// Makes ids that no other start makes.
    var seed: UInt64 = 0
    private var begun: UInt64 = 0
    /// Fails a transaction midway, for tests; see `TransactionFault`.
    public var fault: TransactionFault?

    /// Transactions that are under way here as their coordinator.
    var open: [TransactionID: OpenTransaction] = [:]
    /// Who waits for the transaction under way with the same idempotency key.
    var inFlight: [Fingerprint: [(plan: TransactionPlan, token: UInt64)]] = [:]
    /// Decided here, with the partitions that have not said yet that they know it for good.
    var decided: [TransactionID: [Int]] = [:]
    /// Parts in transactions that are not settled here.
    var parts: [TransactionID: Participation] = [:]
    /// Refunds that wallets of other partitions are owed.
    var dues: [TransactionID: Due] = [:]
    /// Refunds given here that whoever owes them may ask for again.
    var credits: Set<TransactionID> = []

    /// What is decided of the transaction that is being looked at, and not journaled; kept between two for its memory.
    var drafts: [Draft] = []
    /// The same of a wallet.
    var debitDraft: DebitDraft?

    /// What a full staging keeps from being journaled for now.
    var postponed: [Postponed] = []
    /// What is over, and not journaled yet as such; then the coordinator is told with the mail.
    var closing: [(id: TransactionID, mail: TransactionMail?)] = []
    /// Mail that leaves once the journal is durable up to a position, in the order of these.
    private var held: [(position: JournalPosition, mail: TransactionMail)] = []
    private var heldFirst = 0

    /// Mail for other partitions, and for this one itself never.
    public var outgoing: [TransactionMail] = []
    /// What became of transactions, by the token that they were begun with.
    public var finished: [(token: UInt64, outcome: TransactionOutcome)] = []

    private let openTally = Atomic<Int>(0)
    private let undoneTally = Atomic<UInt64>(0)
    private let openReaches = Atomic<UInt64>(0)
    private let decidedReaches = Atomic<UInt64>(0)
    private let partsReaches = Atomic<UInt64>(0)
    private let waitersReaches = Atomic<UInt64>(0)

    /// Most transactions under way in one partition: what waits for others must not grow with the others' trouble.
    public static let openMax = 4_096
    /// Most parts in others' transactions: the same, where this partition is the slow one.
    static let partsMax = 65_536
    /// Most requests that wait for one with the same key: more are a client that repeats without waiting.
    static let waitersMax = 64
    /// So many are worth a record that says they are over; fewer go along with other records.
    private static let closingMin = 32

    init(_ partition: Partition) {
        unsafe owner = partition
    }

    /// Transactions under way.
    ///
    /// Any thread.
    public var openCount: Int { openTally.load(ordering: .relaxed) }

    /// Transactions that were undone after something had been set aside for them.
    ///
    /// Any thread.
    public var undoneCount: UInt64 { undoneTally.load(ordering: .relaxed) }

    /// How often a limit has refused a request.
    ///
    /// Any thread.
    public func reaches(_ limit: TransactionLimit) -> UInt64 {
        switch limit {
        case .open: openReaches.load(ordering: .relaxed)
        case .decided: decidedReaches.load(ordering: .relaxed)
        case .parts: partsReaches.load(ordering: .relaxed)
        case .waiters: waitersReaches.load(ordering: .relaxed)
        }
    }

    /// Whether a request with the key is under way.
    func isInFlight(_ request: RequestKey) -> Bool {
        !inFlight.isEmpty && inFlight[request.fingerprint] != nil
    }

    /// Whether `advance` would find something to do, or something is to be taken away.
    public var hasWork: Bool {
        if !outgoing.isEmpty || !finished.isEmpty || closing.count >= Self.closingMin { return true }
        if heldFirst < held.count { return held[heldFirst].position <= partition.durable || partition.isReadOnly }
        return !postponed.isEmpty && !partition.isReadOnly
    }

    /// Does what the disk has allowed meanwhile.
    ///
    /// - Parameter wall: the wall clock.
    public func advance(at wall: Instant) {
        if !postponed.isEmpty && !partition.isReadOnly { retry(at: wall) }
        if closing.count >= Self.closingMin || (!closing.isEmpty && partition.unpublished > 0) { close(at: wall) }
        release()
    }

    /// Journals what is over.
    func close(at wall: Instant) {
        while !closing.isEmpty {
            let some = closing.prefix(TransactionRecord.closedMax)
            let head = RecordHead(at: partition.advance(to: wall), sequence: 0, previous: nil, key: nil)
            let ids = some.map(\.id)
            let start = partition.journal(TransactionRecordKind.closed.rawValue, head, []) { $0.put(closed: ids[...]) }
            guard start != nil else { return }
            for entry in some {
                forget(entry.id)
                // What it leads to is not before this record either.
                if let mail = entry.mail { send(self.mail(mail.id, to: mail.to, mail.body), after: partition.end) }
            }
            closing.removeFirst(some.count)
        }
    }

    /// Drops all that is known of what is over.
    func forget(_ id: TransactionID) {
        decided[id] = nil
        dues[id] = nil
        credits.remove(id)
        if parts[id]?.debit != nil {
            parts[id]?.debit = nil
            dropIfSettled(id)
        }
    }

    /// Lets mail go once everything before `position` is durable.
    func send(_ mail: TransactionMail, after position: JournalPosition) {
        guard position > partition.durable else { return outgoing.append(mail) }
        // Later than it could be, never earlier.
        let last = heldFirst < held.count ? held[held.count - 1].position : position
        held.append((max(last, position), mail))
    }

    private func release() {
        let durable = partition.durable
        while heldFirst < held.count, held[heldFirst].position <= durable {
            outgoing.append(held[heldFirst].mail)
            heldFirst += 1
        }
        if heldFirst < held.count, partition.isReadOnly { giveUp() }
        if heldFirst == held.count {
            held.removeAll(keepingCapacity: true)
            heldFirst = 0
        } else if heldFirst >= 1_024 && heldFirst * 2 >= held.count {
            held.removeSubrange(..<heldFirst)
            heldFirst = 0
        }
    }

    /// What will never be durable is told to nobody; who waits for an answer is told that there is none.
    private func giveUp() {
        for entry in held[heldFirst...] {
            switch entry.mail.body {
            case .granted, .refused: outgoing.append(entry.mail.with(.unavailable(.readOnly)))
            case .reserve, .unavailable, .settle, .settled, .refund, .refunded, .forget: break
            }
        }
        heldFirst = held.count
    }

    /// Forgets the mail of a recovery, which needs none.
    func discardMail() {
        outgoing = []
        held = []
        heldFirst = 0
        finished = []
    }

    func mail(_ id: TransactionID, to: Int, _ body: TransactionMail.Body) -> TransactionMail {
        TransactionMail(id: id, from: partition.index, to: to, at: partition.latest, body: body)
    }

    func makeID() -> TransactionID {
        begun &+= 1
        return id(of: [seed, UInt64(partition.journalNumber), partition.end.rawValue, begun])
    }

    /// The name of what a partition owes a wallet because of the record at a position.
    func refundID(_ position: JournalPosition) -> TransactionID {
        id(of: [UInt64(partition.journalNumber), position.rawValue])
    }

    private func id(of words: [UInt64]) -> TransactionID {
        var hasher = SipHasher128(key: partition.key)
        hasher.update(FingerprintDomain.transaction.rawValue)
        for word in words { hasher.update(integer: Int64(bitPattern: word)) }
        return TransactionID(hasher.finalize())
    }

    func noteOpen() { openTally.store(open.count, ordering: .relaxed) }

    func noteUndone() { undoneTally.add(1, ordering: .relaxed) }

    func noteReached(_ limit: TransactionLimit) {
        switch limit {
        case .open: openReaches.add(1, ordering: .relaxed)
        case .decided: decidedReaches.add(1, ordering: .relaxed)
        case .parts: partsReaches.add(1, ordering: .relaxed)
        case .waiters: waitersReaches.add(1, ordering: .relaxed)
        }
    }
}

/// A limit of a partition's transactions; beyond it a request is refused.
public enum TransactionLimit: String, Sendable, CaseIterable {
    /// Transactions under way: `Transactions.openMax`.
    case open
    /// Decisions that not every participant has confirmed.
    case decided
    /// Parts that are not settled.
    case parts
    /// Requests that wait for one with the same key.
    case waiters
}

/// A part in a transaction that is not settled: what is set aside here.
struct Participation {
    /// The partition that decides.
    let coordinator: Int
    /// The buyer's name.
    let buyer: [UInt8]
    /// Reservations that are open: the place of the keeper in the partition, and the number of the reservation.
    var lines: [(keeper: Int, order: UInt64)] = []
    /// What the wallet has paid; nil where it has no part, or its part is over.
    var debit: Money?

    var isSettled: Bool { lines.isEmpty && debit == nil }
}

/// A refund that another partition's wallet is owed.
struct Due {
    let buyer: [UInt8]
    let amount: Money
}

/// What could not be journaled, and is tried again.
enum Postponed {
    case settling(TransactionID, isSold: Bool)
    case refund(TransactionID, from: Int, Due)
}

extension TransactionMail {
    func with(_ body: Body) -> TransactionMail { TransactionMail(id: id, from: from, to: to, at: at, body: body) }
}

/// Where a test makes a transaction fail.
public enum TransactionFault: String, Sendable, CaseIterable {
    /// Once the first participant has set aside its part, the transaction is undone, whoever else would have to.
    case afterFirstReservation = "after-first-reservation"
    /// Once all have set aside their parts, the transaction is undone.
    case beforeDecision = "before-decision"
}

import Domain
import Keepers

/// One transaction over several SKUs and a wallet, by the records of all its partitions.
final class TransactionStory {
    let id: TransactionID
    /// What was set aside for it.
    private(set) var reservations: [ReservationStory] = []
    /// What a wallet has paid for it.
    private(set) var debit: Money?
    private(set) var isRefunded = false
    private(set) var decision: TransactionDecision?
    /// Who asked for it, once it is decided; nil where no record says so and no answer has told yet.
    private(set) var operation: Operation?

    init(_ id: TransactionID) {
        self.id = id
    }

    /// Whether nothing of it waits for anything.
    var isSettled: Bool {
        reservations.allSatisfy { $0.isSold != nil } && (debit == nil || decision != nil || isRefunded)
    }

    func reserve(_ reservation: ReservationStory) { reservations.append(reservation) }

    func pay(_ amount: Money) throws(Violation) {
        try promise(debit == nil, "a transaction is paid twice")
        debit = amount
    }

    func refund(_ amount: Money) throws(Violation) {
        try promise(debit == amount && !isRefunded, "another amount comes back than was paid, or it comes back twice")
        isRefunded = true
    }

    func decide(_ decided: TransactionDecision, for operation: Operation?) throws(Violation) {
        try promise(decision == nil, "a transaction is decided twice")
        decision = decided
        self.operation = operation
    }

    /// An answer tells somebody that it is theirs.
    ///
    /// - Returns: whether it is.
    func claim(for asking: Operation) -> Bool {
        guard decision != nil else { return false }
        if operation == nil, !asking.isKeyed { operation = asking }
        return operation === asking
    }

    /// Holds what its partitions have done against each other: all or nothing.
    func check() throws(Violation) {
        for reservation in reservations where reservation.isSold == true {
            try promise(decision != nil, "units are sold before the transaction is decided")
        }
        guard let decision else { return }
        try promise(!isRefunded, "what was paid for a decided transaction comes back")
        try promise(decision.lines.count == reservations.count, "a decision over other units than were set aside")
        for line in decision.lines {
            let isThere = reservations.contains { reservation in
                reservation.sku == line.sku && reservation.purchase == line.purchase && reservation.isSold != false
            }
            try promise(isThere, "a decision before what it decides is set aside for good")
        }
        try promise(debit == (decision.isPaid ? decision.total : nil), "a decision before it is paid for good")
    }
}

/// Units of one SKU that were set aside for a transaction.
final class ReservationStory {
    let sku: [UInt8]
    let purchase: Purchase
    let isPaid: Bool
    let transaction: TransactionStory
    /// Whether the units were sold; nil as long as they are set aside.
    var isSold: Bool?

    init(_ reservation: Reservation, sku: [UInt8], of transaction: TransactionStory) {
        self.sku = sku
        purchase = reservation.purchase
        isPaid = reservation.isPaid
        self.transaction = transaction
    }

    var number: Int { Int(purchase.sequence) }
}

/// What a cancelled order, or a part of it, has to bring back to a wallet.
struct RefundStory {
    let buyer: Fingerprint
    let amount: Money
    var isGiven = false
}
